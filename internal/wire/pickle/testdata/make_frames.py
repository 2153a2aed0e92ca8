# coding: utf-8
"""Prints log records as logging's SocketHandler would send them, in hexadecimal, for the golden files.

usage: python3.11 make_frames.py 0 1 2 3 4 5 > py311.txt    the numbers are pickle protocols

It runs on Python 2.7 and on every Python 3. Each frame is

    # NAME, protocol N
    HEX
    ----

and "go test -run Golden -update" fills in what the decoder makes of it. What changes from run to run
(time, process, thread) is fixed, so that the same Python prints the same bytes.
"""
from __future__ import print_function, unicode_literals

import array
import binascii
import collections
import datetime
import decimal
import fractions
import functools
import io
import linecache
import logging
import logging.handlers
import os
import pickle
import re
import struct
import sys
import uuid

PLACE = "/srv/shop/pay.py"
if "placed" not in globals():  # run again as a file that is called the same wherever this one is
    placed = True
    with io.open(__file__, encoding="utf-8") as f:
        lines = f.readlines()
    linecache.cache[PLACE] = sum(map(len, lines)), None, lines, PLACE
    exec(compile("".join(lines).encode("utf-8"), PLACE, "exec", 0, True), globals())
    sys.exit()

PY3 = sys.version_info[0] == 3
FIXED = dict(created=1795344101.702123, msecs=702.123, relativeCreated=1234.5, thread=140234567890123, process=4242,
             pathname=PLACE, filename="pay.py", module="pay", lineno=7, funcName="charge")


class Frames(logging.handlers.SocketHandler):
    """A SocketHandler that prints."""

    def __init__(self):
        logging.handlers.SocketHandler.__init__(self, "localhost", 0)
        self.name_of_case, self.protocol = "", 1

    def makePickle(self, record):
        record.__dict__.update((k, v) for k, v in FIXED.items())
        if getattr(record, "stack_info", None):
            record.stack_info = record.stack_info.replace(os.path.abspath(__file__), PLACE)
        if self.protocol == 1:
            return logging.handlers.SocketHandler.makePickle(self, record)
        if record.exc_info:
            self.format(record)
        d = dict(record.__dict__)
        d["msg"], d["args"], d["exc_info"] = record.getMessage(), None, None
        d.pop("message", None)
        s = pickle.dumps(d, self.protocol)
        return struct.pack(">L", len(s)) + s

    def send(self, s):
        print("# %s, protocol %d" % (self.name_of_case, self.protocol))
        text = binascii.hexlify(s[4:]).decode()
        for i in range(0, len(text), 160):
            print(text[i:i + 160])
        print("----\n")

    def handleError(self, record):
        kind = sys.exc_info()[0]
        if self.protocol < 2 and kind in (TypeError, pickle.PicklingError):
            return  # this protocol cannot carry it
        raise


handler = Frames()
logger = logging.getLogger("shop.pay")
logger.addHandler(handler)
logger.setLevel(1)
logger.propagate = False


class Point(object):
    def __init__(self, x, y):
        self.x, self.y = x, y


class Slots(object):
    __slots__ = ("a", "b")


class Text(type("")):
    pass


class Number(int):
    pass


class Items(list):
    pass


class Table(dict):
    pass


class OldStyle:
    def __init__(self):
        self.a = 1


class Failure(Exception):
    pass


Pair = collections.namedtuple("Pair", "left right")


def case(name, msg, *args, **kwargs):
    handler.name_of_case = name
    log = getattr(logger, kwargs.pop("level", "info"))
    log(msg, *args, **kwargs)


def extra(name, **values):
    case(name, name, extra=values)


