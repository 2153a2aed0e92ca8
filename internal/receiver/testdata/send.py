"""Sends records with the handlers of Python's own logging, unmodified.

send.py stream|datagram|json HOST PORT COUNT   COUNT records of each of three threads, an exception, and
                                               for a stream the wait for its end
send.py odd HOST PORT                          one record of each protocol, and what is none, a frame each

PORT 0 means that HOST is the path of a unix socket.
"""
import datetime
import json
import logging
import logging.handlers
import pickle
import socket
import struct
import sys
import threading

THREADS = 3


class JSONSocketHandler(logging.handlers.SocketHandler):
    def makePickle(self, record):
        d = dict(record.__dict__, msg=record.getMessage(), args=None, exc_info=None)
        if record.exc_info:
            d["exc_text"] = logging.Formatter().formatException(record.exc_info)
        b = json.dumps(d).encode()
        return struct.pack(">L", len(b)) + b


HANDLERS = {
    "stream": logging.handlers.SocketHandler,
    "datagram": logging.handlers.DatagramHandler,
    "json": JSONSocketHandler,
}


def work(thread, count):
    logger = logging.getLogger("myapp.area%d" % thread)
    for i in range(count):
        logger.info("record %d", i, extra={"n": i, "half": i / 2, "who": {"thread": thread}})


def send(handler, count):
    logging.raiseExceptions = True
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    threads = [threading.Thread(target=work, args=(n, count), name="worker-%d" % n) for n in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    try:
        {}["missing"]
    except KeyError:
        logging.getLogger("myapp").exception("failed")


def odd(connect, address):
    with socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX) as s:
        s.connect(address)
        good = {"name": "a.b", "msg": "protocol %d", "levelno": 30, "created": 1700000000.5, "args": None}
        payloads = [pickle.dumps(dict(good, msg="protocol %d" % p), p) for p in range(6)]
        payloads += [json.dumps(dict(good, msg="json")).encode(), b'{"message": "own form", "level": "ERROR"}']
        payloads += [pickle.dumps(dict(good, msg=m, **d), 1) for m, d in [
            ("levelno is text", {"levelno": "20"}),
            ("name is 5", {"name": 5}),
            ("a date", {"when": datetime.date(2026, 11, 22)}),
        ]]
        payloads += [pickle.dumps(x, 1) for x in (["a", "list"], "a string", {"no": "msg"}, None)]
        payloads += [b"", b"junk", b"{junk"]
        payloads += [pickle.dumps(dict(good, msg="last"), 1)]
        for p in payloads:
            s.sendall(struct.pack(">L", len(p)) + p)
        s.shutdown(socket.SHUT_WR)
        assert s.recv(1) == b"", "the receiver wrote something"


kind, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
if kind == "odd":
    odd(kind, (host, port) if port else host)
else:
    h = HANDLERS[kind](host, port or None)
    send(h, int(sys.argv[4]))
    if kind != "datagram":
        h.sock.shutdown(socket.SHUT_WR)
        h.sock.settimeout(20)
        assert h.sock.recv(1) == b"", "the receiver wrote something"
