"""Logs from asyncio to a receiver that stands still, and says how late the event loop was.

usage: stall.py COUNT     with the recipes of README.md and docs/python.md beside it, as recipe.py

The first line of output is the greatest lateness of a task that wakes every 20 ms, in seconds. Then,
after a line on standard input, it waits until all is sent or given up, and the second line says
how many records were dropped: by the bound of the queue, and by the sender.
"""
import asyncio
import logging
import sys

import recipe

COUNT = int(sys.argv[1])
PERIOD = 0.02


recipe.sender.__class__ = recipe.CountingSender
logging.getLogger("asyncio").disabled = True  # it tells which event loop it uses


async def tick(done):
    loop, late = asyncio.get_running_loop(), 0.0
    while not done.is_set():
        before = loop.time()
        await asyncio.sleep(PERIOD)
        late = max(late, loop.time() - before - PERIOD)
    return late


async def log():
    logger = logging.getLogger("stall")
    for n in range(COUNT):
        logger.info("record %d", n, extra={"padding": "x" * 1000})
        if n % 10 == 0:
            await asyncio.sleep(0)


async def main():
    done = asyncio.Event()
    ticks = asyncio.create_task(tick(done))
    await log()
    await asyncio.sleep(1.5)  # longer than SocketHandler's time-out, for a sender that waits only now
    done.set()
    print(await ticks, flush=True)


asyncio.run(main())
sys.stdin.readline()
recipe.listener.stop()
recipe.atexit.unregister(recipe.listener.stop)  # stopping twice is an error before Python 3.12
enqueue = next(h for h in logging.getLogger().handlers if isinstance(h, recipe.Enqueue))
print(enqueue.dropped, recipe.sender.dropped, flush=True)
