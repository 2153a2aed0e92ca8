"""A mail server (aiosmtpd) that prints a line of JSON for each mail. Arguments: a certificate and its key, then none, or
starttls, or tls. With a certificate ann may log in, with the password secret."""
import asyncio
import email
import email.policy
import json
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

warnings.simplefilter("ignore")


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = mail.get_content()
        if "poison" in text:
            return "554 we do not like this"
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "headers": {key: str(value) for key, value in mail.items()}, "text": text,
            "tls": session.ssl is not None, "user": session.authenticated,
            "longest": max(len(line) for line in envelope.content.split(b"\r\n")), "bare": envelope.content.replace(b"\r\n", b"").count(b"\n"),
        }), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"ann" and data.password == b"secret", handled=False)


async def main(certificate, key, security):
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)

    def session():
        return SMTP(Handler(), hostname="mail.test", tls_context=context if security == "starttls" else None, require_starttls=security == "starttls",
                    authenticator=authenticate, auth_required=bool(certificate), auth_require_tls=security == "starttls", enable_SMTPUTF8=True)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(*sys.argv[1:4]))
