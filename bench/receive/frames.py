"""Writes 10,000 distinct frames, as SocketHandler would send them, to standard output.

The mix is that of a web application: several loggers and levels, extra keys on most records, a
traceback on one of twenty. The same seed gives the same records on every run.
"""
import logging
import logging.handlers
import random
import sys

COUNT = 10_000
LOGGERS = ["root", "shop", "shop.db", "shop.db.pool", "shop.http", "shop.http.access", "shop.auth", "worker.mail", "worker.images"]
LEVELS = [logging.DEBUG] * 4 + [logging.INFO] * 11 + [logging.WARNING] * 3 + [logging.ERROR] * 2
PATHS = ["/", "/cart", "/cart/items", "/search", "/login", "/static/app.js", "/api/v1/orders"]
random.seed(20261122)


class Frames(logging.handlers.SocketHandler):
    """A SocketHandler that keeps the frame instead of sending it."""

    def send(self, s):
        sys.stdout.buffer.write(s)


def fail(depth, order):
    if depth:
        return fail(depth - 1, order)
    return {"items": []}["items"][order]


def main():
    handler = Frames("localhost", 0)
    for n in range(COUNT):
        logger = logging.getLogger(random.choice(LOGGERS))
        logger.setLevel(logging.DEBUG)
        logger.handlers[:], logger.propagate = [handler], False
        level = random.choice(LEVELS)
        if random.random() < 0.05:
            try:
                fail(random.randrange(1, 6), n)
            except IndexError:
                logger.exception("order %d could not be read", n, extra={"order": n, "user_id": random.randrange(1_000_000)})
            continue
        match random.randrange(4):
            case 0:
                logger.log(level, "message %d of %d", n, COUNT)
            case 1:
                logger.log(level, "%s %s answered %d in %.1f ms", random.choice(["GET", "POST"]), random.choice(PATHS), random.choice([200, 200, 302, 404, 500]),
                           random.expovariate(0.05), extra={"request_id": "%032x" % random.getrandbits(128), "user_id": random.randrange(1_000_000),
                                                            "client": "203.0.113.%d" % random.randrange(256), "cached": random.random() < 0.5})
            case 2:
                logger.log(level, "query took %d ms: %s", random.randrange(1, 500), "SELECT id, name, price FROM product WHERE shelf = %s ORDER BY name",
                           extra={"rows": random.randrange(1000), "params": [random.randrange(100), "blue"], "elapsed": random.random()})
            case 3:
                logger.log(level, "sent mail %d to %d recipients", n, random.randrange(1, 40), extra={"template": "order-confirmed", "attempt": 1, "queue": {"name": "mail", "waiting": random.randrange(50)}})


main()
