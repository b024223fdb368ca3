"""A mail relay: aiosmtpd, a real SMTP server, as kind or unkind as the recipient's address asks for.

    relay.py FOLDER [CERTIFICATE KEY (implicit|starttls)]

The conduct is the word before the first dot of the address: `stall.7@example.org`. Most conducts hold for the first
attempts only, and then the message is taken. What is taken is written to FOLDER, one file for each message id, and told
as a line `accepted ID` on stdout; the first line is `port NUMBER`.
"""

import asyncio
import collections
import email
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP

# How often a conduct is met before the relay is kind; the others always are.
UNKIND = {
    "later": 2, "later_then_when_told": 1, "later_body": 1, "shut": 1, "hang_up": 2, "hang_up_in_data": 1, "take_and_hang_up": 2, "stall": 1,
    "take_and_stall": 1,
}
ALWAYS = {"refuse", "refuse_body", "later_for_ever", "hang_up_for_ever", "stall_for_ever", "take_and_hang_up_for_ever",
          "take_when_told"}

attempts = collections.Counter()


def tell(line):
    print(line, flush=True)


def take(envelope, folder):
    message = email.message_from_bytes(envelope.content)
    name = message["Message-ID"].strip("<>").split("@")[0]
    path = os.path.join(folder, name + ".eml")
    with open(path + ".tmp", "wb") as file:
        file.write(envelope.content.replace(b"\r\n", b"\n"))
    os.rename(path + ".tmp", path)
    tell("accepted " + name)


async def told(folder):
    while not os.path.exists(os.path.join(folder, "told")):
        await asyncio.sleep(0.02)


class Handler:
    def __init__(self, folder):
        self.folder = folder

    async def handle_RCPT(self, server, session, envelope, address, options):
        conduct = address.split(".")[0]
        attempts[address] += 1
        server.conduct = conduct if conduct in ALWAYS or attempts[address] <= UNKIND.get(conduct, 0) else "take"
        if server.conduct in ("later", "later_for_ever", "later_then_when_told"):
            return "451 4.3.0 later"
        if server.conduct == "shut":
            server.transport.write(b"421 4.3.2 shutting down\r\n")
            server.transport.close()
        if server.conduct == "refuse":
            return "550 5.1.1 nobody here"
        if server.conduct in ("hang_up", "hang_up_for_ever"):
            server.transport.abort()
        if server.conduct in ("stall", "stall_for_ever"):
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server, session, envelope):
        if server.conduct == "later_body":
            return "452 4.3.1 no room"
        if server.conduct == "refuse_body":
            return "554 5.6.0 not that"
        if server.conduct == "take" and envelope.rcpt_tos[0].startswith("later_then_when_told."):
            await told(self.folder)
        take(envelope, self.folder)
        if server.conduct == "take_when_told":
            await told(self.folder)
        if server.conduct in ("take_and_hang_up", "take_and_hang_up_for_ever"):
            server.transport.abort()
        if server.conduct == "take_and_stall":
            await asyncio.Event().wait()
        return "250 taken"


class Relay(SMTP):
    conduct = "take"

    async def smtp_DATA(self, argument):
        if self.conduct != "hang_up_in_data":
            return await super().smtp_DATA(argument)
        await self.push("354 go on")
        await self._reader.readline()
        self.transport.abort()


def authenticator(server, session, envelope, mechanism, data):
    from aiosmtpd.smtp import AuthResult

    return AuthResult(success=(data.login, data.password) == (b"postman", b"rings twice"))


async def main(folder, certificate=None, key=None, how=None):
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
    starttls = {}
    if how == "starttls":
        starttls = {"tls_context": context, "require_starttls": True, "auth_required": True,
                    "authenticator": authenticator}

    def relay():
        return Relay(Handler(folder), hostname="relay.example", **starttls)

    loop = asyncio.get_running_loop()
    implicit = context if how == "implicit" else None
    server = await loop.create_server(relay, "127.0.0.1", 0, ssl=implicit)
    tell("port %d" % server.sockets[0].getsockname()[1])
    # Ends with who started it.
    await loop.run_in_executor(None, sys.stdin.read)
    os._exit(0)


asyncio.run(main(*sys.argv[1:]))
