"""One of several processes that log a lot, in every way that Python knows.

usage: load.py HOST PORT PROCESS COUNT [datagrams]

PORT 0 stands for a unix socket at HOST. Four threads log COUNT records each: two call a
SocketHandler that they share, one has a queue and a listener in front of its own, and one runs
asyncio tasks behind such a queue. With "datagrams" each burst of 20 records waits for a line
on standard input.
"""
import asyncio
import logging
import logging.handlers
import queue
import sys
import threading

HOST, PORT, PROCESS, COUNT = sys.argv[1], int(sys.argv[2]) or None, int(sys.argv[3]), int(sys.argv[4])
DATAGRAMS = sys.argv[5:] == ["datagrams"]
BURST = 20


class Enqueue(logging.handlers.QueueHandler):
    """A QueueHandler that keeps the traceback apart from the message."""

    def prepare(self, record):
        record.msg, record.args = record.getMessage(), None
        if record.exc_info:
            record.exc_text, record.exc_info = logging.Formatter().formatException(record.exc_info), None
        return record


class Patient(logging.handlers.SocketHandler):
    """A SocketHandler that drops no record because a busy machine takes a second to read it."""

    def makeSocket(self, timeout=60):
        return super().makeSocket(timeout)


def new_handler():
    return (logging.handlers.DatagramHandler if DATAGRAMS else Patient)(HOST, PORT)


def new_logger(thread, handler):
    logger = logging.getLogger(f"load.p{PROCESS}.t{thread}")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    return logger


def log(logger, thread, n):
    extra = {"p": PROCESS, "t": thread, "n": n, "tags": ["load", thread], "where": {"half": n / 2, "even": n % 2 == 0}}
    if n % 20 == 7:
        try:
            raise ValueError(f"number {n}")
        except ValueError:
            logger.exception("record %d of %d", n, COUNT, extra=extra)
    else:
        logger.log((10, 20, 30, 40)[n % 4], "record %d of %d", n, COUNT, extra=extra)


def plain(logger, thread):
    for n in range(COUNT):
        if DATAGRAMS and n % BURST == 0:
            print("burst", flush=True)
            sys.stdin.readline()
        log(logger, thread, n)


async def tasks(logger, thread):
    numbers = iter(range(COUNT))

    async def work():
        for n in numbers:
            log(logger, thread, n)
            if n % 16 == 0:
                await asyncio.sleep(0)

    await asyncio.gather(*(asyncio.create_task(work(), name=f"worker-{i}") for i in range(4)))


def main():
    shared = new_handler()
    if DATAGRAMS:
        plain(new_logger(0, shared), 0)
        return
    listeners = []
    for _ in range(2):
        records = queue.Queue()
        listeners.append(logging.handlers.QueueListener(records, new_handler(), respect_handler_level=True))
        listeners[-1].start()
    behind, tasked = (new_logger(2 + i, Enqueue(listener.queue)) for i, listener in enumerate(listeners))
    threads = [
        threading.Thread(target=plain, args=(new_logger(0, shared), 0)),
        threading.Thread(target=plain, args=(new_logger(1, shared), 1)),
        threading.Thread(target=plain, args=(behind, 2)),
        threading.Thread(target=lambda: asyncio.run(tasks(tasked, 3))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.stop()


main()
