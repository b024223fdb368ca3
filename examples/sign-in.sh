#!/usr/bin/env bash
# Signs in: a client that looks at `state` and follows `next`. The session goes to stdout, the rest to stderr.
#
#   BASE=http://127.0.0.1:8080 EMAIL=robin@example.org PASSWORD=… examples/sign-in.sh
#
#   CLIENT_KEY        the client's key; development mode needs none
#   BACKUP_CODE       answers in place of the mailed code
#   CODE_COMMAND      prints the mailed code of the challenge whose id it is given; else the code is asked for
#   BACKUP_CODE_FILE  takes a new backup code, for you alone to read; else it is shown, and waits until you say that it is saved

set -euo pipefail

# Secrets travel through pipes, never as arguments, which every process of the machine can read.
post() { # post HREF TOKEN BODY: prints the reply, or fails with the problem's code
    local reply
    reply=$(curl -sS --fail-with-body "$BASE$1" -H @<(echo "Authorization: Bearer $2") \
        -H 'Content-Type: application/json' -d @<(echo "$3")) || { jq -r .code <<<"$reply" >&2; exit 1; }
    echo "$reply"
}
follow() { post "$(jq -r --arg action "$1" '.next[] | select(.action == $action).href' <<<"$sign_in")" "$token" "$2"; }
answer() { jq -nR --arg factor "$1" '{$factor, code: input}'; }

sign_in=$(post /v1/sign-ins "${CLIENT_KEY:-none}" "$(jq -n '{email: env.EMAIL, password: env.PASSWORD}')")
token=$(jq -r .token <<<"$sign_in")

while state=$(jq -r .state <<<"$sign_in"); do
    case $state in
    factor_required)
        challenge=$(jq -r '.challenge.id // empty' <<<"$sign_in")
        [[ -n "$challenge" ]] || challenge=$(follow request_challenge '{"factor": "email_code"}' | jq -r .id)
        if [[ -n "${BACKUP_CODE-}" ]]; then proof=$(answer backup_code <<<"$BACKUP_CODE")
        elif [[ -n "${CODE_COMMAND-}" ]]; then proof=$("$CODE_COMMAND" "$challenge" | answer email_code)
        else read -rp 'The code from the mail: ' code && proof=$(answer email_code <<<"$code"); fi
        sign_in=$(follow answer "$proof") ;;
    save_required)
        if [[ -n "${BACKUP_CODE_FILE-}" ]]; then (umask 077 && jq -r .backup_code.code <<<"$sign_in" >"$BACKUP_CODE_FILE")
        else jq -r '"Your new backup code: " + .backup_code.code' <<<"$sign_in" >&2
            read -rp 'I have saved this code for future use (Enter to continue) '; fi
        sign_in=$(follow confirm_backup_code "$(jq '{backup_code_id: .backup_code.id, saved: true}' <<<"$sign_in")") ;;
    signed_in) jq .session <<<"$sign_in"; exit ;;
    *) echo "$state" >&2; exit 1 ;;
    esac
done
