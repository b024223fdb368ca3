"""What a fuzzer of the API has to know to come further than to the door: keys, tokens, and what was mailed.

Each operation is asked with the credential that the document names. Of the requests that are meant to be right a share
is made truly right: a person who exists, the code that was mailed, the backup code that was shown. What is meant to be
wrong is left as it is.

BASE is the service, CLIENT_KEY and OPERATOR_KEY are keys of it, and MAILBOX is the folder with its messages.
"""

import email, glob, json, os, re, time, urllib.request, uuid, zlib

import schemathesis

VERSION = re.compile(r"acc_[0-9a-f-]{36}:[0-9]+")
PASSWORD = "violet harbour sings quietly"
PEOPLE = 6
sign_ins, accounts, access_tokens, registrations, versions = {}, [], [], [], []


def post(path, body):
    headers = {"Authorization": f"Bearer {os.environ['CLIENT_KEY']}", "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["BASE"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def somebody():
    """The address of somebody who registered, and proved control of it."""
    address = f"person-{uuid.uuid4()}@example.org"
    token = post("/v1/accounts", {"email": address, "password": PASSWORD})["token"]
    while not (code := mailed_code(None, address)):
        time.sleep(0.05)
    accounts.append(post("/v1/accounts/verification", {"registration_token": token, "code": code})["id"])
    return address


class Credentials:
    """Gives each operation the credential that its description asks for."""

    def get(self, case, context):
        return True

    def set(self, case, data, context):
        token = token_of(case)
        if token:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


schemathesis.auth()(Credentials)


def token_of(case):
    schemes = [name for choice in case.operation.definition.raw.get("security", []) for name in choice]
    if "client_key" in schemes:
        return os.environ["CLIENT_KEY"]
    if "auditors_key" in schemes:
        return os.environ["OPERATOR_KEY"]
    if "access_token" in schemes:
        return access_tokens[-1] if access_tokens else None
    if "sign_in_token" in schemes:
        return sign_ins.get((case.path_parameters or {}).get("id"), {}).get("token")
    return None


@schemathesis.hook
def before_call(context, case, kwargs):
    wait_for_what_is_there(case)
    mode = case.meta.generation.mode if case.meta else None
    if mode is None or mode.is_negative:
        return
    chance = zlib.crc32(case.id.encode()) % 100
    name = case.operation.definition.raw.get("operationId")
    make_right = RIGHT.get(name)
    if "/sign-ins/{id}" in case.operation.path and sign_ins and chance < 80:
        if (case.path_parameters or {}).get("id") not in sign_ins:
            case.path_parameters = {**(case.path_parameters or {}), "id": list(sign_ins)[-1 - chance % min(len(sign_ins), 3)]}
    if "/accounts/{id}" in case.operation.path and accounts and chance < 80:
        case.path_parameters = {**(case.path_parameters or {}), "id": accounts[chance % len(accounts)]}
    if "/sign-ins/{id}" in case.operation.path or "/accounts/{id}" in case.operation.path:
        Credentials().set(case, True, None)
    if make_right and chance < 70 and isinstance(case.body, dict):
        make_right(case, case.body, chance)


def wait_for_what_is_there(case):
    """Nobody waits for a version that will never be: that is 503, and rightly so."""
    wanted = (case.query or {}).get("wait_for")
    if isinstance(wanted, str) and VERSION.fullmatch(wanted):
        case.query = {**case.query, "wait_for": versions[0]} if versions else \
            {name: value for name, value in case.query.items() if name != "wait_for"}


def right_start(case, body, chance):
    case.body = {**body, "email": people[chance % PEOPLE], "password": PASSWORD}


def right_answer(case, body, chance):
    sign_in = sign_ins.get((case.path_parameters or {}).get("id"), {})
    code = mailed_code(sign_in.get("challenge"))
    if code:
        case.body = {"factor": "email_code", "code": code}


def right_confirmation(case, body, chance):
    shown = sign_ins.get((case.path_parameters or {}).get("id"), {}).get("shown")
    if shown:
        case.body = {"backup_code_id": shown["id"], "saved": True}


def right_verification(case, body, chance):
    if registrations:
        address, token = registrations[-1]
        code = mailed_code(None, address)
        case.body = {"registration_token": token, "code": code or body.get("code", "000000")}


RIGHT = {
    "start_sign_in": right_start,
    "answer_sign_in": right_answer,
    "confirm_backup_code": right_confirmation,
    "verify_account": right_verification,
}


@schemathesis.hook
def after_call(context, case, response):
    versions.extend(response.headers.get("countersign-version", [])[:1])
    try:
        told = response.json()
    except ValueError:
        return
    if not isinstance(told, dict):
        return
    path_id = (case.path_parameters or {}).get("id")
    if told.get("object") == "registration" and isinstance(case.body, dict):
        registrations.append((case.body.get("email"), told["token"]))
    if told.get("object") == "account":
        accounts.append(told["id"])
    if told.get("object") == "sign_in":
        known = sign_ins.setdefault(told["id"], {})
        known.update({name: told[name] for name in ["token"] if name in told})
        known["challenge"] = (told.get("challenge") or {}).get("id")
        if "backup_code" in told:
            known["shown"] = told["backup_code"]
        if "session" in told:
            access_tokens.append(told["session"]["access_token"])
    if told.get("object") == "backup_code" and path_id in sign_ins:
        sign_ins[path_id]["shown"] = told


def mailed_code(challenge, address=None):
    """The six digits of the newest message about a challenge, or to an address."""
    if challenge:
        digits = challenge.removeprefix("ch_").replace("-", "")
        beginning = "ch_" + "-".join(digits[at : at + 4] for at in range(0, 32, 4))
    elif address:
        beginning = ""
    else:
        return None
    for path in sorted(glob.glob(os.path.join(os.environ["MAILBOX"], beginning + "*.eml")), reverse=True):
        with open(path, "rb") as file:
            message = email.message_from_binary_file(file)
        if address and message["To"] != address:
            continue
        text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        lines = text.get_payload(decode=True).decode().split()
        codes = [line for line in lines if len(line) == 6 and line.isdigit()]
        if codes:
            return codes[0]
    return None


people = [somebody() for _ in range(PEOPLE)]
