"""A private OpenSSH server that gives each home a folder over SFTP, and nothing else."""
import getpass
import os
import pwd
import shutil
import signal

from .process import Process, StackError, free_port, run, wait_for

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin yes
AllowTcpForwarding no
X11Forwarding no
MaxStartups 200
Subsystem sftp internal-sftp
"""

CHROOT = """\
Match User {account}
    ChrootDirectory {home}
    ForceCommand internal-sftp -u 0027
"""


class SftpServer:
    """One sshd on a loopback port, as whoever runs the test. A home's key opens that home's folder.

    inbox is the root that region.yaml names. As root a home may have an account of its own, shut into its folder."""

    def __init__(self, folder, inbox=None):
        self.folder = os.path.join(folder, "sshd")
        self.inbox = inbox or os.path.join(self.folder, "homes")
        self.config = os.path.join(self.folder, "sshd_config")
        self.port = free_port()
        self.accounts = {}
        self.process = None
        for path in (self.folder, self.inbox):
            os.makedirs(path, mode=0o755, exist_ok=True)
        self.new_host_key()

    def new_host_key(self):
        """Another server, as far as a home can tell."""
        key = os.path.join(self.folder, "host_key")
        for path in (key, key + ".pub"):
            if os.path.exists(path):
                os.remove(path)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)

    @property
    def host_key(self):
        with open(os.path.join(self.folder, "host_key.pub"), encoding="utf-8") as file:
            return " ".join(file.read().split()[:2])

    def home(self, facility):
        return os.path.join(self.inbox, facility)

    def add_home(self, facility, account=None):
        """Its folder, before it is enrolled; account: one of its own, shut into the folder (needs root). It appears whole:
        a region that runs would complain of half a one."""
        self.accounts[facility] = account
        if os.path.isdir(self.home(facility)):
            return
        part = os.path.join(self.folder, f".{facility}")
        for path in ("inbox", "ack"):
            os.makedirs(os.path.join(part, path), exist_ok=True)
        if account:  # as docs/operations.md says; the region runs as we do
            entry = pwd.getpwnam(account)
            for path, uid, gid in (("inbox", entry.pw_uid, os.getgid()), ("ack", os.getuid(), entry.pw_gid)):
                os.chown(os.path.join(part, path), uid, gid)
                os.chmod(os.path.join(part, path), 0o2770)
        os.rename(part, self.home(facility))

    def url(self, facility):
        return f"sftp://{self.accounts.get(facility) or getpass.getuser()}@127.0.0.1:{self.port}"

    def authorize(self, facility, key):
        options = "restrict" if self.accounts.get(facility) else (
            f'command="internal-sftp -d {self.home(facility)}",restrict')
        with open(os.path.join(self.folder, "authorized_keys"), "a", encoding="utf-8") as file:
            file.write(f"{options} {key}\n")

    def start(self):
        sshd = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if sshd is None:
            raise StackError("sshd is not installed")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(port=self.port, folder=self.folder))
            for facility, account in self.accounts.items():
                if account:
                    file.write(CHROOT.format(account=account, home=self.home(facility)))
        self.process = Process("sshd", [sshd, "-D", "-e", "-f", self.config],
                               os.path.join(self.folder, "log")).start()
        wait_for(self.answers, "sshd to listen")
        return self

    def answers(self):
        self.process.must_run()
        return run("ssh-keyscan", "-p", self.port, "-T", 10, "127.0.0.1", check=False).stdout.strip() != ""

    def sessions(self):
        """The processes that serve connections."""
        found = children(self.process.child.pid) if self.process else []
        return [p for child in found for p in (child, *children(child))]

    def stop(self):
        """Also the sessions that homes have open: a server that is gone is gone."""
        if self.process is None:
            return
        sessions = self.sessions()
        self.process.kill()
        self.process = None
        for pid in sessions:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []
