"""Prints what real senders of syslog send: a name, and the bytes in hexadecimal, of each message or stream.

They are Python's SysLogHandler, logger(1) of util-linux, unless the argument is "python", and, if it is the path of
one, rsyslogd as a relay.
"""
import logging
import logging.handlers
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

FACILITY = logging.handlers.SysLogHandler


def show(name, data):
    print('#', name)
    print(data.hex())


def receive(kind, use):
    """Calls use with an address of the kind, and returns what was sent there."""
    if kind == 'udp':
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('127.0.0.1', 0))
        address = s.getsockname()
    elif kind == 'tcp':
        s = socket.socket()
        s.bind(('127.0.0.1', 0))
        s.listen()
        address = s.getsockname()
    else:
        address = os.path.join(tempfile.mkdtemp(), 'log')
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM if kind == 'unixgram' else socket.SOCK_STREAM)
        s.bind(address)
        if kind == 'unix':
            s.listen()
    s.settimeout(10)
    parts = []

    def read():
        if kind in ('udp', 'unixgram'):
            parts.append(s.recv(1 << 16))
            return
        c, _ = s.accept()
        while True:
            b = c.recv(1 << 16)
            if not b:
                return
            parts.append(b)

    t = threading.Thread(target=read)
    t.start()
    use(address)
    t.join()
    s.close()
    return b''.join(parts)


def handler(kind, log, facility=FACILITY.LOG_USER, fmt=None, **attributes):
    def use(address):
        h = FACILITY(address, facility, socket.SOCK_STREAM if kind in ('tcp', 'unix') else None)
        for key, value in attributes.items():
            setattr(h, key, value)
        if fmt:
            h.setFormatter(logging.Formatter(fmt))
        logger = logging.getLogger('shop.pay')
        logger.handlers[:] = [h]
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
        log(logger)
        h.close()

    return receive(kind, use)


def failed(logger):
    try:
        exec(compile("int('x')", '/srv/shop/pay.py', 'exec'), {})
    except ValueError as e:
        e.__traceback__ = e.__traceback__.tb_next
        logger.exception('failed')


show('python udp', handler('udp', lambda l: l.info('hello, gr\u00fcn \U0001f600')))
for level in logging.DEBUG, logging.INFO, 25, logging.WARNING, logging.ERROR, logging.CRITICAL:
    show('python level %d' % level, handler('unixgram', lambda l: l.log(level, 'of level %d', level), FACILITY.LOG_LOCAL3))
show('python no NUL', handler('udp', lambda l: l.error('sp\u00e4m'), append_nul=False))
show('python ident', handler('udp', lambda l: l.error('sp\u00e4m'), ident='h\u00e4m-'))
show('python traceback', handler('udp', failed))
show('python byte order mark', handler('udp', lambda l: l.info('\ufeffunicode')))
show('python with a tag', handler('udp', lambda l: l.info('hello'), fmt='Nov 23 02:00:00 web-1 shop[4242]: %(levelname)s %(message)s'))
show('python as RFC 5424', handler('udp', lambda l: l.info('hello'), fmt='1 2026-11-23T02:00:00.123456Z web-1 %(name)s 4242 - - \ufeff%(message)s'))
show('stream python tcp', handler('tcp', lambda l: (l.info('one'), failed(l), l.info('two\nlines'))))
show('stream python unix', handler('unix', lambda l: (l.info('one'), l.info('two'))))

if sys.argv[1:] != ['python']:
    def logger(kind, *args):
        def use(address):
            where = ['-u', address] if kind.startswith('unix') else ['-n', address[0], '-P', str(address[1])]
            subprocess.run(['logger', '--id=4242', *where, *args], check=True)

        return receive(kind, use)

    show('logger unix', logger('unixgram', '-d', '-t', 'shop', '-p', 'daemon.notice', 'hello'))
    show('logger RFC 3164', logger('udp', '-d', '--rfc3164', '-t', 'shop', '-p', 'cron.warning', 'hello: there'))
    show('logger RFC 5424', logger('udp', '-d', '--rfc5424', '-t', 'shop', '-p', 'local7.emerg', '--msgid', 'ID47', '--sd-id', 'shop@32473',
                                   '--sd-param', 'user="bob \\"b\\" [x\\] \\\\"', '--sd-param', 'n="1"', '--sd-id', 'empty@32473', 'hello'))
    show('logger RFC 5424, nothing known', logger('udp', '-d', '--rfc5424=notime,notq,nohost', '-t', 'shop', 'hello'))
    show('stream logger lines', logger('tcp', '-T', '--rfc5424=notq', '-t', 'shop', 'hello'))
    show('stream logger octets', logger('tcp', '-T', '--octet-count', '--rfc5424=notq', '-t', 'shop', 'hello'))

CONFIG = """
module(load="imudp")
input(type="imudp" address="127.0.0.1" port="%(source)d")
action(type="omfwd" target="%(host)s" port="%(port)d" protocol="%(protocol)s" template="%(template)s" %(more)s)
"""


def relay(kind, template, message, more=''):
    """Sends a message by way of rsyslogd."""
    def use(address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(('127.0.0.1', 0))
            source = s.getsockname()[1]
        directory = tempfile.mkdtemp()
        config = os.path.join(directory, 'rsyslog.conf')
        with open(config, 'w') as f:
            f.write(CONFIG % dict(source=source, host=address[0], port=address[1], protocol=kind, template=template, more=more))
        p = subprocess.Popen([sys.argv[1], '-n', '-f', config, '-i', os.path.join(directory, 'pid')], stderr=subprocess.DEVNULL)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for _ in range(100):  # it says nowhere when it listens
                time.sleep(0.1)
                s.sendto(message, ('127.0.0.1', source))
                with open('/proc/net/udp') as f:
                    if ':%04X ' % source in f.read():
                        break
            time.sleep(0.5)
        p.terminate()
        p.wait()

    return receive(kind, use)


if sys.argv[1:] not in ([], ['python']):
    python = b'<11>failed\nTraceback (most recent call last):\n  File "x.py", line 1, in <module>\nValueError: x\0'
    modern = b'<165>1 2026-11-23T02:00:00.123456+01:00 web-1 shop 4242 ID47 [a@1 x="1"] hello'
    for template in 'RSYSLOG_TraditionalForwardFormat', 'RSYSLOG_ForwardFormat', 'RSYSLOG_SyslogProtocol23Format':
        show('rsyslog ' + template + ' of Python\'s', relay('udp', template, python))
        show('rsyslog ' + template + ' of RFC 5424', relay('udp', template, modern))
    show('stream rsyslog lines', relay('tcp', 'RSYSLOG_SyslogProtocol23Format', modern))
    show('stream rsyslog octets', relay('tcp', 'RSYSLOG_SyslogProtocol23Format', modern, 'TCP_Framing="octet-counted"'))
