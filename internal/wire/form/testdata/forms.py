"""Prints what Python's HTTPHandler sends: the form of each record, and what the record's message is, as JSON.

With an argument, that many random records instead, with templates and arguments of all kinds.
"""
import collections
import datetime
import decimal
import http.server
import json
import logging
import logging.handlers
import os
import random
import sys
import threading
import urllib.parse

forms = []


class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        forms.append(self.path.partition('?')[2])
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        forms.append(self.rfile.read(int(self.headers['Content-length'])).decode('ascii'))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


class Handler(logging.handlers.HTTPHandler):
    """HTTPHandler that keeps the record's message."""

    def emit(self, record):
        try:
            message = record.getMessage()
        except Exception:
            message = None
        messages.append(message)
        super().emit(record)


PROGRAM = '''
root = logging.getLogger()
root.info('Jackdaws love my big sphinx of quartz.')
log = logging.getLogger('shop.pay')
log.warning('%d %% of %s, %r: %5.1f%%', 100, 'gr\\u00fcn \\U0001f600 a&b=c+d', 'it\\'s "so"\\n', 12.345, extra={'user_id': 42, 'ok': True, '': 'empty', 'a=b&c': 'd e'})
log.error('%(user)s has %(n)03d of %(all)s', {'user': 'bob', 'n': 7, 'all': [1, 'x', (2,), {'k': None}]})
log.info('one mapping: %s', {'a': 1.0})
log.info('%s at %s for %s', decimal.Decimal('1.5'), datetime.date(2026, 11, 22), object)
log.info('too few: %s %s', 1)
log.info('100% sure')
log.info('bytes %s, big %x, %s', b'\\xff\\'', 2**70, ('a',))
log.log(25, 'notice %s', '\\ud800 lone')
try:
    1 / 0
except ZeroDivisionError:
    log.exception('failed %s', 'here')
try:
    {}['key']
except KeyError:
    log.exception('no key')
class Odd(Exception):
    pass
try:
    raise Odd('a, (b)', 3)
except Odd:
    log.exception('odd')
log.error('no exception', exc_info=True)
log.error('stack', stack_info=True)
formatted = logging.LogRecord('fmt', logging.ERROR, '/srv/shop/pay.py', 3, 'was %s', ('formatted',), None)
try:
    int('x')
except ValueError:
    formatted.exc_info = sys.exc_info()
logging.Formatter('%(asctime)s %(message)s').format(formatted)
log.handle(formatted)
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
log.info('of nobody')
'''


def text():
    alphabet = ['a', 'Z', '"', '\\', "'", '%', '\x00', '\n', '\x1f', '\x7f', '\x85', '\u00fc', '\u2028', '\ufffd', '\U0001f600', '\ud800', ', ', ')']
    return ''.join(random.choice(alphabet) for _ in range(random.randrange(6)))


def value(depth):
    kind = random.randrange(15 if depth else 9)
    if kind in (9, 10):
        return [value(depth - 1) for _ in range(random.randrange(4))]
    if kind == 11:
        return tuple(value(depth - 1) for _ in range(random.randrange(4)))
    if kind == 12:
        return {random.choice((text(), 5, None)): value(depth - 1) for _ in range(random.randrange(4))}
    if kind == 13:
        return random.choice((set, frozenset))(random.choice((text(), 5, None)) for _ in range(random.randrange(4)))
    if kind == 14:
        return random.choice((decimal.Decimal('1.5'), collections.OrderedDict(a=1), object, 1j))
    return (
        None, random.random() < 0.5, random.randrange(-300, 300), random.getrandbits(64) - 2**62,
        random.getrandbits(random.randrange(1, 400)), random.gauss(0, 1), random.uniform(-1, 1) * 10**random.randrange(-300, 300),
        random.choice([float('inf'), float('-inf'), 0.0, -0.0, 1e16, 1e22, 5e-324, b'a\'"\xff\n']), text(),
    )[kind]


def conversion(key):
    flags = ''.join(random.choice('-+ 0#') for _ in range(random.choice((0, 0, 0, 0, 0, 1, 2))))
    width = random.choice(('', '', '', '1', '5', '12'))
    precision = random.choice(('', '', '', '.', '.0', '.3', '.9'))
    return '%' + key + flags + width + precision + random.choice('ssssssrrrrdddfaiuxXoeEFgGc%')


def template(n, keys):
    parts = [text().replace('%', random.choice(('', '%%')))]
    for i in range(n):
        parts.append(conversion('(%s)' % random.choice(keys) if keys else ''))
        parts.append(text().replace('%', '%%'))
    return ''.join(parts)


def handle(name, msg, args):
    record = logging.LogRecord(name, logging.INFO, '/srv/shop/pay.py', 1, msg, args, None)
    try:
        logging.getLogger().handle(record)
    except TypeError:  # of a repr with a lone surrogate in it, which the form cannot have
        pass


messages = []
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
where = '127.0.0.1:%d' % server.server_port
logging.raiseExceptions = False
if len(sys.argv) > 1:
    class Random(Handler):
        def emit(self, record):
            try:
                message = record.getMessage()
                json.dumps(message)
            except Exception:
                message = None
            try:
                form = urllib.parse.urlencode(self.mapLogRecord(record))
            except UnicodeEncodeError:  # a lone surrogate in the message: HTTPHandler loses the record
                return
            forms.append(form)
            messages.append(message)

    logging.basicConfig(level=logging.DEBUG, handlers=[Random(where, '/')])
    for _ in range(int(sys.argv[1])):
        if random.random() < 0.3:
            d = {random.choice(('a', 'b (x)', 'c')): value(2) for _ in range(random.randrange(1, 4))}
            handle('random', template(random.randrange(3), list(d)), (d,))
        else:
            args = tuple(value(2) for _ in range(random.randrange(4)))
            handle('random', template(max(len(args) + random.choice((0, 0, 0, 0, 0, 1, -1)), 0), None), args)
else:
    threading.current_thread().name = 'main'
    method = ['GET', 'POST']
    for m in method:
        root = logging.getLogger()
        root.handlers[:] = [Handler(where, '/log', method=m)]
        root.setLevel(logging.DEBUG)
        if m == 'GET':
            exec(compile(PROGRAM, '/srv/shop/pay.py', 'exec'), {'logging': logging, 'sys': sys, 'decimal': decimal, 'datetime': datetime})
            logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
        else:
            logging.getLogger('shop').info('by POST: %s', 'a&b', extra={'url': 'http://x/?a=b&c=%20'})
    if len(forms) != len(messages):
        messages[:] = [m for m in messages if m != 'notice \ud800 lone']
here = urllib.parse.quote_plus(os.path.dirname(os.path.abspath(__file__)))
for form, message in zip(forms, messages):
    print(form.replace(here, '%2Fsrv%2Fshop'))
    print(json.dumps(message))
