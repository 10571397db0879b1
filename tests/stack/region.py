"""A region: its database, its certificates, its daemon, and the homes that are enrolled with it."""
import http.client
import json
import os
import secrets
import urllib.parse

from .process import TOP, Process, StackError, free_port, program, run, stop_all, wait_for


class Answer:
    """What the API said."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Region:
    """One region in a folder of its own, on a PostgreSQL and a Redis that others may share."""

    def __init__(self, folder, postgres, redis=None, region_id="reg_norge", name="Norge", settings=None, api=None,
                 sftp=None):
        """api: keys of its section api. sftp: an SftpServer; every home is then enrolled with both roads."""
        self.folder, self.postgres, self.redis, self.sftp = folder, postgres, redis, sftp
        self.id, self.name = region_id, name
        self.database = f"bedpost_{secrets.token_hex(6)}"
        self.settings, self.api = settings or {}, api or {}
        self.ca = os.path.join(folder, "ca")
        self.config = os.path.join(folder, "region.yaml")
        self.ingest_port, self.api_port = free_port(), free_port()
        self.homes = []
        self.tokens = {}
        self.daemon = Process("bedpost-regional", [program("bedpost-regional"), "--config", self.config],
                              os.path.join(folder, "regional.log"))

    def admin(self, *words, **kwargs):
        """bedpost-admin with this region's configuration."""
        return run(program("bedpost-admin"), *words, "--config", self.config, **kwargs)

    def create(self):
        """Database, schema, region, certificate authority, server certificate."""
        os.makedirs(self.folder, exist_ok=True)
        conninfo = self.postgres.create(self.database)
        server = os.path.join(self.folder, "server")
        lines = [f'database: "{conninfo}"']
        if self.redis:
            lines.append(f'redis: "unix:{self.redis.socket}"')
        lines += [
            "roles: [ingest, api, feed, alert]",
            "webhook_networks: [127.0.0.0/8]",
            f'ingest: {{listen: "127.0.0.1:{self.ingest_port}", cert: {server}/server.crt, key: {server}/server.key, '
            f"client_ca: {self.ca}/ca.crt" + (f", sftp: {{inbox: {self.sftp.inbox}}}" if self.sftp else "") + "}",
            f'api: {{listen: "127.0.0.1:{self.api_port}", web_root: {TOP}/web/dist'
            + "".join(f", {key}: {value}" for key, value in self.api.items()) + "}",
            *(f"{key}: {value}" for key, value in self.settings.items()),
        ]
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        self.admin("db", "migrate")
        self.admin("region", "add", self.id, "--name", self.name)
        run(program("bedpost-admin"), "ca", "init", "--dir", self.ca)
        run(program("bedpost-admin"), "ca", "server", "--dir", self.ca, "--host", "127.0.0.1", "--host", "localhost",
            "--out", server)
        return self

    def enrol(self, facility, name, out, **place):
        """A facility and its enrolment file."""
        words = ["facility", "add", facility, "--name", name, "--region", self.id, "--ca-dir", self.ca, "--url",
                 f"https://127.0.0.1:{self.ingest_port}", "--out", out]
        for key, value in place.items():
            words.append(f"--{key}={value}")
        if self.sftp:
            self.sftp.add_home(facility, self.sftp.accounts.get(facility))
            words += ["--sftp", self.sftp.url(facility), "--sftp-host-key", self.sftp.host_key]
        made = json.loads(self.admin(*words, "--json").stdout)
        if self.sftp:
            self.sftp.authorize(facility, made["ssh_key"])

    def token(self, role="REGIONAL_COORDINATOR", facility=None):
        """A token for a role, made once."""
        key = (role, facility)
        if key not in self.tokens:
            words = ["token", "create", "--role", role, "--name", f"{role.lower()} for tests", "--json"]
            if role.startswith("FACILITY_"):
                words += ["--facility", facility]
            elif role == "REGIONAL_COORDINATOR":
                words += ["--region", self.id]
            self.tokens[key] = json.loads(self.admin(*words).stdout)["token"]
        return self.tokens[key]

    def start(self, wait=True, **env):
        self.daemon.start(**env)
        if wait:
            self.wait_ready()
        return self

    def is_ready(self):
        self.daemon.must_run()
        try:
            return self.get("/readyz", token=None).status == 200
        except OSError:
            return False

    def wait_ready(self):
        wait_for(self.is_ready, "bedpost-regional to be ready", 120)

    def request(self, method, path, token="", body=None, headers=None, **query):
        """One request. token "" means the coordinator's, None means without any."""
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        head = dict(headers or {})
        if token is not None:
            head["Authorization"] = "Bearer " + (token or self.token())
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=head)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())
        finally:
            connection.close()

    def get(self, path, token="", **query):
        return self.request("GET", path, token, **query)

    def availability(self, **query):
        """The rows of GET /api/availability."""
        answer = self.get("/api/availability", **query)
        if answer.status != 200:
            raise StackError(f"GET /api/availability: {answer.status} {answer.body}")
        return rows_of(answer.json())

    def counts(self, facility):
        """{(ward, care level): (total, available, occupied, reserved, maintenance, unconfirmed)} as the API tells it."""
        return {(r["ward"], r["care_level"]): tuple(r[f"{k}_beds"] for k in COUNTS)
                for r in self.availability(facility=facility)}

    def sql(self, statement):
        return self.postgres.query(statement, self.database)

    def beds(self, facility):
        """{bed: status} as PostgreSQL holds it."""
        return dict(self.sql(f"SELECT id, status FROM beds WHERE facility_id = '{facility}'"))

    def stop(self):
        """Everything ends, also where something ends badly: that is said when nothing runs any more."""
        *_, took = stop_all(*(daemon for home in self.homes for daemon in (home.syncd, home.watcher)), self.daemon)
        return took


COUNTS = ("total", "available", "occupied", "reserved", "maintenance", "unconfirmed")


def rows_of(answer):
    """The rows of an availability answer."""
    return answer["rows"] if isinstance(answer, dict) else answer
