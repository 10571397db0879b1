"""A line that misbehaves: ends the home's TLS, passes batches on to the region as the home, and damages what comes back.

Faults are functions of (line, handler); the line takes the next one from `faults` for each request, and passes the
request on untouched when there is none.
"""
import http.client
import http.server
import os
import re
import socket
import ssl
import threading
import time


def passed_on(line, handler):
    handler.answer(*line.forward(handler.batch))


def lost_before(_line, handler):
    """The batch never reaches the region."""
    handler.hang_up()


def lost_after(line, handler):
    """The region commits, and the home never hears of it."""
    line.forward(handler.batch)
    handler.hang_up()


def cut(line, handler):
    """The region commits, and half of its answer arrives."""
    status, body = line.forward(handler.batch)
    handler.answer(status, body[:len(body) // 2], length=len(body))
    handler.hang_up()


def twice(line, handler):
    """The batch arrives twice; the second answer is the one that counts."""
    line.forward(handler.batch)
    passed_on(line, handler)


def busy(_line, handler):
    handler.answer(503, b"{}", Retry_After="1")


def broken(_line, handler):
    handler.answer(500, b"trouble")


def nonsense(_line, handler):
    handler.answer(200, b"<html>Welcome to the guest network</html>")


def of_another_epoch(line, handler):
    status, body = line.forward(handler.batch)
    handler.answer(status, re.sub(rb'"epoch":"[^"]*"', b'"epoch":"00000000-0000-4000-8000-000000000000"', body))


def slow(line, handler):
    time.sleep(0.2)
    passed_on(line, handler)


def held(line, handler):
    """No answer until the line is closed."""
    line.closing.wait()
    handler.hang_up()


ALL = (passed_on, lost_before, lost_after, cut, twice, broken, nonsense, of_another_epoch, slow)


class BadLine:
    """Stands between one home and its region: rewrites the home's enrolment to lead here."""

    def __init__(self, region, home):
        self.region, self.home = region, home
        self.faults, self.seen, self.closing = [], [], threading.Event()
        self.date = None  # of the answers, if not now
        self.lock = threading.Lock()
        enrolment = os.path.join(home.folder, "enrolment.yaml")
        with open(enrolment, encoding="utf-8") as file:
            text = file.read()
        self._client = self._client_context(text)
        self._server = self._start_server()
        with open(enrolment, "w", encoding="utf-8") as file:
            file.write(re.sub(r"(?m)^url: .*$", f"url: https://127.0.0.1:{self._server.server_address[1]}", text))

    def _client_context(self, enrolment):
        """TLS as the home does it: its certificate, its CA."""
        blocks = re.findall(r"-----BEGIN [^-]*-----.*?-----END [^-]*-----", enrolment.replace("\n  ", "\n"), re.S)
        paths = [os.path.join(self.home.folder, name) for name in ("line-ca.pem", "line-cert.pem", "line-key.pem")]
        for path, block in zip(paths, blocks, strict=True):
            with open(path, "w", encoding="utf-8") as file:
                file.write(block + "\n")
        context = ssl.create_default_context(cafile=paths[0])
        context.load_cert_chain(paths[1], paths[2])
        return context

    def _start_server(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = os.path.join(self.region.folder, "server")
        context.load_cert_chain(os.path.join(folder, "server.crt"), os.path.join(folder, "server.key"))
        context.load_verify_locations(os.path.join(self.region.ca, "ca.crt"))
        context.verify_mode = ssl.CERT_REQUIRED
        handler = type("Handler", (_Handler,), {"line": self, "context": context})
        server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def forward(self, batch):
        """The region's (status, body); 502 where the region is away."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.region.ingest_port, context=self._client, timeout=60)
        try:
            connection.request("POST", "/api/v1/events", body=batch,
                               headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "zstd"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            return 502, b""
        finally:
            connection.close()

    def next_fault(self, size):
        with self.lock:
            fault = self.faults.pop(0) if self.faults else passed_on
            self.seen.append((time.monotonic(), fault.__name__, size))
        return fault

    def close(self):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A home that hangs up in the middle is part of the play."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    line = context = batch = None

    def setup(self):
        self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return self.line.date or super().date_time_string(timestamp)

    def do_GET(self):
        """As the region refuses it."""
        self.answer(405, b"{}")

    def do_POST(self):
        self.batch = self.rfile.read(int(self.headers["Content-Length"]))
        self.line.next_fault(len(self.batch))(self.line, self)

    def answer(self, status, body, length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True
        try:
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
