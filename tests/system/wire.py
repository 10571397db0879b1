"""A home that speaks the wire itself, over HTTPS with its own certificate: any batch, in any order, as often as wanted."""
import hashlib
import http.client
import json
import os
import re
import secrets
import ssl
import time
import uuid

AGENT = "wire.py 1"
IDLE = 30  # seconds after which a line is opened anew: the region ends one that was silent for a minute
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def rfc3339(micros):
    seconds, rest = divmod(micros, 1_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:06}Z"


def event_id(random, micros):
    """"evt_" and a ULID of that time."""
    number = (micros // 1000) << 80 | random.getrandbits(80)
    return "evt_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def digest(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


class Wire:
    """One home's line; seq goes on by itself."""

    def __init__(self, region, facility, enrolment=None):
        """enrolment: of a home that is there already; else it is added."""
        self.facility, self.epoch, self.seq, self.rev = facility, str(uuid.UUID(bytes=secrets.token_bytes(16))), 0, 0
        self.port = region.ingest_port
        if not enrolment:
            enrolment = os.path.join(region.folder, facility + ".yaml")
            region.enrol(facility, facility, enrolment)
        with open(enrolment, encoding="utf-8") as file:
            blocks = re.findall(r"-----BEGIN [^-]*-----.*?-----END [^-]*-----", file.read().replace("\n  ", "\n"), re.S)
        pem = enrolment + ".pem"
        with open(pem, "w", encoding="utf-8") as file:
            file.write("\n".join(blocks[1:3]) + "\n")
        self.context = ssl.create_default_context(cadata=blocks[0])
        self.context.load_cert_chain(pem)
        self.connection, self.used = None, 0

    def body(self, lines, first, queued=1, clock=0.0, state="0" * 64):
        """A batch of these event lines, as it goes over the line. clock: how many seconds the home's is off."""
        text = "".join(f'{{"seq":{first + n},{line[1:]}\n' for n, line in enumerate(lines)).encode()
        header = {"bedpost": 1, "facility": self.facility, "epoch": self.epoch, "first": first,
                  "last": first + len(lines) - 1, "count": len(lines), "digest": digest(text),
                  "clock": rfc3339(time.time_ns() // 1000 + int(clock * 1e6)), "agent": AGENT, "state": state, "queued": queued,
                  "rev": self.rev}
        return json.dumps(header, separators=(",", ":")).encode() + b"\n" + text

    def post(self, body):
        """(status, the answer's JSON)"""
        if self.connection and time.monotonic() - self.used > IDLE:
            self.connection.close()
            self.connection = None
        if not self.connection:
            self.connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
        self.connection.request("POST", "/api/v1/events", body, {"Content-Type": "application/x-ndjson"})
        answer = self.connection.getresponse()
        told = answer.status, json.loads(answer.read())
        self.used = time.monotonic()
        return told

    def send(self, lines):
        """The next events; the answer."""
        status, answer = self.post(self.body(lines, self.seq + 1))
        assert status == 200, answer
        self.seq = answer["applied_through"]
        self.rev = answer["facility_rev"]
        return answer

    def heartbeat(self, **header):
        """The answer to a sign of life; header: as body()'s."""
        status, answer = self.post(self.body([], self.seq + 1, **header))
        assert status == 200, answer
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
