"""Logs in every way that a program may, and shows what it always shows."""
import asyncio
import atexit
import datetime
import logging
import logging.config
import multiprocessing
import os
import signal
import subprocess
import sys

log = logging.getLogger("shop.pay")
log.warning("before any configuration")

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")
log.info("basicConfig for %s", "user", extra={"user_id": 42, "at": datetime.date(2026, 11, 23)})
log.debug("below the level")

logging.config.dictConfig({
    "version": 1, "disable_existing_loggers": False,
    "formatters": {"short": {"format": "%(name)s: %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "short"}},
    "loggers": {"shop": {"level": "DEBUG", "handlers": ["out"], "propagate": False}},
    "root": {"level": "INFO"},
})
log.debug("dictConfig without propagation")
logging.getLogger("other").info("nobody here handles this")

try:
    {}["missing"]
except KeyError:
    log.exception("with a traceback")


class Stubborn:
    def __reduce__(self):
        raise TypeError("not me")

    def __repr__(self):
        logging.getLogger("other").info("logged while a record is made")
        return "<stubborn>"


log.info("with an object", extra={"object": Stubborn()})
log.warning("%d does not fit", "this")


def interrupted(number, frame):
    log.warning("in a signal handler")


signal.signal(signal.SIGUSR1, interrupted)
os.kill(os.getpid(), signal.SIGUSR1)


async def task():
    log.info("in a task")

asyncio.run(task())


def child():
    log.info("in a process of multiprocessing")


process = multiprocessing.get_context("fork").Process(target=child)
process.start()
process.join()

if os.fork() == 0:
    log.info("in a fork")
    sys.exit(0)
os.wait()

subprocess.run([sys.executable, "-c", "import logging; logging.warning('in a program of its own')"], check=True)


@atexit.register
def leave():
    log.info("at exit")


sys.exit(7)
