"""A receiver of the logging cookbook's design: it prints where it listens, then each record as a line of JSON. The argument
is udp for datagrams."""

import json
import logging
import logging.handlers
import pickle
import socketserver
import struct
import sys
import threading

STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class JSONHandler(logging.Handler):
    def emit(self, record):
        line = {
            "name": record.name,
            "level": record.levelname,
            "levelno": record.levelno,
            "message": record.getMessage(),
            "text": self.format(record),
            "created": round(record.created, 6),
            "source": [record.pathname, record.lineno, record.funcName],
            "exc_text": record.exc_text,
            "attrs": {k: v for k, v in record.__dict__.items() if k not in STANDARD},
        }
        print(json.dumps(line), flush=True)


class Receiver(socketserver.StreamRequestHandler):
    def handle(self):
        while header := self.rfile.read(4):
            payload = self.rfile.read(struct.unpack(">L", header)[0])
            record = logging.makeLogRecord(pickle.loads(payload))
            logging.getLogger(record.name).handle(record)


class DatagramReceiver(socketserver.BaseRequestHandler):
    def handle(self):
        payload = self.request[0]
        assert struct.unpack(">L", payload[:4])[0] == len(payload) - 4
        record = logging.makeLogRecord(pickle.loads(payload[4:]))
        logging.getLogger(record.name).handle(record)


def main():
    handler = JSONHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(processName)s %(process)d %(name)-15s %(levelname)-8s %(module)s %(message)s"))
    logging.getLogger().addHandler(handler)
    if sys.argv[1:] == ["udp"]:
        made = socketserver.UDPServer(("127.0.0.1", 0), DatagramReceiver)
    else:
        made = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Receiver)
    with made as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()  # until the test is done
        server.shutdown()


main()