def plain():
    case("plain", "message %d", 5)
    case("text", "gr\u00fcn \U0001f600 \x00\n\x1b[31m\u2028")
    handler.name_of_case = "level 25"
    logger.log(25, "odd level")
    logging.addLevelName(33, "NOTICE")
    handler.name_of_case = "level NOTICE"
    logger.log(33, "named level")
    extra("scalars", none=None, yes=True, no=False, small=7, byte=255, short=65535, int=70000, negative=-5, big=2**40,
          negative_big=-2**40, word=2**63, huge=3**90, negative_huge=-3**90, float=1.5, tiny=5e-324, inf=float("inf"),
          minus=float("-inf"), nan=float("nan"), text="x", long="x" * 300)
    extra("containers", list=[1, "a", None, [2.5, {}]], tuple=(1, 2), one=(1,), four=(1, 2, 3, 4), empty_list=[], empty_tuple=(),
          dict={"a": {"b": [1, {"c": 2}]}}, empty_dict={}, int_keys={1: "a"}, tuple_key={(1, "x"): 2}, none_key={None: 1}, empty_key={"": 1})
    extra("request", request_id="d41d8cd98f00b204e9800998ecf8427e", user_id=123456, client="203.0.113.7", cached=False,
          params=[17, "blue"], queue={"name": "mail", "waiting": 3})
    shared = ["x"]
    extra("shared", a=shared, b=shared, c=[shared, shared])
    loop = [1]
    loop.append(loop)
    around = {"k": 1}
    around["self"] = around
    knot = ([],)
    knot[0].append(knot)
    extra("recursive", loop=loop, around=around, knot=knot)
    extra("many", **dict(("k%03d" % i, i) for i in range(300)))


def errors():
    def fail():
        raise ValueError("bad: worse\nsecond line")
    try:
        fail()
    except ValueError:
        case("exception", "failed", exc_info=True, level="error")
    try:
        try:
            fail()
        except ValueError:
            {}["missing"]
    except KeyError:
        case("chain", "failed", exc_info=True, level="error")
    case("no exception", "nothing", exc_info=True)
    if PY3:
        case("stack", "here", stack_info=True)
    if hasattr(ValueError, "add_note"):
        try:
            e = ValueError("bad")
            e.add_note("a note")
            raise e
        except ValueError:
            case("note", "failed", exc_info=True, level="error")
        try:
            raise eval("ExceptionGroup")("two", [ValueError("a"), TypeError("b")])
        except Exception:
            case("group", "failed", exc_info=True, level="critical")


def task():
    if sys.version_info < (3, 12):
        return
    import asyncio
    names = {"case": case, "asyncio": asyncio}
    exec("async def work():\n    asyncio.current_task().set_name('mailer')\n    case('task', 'in a task')", names)
    asyncio.run(names["work"]())


def objects():
    p = Point(1, 2.5)
    s = Slots()
    s.a, s.b = 1, "x"
    extra("instance", point=p, again=p, inside=[p], old=OldStyle(), text=Text("hi"), number=Number(5), items=Items([1, 2]), table=Table(a=1),
          pair=Pair(1, "r"))
    extra("slots", slots=s)
    extra("globals", cls=Point, function=case, builtin=len, exception=KeyError, module_function=binascii.hexlify)
    extra("errors", value=ValueError("bad"), key=KeyError("k"), none=RuntimeError(), two=Exception(1, "b"), os=OSError(2, "No such file or directory", "x"),
          custom=Failure("own"))
    extra("bytes", bytes=b"a'\xff\n", empty=b"", array=bytearray(b"xy"))
    extra("sets", set=set([5]), frozen=frozenset(["a"]), empty=set(), nested=set([(1, 2)]))
    extra("numbers", complex=1 + 2j, imaginary=3j, range=range(1, 9, 3) if PY3 else eval("xrange(1, 9, 3)"), decimal=decimal.Decimal("1.50"),
          fraction=fractions.Fraction(1, 3), ellipsis=[Ellipsis, NotImplemented] if PY3 else [])
    extra("collections", ordered=collections.OrderedDict([("z", 1), ("a", 2)]), default=collections.defaultdict(list, a=[1]), counter=collections.Counter("aab"),
          deque=collections.deque([1, 2], 5), array=array.array(str("h"), [1, -2]), floats=array.array(str("d"), [1.5]))
    extra("ids", uuid=uuid.UUID("12345678-1234-5678-1234-567812345678"), small=uuid.UUID(int=7), pattern=re.compile("a+", re.I), bytes_pattern=re.compile(b"b"),
          partial=functools.partial(int, "7", base=8), logger=logging.getLogger("a.b") if sys.version_info >= (3, 7) else None)
    times()
    if PY3:
        later()


