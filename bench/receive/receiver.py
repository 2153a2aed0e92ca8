"""A receiver after the design of Python's logging cookbook: a thread per connection, recv for the
length, recv for the record, pickle.loads, makeLogRecord, logger.handle. It differs from the printed
one in that it reads whole headers and stops at the end of a connection.

usage: receiver.py [FILE]    without FILE the records go to a NullHandler

It prints its port, and at SIGTERM how many records it handled.
"""
import logging
import logging.handlers
import pickle
import signal
import socketserver
import struct
import sys
import threading


class RecordHandler(socketserver.StreamRequestHandler):
    def read(self, n):
        data = self.connection.recv(n)
        while data and len(data) < n:
            more = self.connection.recv(n - len(data))
            if not more:
                return b""
            data += more
        return data

    def handle(self):
        count = 0
        while True:
            header = self.read(4)
            if not header:
                break
            data = self.read(struct.unpack(">L", header)[0])
            if not data:
                break
            record = logging.makeLogRecord(pickle.loads(data))
            logging.getLogger(record.name).handle(record)
            count += 1
        self.server.counts.append(count)


class Receiver(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    counts = []


def main():
    root = logging.getLogger()
    if len(sys.argv) > 1:
        handler = logging.FileHandler(sys.argv[1])
        handler.setFormatter(logging.Formatter("%(asctime)s %(processName)s %(name)s %(levelname)s %(message)s"))
        root.addHandler(handler)
    else:
        root.addHandler(logging.NullHandler())
    server = Receiver(("127.0.0.1", 0), RecordHandler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on 127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
    server.serve_forever()
    print(f"handled {sum(server.counts)}", file=sys.stderr, flush=True)


main()
