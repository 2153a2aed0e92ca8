"""Runs CPython's own tests of the network handlers of logging, with jackdaw in place of their servers.

    cpython.py JACKDAW

Nothing of test.test_logging is changed but its server classes, and how long it waits for an event. Those here start jackdaw, read the records back
from its console, in JSON, and hand each to the test's own callable as what the test's own server would have
handed over: a connection with pickles, a datagram, or an HTTP request.
"""
import faulthandler
import io
import json
import os
import pickle
import queue
import re
import socket
import struct
import subprocess
import sys
import threading
import types
import unittest
import urllib.parse

from test import test_logging

JACKDAW = sys.argv.pop(1)
# Whether the machine has what a test needs is for the test to say, save for this.
CLASSES = ['SocketHandlerTest', 'UnixSocketHandlerTest', 'DatagramHandlerTest', 'UnixDatagramHandlerTest', 'SysLogHandlerTest',
           'UnixSysLogHandlerTest', 'IPv6SysLogHandlerTest', 'HTTPHandlerTest']
OFF = ['--tcp', '--udp', '--http', '--otlp', '--otlp-grpc', '--web']
# SysLogHandler's facility and levels, which the test has in the datagram.
FACILITIES = test_logging.logging.handlers.SysLogHandler.facility_names
SEVERITIES = {'DEBUG': 7, 'INFO': 6, 'WARNING': 4, 'ERROR': 3, 'CRITICAL': 2}


class Server:
    """What ControlMixin and the servers with it are to the tests."""

    address_family = socket.AF_INET

    def __init__(self, addr, handler, poll_interval=0.5, **more):
        self.addr, self._handler, self.more = addr, handler, more
        self.test = handler.__self__
        self.ready = threading.Event()

    def where(self):
        """The flag and its address."""
        raise NotImplementedError

    def start(self):
        flag, address = self.where()
        args = [JACKDAW, 'serve', '--console', 'json', '--data', 'off']
        for off in OFF:
            if off != flag:
                args += [off, 'off']
        args += [flag, address]
        if self.more.get('sslctx'):
            here = os.path.dirname(test_logging.__file__)
            certs = [os.path.join(here, *names) for names in (['keycert.pem'], ['certdata', 'keycert.pem'])]  # from 3.12 on
            cert = next(path for path in certs if os.path.exists(path))
            args += ['--tls-cert', cert, '--tls-key', cert]
        self.process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding='utf-8')
        listening = None
        while not listening:
            line = self.process.stderr.readline()
            if not line:
                raise OSError('jackdaw did not start')
            listening = re.search(r'listening on \S+ (.*)', line)
        self.listener = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.listener.start()
        address = listening.group(1)
        if isinstance(self.addr, tuple):
            host, _, port = address.rpartition(':')
            self.port = self.server_port = int(port)
            self.server_address = (host.strip('[]'), self.port)
        else:
            self.server_address = address
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.ready.set()

    def read(self):
        for line in self.process.stdout:
            self.take(json.loads(line))

    def take(self, record):
        raise NotImplementedError

    def stop(self):
        if self.process:
            self.process.terminate()
            self.reader.join()
            if self.process.wait() != 0:
                raise AssertionError('jackdaw ended with %d' % self.process.returncode)
            self.listener.join()
            self.reader = self.listener = None
            self.process.stdout.close()
            self.process.stderr.close()
            self.process = None


def host_port(addr):
    host = '127.0.0.1' if addr[0] == 'localhost' else addr[0]
    return ('[%s]:%d' if ':' in host else '%s:%d') % (host, addr[1])


def frame(record):
    payload = pickle.dumps({'name': record['logger'], 'levelname': record['level'], 'msg': record['message'], 'args': None})
    return struct.pack('>L', len(payload)) + payload


class Connection:
    """What the tests read the records of a connection from."""

    def __init__(self):
        self.frames, self.rest = queue.Queue(), b''

    def recv(self, n):
        if not self.rest:
            self.rest = self.frames.get()
        part, self.rest = self.rest[:n], self.rest[n:]
        return part


class TCPServer(Server):
    connection = None

    def where(self):
        return '--tcp', host_port(self.addr)

    def take(self, record):
        if not self.connection:
            self.connection = Connection()
            request = types.SimpleNamespace(connection=self.connection)
            self.server = threading.Thread(target=self._handler, args=(request,), daemon=True)
            self.server.start()
        self.connection.frames.put(frame(record))

    def stop(self):
        super().stop()
        if self.connection:
            self.connection.frames.put(b'')
            self.server.join()
            self.connection = self.server = None


class UnixStreamServer(TCPServer):
    def where(self):
        return '--unix', self.addr


class UDPServer(Server):
    @property
    def is_syslog(self):
        return isinstance(self.test, test_logging.SysLogHandlerTest)

    def where(self):
        if self.is_syslog:
            return '--syslog', 'udp:' + host_port(self.addr)
        return '--udp', host_port(self.addr)

    def take(self, record):
        if self.is_syslog:
            packet = b'<%d>%s' % (8 * FACILITIES[record['attrs']['facility']] + SEVERITIES[record['level']], record['message'].encode())
            if self.test.sl_hdlr.append_nul:  # the NUL ends the message and is not of it
                packet += b'\0'
        else:
            packet = frame(record)
        self._handler(types.SimpleNamespace(packet=packet))


class UnixDatagramServer(UDPServer):
    def where(self):
        if self.is_syslog:
            return '--syslog', 'unixgram:' + self.addr
        return '--unixgram', self.addr


class HTTPServer(Server):
    def where(self):
        return '--http', host_port(self.addr)

    def take(self, record):
        # Which method it was, and which path, is not of the record.
        handler = self.test.h_hdlr
        data = urllib.parse.urlencode({'name': record['logger'], 'funcName': record['source']['function'], 'msg': record['message']})
        request = types.SimpleNamespace(command=handler.method, path=handler.url, send_response=lambda code: None, end_headers=lambda: None)
        if handler.method == 'GET':
            request.path += '?' + data
        else:
            request.headers, request.rfile = {'Content-Length': len(data)}, io.BytesIO(data.encode())
        self._handler(request)


SERVERS = {'TestTCPServer': TCPServer, 'TestUDPServer': UDPServer, 'TestUnixStreamServer': UnixStreamServer,
           'TestUnixDatagramServer': UnixDatagramServer, 'TestHTTPServer': HTTPServer}


class PatientEvent(threading.Event):
    """A test gives its server a tenth of a second, which a busy machine may not have."""

    def wait(self, timeout=None):
        return super().wait(timeout and 30)


def main():
    faulthandler.dump_traceback_later(120, exit=True)  # the tests wait without end for what does not come
    threading.Event = PatientEvent
    replaced = {getattr(test_logging, name): server for name, server in SERVERS.items()}
    for name, server in SERVERS.items():
        setattr(test_logging, name, server)
    suite = unittest.TestSuite()
    for name in CLASSES:
        case = getattr(test_logging, name)
        if hasattr(case, 'server_class'):
            case.server_class = replaced.get(case.server_class, case.server_class)
        suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == '__main__':
    main()
