#!/usr/bin/env node
// Signs in: a client that looks at `state` and follows `next`. The session goes to stdout, the rest to stderr.
//
//   BASE=http://127.0.0.1:8080 EMAIL=robin@example.org PASSWORD=… node examples/sign-in.ts     (Node 24 or newer)
//
// CLIENT_KEY, BACKUP_CODE, CODE_COMMAND and BACKUP_CODE_FILE are what they are to sign-in.sh.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const { BASE, EMAIL, PASSWORD, CLIENT_KEY, BACKUP_CODE, CODE_COMMAND, BACKUP_CODE_FILE } = process.env;

function fail(why: string): never {
    console.error(why);
    process.exit(1);
}

async function post(href: string, token: string, body: object) {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const reply = await fetch(BASE + href, { method: "POST", headers, body: JSON.stringify(body) });
    const told = await reply.json();
    return reply.ok ? told : fail(told.code);
}

async function ask(question: string): Promise<string> {
    process.stderr.write(question);
    for await (const line of createInterface({ input: process.stdin })) return line.trim();
    return fail("");
}

let signIn = await post("/v1/sign-ins", CLIENT_KEY ?? "none", { email: EMAIL, password: PASSWORD });
const token: string = signIn.token;
const follow = (action: string, body: object) =>
    post(signIn.next.find((step: { action: string }) => step.action === action).href, token, body);
const mailedCode = async () => CODE_COMMAND
    ? execFileSync(CODE_COMMAND, [signIn.challenge.id], { encoding: "utf8" }).trim()
    : await ask("The code from the mail: ");

while (signIn.state === "factor_required" || signIn.state === "save_required") {
    if (signIn.state === "factor_required") {
        signIn = await follow("answer", BACKUP_CODE
            ? { factor: "backup_code", code: BACKUP_CODE }
            : { factor: "email_code", code: await mailedCode() });
    } else {
        const { id, code } = signIn.backup_code;
        if (BACKUP_CODE_FILE) writeFileSync(BACKUP_CODE_FILE, `${code}\n`);
        else {
            console.error("Your new backup code:", code);
            await ask("I have saved this code for future use (Enter to continue) ");
        }
        signIn = await follow("confirm_backup_code", { backup_code_id: id, saved: true });
    }
}

if (signIn.state !== "signed_in") fail(signIn.state);
console.log(JSON.stringify(signIn.session, null, 2));
