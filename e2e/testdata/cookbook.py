"""A program that logs over the network as Python's documentation tells it to.

usage: cookbook.py PORT
"""
import logging
import logging.handlers
import sys

root = logging.getLogger("")
root.setLevel(logging.DEBUG)
root.addHandler(logging.handlers.SocketHandler("localhost", int(sys.argv[1])))

logging.info("Jackdaws love my big sphinx of quartz.")

area1 = logging.getLogger("myapp.area1")
area2 = logging.getLogger("myapp.area2")
area1.debug("Quick zephyrs blow, vexing daft Jim.")
area1.info("How quickly daft jumping zebras vex.")
area2.warning("Jail zesty vixen who grabbed pay from quack.")
area2.error("The five boxing wizards jump quickly.")
