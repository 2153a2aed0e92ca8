"""Sends what this program logs to Jackdaw. "jackdaw run" puts it on the program's path.

Python imports a module of this name at its start. It waits for the program to import logging, and from then on
sees each record that passes the level and the filters of its logger, as the logger's handlers do. The call that
logs makes the record's bytes and leaves them in a queue; a thread sends them, over the wire of
logging.handlers.SocketHandler. So neither an event loop nor a receiver that is slow or away holds the program up.

What it uses it takes from below threading and socket, before a program can replace them: gevent and eventlet
would make the thread a coroutine, which runs when the program lets it.
"""

import sys

TOO_OLD = sys.version_info < (3, 7)
if not TOO_OLD:
    # All that the thread needs: at the end of a program nothing more can be imported.
    import _socket
    import os
    from _queue import Empty, SimpleQueue
    from _random import Random
    from _thread import RLock, get_ident, start_new_thread
    from atexit import register
    from _collections import deque
    from time import monotonic, sleep, time


def tell(text):
    try:
        sys.stderr.write("jackdaw run: %s\n" % text)
    except Exception:
        pass    # there may be nobody to tell


class Sender:
    """The queue, and the thread that empties it."""

    most = 512 << 10            # bytes that are taken from the queue at once
    pauses = 0.05, 2.0          # the first and the longest between two attempts to connect
    patience = 5.0              # how long the program's end may take
    limit = 32 << 20            # bytes of the queue

    def __init__(self, host, port):
        # Of bytes, since a codec is something to import.
        self.host, self.port = host.encode("ascii" if host.isascii() else "idna"), port
        self.begin()

    def begin(self):
        """Begin, or begin anew in a child process: what waits, and the connection, are the parent's."""
        self.lock = RLock()     # a signal handler may log in the midst of a call that logs
        self.frames = deque()
        self.bytes = 0          # of frames, and of what is being sent
        self.lost = {}          # dropped and not yet told: how many of each level
        self.running = False    # whether there is a thread
        self.idle = False       # whether it waits for wake
        self.ending = 0.0       # when to give up, once the program ends
        self.wake, self.done = SimpleQueue(), SimpleQueue()
        self.socket = None

    def put(self, frame, level):
        """Leave a frame in the queue. It never waits. What is below WARNING may use three quarters of the queue, and
        what is below ERROR seven eighths: a flood of them costs no error."""
        share = 1.0 if level >= 40 else 0.875 if level >= 30 else 0.75
        with self.lock:
            if self.bytes + len(frame) > self.limit * share:
                self.lost[level] = self.lost.get(level, 0) + 1
                return
            self.frames.append(frame)
            self.bytes += len(frame)
            if not self.running:
                self.start()
            elif self.idle:
                self.idle = False
                self.wake.put(True)

    def start(self):
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            util.Finalize(None, self.end, exitpriority=-1000)   # its processes leave past atexit
        try:
            start_new_thread(self.run, ())
            self.running = True
        except RuntimeError:
            pass    # the interpreter is ending: end sends what there is

    def take(self):
        """Wait for frames to send, and return them; nothing if the program ends and there are no more."""
        while True:
            with self.lock:
                some, size = [], 0
                if self.lost:
                    some.append(told(self.lost))
                    self.lost = {}
                    self.bytes += len(some[0])
                while self.frames and size < self.most:
                    some.append(self.frames.popleft())
                    size += len(some[-1])
                if some or self.ending:
                    return some
                self.idle = True
            self.wake.get()

    def run(self):
        while True:
            data = b"".join(self.take())
            if not data:
                self.finish()
                break
            if not self.send(data):
                break
            with self.lock:
                self.bytes -= len(data)
        self.done.put(True)

    def send(self, data):
        """Send data, over as many connections as that takes. Return False if the program ended before."""
        pause, random = self.pauses[0], Random().random
        while True:
            try:
                self.connect()
                self.write(data)
                return True
            except OSError:
                self.close()
            if self.late():
                tell("%s did not take the last records of this process, %d bytes" % (os.environ["JACKDAW_RUN_SERVER"], self.bytes))
                return False
            sleep(pause * (0.5 + random()))
            pause = min(pause * 2, self.pauses[1] if not self.ending else self.pauses[0])

    def late(self):
        return self.ending and monotonic() >= self.ending

    def write(self, data):
        rest = memoryview(data)
        self.socket.settimeout(0.25)
        while rest:
            try:
                rest = rest[self.socket.send(rest):]
            except _socket.timeout:
                if self.late():
                    raise

    def connect(self):
        if self.socket is not None and self.left():
            self.finish()       # a receiver that stops takes what it was sent
        if self.socket is not None:
            return
        error = OSError("no address")
        for family, kind, proto, _, address in _socket.getaddrinfo(self.host, self.port, 0, _socket.SOCK_STREAM):
            s = None
            try:
                s = _socket.socket(family, kind, proto)
                s.settimeout(1.0 if self.ending else 5.0)
                s.connect(address)
                s.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
                self.socket = s
                return
            except OSError as e:
                error = e
                if s is not None:
                    s.close()
        raise error

    def left(self):
        """Whether the receiver has ended its side. It never says anything else."""
        self.socket.settimeout(0.0)
        try:
            return not self.socket.recv(1)
        except BlockingIOError:
            return False

    def finish(self):
        """End the connection, and wait until the receiver has what came over it: then it ends its side."""
        if self.socket is None:
            return
        try:
            self.socket.settimeout(max(self.ending - monotonic(), 0.05) if self.ending else 5.0)
            self.socket.shutdown(_socket.SHUT_WR)
            self.socket.recv(1)
        except OSError:
            pass
        self.close()

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def end(self):
        """Send what is left, for as long as patience lasts. The program ends then, or goes on: both are right."""
        with self.lock:
            if self.ending or not (self.running or self.frames):
                return
            self.ending = monotonic() + self.patience
            running = self.running
            if self.idle:
                self.idle = False
                self.wake.put(True)
        if running:
            try:
                self.done.get(timeout=self.patience + 2.0)
            except Empty:
                return
        else:
            self.run()
        with self.lock:
            self.running, self.ending = False, 0.0

    def forked(self):
        """Called in the child of a fork."""
        old = self.socket
        self.begin()
        if old is not None:
            old.close()     # this process's file; the parent's stays open


