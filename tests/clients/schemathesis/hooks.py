"""What a fuzzer of the API has to know to come further than to the door.

Each operation is asked with the credential that the document names, one that is good. Of the requests that are meant to
be right a share is made truly right: of a person who exists, with the code that was mailed or shown, in the state in which
it is asked for. Where a link led here, what it brought stays. What is meant to be wrong is left as it is.

BASE, CLIENT_KEY, MAILBOX, PROGRAM and SETTINGS are what `people.py` says, and OPERATOR_KEY is another key of the service.
"""

import json, os, re, time, urllib.request, uuid

import schemathesis
from schemathesis.generation.meta import TestPhase

import people
from people import Person, Sessions, accounts, ask, sign_ins

VERSION = re.compile(r"acc_[0-9a-f-]{36}:[0-9]+")
NEEDS_STEP_UP = ("change_password", "request_backup_code", "confirm_requested_backup_code")
# How many of an operation's requests that are meant to be right are made so, the first ones first.
MADE_RIGHT, OF_SO_MANY = 2, 5
# A code is not sent again before that many seconds, and one more.
RESENT_AFTER = 31
# A sign-in is under a signed head some time after it: a head is signed every second.
SIGNED_AFTER = 5
sessions, stepped_up, signed = Sessions("sign_in"), Sessions("step_up"), Sessions("sign_in")
versions, requested, shown, turns, RIGHT = [], {}, {}, {}, {}


def right(make):
    RIGHT[make.__name__] = make
    return make


class Credentials:
    """Gives each operation the credential that its description asks for."""

    def get(self, case, context):
        return True

    def set(self, case, data, context):
        name = case.operation.definition.raw.get("operationId")
        schemes = [scheme for choice in case.operation.definition.raw.get("security", []) for scheme in choice]
        if "client_key" in schemes:
            send_with(case, os.environ["CLIENT_KEY"])
        if "auditors_key" in schemes:
            send_with(case, os.environ["OPERATOR_KEY"])
        if "access_token" in schemes:
            send_with(case, (stepped_up if name in NEEDS_STEP_UP else sessions).one()["access_token"])
        if "sign_in_token" in schemes and (known := sign_ins.get(id_of(case), {}).get("token")):
            send_with(case, known)


schemathesis.auth()(Credentials)


def send_with(case, token):
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


def id_of(case):
    return (case.path_parameters or {}).get("id")


@schemathesis.hook
def before_call(context, case, kwargs):
    wait_for_what_is_there(case)
    mode = case.meta.generation.mode if case.meta else None
    if mode is None or mode.is_negative:
        return
    name = case.operation.definition.raw.get("operationId")
    if name == "export_events":
        of_one_account(case)
    turn = turns[name] = turns.get(name, -1) + 1
    if turn % OF_SO_MANY < MADE_RIGHT:
        RIGHT.get(name, lambda _: None)(case)
    elif "/sign-ins/{id}" in case.operation.path and id_of(case) not in sign_ins and turn % OF_SO_MANY < 4:
        place(case, id=list(sign_ins)[-1 - turn % min(len(sign_ins), 3)])
        Credentials().set(case, True, None)


def wait_for_what_is_there(case):
    """Nobody waits for a version that will never be: that is 503, and rightly so."""
    wanted = (case.query or {}).get("wait_for")
    if isinstance(wanted, str) and VERSION.fullmatch(wanted):
        case.query = {**case.query, "wait_for": versions[-1]} if versions else \
            {name: value for name, value in case.query.items() if name != "wait_for"}


def of_one_account(case):
    """All of the history, a hundred times and more, is another run than this one."""
    if isinstance(case.body, dict):
        case.body = {**case.body, "account": accounts[0]}


def place(case, **values):
    case.path_parameters = {**(case.path_parameters or {}), **values}


def sent(case, field):
    return case.body.get(field) if isinstance(case.body, dict) else None


# --- accounts ------------------------------------------------------------------------------------------------------


@right
def register(case):
    case.body = {"email": f"person-{uuid.uuid4()}@example.org", "password": people.PASSWORD}


