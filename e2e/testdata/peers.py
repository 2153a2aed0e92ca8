"""Those to whom records are sent: the receiver of Python's logging cookbook over TCP and UDP, a server of HTTP, and one of
mail (aiosmtpd). The first line that is printed has their ports; then comes a line for each record, or mail."""
import asyncio
import email
import email.policy
import http.server
import json
import logging
import pickle
import socketserver
import struct
import sys
import threading
import urllib.parse
import warnings

try:
    from aiosmtpd.smtp import SMTP
except ImportError:
    sys.exit(3)

warnings.simplefilter("ignore")
lock = threading.Lock()


def tell(peer, **what):
    with lock:
        print(json.dumps({"peer": peer, **what}), flush=True)


def tell_record(peer, pickled):
    record = logging.makeLogRecord(pickle.loads(pickled))
    tell(peer, logger=record.name, level=record.levelname, message=record.getMessage())


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while len(size := self.rfile.read(4)) == 4:
            tell_record("socket", self.rfile.read(struct.unpack(">L", size)[0]))


class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        tell_record("datagram", self.rfile.read()[4:])


class Request(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/form":
            record = {key: values[0] for key, values in urllib.parse.parse_qs(body).items()}
            tell("form", logger=record["name"], level=record["levelname"], message=record["msg"])
        else:
            for line in body.splitlines():
                record = json.loads(line)
                tell("lines", logger=record["logger"], level=record["level"], message=record["message"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Mail:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        tell("mail", logger=mail["Subject"], level=envelope.mail_from, message=mail.get_content())
        return "250 OK"


def port(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


async def main():
    loop = asyncio.get_running_loop()
    mails = await loop.create_server(lambda: SMTP(Mail()), "127.0.0.1", 0)
    print(json.dumps({
        "socket": port(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream)),
        "datagram": port(socketserver.UDPServer(("127.0.0.1", 0), Datagram)),
        "http": port(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Request)),
        "mail": mails.sockets[0].getsockname()[1],
    }), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
