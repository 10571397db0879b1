"""Processes that are started, watched and ended by pid; and waiting for a condition with a deadline."""
import fcntl
import functools
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = os.environ.get("BEDPOST_TOP") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("BEDPOST_BUILD") or os.path.join(TOP, "build")

# A leak found at exit, an error found at any time: the program ends with 99, and whoever ended it sees that.
SANITIZER_ENV = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
}


class StackError(Exception):
    """Something of the stack did not start, answer or end as it should."""


LINE_BACK = 90  # seconds: a home whose region was away tries again within a minute, and may then have much to send
SOON = 10  # seconds: who waits for nothing ends in far less, also on a slow machine that is busy; who waits for a line does not


def wait_for(condition, what, seconds=60.0, pause=0.01):
    """The condition's first true value; StackError naming `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise StackError(f"waited {seconds:g} s for {what}")
        time.sleep(pause)


def in_time(took, limit, what, rounds=5):
    """took() measures once. A busy machine is late now and then; what waits for a timer or a line is late each time."""
    seen = []
    while len(seen) < rounds:
        seen.append(took())
        if seen[-1] < limit:
            return
    raise StackError(f"{what} took {', '.join(f'{t:.2f}' for t in seen)} s, more than {limit} s each time")


PORTS = range(15000, 32000)  # below those that the kernel lends to whoever calls out (32768 and up)
PORTS_EACH = 100  # a process of the tests has so many for itself


@functools.cache
def own_ports():
    """Ports that no other process of any run uses before this one ends, over and over again; and what holds them."""
    folder = os.path.join(tempfile.gettempdir(), f"bedpost-ports-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    for first in PORTS[::PORTS_EACH]:
        lock = open(os.path.join(folder, str(first)), "w", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return itertools.cycle(range(first, first + PORTS_EACH)), lock
    raise StackError(f"{len(PORTS) // PORTS_EACH} processes of tests run already")


def free_port():
    """A loopback port on which nothing listens, this process's own."""
    for port in itertools.islice(own_ports()[0], PORTS_EACH):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StackError("no port is free")


def short_folder(prefix="bedpost-"):
    """A new folder whose path is short enough for Unix sockets (108 bytes) and open to other accounts."""
    path = tempfile.mkdtemp(prefix=prefix, dir="/tmp")
    os.chmod(path, 0o755)
    return path


def program(name):
    """The path of one of Bedpost's own programs in the build tree."""
    for folder in ("", "watcher", "syncd", "regional", "cli/home", "cli/admin", "sim"):
        path = os.path.join(BUILD, folder, name)
        if os.path.isfile(path):
            return path
    raise StackError(f"{name} is not in {BUILD}: run ./dev build")


def run(*command, check=True, env=None, timeout=120, **kwargs):
    """Runs a command to its end and returns the CompletedProcess with text output."""
    env = {**os.environ, **SANITIZER_ENV, **(env or {})}
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env, timeout=timeout,
                          check=False, **kwargs)
    if check and done.returncode != 0:
        raise StackError(f"{' '.join(map(str, command))} ended {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Process:
    """One daemon: its command, its log, its life."""

    def __init__(self, name, command, log):
        self.name, self.command, self.log = name, [str(c) for c in command], log
        self.child = None

    def start(self, **env):
        """Starts it; the log is appended to."""
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env={**os.environ, **SANITIZER_ENV, **env})
        return self

    def running(self):
        return self.child is not None and self.child.poll() is None

    def freeze(self):
        """SIGSTOP, and it stands still: the signal alone says that it soon will."""
        self.child.send_signal(signal.SIGSTOP)
        wait_for(self._stands_still, f"{self.name} to stand still")

    def _stands_still(self):
        with open(f"/proc/{self.child.pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] == "T"

    def kill(self):
        """SIGKILL, as a power cut would."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def stop(self, signal_number=signal.SIGTERM, seconds=60):
        """Asks it to end and returns how long that took. A sanitizer's report or a crash is an error."""
        if self.child is None:
            return 0.0
        child, self.child = self.child, None
        began = time.monotonic()
        if child.poll() is None:
            child.send_signal(signal_number)
        try:
            code = child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise StackError(f"{self.name} did not end within {seconds} s of SIGTERM\n{self.tail()}") from None
        if code not in (0, -signal_number, -signal.SIGKILL):
            raise StackError(f"{self.name} ended with {code}\n{self.tail()}")
        return time.monotonic() - began

    def tail(self, lines=40):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:])
        except OSError:
            return ""

    def must_run(self):
        if not self.running():
            code = self.child.returncode if self.child else None
            raise StackError(f"{self.name} is not running (ended with {code})\n{self.tail()}")


def stop_all(*processes):
    """Ends each of them, whatever becomes of the others, and returns how long each took; then raises the first error."""
    took, first = [], None
    for process in processes:
        try:
            took.append(process.stop())
        except StackError as error:
            first = first or error
    if first:
        raise first
    return took


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
