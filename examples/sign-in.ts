#!/usr/bin/env node
// Signs in: a client that looks at `state` and follows `next`. The session goes to stdout, the rest to stderr.
//
//   BASE=http://127.0.0.1:8080 EMAIL=robin@example.org PASSWORD=… node examples/sign-in.ts     (Node 24 or newer)
//
// CLIENT_KEY, BACKUP_CODE, CODE_COMMAND and BACKUP_CODE_FILE are what they are to sign-in.sh.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const env = process.env;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const fail = (why: string): never => { console.error(why); process.exit(1); };

async function ask(question: string): Promise<string> {
    process.stderr.write(question);
    return (await lines.next()).value?.trim() ?? fail("nothing was typed");
}

async function post(href: string, token: string, body: object) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const reply = await fetch(env.BASE + href, { method: "POST", headers, body: JSON.stringify(body) });
    return reply.ok ? reply.json() : fail((await reply.json()).code);
}

const follow = (action: string, body: object) =>
    post(signIn.next.find((step: { action: string }) => step.action === action).href, token, body);

async function mailedCode(): Promise<string> {
    const challenge = signIn.challenge ?? await follow("request_challenge", { factor: "email_code" });
    return env.CODE_COMMAND ? execFileSync(env.CODE_COMMAND, [challenge.id], { encoding: "utf8" }).trim()
        : ask("The code from the mail: ");
}

let signIn = await post("/v1/sign-ins", env.CLIENT_KEY ?? "none", { email: env.EMAIL, password: env.PASSWORD });
const token: string = signIn.token;

while (signIn.state === "factor_required" || signIn.state === "save_required") {
    if (signIn.state === "factor_required") {
        signIn = await follow("answer", env.BACKUP_CODE ? { factor: "backup_code", code: env.BACKUP_CODE }
            : { factor: "email_code", code: await mailedCode() });
    } else {
        const { id, code } = signIn.backup_code;
        if (env.BACKUP_CODE_FILE) writeFileSync(env.BACKUP_CODE_FILE, `${code}\n`, { mode: 0o600 });
        else await ask(`Your new backup code: ${code}\nI have saved this code for future use (Enter to continue) `);
        signIn = await follow("confirm_backup_code", { backup_code_id: id, saved: true });
    }
}

signIn.state === "signed_in" ? console.log(JSON.stringify(signIn.session, null, 2)) : fail(signIn.state);
process.stdin.destroy();
