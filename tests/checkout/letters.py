"""A mail server for tests: takes letters, takes them apart, and writes each to a file as a line of JSON.

usage: letters.py PORT FILE none|implicit|starttls [CERTIFICATE KEY [USER PASSWORD]]

It says no for good to addresses that begin with "refused", and no for now, once each, to those that begin
with "later". Given a user, it takes letters from nobody else.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys
import time

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

port, file, tls, *more = sys.argv[1:]
context = None
if tls != "none":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(more[0], more[1])
user = more[2:]


class Handler:
    def __init__(self):
        self.later = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later") and address not in self.later:
            self.later.add(address)
            return "451 4.3.0 come back"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in letter.walk() if not part.is_multipart()}
        line = {
            "at_us": time.time_ns() // 1000,
            "to": envelope.rcpt_tos,
            "from": letter["from"],
            "id": letter["message-id"],
            "follows": letter["in-reply-to"] or "",
            "subject": letter["subject"],
            "kind": letter.get_content_type(),
            "text": parts.get("text/plain", ""),
            "html": parts.get("text/html", ""),
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data or "",
        }
        with open(file, "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and [data.login.decode(), data.password.decode()] == user
    return AuthResult(success=good, auth_data=data.login.decode() if good else None)


async def main():
    handler = Handler()

    def connection():
        return SMTP(
            handler,
            hostname="letters.test",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=bool(user),
            # Under implicit TLS the protocol does not know of it.
            auth_require_tls=tls == "starttls",
            authenticator=authenticate if user else None,
        )

    server = await asyncio.get_running_loop().create_server(
        connection, "127.0.0.1", int(port), ssl=context if tls == "implicit" else None
    )
    await server.serve_forever()


asyncio.run(main())
