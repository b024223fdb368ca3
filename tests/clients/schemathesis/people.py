"""People who use the service as it is meant to be used: what a fuzzer borrows of them is what comes past the door.

BASE is the service, CLIENT_KEY a key of it, and MAILBOX the folder with its messages. PROGRAM is the command of operators,
and SETTINGS, a JSON object, all that it is told by its environment.
"""

import email, glob, json, os, re, subprocess, time, urllib.request, uuid

PASSWORD = "violet harbour sings quietly"
# Fewer than the codes that are mailed to one person in an hour.
SIGN_INS_OF_ONE = 12
# An access token lives for ten minutes, and so does a step-up.
GOOD_FOR = 8 * 60
MAILED_WITHIN = 20
# What an operator's command leaves to be told is told by a server's sweep.
TOLD_WITHIN = 60


def ask(path, body, token=None):
    """Posts, as the client or with another token; what is answered has to be a success."""
    token = token or os.environ["CLIENT_KEY"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ["BASE"] + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


class Person:
    """Somebody who registered, and proved control of their address."""

    def __init__(self):
        self.address = f"person-{uuid.uuid4()}@example.org"
        self.password, self.backup, self.read, self.sign_ins = PASSWORD, None, set(), 0
        token = ask("/v1/accounts", {"email": self.address, "password": self.password})["token"]
        self.account = ask("/v1/accounts/verification", {"registration_token": token, "code": self.code()})["id"]
        accounts.append(self.account)
        by_address[self.address] = self

    def code(self, challenge=None):
        """The digits of a message that was not read before, to come soon."""
        waits_until = time.monotonic() + MAILED_WITHIN
        while time.monotonic() < waits_until:
            for path in messages(challenge):
                if path not in self.read and (code := code_in(path, self.address)):
                    self.read.add(path)
                    return code
            time.sleep(0.02)
        raise TimeoutError(f"nothing was mailed to {self.address}")

    def start(self, purpose="sign_in"):
        """A sign-in that waits for its code."""
        self.sign_ins += 1
        body = {"email": self.address, "password": self.password, "purpose": purpose}
        sign_in = ask("/v1/sign-ins", body)
        return remember(sign_in, person=self)

    def at_gate(self):
        """A sign-in at the gate, with the code that it shows; one of somebody who has no confirmed code."""
        return self.prove(self.start())

    def prove(self, sign_in):
        """The sign-in behind its code."""
        answer = {"factor": "email_code", "code": self.code(sign_in["challenge"])}
        return remember(ask(f"/v1/sign-ins/{sign_in['id']}/answers", answer, sign_in["token"]))

    def session(self, purpose="sign_in"):
        """A session of theirs, behind the gate."""
        sign_in = self.prove(self.start(purpose))
        if sign_in["state"] == "save_required":
            self.backup = sign_in["shown"]["code"]
            saved = {"backup_code_id": sign_in["shown"]["id"], "saved": True}
            path = f"/v1/sign-ins/{sign_in['id']}/backup-code/confirmation"
            sign_in = remember(ask(path, saved, sign_in["token"]))
        return {**sign_in["session"], "person": self, "since": time.monotonic()}


accounts, sign_ins, by_address = [], {}, {}


def remember(told, person=None):
    """What is known of a sign-in, by its newest reply."""
    known = sign_ins.setdefault(told["id"], {"id": told["id"], "started": time.monotonic()})
    known.update({name: told[name] for name in ["token", "state", "session"] if name in told})
    known["challenge"] = (told.get("challenge") or {}).get("id")
    if person:
        known["person"] = person
    if "backup_code" in told:
        known["shown"] = told["backup_code"]
    return known


def with_backup_code():
    """Somebody new, with a confirmed backup code."""
    person = Person()
    person.session()
    return person


def recoverable(session):
    """Has an operator prepare the recovery of the person that a session is of."""
    account = session["person"].account
    command = [os.environ["PROGRAM"], "account", "recover", account, "--reason", "lost both"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=json.loads(os.environ["SETTINGS"]))
    return account


def link_of(account):
    """What the link ends with by which an account's recovery is cancelled, from the notice about it."""
    name = account.removeprefix("acc_").replace("-", "")
    name = "acc_" + "-".join(name[at : at + 4] for at in range(0, 32, 4)) + "*.eml"
    waits_until = time.monotonic() + TOLD_WITHIN
    while time.monotonic() < waits_until:
        for path in glob.glob(os.path.join(os.environ["MAILBOX"], name)):
            if found := re.search(r"/recovery/cancel/([0-9a-f-]+)", text_of(read(path))):
                return found[1]
        time.sleep(0.02)
    raise TimeoutError(f"no notice about {account} was mailed")


class Sessions:
    """Sessions to ask with, made anew where those there were are over."""

    def __init__(self, purpose):
        self.purpose, self.good, self.person = purpose, [], None

    def one(self):
        young = time.monotonic() - GOOD_FOR
        self.good = [session for session in self.good if session["since"] > young]
        if not self.good:
            if not self.person or self.person.sign_ins >= SIGN_INS_OF_ONE:
                self.person = Person()
            self.good.append(self.person.session(self.purpose))
        return self.good[-1]

    def over(self, is_over):
        """Forgets sessions, and who has another password or other codes since."""
        if any(is_over(session) for session in self.good):
            self.good, self.person = [session for session in self.good if not is_over(session)], None


def messages(challenge):
    """Messages about a challenge or about any, the newest first: their names say what about, and when that was."""
    digits = (challenge or "").removeprefix("ch_").replace("-", "")
    beginning = "ch_" + "-".join(digits[at : at + 4] for at in range(0, len(digits), 4))
    return sorted(glob.glob(os.path.join(os.environ["MAILBOX"], beginning + "*.eml")), reverse=True)


def code_in(path, address):
    message = read(path)
    if message["To"] != address:
        return None
    return next((word for word in text_of(message).split() if len(word) == 6 and word.isdigit()), None)


def read(path):
    with open(path, "rb") as file:
        return email.message_from_binary_file(file)


def text_of(message):
    text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    return text.get_payload(decode=True).decode()
