"""A private PostgreSQL and a private Redis."""
import glob
import os
import pwd
import shutil
import socket
import subprocess

from .process import Process, StackError, run, wait_for


class Postgres:
    """One cluster on a Unix socket, superuser `postgres`, no network."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "pg")
        self.data = os.path.join(self.folder, "data")
        os.makedirs(self.folder, mode=0o755, exist_ok=True)
        homes = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
        if not homes:
            raise StackError("no PostgreSQL server found under /usr/lib/postgresql")
        self.bin = homes[-1]

    def _run(self, *command):
        """As the account `postgres` where we are root: the server refuses to run as root."""
        prefix = []
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            prefix = ["runuser", "-u", "postgres", "--"]
        done = subprocess.run([*prefix, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, cwd="/", check=False)
        if done.returncode != 0:
            raise StackError(f"{' '.join(command)}\n{done.stdout}")

    def start(self):
        if not os.path.isdir(self.data):
            self._run(f"{self.bin}/initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-sync")
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=200 -c shared_buffers=128MB"
        # pg_ctl's child keeps standard output open, so that goes to the log and not to our pipe.
        self._run("/bin/sh", "-c", f"exec {self.bin}/pg_ctl -D {self.data} -w -t 180 -l {self.folder}/log "
                                   f'-o "{options}" start >{self.folder}/start.log 2>&1')
        return self

    def stop(self, mode="fast"):
        if os.path.exists(f"{self.data}/postmaster.pid"):
            self._run(f"{self.bin}/pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def conninfo(self, database="postgres"):
        return f"host={self.folder} user=postgres dbname={database}"

    def query(self, sql, database="postgres"):
        """Rows as lists of text, through psql."""
        done = run("psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d",
                   self.conninfo(database), "-c", sql)
        return [line.split("\x1f") for line in done.stdout.splitlines() if line]

    def create(self, database):
        self.query(f'CREATE DATABASE "{database}"')
        return self.conninfo(database)


class Redis:
    """One server on a Unix socket, nothing kept on disk."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = os.path.join(folder, "redis.sock")
        self.process = None

    def start(self):
        if shutil.which("redis-server") is None:
            raise StackError("redis-server is not installed")
        self.process = Process("redis", ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "",
                                         "--appendonly", "no", "--dir", self.folder],
                               os.path.join(self.folder, "redis.log")).start()
        wait_for(self.answers, "Redis to answer")
        return self

    def answers(self):
        if not os.path.exists(self.socket):
            return False
        return run("redis-cli", "-s", self.socket, "ping", check=False).stdout.strip() == "PONG"

    def cli(self, *words):
        return run("redis-cli", "-s", self.socket, *words).stdout.strip()

    def stop(self):
        if self.process:
            self.process.stop()


class RedisClient:
    """Just enough of Redis' protocol for measuring: one connection, GET and SUBSCRIBE, blocking reads."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(path)
        self.file = self.sock.makefile("rb")

    def send(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            word = word.encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.sock.sendall(b"".join(parts))

    def read(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest.startswith(b"-") else self.file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        if kind == b"-":
            raise StackError(rest.decode())
        return rest.decode()

    def call(self, *words):
        self.send(*words)
        return self.read()

    def close(self):
        self.file.close()
        self.sock.close()
