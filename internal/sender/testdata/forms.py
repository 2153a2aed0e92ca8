"""A server of forms as one would write it for Python's HTTPHandler: it prints a line of JSON for each record."""
import ast
import http.server
import json
import logging
import sys
import threading
import urllib.parse

TEXTS = {"name", "msg", "levelname", "pathname", "filename", "module", "exc_text", "stack_info", "funcName", "threadName", "processName", "taskName"}


def value(key, text):
    if key in TEXTS:
        return None if text == "None" else text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_form(self, form):
        items = urllib.parse.parse_qs(form, keep_blank_values=True, strict_parsing=True)
        record = logging.makeLogRecord({key: value(key, texts[0]) for key, texts in items.items()})
        print(json.dumps({
            "text": logging.Formatter("%(levelname)s:%(name)s:%(lineno)d:%(message)s").format(record), "levelno": record.levelno, "created": record.created,
            "user_id": getattr(record, "user_id", None), "request": getattr(record, "request", None), "process": record.process,
            "authorization": self.headers.get("Authorization"), "method": self.command, "path": self.path.partition("?")[0],
        }), flush=True)
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        self.handle_form(self.path.partition("?")[2])

    def do_POST(self):
        self.handle_form(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii"))

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
server.daemon_threads = True
print(server.server_port, flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
