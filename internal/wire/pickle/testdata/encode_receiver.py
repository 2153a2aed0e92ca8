"""A receiver of the kind Python's logging cookbook describes, fed on standard input.

For each frame it handles, it prints one JSON object: the attributes of the record as Python writes
them, and the lines that a handler made of it.
"""
import io
import json
import logging
import pickle
import struct
import sys

shown = io.StringIO()
handler = logging.StreamHandler(shown)
handler.setFormatter(logging.Formatter(
    '%(asctime)s %(name)s %(levelname)s %(processName)s[%(process)d] %(threadName)s[%(thread)d]'
    ' %(filename)s:%(lineno)d %(module)s %(funcName)s %(msecs)03d %(relativeCreated)d %(message)s',
))
handler.setLevel(-1 << 20)  # records of a negative level count as well
logging.getLogger().addHandler(handler)

frames = sys.stdin.buffer
while True:
    header = frames.read(4)
    if not header:
        break
    size, = struct.unpack('>L', header)
    record = logging.makeLogRecord(pickle.loads(frames.read(size)))
    attributes = {key: ascii(value) for key, value in record.__dict__.items()}
    logging.getLogger(record.name).handle(record)
    print(json.dumps({'attributes': attributes, 'lines': shown.getvalue()}))
    shown.seek(0)
    shown.truncate()
