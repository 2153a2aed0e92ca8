"""Log numbered records with a SocketHandler until the standard input ends; then say how many, over how many connections. It is as it
is in Python, but that it drops no record because a busy machine takes a second to read it."""
import logging
import logging.handlers
import sys
import threading
import time

connections = 0


class Handler(logging.handlers.SocketHandler):
    def makeSocket(self, timeout=60):
        global connections
        connections += 1
        return super().makeSocket(timeout)


ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
handler = Handler("127.0.0.1", int(sys.argv[1]))
logger = logging.getLogger("steady")
logger.addHandler(handler)
logger.setLevel(logging.INFO)
n = 0
while not ended.is_set():
    for _ in range(20):
        logger.info("%d", n)
        n += 1
    time.sleep(0.002)
handler.close()
print(n, connections)
