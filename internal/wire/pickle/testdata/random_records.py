"""Makes random log records, hands each out as a frame, and judges what comes back.

usage: random_records.py SEED COUNT

For each record it writes the pickle as a line of hexadecimal, reads a line with the record's JSON
form, and compares that with what Python says of the record. It stops, with exit status 1, at the
first that differs. The records of a seed are always the same where PYTHONHASHSEED is fixed.
"""
import collections
import datetime
import decimal
import fractions
import ipaddress
import json
import logging
import logging.handlers
import math
import pathlib
import pickle
import random
import re
import sys
import types
import uuid

rng = random.Random(int(sys.argv[1]))
UTC = datetime.timezone.utc


# Values: what may be in extra, with what str() shows of it.

def text():
    alphabet = rng.choice(["abc xyz", "'\"\\\n\t\r\0\x7f", "gr\u00fcn\u00df\u20ac\U0001f600", "\udcff\ufffe\u2028\xa0", "%s{}$"])
    return "".join(rng.choice(alphabet) for _ in range(rng.choice([0, 1, 3, 10, 300])))


def number():
    bits = rng.choice([1, 7, 8, 15, 16, 31, 32, 47, 62, 63, 64, 65, 200])
    return rng.choice([1, -1]) * rng.getrandbits(bits)


def real():
    return rng.choice([0.0, -0.0, 1.5, 1e16, 1e15, 1e-5, 1e-4, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan,
                       rng.random(), rng.uniform(-1e6, 1e6), rng.uniform(-1, 1) * 10 ** rng.randrange(-300, 300)])


def moment():
    zone = rng.choice([None, UTC, datetime.timezone(datetime.timedelta(minutes=rng.randrange(-1439, 1440)))])
    return datetime.datetime(rng.randrange(1, 10000), rng.randrange(1, 13), rng.randrange(1, 29), rng.randrange(24), rng.randrange(60), rng.randrange(60),
                             rng.choice([0, 0, 1, 702000, 999999]), zone, fold=rng.randrange(2))


SCALARS = [lambda: None, lambda: rng.random() < 0.5, number, real, text]
SHOWN = [  # str() of these is what is expected
    lambda: decimal.Decimal(rng.randrange(-10**6, 10**6)).scaleb(rng.randrange(-9, 9)),
    lambda: fractions.Fraction(number(), rng.randrange(1, 50)),
    lambda: uuid.UUID(int=rng.getrandbits(rng.choice([7, 64, 128]))),
    lambda: datetime.timedelta(rng.randrange(-5, 5), rng.randrange(86400), rng.choice([0, 1, 500000])),
    lambda: pathlib.PurePosixPath(rng.choice(["/", "", "a/b", "/usr/lib", "//net/x"])),
    lambda: pathlib.PureWindowsPath(rng.choice(["C:\\a\\b", "a\\b", "\\\\host\\share\\x", ""])),
    lambda: bytes(rng.getrandbits(8) for _ in range(rng.choice([0, 1, 20]))),
    lambda: bytearray(b"its \xff"),
    lambda: complex(rng.choice([0.0, 1.0, -2.5, 1e20]), rng.choice([0.0, 2.0, -1.5])),
    lambda: range(rng.randrange(5), rng.randrange(9), rng.randrange(1, 4)),
    lambda: set(number() for _ in range(rng.randrange(4))),
    lambda: frozenset(text() for _ in range(rng.randrange(3))),
    lambda: set([(1, text()), frozenset([None])]),
    lambda: ipaddress.ip_address(rng.getrandbits(32)),
    lambda: ipaddress.IPv6Address(rng.getrandbits(128) & rng.choice([-1, 0xFFFF << 64 | 0xFF, 0xFFFF << 112, 1])),
    lambda: ipaddress.ip_network("10.0.0.0/8"),
    lambda: types.SimpleNamespace(a=number(), b=text()),
    lambda: re.compile(rng.choice(["a+", "it's", b"\x00"]), rng.choice([0, re.I, re.M | re.S])),
    lambda: type(None),
    lambda: Ellipsis,
]


def value(depth=0):
    kind = rng.randrange(10)
    if kind < 5 or depth > 3:
        return rng.choice(SCALARS)()
    if kind < 7:
        return rng.choice(SHOWN)()
    several = [value(depth + 1) for _ in range(rng.choice([0, 1, 2, 3, 5]))]
    keys = [rng.choice([text, text, number, lambda: None, lambda: True, lambda: (1, "x"), lambda: 1.5])() for _ in several]
    return rng.choice([
        lambda: several, lambda: tuple(several), lambda: collections.deque(several, 9), lambda: dict(zip(keys, several)),
        lambda: collections.OrderedDict(zip(keys, several)), lambda: collections.defaultdict(list, zip(keys, several)),
        lambda: collections.Counter({"a": 2, "b": 1}), moment, lambda: moment().date(), lambda: moment().timetz(),
        lambda: ValueError(text()), lambda: KeyError(number()), lambda: Exception(1, text()), RuntimeError,
    ])()


def plain(v):
    """What is expected in JSON of a value."""
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, float):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(v), v)
    if isinstance(v, (datetime.date, datetime.time)):
        return v.isoformat()
    if isinstance(v, dict):
        return {str(k): plain(e) for k, e in v.items()}
    if isinstance(v, (list, tuple, collections.deque)):
        return [plain(e) for e in v]
    if isinstance(v, Exception):
        return type(v).__name__ + (": " + str(v) if v.args else "")
    return str(v)


