"""Who is told: a webhook's receiver that checks what it gets, and a mail server."""
import hashlib
import hmac
import http.server
import json
import threading
import time

from aiosmtpd.controller import Controller

from tests.stack.process import free_port

SECRET = "a secret of some length"
REPLAY_WINDOW = 300


class Webhook:
    """Takes POSTs at a port of its own; it can go away and come back at the same port."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/bedpost"
        self.taken = []  # (when, body as text, parsed)
        self.refused = []  # why
        self.status = 204
        self.server = None

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                when = time.time()
                body = self.rfile.read(int(self.headers["Content-Length"]))
                why = receiver.check(self.headers.get("Bedpost-Signature", ""), body)
                if why:
                    receiver.refused.append(why)
                elif receiver.status == 204:
                    receiver.taken.append((when, body.decode(), json.loads(body)))
                self.send_response(403 if why else receiver.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    @staticmethod
    def check(header, body):
        """Why the message is not to be believed; None if it is."""
        fields = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
        if set(fields) != {"t", "v1"}:
            return "no signature"
        if abs(time.time() - int(fields["t"])) > REPLAY_WINDOW:
            return "too old"
        good = hmac.new(SECRET.encode(), fields["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        return None if hmac.compare_digest(good, fields["v1"]) else "wrong signature"

    def of_rule(self, rule):
        """The messages of a rule, in the order they came."""
        return [message for _, _, message in self.taken if message["rule"] == rule]


class Mail:
    """A mail server that keeps what it is given."""

    def __init__(self):
        self.taken = []  # (sender, recipients, text)
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.url = f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, _server, _session, envelope):
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"

    def start(self):
        self.controller.start()
        return self

    def stop(self):
        self.controller.stop()
