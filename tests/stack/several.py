"""Several bedpost-regional on one database, with a balancer before their doors, as docs/operations.md describes it."""
import os
import re

from .lines import Lines
from .process import Process, free_port, program, stop_all, wait_for
from .region import Region


class Daemon(Process):
    """One of them: its roles, its own ports."""

    def __init__(self, region, name, roles):
        self.roles, self.ingest_port, self.api_port = roles.split(","), free_port(), free_port()
        self.config = os.path.join(region.folder, name + ".yaml")
        super().__init__(name, [program("bedpost-regional"), "--config", self.config, "--roles", roles],
                         os.path.join(region.folder, name + ".log"))

    def configure(self, text, region):
        for shared, own in ((region.ingest_port, self.ingest_port), (region.api_port, self.api_port)):
            text = text.replace(f"127.0.0.1:{shared}", f"127.0.0.1:{own}")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)


class SeveralDaemons(Region):
    """Homes and people know the balancers' addresses alone."""

    def __init__(self, folder, postgres, redis, roles, **kwargs):
        """roles: {name of the daemon: its roles}"""
        super().__init__(folder, postgres, redis, **kwargs)
        self.daemons = {name: Daemon(self, name, some) for name, some in roles.items()}
        self.lines = Lines()
        self.balancer = self.lines.line(d.ingest_port for d in self.with_role("ingest"))
        self.api_balancer = self.lines.line(d.api_port for d in self.with_role("api"))

    def with_role(self, role):
        return [d for d in self.daemons.values() if role in d.roles]

    def create(self, inbox=None):
        """inbox: the daemon that reads what homes send over SFTP; the others leave it alone."""
        self.ingest_port, self.api_port = self.balancer.port, self.api_balancer.port
        super().create()
        with open(self.config, encoding="utf-8") as file:
            text = file.read()
        for daemon in self.daemons.values():
            daemon.configure(text if daemon.name == inbox else re.sub(r", sftp: {[^}]*}", "", text), self)
        return self

    def start(self, wait=True, **env):
        for daemon in self.daemons.values():
            daemon.start(**env)
        if wait:
            self.wait_ready()
        return self

    def asking(self, daemon):
        """This region, asked at one daemon's own door."""
        other = object.__new__(Region)
        other.__dict__.update(self.__dict__)
        other.api_port, other.daemon = daemon.api_port, daemon
        return other

    def wait_ready(self):
        for daemon in self.with_role("api"):
            wait_for(self.asking(daemon).is_ready, f"{daemon.name} to be ready", 120)
        for daemon in self.daemons.values():
            daemon.must_run()

    def is_ready(self):
        try:
            return self.get("/readyz", token=None).status == 200
        except OSError:
            return False

    def stop(self):
        try:
            return max(stop_all(*(d for h in self.homes for d in (h.syncd, h.watcher)), *self.daemons.values()))
        finally:
            self.lines.stop()