def frame(fields):
    """A record on the wire: the length in four bytes, big end first, and the pickle of a LogRecord's dict."""
    try:
        data = dumps(fields, 4)
    except Exception:
        plain = {}
        for key, value in fields.items():
            try:
                dumps(value, 4)
            except Exception:       # a lock, a request: as text
                try:
                    value = repr(value)
                except Exception as e:
                    value = "<%s, whose repr raises %s>" % (type(value).__name__, type(e).__name__)
            plain[key] = value
        data = dumps(plain, 4)
    return len(data).to_bytes(4, "big") + data


def told(lost):
    """The record that tells of dropped ones, in their place."""
    names = sys.modules["logging"].getLevelName
    return frame({
        "name": "jackdaw.run", "levelno": 30, "levelname": "WARNING", "created": time(), "process": os.getpid(), "args": None,
        "msg": "%d records dropped here: the queue of the program was full" % sum(lost.values()),
        "dropped": {names(level): n for level, n in sorted(lost.items())},
    })


def watch(logging, sender):
    """Have the sender see what loggers hand to their handlers."""
    global dumps
    from pickle import dumps    # with logging, since it takes a while
    original, formatter = logging.Logger.callHandlers, logging.Formatter()
    depth = {}      # of the threads that are in here: who logs while a record is made could go round in circles

    def callHandlers(self, record):
        me = get_ident()
        level = depth.get(me, 0)
        if level < 3:
            depth[me] = level + 1
            try:
                fields = dict(vars(record))
                fields["args"] = None
                try:
                    fields["msg"] = record.getMessage()
                except Exception as e:  # a handler says so too, where and why
                    fields["msg"], fields["logging_args"] = str(record.msg), repr(record.args)
                    fields["logging_error"] = "%s: %s" % (type(e).__name__, e)
                fields.pop("message", None)
                if record.exc_info:
                    fields["exc_text"] = record.exc_text or formatter.formatException(record.exc_info)
                    fields["exc_info"] = None
                sender.put(frame(fields), record.levelno)
            except Exception:
                pass    # a message that cannot even be shown
            finally:
                if level:
                    depth[me] = level
                else:
                    del depth[me]
        return original(self, record)

    callHandlers.__wrapped__ = original
    logging.Logger.callHandlers = callHandlers
    level = os.environ.get("JACKDAW_RUN_LEVEL")
    if level:
        logging.getLogger().setLevel(int(level) if level.isdigit() else level)


class Finder:
    """Sees the import of logging, and lets it happen."""

    def __init__(self, sender):
        self.sender = sender

    def find_spec(self, name, path=None, target=None):
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        else:
            return None
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            watch(module, self.sender)
        spec.loader.exec_module = exec_module
        return spec


def begin():
    host, _, port = os.environ["JACKDAW_RUN_SERVER"].rpartition(":")
    sender = Sender(host.strip("[]"), int(port))
    register(sender.end)    # first in, last out: what other exit handlers log is sent too
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=sender.forked)
    if "logging" in sys.modules:
        watch(sys.modules["logging"], sender)
    else:
        sys.meta_path.insert(0, Finder(sender))


def follow():
    """Import the sitecustomize that this one stands in front of."""
    from importlib.machinery import PathFinder
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or os.curdir) != here]  # child processes have it from PYTHONPATH
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec
        module = sys.modules["sitecustomize"] = module_from_spec(spec)
        spec.loader.exec_module(module)


if TOO_OLD:
    tell("Python %d.%d is too old, it needs 3.7: nothing that this process logs is sent" % sys.version_info[:2])
else:
    try:
        begin()
    except Exception as e:
        tell("%s: %s: nothing that this process logs is sent" % (type(e).__name__, e))
    follow()
