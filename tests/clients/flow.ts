// Plays the whole flow with the types that were generated from the document: register, sign in by mail code, pass the
// gate, sign in by the backup code.
//
// BASE is the service, MAILBOX the folder with its messages; CLIENT_KEY the client's key, where one is asked for.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./countersign.d.ts";

type SignIn = components["schemas"]["sign_in"];
type Factor = components["schemas"]["answer_request"]["factor"];

const { BASE: baseUrl = "", MAILBOX = "", CLIENT_KEY = "none" } = process.env;
const address = `ts-${randomUUID()}@example.org`;
const password = "violet harbour sings quietly";
const client = (token: string) =>
    createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

// The six digits that stand alone on a line of a message to the address; of the one about a challenge, if it is named.
async function mailedCode(beginning = ""): Promise<string> {
    for (let look = 0; look < 200; look++) {
        const names = readdirSync(MAILBOX).filter((name) => name.startsWith(beginning) && name.endsWith(".eml"));
        const messages = names.sort().map((name) => readFileSync(join(MAILBOX, name), "utf8"));
        const ours = messages.filter((message) => message.includes(`To: ${address}`));
        const code = ours.map((message) => /^ *(\d{6}) *$/m.exec(message)?.[1]).find((found) => found);
        if (code) return code;
        await setTimeout(50);
    }
    throw new Error("no code was mailed");
}

// How the file of a message is called: the challenge's id in groups of four.
const fileOf = (challenge: string) =>
    `ch_${challenge.slice(3).replaceAll("-", "").match(/.{4}/g)!.join("-")}`;

async function start(): Promise<SignIn> {
    const { data, error } = await app.POST("/v1/sign-ins", {
        params: { header: { "Idempotency-Key": randomUUID() } },
        body: { email: address, password },
    });
    assert(data, JSON.stringify(error));
    return data;
}

// Answers, and confirms the code that is shown; gives the code and the session.
async function passTheGate(signIn: SignIn, factor: Factor, code: string) {
    const holder = client(signIn.token!);
    const params = { path: { id: signIn.id } };
    const gate = await holder.POST("/v1/sign-ins/{id}/answers", { params, body: { factor, code } });
    assert(gate.data?.state === "save_required" && gate.data.backup_code, JSON.stringify(gate.error));
    const body = { backup_code_id: gate.data.backup_code.id, saved: true };
    const done = await holder.POST("/v1/sign-ins/{id}/backup-code/confirmation", { params, body });
    assert(done.data?.state === "signed_in" && done.data.session, JSON.stringify(done.error));
    const again = await holder.POST("/v1/sign-ins/{id}/answers", { params, body: { factor, code } });
    assert(again.error?.code === "wrong_state" && again.error.state === "signed_in");
    return { code: gate.data.backup_code.code, session: done.data.session };
}

const app = client(CLIENT_KEY);
const registration = await app.POST("/v1/accounts", { body: { email: address, password } });
assert(registration.data, JSON.stringify(registration.error));
const proof = { registration_token: registration.data.token, code: await mailedCode() };
const account = await app.POST("/v1/accounts/verification", { body: proof });
assert(account.data, JSON.stringify(account.error));

const first = await start();
const byMail = await passTheGate(first, "email_code", await mailedCode(fileOf(first.challenge!.id)));
assert.deepEqual(byMail.session.amr, ["pwd", "email"]);
const me = await client(byMail.session.access_token).GET("/v1/me");
assert.equal(me.data?.id, account.data.id);

const byCode = await passTheGate(await start(), "backup_code", byMail.code);
assert.equal(byCode.session.aal, "aal2");
console.log("TypeScript: signed in by mail code and by backup code");
