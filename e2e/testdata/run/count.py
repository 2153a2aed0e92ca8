"""Logs numbers, ten at each line of standard input, until that ends."""
import logging
import sys

logging.getLogger().addHandler(logging.NullHandler())
n = 0
for line in sys.stdin:
    for n in range(n, n + 10):
        logging.getLogger("count").warning("%d", n)
    n += 1
    print(n, flush=True)
