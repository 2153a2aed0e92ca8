"""Prints what python-json-logger and structlog write as JSON, for producers.txt.

It was made with python-json-logger 2.0.1 and structlog 22.3.0, as Debian 12 has them, and Python 3.11.
"""
import io
import logging
import sys

import structlog
from pythonjsonlogger import jsonlogger

out = io.StringIO()


def show(name):
    for i, line in enumerate(out.getvalue().strip().split('\n')):
        print('# %s %d\n%s\n----\n' % (name, i + 1, line))
    out.seek(0)
    out.truncate()


PROGRAM = '''
def run(log):
    log.info('printed', extra={'pages': 3, 'user': 'bob'})
    try:
        int('x')
    except ValueError:
        log.exception('failed')
'''
STRUCTURED = '''
def run(log):
    log.info('printed', pages=3, name='bob')
    try:
        int('x')
    except ValueError:
        log.exception('failed')
    log.critical('end')
'''


def program(text):
    names = {}
    exec(compile(text, '/srv/shop/print.py', 'exec'), names)
    return names['run']


def classic(name, formatter):
    h = logging.StreamHandler(out)
    h.setFormatter(formatter)
    log = logging.getLogger('shop.print')
    log.handlers[:], log.propagate = [h], False
    log.setLevel(logging.DEBUG)
    program(PROGRAM)(log)
    show(name)


ALL = '%(asctime)s %(name)s %(levelname)s %(message)s %(process)d %(threadName)s %(pathname)s %(lineno)d %(funcName)s'
classic('python-json-logger', jsonlogger.JsonFormatter())
classic('python-json-logger with a timestamp', jsonlogger.JsonFormatter('%(levelname)s %(name)s %(message)s', timestamp=True))
classic('python-json-logger with all', jsonlogger.JsonFormatter(ALL))
classic('python-json-logger renamed', jsonlogger.JsonFormatter(ALL, rename_fields={'levelname': 'level', 'asctime': 'timestamp', 'name': 'logger'}, datefmt='%Y-%m-%dT%H:%M:%S%z'))


def structured(name, *processors, **more):
    structlog.configure(processors=[*processors, structlog.processors.JSONRenderer()], cache_logger_on_first_use=False,
                        logger_factory=more.get('factory', structlog.WriteLoggerFactory(out)))
    program(STRUCTURED)(structlog.get_logger('shop.print'))
    show(name)


structured('structlog', structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt='iso'), structlog.processors.format_exc_info)
structured('structlog with numbers', structlog.processors.add_log_level, structlog.processors.TimeStamper(), structlog.processors.dict_tracebacks)
P = structlog.processors.CallsiteParameter
structured('structlog with the call', structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt='%Y-%m-%d %H:%M:%S', utc=False),
           structlog.processors.CallsiteParameterAdder([P.PATHNAME, P.FILENAME, P.MODULE, P.FUNC_NAME, P.LINENO, P.PROCESS, P.PROCESS_NAME, P.THREAD, P.THREAD_NAME]),
           structlog.processors.StackInfoRenderer(), structlog.processors.format_exc_info)
logging.getLogger('shop.print').handlers.clear()
logging.getLogger('shop.print').propagate = True
logging.getLogger().handlers[:] = [logging.StreamHandler(out)]
logging.getLogger().setLevel(logging.DEBUG)
structured('structlog behind logging', structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level, structlog.stdlib.add_log_level_number,
           structlog.processors.TimeStamper(fmt='iso', key='time'), structlog.processors.format_exc_info, factory=structlog.stdlib.LoggerFactory())
