"""Measures what CPython takes for log records that it was sent.

It reads two lists of frames from standard input, then, for each line "TASK COUNT", prints the
nanoseconds a record takes: of the first list, and of the second COUNT times over.
"""
import logging
import pickle
import struct
import sys
import time


def loads(frames):
    for frame in frames:
        pickle.loads(frame)


def loads_and_make(frames):
    for frame in frames:
        logging.makeLogRecord(pickle.loads(frame))


def read_frames(stream):
    return [stream.read(struct.unpack(">L", stream.read(4))[0]) for _ in range(int(stream.readline()))]


def nanoseconds(task, frames):
    start = time.perf_counter()
    task(frames)
    return int((time.perf_counter() - start) * 1e9 / len(frames))


stream = sys.stdin.buffer
mix = read_frames(stream)
typical = read_frames(stream)
for line in stream:
    number, count = map(int, line.split())
    task = [loads, loads_and_make][number]
    print(nanoseconds(task, mix), nanoseconds(task, typical * (count // len(typical))), flush=True)
