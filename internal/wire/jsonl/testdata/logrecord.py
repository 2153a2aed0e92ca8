"""Prints what a Python program sends whose SocketHandler makes JSON: a line per record.

With an argument, that many random records instead, each followed by a line that says how Python
shows the value that the record has as its attribute v.
"""
import json
import logging
import random
import sys
import threading


class Handler(logging.Handler):
    def emit(self, record):
        if record.exc_info:
            logging.Formatter().format(record)  # fills exc_text, as makePickle does
        if record.stack_info:
            record.stack_info = 'Stack (most recent call last):\n  there'
        d = dict(record.__dict__, msg=record.getMessage(), args=None, exc_info=None)
        print(json.dumps(d))


PROGRAM = '''
root = logging.getLogger()
root.info('Jackdaws love my big sphinx of quartz.')
log = logging.getLogger('shop.pay')
extra = {
    'user_id': 42, 'amount': 12.5, 'big': 2**70, 'nothing': None, 'ok': True, 'nan': float('nan'),
    'items': [1, [2.0, {'b': 1, 'a': None}], {}], 'http': {'status': 200, 'headers': {}, 'b': 'x', 'a': 'y'},
    'level': 'gold', 'message_': 1, 'source': {'file': 'x'}, 'host': 'web-1', '': {'in': 1},
}
log.warning('%d %% of gr\\u00fcn \\U0001f600 \\udcff\\x00', 100, extra=extra)
log.log(25, 'notice')
try:
    int('x')
except ValueError:
    log.exception('failed', stack_info=True)
'''


def value(depth):
    kind = random.randrange(11 if depth else 9)
    if kind == 9:
        return [value(depth - 1) for _ in range(random.randrange(4))]
    if kind == 10:
        return {k: value(depth - 1) for k in sorted(text() for _ in range(random.randrange(4)))}
    return (
        None, random.random() < 0.5, random.randrange(-300, 300), random.getrandbits(64) - 2**62,
        random.getrandbits(random.randrange(1, 400)), random.gauss(0, 1), random.uniform(-1, 1) * 10**random.randrange(-300, 300),
        random.choice([float('inf'), float('-inf'), 0.0, -0.0, 1e16, 1e22, 5e-324]), text(),
    )[kind]


def text():
    alphabet = ['a', 'Z', '"', '\\', '/', "'", '\x00', '\n', '\x1f', '\x7f', '\x85', '\u00fc', '\u2028', '\ufffd', '\U0001f600', '\ud800', '\udcff']
    s = ''.join(random.choice(alphabet) for _ in range(random.randrange(8)))
    return s.replace('\ud800\udcff', '')  # which JSON cannot tell from one character


logging.basicConfig(level=logging.DEBUG, handlers=[Handler()])
if len(sys.argv) > 1:
    for _ in range(int(sys.argv[1])):
        v = value(3)
        record = logging.makeLogRecord({'name': text(), 'msg': text(), 'v': v})
        print(json.dumps(record.__dict__, ensure_ascii=random.random() < 0.5 or '\\ud' in ascii(record.__dict__)))
        print(repr(v))
        print(repr(record.msg))
else:
    threading.current_thread().name = 'main \u2713'
    exec(compile(PROGRAM, '/srv/shop/pay.py', 'exec'), {'logging': logging})
