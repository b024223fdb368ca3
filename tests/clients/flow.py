"""Plays the whole flow with the client that was generated from the document: register, sign in by mail code, pass the
gate, sign in by the backup code.

BASE is the service, MAILBOX the folder with its messages; CLIENT_KEY the client's key, where one is asked for.
"""

import email, glob, os, time, uuid

from countersign_client import AuthenticatedClient
from countersign_client.api.accounts import register, verify_account
from countersign_client.api.me import show_me
from countersign_client.api.sign_ins import answer_sign_in, confirm_backup_code, show_sign_in, start_sign_in
from countersign_client.models import (
    Account,
    AnswerRequest,
    AnswerRequestFactor,
    ConfirmationRequest,
    ProblemWrongState,
    Registration,
    RegistrationRequest,
    SignIn,
    SignInRequest,
    SignInState,
    VerificationRequest,
)

ADDRESS = f"py-{uuid.uuid4()}@example.org"
PASSWORD = "violet harbour sings quietly"


def client(token):
    return AuthenticatedClient(base_url=os.environ["BASE"], token=token)


def mailed_code(beginning=""):
    """The six digits that stand alone on a line of a message to the address; of the one about a challenge, if it is named."""
    for _ in range(200):
        for path in sorted(glob.glob(os.path.join(os.environ["MAILBOX"], beginning + "*.eml"))):
            with open(path, "rb") as file:
                message = email.message_from_binary_file(file)
            text = next(part for part in message.walk() if part.get_content_type() == "text/plain")
            lines = text.get_payload(decode=True).decode().split()
            codes = [line for line in lines if len(line) == 6 and line.isdigit()]
            if message["To"] == ADDRESS and codes:
                return codes[0]
        time.sleep(0.05)
    raise SystemExit("no code was mailed")


def file_of(challenge):
    """How the file of a message is called: the challenge's id in groups of four."""
    digits = challenge.removeprefix("ch_").replace("-", "")
    return "ch_" + "-".join(digits[at : at + 4] for at in range(0, 32, 4))


def expect(reply, kind):
    assert isinstance(reply, kind), reply
    return reply


def start():
    body = SignInRequest(email=ADDRESS, password=PASSWORD)
    return expect(start_sign_in.sync(client=app, body=body, idempotency_key=str(uuid.uuid4())), SignIn)


def pass_the_gate(sign_in, factor, code):
    """Answers, and confirms the code that is shown; gives the code and the session."""
    holder = client(sign_in.token)
    answer = AnswerRequest(factor=factor, code=code)
    gate = expect(answer_sign_in.sync(sign_in.id, client=holder, body=answer), SignIn)
    assert gate.state == SignInState.SAVE_REQUIRED, gate
    body = ConfirmationRequest(backup_code_id=gate.backup_code.id, saved=True)
    done = expect(confirm_backup_code.sync(sign_in.id, client=holder, body=body), SignIn)
    assert done.state == SignInState.SIGNED_IN, done
    assert expect(show_sign_in.sync(sign_in.id, client=holder), SignIn).state == SignInState.SIGNED_IN
    expect(answer_sign_in.sync(sign_in.id, client=holder, body=answer), ProblemWrongState)
    return gate.backup_code.code, done.session


app = client(os.environ.get("CLIENT_KEY", "none"))
wanted = RegistrationRequest(email=ADDRESS, password=PASSWORD)
registration = expect(register.sync(client=app, body=wanted), Registration)
proof = VerificationRequest(registration_token=registration.token, code=mailed_code())
account = expect(verify_account.sync(client=app, body=proof), Account)

first = start()
backup_code, session = pass_the_gate(
    first, AnswerRequestFactor.EMAIL_CODE, mailed_code(file_of(first.challenge.id))
)
assert [str(way) for way in session.amr] == ["pwd", "email"], session
assert expect(show_me.sync(client=client(session.access_token)), Account).id == account.id

_, session = pass_the_gate(start(), AnswerRequestFactor.BACKUP_CODE, backup_code)
assert session.aal == "aal2", session
print("Python: signed in by mail code and by backup code")
