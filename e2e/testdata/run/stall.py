"""Logs from asyncio while the receiver stands still, and says how late the event loop was.

usage: stall.py COUNT

The first line of output is the greatest lateness of a task that wakes every 20 ms, in seconds. Then it
waits for a line on standard input, and ends.
"""
import asyncio
import logging
import sys

PERIOD = 0.02


async def tick(done):
    loop, late = asyncio.get_running_loop(), 0.0
    while not done.is_set():
        before = loop.time()
        await asyncio.sleep(PERIOD)
        late = max(late, loop.time() - before - PERIOD)
    return late


async def main():
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().addHandler(logging.NullHandler())
    done = asyncio.Event()
    ticks = asyncio.create_task(tick(done))
    logger = logging.getLogger("stall")
    for n in range(int(sys.argv[1])):
        level = logging.ERROR if n % 100 == 99 else logging.INFO
        logger.log(level, "record %d", n, extra={"padding": "x" * 10000})
        if n % 10 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(1)
    done.set()
    print(await ticks, flush=True)


asyncio.run(main())
sys.stdin.readline()
