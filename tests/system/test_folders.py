"""Drop folders as homes have them: nested, on shares that come and go, on file systems without notices, on full disks."""
import contextlib
import json
import os
import shutil
import subprocess

import pytest

from tests.stack.home import Home
from tests.stack.pile import NoRegion
from tests.stack.process import run, wait_for

from .exports import ADAPTER, export, row

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


@pytest.fixture
def home_of(tmp_folder):
    """Makes homes with a watcher alone."""
    made = []

    def make(adapter=ADAPTER, drop=None, settings=None, **env):
        home = Home(NoRegion(tmp_folder), f"fac_{len(made)}", [adapter], drop=drop,
                    settings={"rescan": "300ms", "poll": "200ms", "min_free": "0", **(settings or {})})
        made.append(home)
        home.watcher.start(**env)
        return home

    yield make
    for home in made:
        home.watcher.stop()


@contextlib.contextmanager
def mounted(path, *options):
    """A tmpfs on the folder, lazily taken away at the end."""
    run("mount", "-t", "tmpfs", *options, "bedpost-test", path)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=False, capture_output=True)


def folders(home):
    def read():
        try:
            with open(os.path.join(home.state, "watcher.status.json"), encoding="utf-8") as file:
                return json.load(file)["folders"]
        except (OSError, ValueError, KeyError):
            return None
    return wait_for(read, "watcher.status.json")


def wait_state(home, state):
    wait_for(lambda: folders(home)[0]["state"] == state, f"the folder to be {state}")


def taken(home):
    try:
        return home.read_outbox("SELECT count(*) FROM files")[0][0]
    except Exception:  # the watcher is just making it
        return 0


def wait_taken(home, n):
    wait_for(lambda: taken(home) == n, f"{n} files to be taken")


def findings(home):
    return {f["code"] for f in json.loads(home.cli("status", "--json", check=False).stdout)["findings"]}


def put(folder, name, text):
    part = os.path.join(folder, f".{name}.part")
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(part, os.path.join(folder, name))


def test_folders_within_are_followed_and_one_name_in_two_is_two_files(tmp_folder, home_of):
    drop = os.path.join(tmp_folder, "out")
    os.makedirs(os.path.join(drop, "north", "ward 1"))
    home = home_of(drop=drop)
    home.watcher.stop()
    with open(home.config, encoding="utf-8") as file:
        config = file.read().replace(f"{{dir: {drop}}}", f"{{dir: {drop}, recursive: yes}}")
    with open(home.config, "w", encoding="utf-8") as file:
        file.write(config)
    home.watcher.start()
    put(os.path.join(drop, "north", "ward 1"), "beds.csv", export(row("bed_1", "occupied")))
    wait_taken(home, 1)
    for n in range(10):  # made, filled and renamed at once
        os.makedirs(os.path.join(drop, f"new-{n}", "deep"))
        put(os.path.join(drop, f"new-{n}", "deep"), "beds.csv", export(row(f"bed_{n}", "reserved", n + 1)))
        os.rename(os.path.join(drop, f"new-{n}"), os.path.join(drop, f"done-{n}"))
    wait_taken(home, 11)
    archive = os.path.join(home.state, "archive")
    wait_for(lambda: len(os.listdir(archive)) == 11, "the archive")
    assert len({open(os.path.join(archive, name), encoding="utf-8").read() for name in os.listdir(archive)}) == 11
    wait_for(lambda: folders(home)[0]["subfolders"] == 22, "status to tell how many there are")
    shutil.rmtree(os.path.join(drop, "done-0"))
    wait_for(lambda: folders(home)[0]["subfolders"] == 20, "a removed one to be forgotten")
    assert "ward 1" not in home.watcher.tail(200)


@ROOT
def test_a_share_that_comes_and_goes_under_a_running_watcher_is_an_alarm_and_no_empty_folder(tmp_folder, home_of):
    drop = os.path.join(tmp_folder, "share")
    os.mkdir(drop)
    home = home_of(drop=drop)
    put(drop, "before.csv", export(row("bed_1", "occupied")))
    wait_taken(home, 1)
    with mounted(drop):
        wait_for(lambda: "folder_replaced" in home.watcher.tail(), "the mount to be noticed")
        put(drop, "on-the-share.csv", export(row("bed_2", "occupied")))
        wait_taken(home, 2)
        run("umount", "-l", drop)
        wait_state(home, "missing")
        assert "folder_missing" in findings(home) and "not any longer" in home.cli("status", check=False).stdout
        put(drop, "under-the-share.csv", export(row("bed_3", "occupied")))
        with mounted(drop):
            wait_state(home, "watched")
            put(drop, "again.csv", export(row("bed_4", "occupied")))
            wait_taken(home, 3)
    assert os.listdir(drop) == ["under-the-share.csv"]


@ROOT
@pytest.mark.skipif(not shutil.which("bindfs") or not os.path.exists("/dev/fuse"), reason="no bindfs or no /dev/fuse")
def test_a_folder_on_fuse_is_polled_by_itself_and_its_files_are_taken(tmp_folder, home_of):
    behind, drop = os.path.join(tmp_folder, "behind"), os.path.join(tmp_folder, "fuse")
    os.mkdir(behind), os.mkdir(drop)
    mount = subprocess.run(["bindfs", behind, drop], check=False, capture_output=True, text=True)
    if mount.returncode != 0:
        pytest.skip(f"bindfs: {mount.stderr.strip()}")
    try:
        home = home_of(drop=drop, settings={"rescan": "1h"})
        wait_state(home, "polled")
        put(behind, "beds.csv", export(row("bed_1", "occupied")))  # as another machine would: no notice comes here
        wait_taken(home, 1)
        wait_for(lambda: os.listdir(behind) == [], "it to leave the share")
    finally:
        subprocess.run(["umount", "-l", drop], check=False)
    wait_state(home, "missing")