@right
def verify_account(case):
    token = sent(case, "registration_token")
    if token not in requested:
        somebody = stranger()
        token = ask("/v1/accounts", {"email": somebody.address, "password": people.PASSWORD})["token"]
        requested[token] = somebody
    case.body = {"registration_token": token, "code": requested[token].code()}


def stranger(address=None):
    """Somebody who has no account yet, and reads their mail."""
    somebody = Person.__new__(Person)
    somebody.address, somebody.read = address or f"person-{uuid.uuid4()}@example.org", set()
    return somebody


@right
def request_password_reset(case):
    case.body = {"email": people.with_backup_code().address}


@right
def request_recovery(case):
    case.body = {"email": people.with_backup_code().address}


@right
def complete_password_reset(case):
    token, person = attempt(sent(case, "reset_token"), "/v1/password-resets")
    proof = {"factor": "backup_code", "code": person.backup}
    case.body = {"reset_token": token, "code": person.code(), "proof": proof, "password": "amber lanterns hum at dusk"}


@right
def complete_recovery(case):
    token, person = attempt(sent(case, "recovery_token"), "/v1/recoveries")
    case.body = {"recovery_token": token, "code": person.code(), "backup_code": person.backup,
                 "password": "amber lanterns hum at dusk"}


def attempt(token, path):
    """A reset or a recovery: the one that a link leads from, or a new one."""
    person = requested.pop(token, None)
    if person and getattr(person, "backup", None):
        return token, person
    person = people.with_backup_code()
    return ask(path, {"email": person.address})["token"], person


# --- sign-ins ------------------------------------------------------------------------------------------------------


class Guests:
    """People who sign in, each as often as somebody does."""

    person = None

    def next(self):
        if not self.person or self.person.sign_ins >= people.SIGN_INS_OF_ONE:
            self.person = people.with_backup_code()
        return self.person


guests = Guests()


@right
def start_sign_in(case):
    person = guests.next()
    person.sign_ins += 1
    case.body = {"email": person.address, "password": person.password}


def known_or(case, state, make):
    """The sign-in that a link leads from, if it is in a state; else a new one."""
    known = sign_ins.get(id_of(case), {})
    if known.get("state") != state or "person" not in known:
        known = make()
        place(case, id=known["id"])
    send_with(case, known["token"])
    return known


def waiting():
    return guests.next().start()


def at_gate():
    return Person().at_gate()


@right
def show_sign_in(case):
    known_or(case, "factor_required", waiting)


@right
def cancel_sign_in(case):
    known_or(case, "factor_required", waiting)


@right
def request_challenge(case):
    """A code is sent again when some time has passed: one that was started first is taken, and once it is waited for. Who
    comes along a link comes too early, and is told so."""
    if case.meta.phase.name == TestPhase.STATEFUL and id_of(case) in sign_ins:
        return
    oldest = early.pop(0)
    early.append(people.with_backup_code().start())
    if not again:
        time.sleep(max(0, oldest["started"] + RESENT_AFTER - time.monotonic()))
        again.append(oldest)
    place(case, id=oldest["id"])
    send_with(case, oldest["token"])
    case.body = {"factor": "email_code"}


@right
def answer_sign_in(case):
    known = known_or(case, "factor_required", waiting)
    case.body = {"factor": "email_code", "code": known["person"].code(known["challenge"])}


@right
def reissue_backup_code(case):
    known_or(case, "save_required", at_gate)


@right
def confirm_backup_code(case):
    known = known_or(case, "save_required", at_gate)
    case.body = {"backup_code_id": known["shown"]["id"], "saved": True}


# --- sessions and one's own account --------------------------------------------------------------------------------


@right
def refresh_session(case):
    case.body = {"refresh_token": sent(case, "refresh_token") if sent(case, "refresh_token") in granted
                 else Person().session()["refresh_token"]}


@right
def end_session(case):
    session = sessions.one()
    send_with(case, session["access_token"])
    place(case, id=session["id"])


@right
def end_sessions(case):
    case.query = {}


@right
def change_password(case):
    case.body = {"password": "amber lanterns hum at dusk"}


