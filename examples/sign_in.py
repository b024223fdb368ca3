#!/usr/bin/env python3
"""Signs in: a client that looks at `state` and follows `next`. The session goes to stdout, the rest to stderr.

  BASE=http://127.0.0.1:8080 EMAIL=robin@example.org PASSWORD=… examples/sign_in.py

CLIENT_KEY, BACKUP_CODE, CODE_COMMAND and BACKUP_CODE_FILE are what they are to sign-in.sh.
"""

import json, os, subprocess, sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

env = os.environ.get

def post(href, token, body):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urlopen(Request(env("BASE") + href, json.dumps(body).encode(), headers)) as reply:
            return json.load(reply)
    except HTTPError as problem:
        sys.exit(json.load(problem)["code"])

def follow(action, body):
    return post(next(step["href"] for step in sign_in["next"] if step["action"] == action), token, body)

def ask(question):
    print(question, end="", file=sys.stderr, flush=True)
    return (sys.stdin.readline() or sys.exit(1)).strip()

def mailed_code():
    challenge, command = sign_in["challenge"] or follow("request_challenge", {"factor": "email_code"}), env("CODE_COMMAND")
    return subprocess.check_output([command, challenge["id"]], text=True).strip() if command else ask("The code from the mail: ")

sign_in = post("/v1/sign-ins", env("CLIENT_KEY", "none"), {"email": env("EMAIL"), "password": env("PASSWORD")})
token = sign_in["token"]

while (state := sign_in["state"]) in ("factor_required", "save_required"):
    if state == "factor_required":
        proof = {"factor": "backup_code", "code": env("BACKUP_CODE")} if env("BACKUP_CODE") else \
            {"factor": "email_code", "code": mailed_code()}
        sign_in = follow("answer", proof)
    else:
        code = sign_in["backup_code"]
        if env("BACKUP_CODE_FILE"):
            private = lambda path, flags: os.open(path, flags, 0o600)
            with open(env("BACKUP_CODE_FILE"), "w", opener=private) as file: print(code["code"], file=file)
        else:
            print("Your new backup code:", code["code"], file=sys.stderr)
            ask("I have saved this code for future use (Enter to continue) ")
        sign_in = follow("confirm_backup_code", {"backup_code_id": code["id"], "saved": True})

print(json.dumps(sign_in["session"], indent=2)) if state == "signed_in" else sys.exit(state)