def times():
    class Zone(datetime.tzinfo):
        pass
    extra("times", date=datetime.date(2026, 11, 22), time=datetime.time(10, 41, 41, 702), datetime=datetime.datetime(2026, 11, 22, 10, 41, 41),
          micro=datetime.datetime(1, 1, 1, 0, 0, 0, 1), delta=datetime.timedelta(1, 7384, 5), negative=datetime.timedelta(0, -1), days=datetime.timedelta(2))
    if PY3:
        utc, cet = datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=1))
        odd = datetime.timezone(-datetime.timedelta(hours=3, minutes=30, seconds=5 if sys.version_info >= (3, 7) else 0))
        extra("zones", utc=datetime.datetime(2026, 11, 22, 10, 41, 41, 702000, utc), cet=datetime.datetime(2026, 11, 22, tzinfo=cet),
              time=datetime.time(1, 2, tzinfo=cet), fold=datetime.datetime(2026, 10, 25, 2, 30, fold=1), zone=cet, plain=utc, odd=odd,
              named=datetime.timezone(datetime.timedelta(hours=2), "X"), before=datetime.datetime(2026, 1, 1, tzinfo=odd))
    try:
        import zoneinfo
        berlin = zoneinfo.ZoneInfo("Europe/Berlin")
        extra("zoneinfo", at=datetime.datetime(2026, 11, 22, 10, 41, 41, tzinfo=berlin), zone=berlin)
    except ImportError:
        pass


def later():
    import enum
    import http
    import ipaddress
    import pathlib
    import signal
    import types

    global Color, Flag, Weekday
    Color = enum.Enum("Color", "RED GREEN", module=__name__)
    Weekday = enum.IntEnum("Weekday", "MON TUE", module=__name__)
    Flag = enum.Flag("Flag", "A B", module=__name__)
    extra("enums", color=Color.RED, weekday=Weekday.TUE, flags=Flag.A | Flag.B, status=http.HTTPStatus.NOT_FOUND, signal=signal.SIGINT)
    extra("paths", posix=pathlib.PurePosixPath("/usr/lib/x.py"), relative=pathlib.PurePosixPath("a/b"), dot=pathlib.PurePosixPath(), real=pathlib.Path("/srv"),
          windows=pathlib.PureWindowsPath("C:\\a\\b"))
    extra("addresses", v4=ipaddress.ip_address("192.0.2.1"), v6=ipaddress.ip_address("2001:db8::1"), net=ipaddress.ip_network("10.0.0.0/8"))
    extra("namespaces", simple=types.SimpleNamespace(a=1, b="x"), chain=collections.ChainMap({"a": 1}, {"b": 2}), user=collections.UserDict(a=1),
          user_list=collections.UserList([1]), none_type=type(None), bound=Point(1, 2).__init__)
    extra("surrogates", name_of_file="a\udcffb", high="\ud83d")


def numpy_types():
    try:
        import numpy as np
    except ImportError:
        return
    extra("numpy", i8=np.int64(-5), u1=np.uint8(200), f4=np.float32(0.1), f2=np.float16(0.1), f8=np.float64(1.5), yes=np.bool_(True), text=np.str_("hi"),
          big=np.array(1, ">i4")[()])
    extra("numpy arrays", one=np.array([1, 2, 3]), two=np.array([[1.5, 2], [3, 4]]), none=np.array([]), words=np.array(["a", "bcd"]), objects=np.array([1, "x", None], object),
          flags=np.array([True, False]), large=np.zeros((1000, 1000))[:40, :30], point=np.array(5))
    extra("numpy others", dtype=np.dtype("float64"), when=np.datetime64("2026-11-22T10:41:41"), cls=np.float64)


parts = [plain, errors, task, objects]
if "numpy" in sys.argv[1:]:
    sys.argv.remove("numpy")
    parts = [numpy_types]
for protocol in [int(a) for a in sys.argv[1:]]:
    handler.protocol = protocol
    if protocol <= pickle.HIGHEST_PROTOCOL:
        for part in parts:
            part()
