"""Fixtures: servers once a worker, a region and homes once a test."""
import datetime
import glob
import itertools
import os
import shutil
import zoneinfo

import pytest

from tests.stack.home import Home
from tests.stack.process import remove, short_folder, wait_for
from tests.stack.region import Region
from tests.stack.servers import Postgres, Redis
from tests.stack.sftp import SftpServer

from .exports import ADAPTER
from .people import add_user, login_of
from .receivers import SECRET, Mail, Push, Webhook


@pytest.fixture(scope="session")
def server_folder():
    folder = short_folder("bedpost-t-")
    yield folder
    remove(folder)


@pytest.fixture(scope="session")
def postgres(server_folder):
    server = Postgres(server_folder).start()
    yield server
    server.stop("immediate")


@pytest.fixture
def redis(tmp_folder):
    server = Redis(tmp_folder).start()
    yield server
    server.stop()


@pytest.fixture
def tmp_folder(request):
    """A short folder; when the test failed its logs are kept under var/failed/."""
    folder = short_folder("bedpost-t-")
    yield folder
    if getattr(request.node, "failed", False):
        kept = os.path.join(os.getcwd(), "var", "failed", request.node.name)
        remove(kept)
        shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("*.sock", "*pipe.csv", "pg", "sync.wake"), dirs_exist_ok=True,
                        ignore_dangling_symlinks=True)
    remove(folder)


ZONES = ("UTC", "Europe/Oslo", "America/New_York", "Asia/Kathmandu")  # by which these tests count days
LAST_MINUTE = datetime.timedelta(minutes=1)


def left_of_day(zone):
    now = datetime.datetime.now(zoneinfo.ZoneInfo(zone))
    midnight = datetime.datetime.combine(now.date() + datetime.timedelta(days=1), datetime.time(), now.tzinfo)
    return midnight.astimezone(datetime.timezone.utc) - now


@pytest.fixture
def same_day():
    """The test does not begin in the last minute of a day: it asks more than once what a day has."""
    wait_for(lambda: min(map(left_of_day, ZONES)) > LAST_MINUTE, "the next day to begin", 120, 1)


LOG_TAIL = 4000  # bytes of each daemon's log that a failed test shows


def log_tails(folder):
    """(name, end of it) of the logs that a test's daemons wrote."""
    for path in sorted(glob.glob(os.path.join(folder, "**", "*.log"), recursive=True)):
        with open(path, "rb") as file:
            file.seek(max(0, os.path.getsize(path) - LOG_TAIL))
            yield os.path.relpath(path, folder), file.read().decode(errors="replace")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What failed elsewhere must be understood from what it printed: where nobody can look at var/failed/."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        item.failed = True
        folder = getattr(item, "funcargs", {}).get("tmp_folder")
        report.sections += [(f"end of {name}", tail) for name, tail in log_tails(folder)] if folder else []


@pytest.fixture
def region(tmp_folder, postgres, redis):
    """A region that runs."""
    made = Region(os.path.join(tmp_folder, "region"), postgres, redis).create().start()
    yield made
    made.stop()


@pytest.fixture
def sftp(tmp_folder):
    server = SftpServer(tmp_folder).start()
    yield server
    server.stop()


@pytest.fixture
def two_roads(tmp_folder, postgres, redis, sftp):
    """A region that takes batches over SFTP as well."""
    made = Region(os.path.join(tmp_folder, "region"), postgres, redis, sftp=sftp).create().start()
    yield made
    made.stop()


@pytest.fixture
def new_home(region):
    """Makes homes: new_home() has the plain CSV adapter of exports.py and runs."""
    numbers = itertools.count(1)

    def make(facility=None, adapters=(ADAPTER,), start=True, **kwargs):
        home = Home(region, facility or f"fac_home_{next(numbers)}", adapters, **kwargs)
        return home.start() if start else home

    return make


@pytest.fixture
def user(region, request):
    """A coordinator of this test alone, whose password is people.GOOD."""
    return add_user(region, login_of(request.node.name))


@pytest.fixture
def webhook():
    receiver = Webhook().start()
    yield receiver
    receiver.stop()


@pytest.fixture
def push():
    receiver = Push().start()
    yield receiver
    receiver.stop()


@pytest.fixture
def mail():
    server = Mail().start()
    yield server
    server.stop()


@pytest.fixture
def make_region(tmp_folder, postgres, redis):
    """Makes a region with other settings than usual, that runs."""
    made = []

    def make(alert="{}", **settings):
        region = Region(os.path.join(tmp_folder, "region"), postgres, redis, settings={"alert": alert, **settings})
        made.append(region.create().start())
        with open(os.path.join(region.folder, "secret"), "w", encoding="utf-8") as file:
            file.write(SECRET + "\n")
        return region

    yield make
    for region in made:
        region.stop()
