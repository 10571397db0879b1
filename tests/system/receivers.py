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


class Receiver:
    """Takes POSTs at a port of its own; it can go away and come back at the same port."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/bedpost"
        self.status = 204
        self.server = None
        self.held = None  # an Event: answers wait for it

    def take(self, when, headers, body):
        """The status to answer with."""
        raise NotImplementedError

    def start(self):
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                status = receiver.take(time.time(), self.headers, self.rfile.read(int(self.headers["Content-Length"])))
                held = receiver.held
                if held:
                    held.wait(60)
                try:
                    self.send_response(status)
                    self.end_headers()
                except OSError:
                    pass  # the sender is gone

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


class Webhook(Receiver):
    """Believes what docs/api.md tells it to believe."""

    def __init__(self):
        super().__init__()
        self.taken = []  # (when, body as text, parsed)
        self.ids = []  # Bedpost-Id of each
        self.refused = []  # why

    def take(self, when, headers, body):
        why = self.check(headers.get("Bedpost-Signature", ""), body)
        if why:
            self.refused.append(why)
        elif self.status == 204:
            self.ids.append(headers.get("Bedpost-Id"))
            self.taken.append((when, body.decode(), json.loads(body)))
        return 403 if why else self.status

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


class Push(Receiver):
    """A topic of ntfy: headers, and plain text."""

    def __init__(self):
        super().__init__()
        self.status = 200
        self.taken = []  # (headers, text)

    def take(self, when, headers, body):
        self.taken.append((headers, body.decode()))
        return self.status


class Mail:
    """A mail server that keeps what it is given."""

    def __init__(self, port=None, **settings):
        """settings: the controller's, such as tls_context, require_starttls, authenticator."""
        self.taken = []  # (sender, recipients, text)
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), ready_timeout=60, **settings)
        self.url = f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, _server, _session, envelope):
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 taken"

    def start(self):
        self.controller.start()
        return self

    def stop(self):
        self.controller.stop()