@right
def confirm_requested_backup_code(case):
    session = shown.get(sent(case, "backup_code_id"))
    code = sent(case, "backup_code_id")
    if not session:
        # Somebody of their own: of one step-up only so many codes are made.
        session = Person().session("step_up")
        code = ask("/v1/me/backup-code", {}, session["access_token"])["id"]
    send_with(case, session["access_token"])
    case.body = {"backup_code_id": code, "saved": True}


@right
def show_my_receipt(case):
    """Of a session that nothing else ends."""
    session = signed.one()
    time.sleep(max(0, session["since"] + SIGNED_AFTER - time.monotonic()))
    send_with(case, session["access_token"])


@right
def cancel_recovery(case):
    session = sessions.one()
    people.recoverable(session)
    send_with(case, session["access_token"])


@right
def show_recovery_to_cancel(case):
    place(case, token=link())


@right
def cancel_recovery_by_link(case):
    place(case, token=link())


def link():
    """The link of a notice that was mailed: good for a page also when it was followed before."""
    if not links:
        links.append(people.link_of(to_be_told))
    return links[-1]


# --- what is read --------------------------------------------------------------------------------------------------


@right
def list_events(case):
    case.query = {"limit": "5"}


@right
def summarise_events(case):
    case.query = {"bucket": "day"}


@right
def export_events(case):
    case.body = {"format": "csv", "account": accounts[0]}


@right
def show_event(case):
    place(case, index=3)


@right
def show_account_state(case):
    case.query = {}
    place(case, id=accounts[-1])


@right
def replay_sign_in(case):
    case.query = {}
    place(case, id=list(sign_ins)[0])


@right
def prove_inclusion(case):
    case.query = {"index": "3"}


@right
def prove_consistency(case):
    case.query = {"from": "3"}


@right
def show_tile(case):
    with urllib.request.urlopen(os.environ["BASE"] + "/v1/ledger/tree-head") as reply:
        size = json.load(reply)["size"]
    place(case, path="0/000" if size >= 256 else f"0/000.p/{size}")


# --- what is learned -----------------------------------------------------------------------------------------------

granted, again, links = set(), [], []


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw.get("operationId")
    versions.extend(response.headers.get("countersign-version", [])[:1])
    sender = (case.headers or {}).get("Authorization", "").removeprefix("Bearer ")
    forget_what_is_over(name, sender, response.status_code, id_of(case))
    try:
        told = response.json()
    except ValueError:
        return
    if isinstance(told, dict) and response.status_code < 300:
        learn(case, name, sender, told)


def forget_what_is_over(name, sender, status, ended):
    over = {"end_sessions", "change_password"} if status < 300 else set()
    for some in [sessions, stepped_up, signed]:
        if status == 401 or name in over:
            some.over(lambda session: session["access_token"] == sender)
        if name == "end_session" and status < 300:
            some.over(lambda session: session["id"] == ended)


def learn(case, name, sender, told):
    if name == "register" and isinstance(case.body, dict):
        requested[told["token"]] = stranger(case.body.get("email"))
    if name in ("request_password_reset", "request_recovery") and isinstance(case.body, dict):
        if person := people.by_address.get(case.body.get("email")):
            requested[told["token"]] = person
    if told.get("object") == "account":
        accounts.append(told["id"])
    if told.get("object") == "sign_in":
        email = case.body.get("email") if isinstance(case.body, dict) else None
        known = people.remember(told, people.by_address.get(email))
        if "session" in known:
            granted.add(known["session"]["refresh_token"])
    if told.get("object") == "backup_code":
        if id_of(case) in sign_ins:
            sign_ins[id_of(case)]["shown"] = told
        else:
            held = [session for session in stepped_up.good if session["access_token"] == sender]
            shown.update({told["id"]: session for session in held})


early = [people.with_backup_code().start() for _ in range(2)]
# Who is told of it by a server's sweep, some time from now.
to_be_told = people.recoverable({"person": Person()})
# Something of each kind is there before the first request.
sessions.one(), stepped_up.one(), signed.one()