# Records.

class Custom(Exception):
    pass


def fail(depth=0):
    """Raises something, with a history perhaps."""
    kind = rng.randrange(6)
    try:
        if kind < 3 or depth > 2:
            raise rng.choice([ValueError, KeyError, Custom, OSError])(rng.choice(["bad", "bad: worse", "two\nlines", "", "gr\u00fcn"]))
        fail(depth + 1)
    except Exception as e:
        if depth and hasattr(e, "add_note") and rng.random() < 0.3:
            e.add_note("a note\nof two lines")
        if kind == 3:
            raise TypeError("in the handler")
        if kind == 4:
            raise TypeError("because") from e
        if kind == 5 and sys.version_info >= (3, 11):
            raise ExceptionGroup("several", [e, ValueError("b")])
        raise


class Frames(logging.handlers.SocketHandler):
    """A SocketHandler that keeps the last frame, pickled with any protocol."""

    def send(self, s):
        self.frame = s[4:]

    def handleError(self, record):
        self.frame = None
        if not isinstance(sys.exc_info()[1], (pickle.PicklingError, TypeError)):
            raise

    def makePickle(self, record):
        s = super().makePickle(record)
        d = dict(record.__dict__)
        d.update(msg=record.getMessage(), args=None, exc_info=None)
        d.pop("message", None)
        protocol = rng.choice([0, 1, 1, 1, 2, 3, 4, 5][:3 + pickle.HIGHEST_PROTOCOL])
        return s if protocol == 1 else s[:4] + pickle.dumps(d, protocol)


def level_name(level):
    for name, base in (("CRITICAL", 12), ("ERROR", 8), ("WARNING", 4), ("INFO", 0), ("DEBUG", -4)):
        if level >= base or base == -4:
            return name if level == base else "%s%+d" % (name, level - base)


def expected(record, extra):
    scaled = (record.levelno - 20) / 2.5
    level = int(math.copysign(math.floor(abs(scaled) + 0.5), scaled))
    seconds, nanoseconds = divmod(int(decimal.Decimal(repr(record.created)) * 10**9), 10**9)
    moment = datetime.datetime.fromtimestamp(seconds, UTC)
    want = {
        "time": moment.strftime("%Y-%m-%dT%H:%M:%S") + ".%09dZ" % nanoseconds, "level": level_name(level), "logger": record.name,
        "message": record.getMessage(), "source": {"function": record.funcName, "file": record.pathname, "line": record.lineno},
        "process": {"pid": record.process, "name": record.processName}, "thread": {"id": record.thread, "name": record.threadName},
    }
    if math.floor(20 + 2.5 * level + 0.5) != record.levelno:
        want["levelno"] = record.levelno
    if record.levelname not in ("Level %d" % record.levelno, level_name(level)):
        want["levelname"] = record.levelname
    if extra:
        want["attrs"] = {k: plain(v) for k, v in extra.items()}
    if record.stack_info:
        want["stack"] = record.stack_info
    if getattr(record, "taskName", None):
        want["task"] = record.taskName
    if record.exc_info and record.exc_info[0]:
        e = record.exc_info[1]
        module = type(e).__module__
        name = type(e).__qualname__ if module in ("builtins", "__main__") else module + "." + type(e).__qualname__
        want["exception"] = {"type": name, "message": str(e).split("\n")[0], "traceback": record.exc_text}
        want["exception"] = {k: v for k, v in want["exception"].items() if v}
    for key in ("logger", "message"):
        if key == "logger" and not want[key]:
            del want[key]
    return want


def same(a, b):
    """Whether two JSON values are equal, types and the sign of zero included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


def differences(a, b, at=""):
    """Where two JSON values differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        return "".join(differences(a.get(k), b.get(k), at + "/" + k) for k in sorted(a.keys() | b.keys()))
    return "" if same(a, b) else "%s\n got %s\nwant %s\n" % (ascii(at), ascii(a), ascii(b))


def main():
    logging.addLevelName(33, "NOTICE")
    handler = Frames("localhost", 0)
    done = 0
    while done < int(sys.argv[2]):
        logger = logging.Logger(rng.choice(["root", "a", "a.b.c", "gr\u00fcn"]))
        logger.addHandler(handler)
        kept = []
        logger.addFilter(lambda record: kept.append(record) or True)
        extra = {"x_%d" % i: value() for i in range(rng.choice([0, 0, 1, 2, 5]))}
        message, args = rng.choice([("plain 100%", ()), ("%s and %d", (text(), 5)), (text().replace("%", ""), ()), ("%(a)s", ({"a": 1},))])
        try:
            if rng.random() < 0.3:
                fail()
        except Exception:
            pass
            logger.error(message, *args, exc_info=True, extra=extra)
        else:
            logger.log(rng.choice([10, 20, 20, 30, 40, 50, 5, 22, 25, 33, 120]), message, *args, extra=extra, stack_info=rng.random() < 0.1)
        if handler.frame is None:
            continue  # what a protocol cannot carry is lost at the sender
        print(handler.frame.hex(), flush=True)
        line = sys.stdin.readline()
        want = expected(kept[0], extra)
        try:
            got = json.loads(line)
        except ValueError:
            got = line
        if not same(got, want):
            sys.exit("record %d: %sframe %s" % (done, differences(got, want), handler.frame.hex()))
        done += 1


main()
