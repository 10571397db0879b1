"""Drop folders as homes have them: nested, on shares that come and go, on file systems without notices, on full disks."""
import contextlib
import errno
import json
import os
import resource
import shutil
import socket
import subprocess

import pytest

from tests.stack.home import Home
from tests.stack.misfortune import Misfortune
from tests.stack.pile import NoRegion, count
from tests.stack.process import run, wait_for

from .exports import ADAPTER, export, row

ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


@pytest.fixture
def home_of(tmp_folder):
    """Makes homes with a watcher alone."""
    made = []

    def make(adapter=ADAPTER, drop=None, settings=None, before=None, **env):
        home = Home(NoRegion(tmp_folder), f"fac_{len(made)}", [adapter], drop=drop,
                    settings={"rescan": "300ms", "poll": "200ms", "min_free": "0", **(settings or {})})
        made.append(home)
        if before:
            before(home)
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
    return count(home, "files")


def wait_taken(home, n):
    wait_for(lambda: taken(home) == n, f"{n} files to be taken")


def findings(home):
    return {f["code"] for f in json.loads(home.cli("status", "--json", check=False).stdout)["findings"]}


def whole(archive):
    """What lies there, and is not just being written."""
    return [name for name in os.listdir(archive) if not name.startswith(".")]


def put(folder, name, text):
    part = os.path.join(folder, f".{name}.part")
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(part, os.path.join(folder, name))


def test_folders_within_are_followed_and_one_name_in_two_is_two_files(tmp_folder, home_of):
    drop = os.path.join(tmp_folder, "out")
    os.makedirs(os.path.join(drop, "north", "ward 1"))
    home = home_of(drop=drop)
    home.change_drop("recursive: yes")
    put(os.path.join(drop, "north", "ward 1"), "beds.csv", export(row("bed_1", "occupied")))
    wait_taken(home, 1)
    for n in range(10):  # made, filled and renamed at once
        os.makedirs(os.path.join(drop, f"new-{n}", "deep"))
        put(os.path.join(drop, f"new-{n}", "deep"), "beds.csv", export(row(f"bed_{n}", "reserved", n + 1)))
        os.rename(os.path.join(drop, f"new-{n}"), os.path.join(drop, f"done-{n}"))
    wait_taken(home, 11)
    archive = os.path.join(home.state, "archive")
    wait_for(lambda: len(whole(archive)) == 11, "the archive")
    assert len({open(os.path.join(archive, name), encoding="utf-8").read() for name in whole(archive)}) == 11
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


@ROOT
@pytest.mark.skipif(not shutil.which("bindfs") or not os.path.exists("/dev/fuse"), reason="no bindfs or no /dev/fuse")
def test_a_share_whose_server_died_is_an_alarm_and_comes_back_by_itself(tmp_folder, home_of):
    """FUSE then answers ENOTCONN, "Transport endpoint is not connected", to everything."""
    behind, drop = os.path.join(tmp_folder, "behind"), os.path.join(tmp_folder, "fuse")
    os.mkdir(behind), os.mkdir(drop)

    def mount():
        server = subprocess.Popen(["bindfs", "-f", behind, drop], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: server.poll() is not None or os.path.ismount(drop), "bindfs")
        if server.poll() is not None:
            pytest.skip("bindfs does not run here")
        return server

    server = mount()
    try:
        home = home_of(drop=drop, settings={"rescan": "1h"})
        put(behind, "before.csv", export(row("bed_1", "occupied")))
        wait_taken(home, 1)
        server.kill()
        server.wait()
        wait_state(home, "missing")
        assert "not connected" in folders(home)[0]["problem"] and "folder_missing" in findings(home)
        put(behind, "meanwhile.csv", export(row("bed_2", "occupied")))
        run("umount", "-l", drop)
        server = mount()
        wait_taken(home, 2)
        wait_state(home, "polled")
        assert "folder_missing" not in findings(home)
        home.watcher.must_run()
    finally:
        server.kill()
        server.wait()
        subprocess.run(["umount", "-l", drop], check=False)


@pytest.mark.parametrize("error", [errno.ESTALE, errno.EIO])
def test_a_stale_handle_is_an_alarm_told_once_and_it_is_opened_anew(error, tmp_folder, home_of):
    """As NFS answers once its server exports another directory under the name."""
    stale = os.path.join(tmp_folder, "stale")
    misfortune = Misfortune(tmp_folder)
    home = home_of(**misfortune.stale_while(stale, error))
    put(home.drop_folder, "before.csv", export(row("bed_1", "occupied")))
    wait_taken(home, 1)
    open(stale, "wb").close()
    wait_state(home, "missing")
    put(home.drop_folder, "meanwhile.csv", export(row("bed_2", "occupied")))
    wait_for(lambda: "folder_missing" in findings(home), "the alarm")
    os.remove(stale)
    wait_taken(home, 2)
    wait_state(home, "watched")
    assert home.watcher.tail().count("folder_unreadable") == 1, "told with every scan"
    put(home.drop_folder, "after.csv", export(row("bed_3", "occupied")))
    wait_taken(home, 3)


# ---- how a file is known to be ready ----

@pytest.mark.parametrize("rule", ["close", "rename", "{quiet: 2s}", '{done_file: "{name}.done"}'])
def test_a_file_is_taken_whole_by_each_rule_and_once(home_of, rule):
    home = home_of(adapter=ADAPTER + f"ready: {rule}\n")
    path = os.path.join(home.drop_folder, "beds.csv")
    written = path + ".part" if rule == "rename" else path
    with open(written, "w", encoding="utf-8") as file:
        file.write(export(row("bed_1", "occupied")))
        file.flush()
        if rule == "close":  # a write notice has come and gone, and nobody has closed it
            put(home.drop_folder, "other.csv", export(row("bed_9", "occupied")))
            wait_taken(home, 1)
        file.write(row("bed_2", "reserved"))
    if rule == "rename":
        os.rename(written, path)
    if "done" in rule:
        put(home.drop_folder, "beds.csv.done", "")
    home.wait_taken_in()
    rows = home.read_outbox("SELECT events FROM files ORDER BY id")
    assert rows[-1] == (2,) and len(rows) == (2 if rule == "close" else 1)


@pytest.mark.parametrize("mode", ["plain", "none"])
def test_a_file_that_grows_after_it_was_read_is_read_again_as_a_new_version(home_of, mode):
    home = home_of(adapter=ADAPTER + "ready: rename\n", settings={"archive": f"{{mode: {mode}}}"})
    path = os.path.join(home.drop_folder, "beds.csv")
    with open(path + ".part", "w", encoding="utf-8") as file:  # held open over the rename
        file.write(export(row("bed_1", "occupied")))
        file.flush()
        os.rename(path + ".part", path)
        wait_taken(home, 1)
        home.wait_taken_in()
        file.write(row("bed_2", "reserved"))
    wait_taken(home, 2)
    wait_for(lambda: "file_grew" in home.watcher.tail(), "it to be told")
    home.wait_taken_in()
    assert home.read_outbox("SELECT events FROM files ORDER BY id")[1][0] >= 1
    assert {row[0] for row in home.read_outbox("SELECT bed_id FROM beds")} == {"bed_1", "bed_2"}


# ---- what is no file, and names that bite ----

def test_what_is_no_regular_file_is_refused_and_told_and_a_hard_link_is_a_file(tmp_folder, home_of):
    home = home_of()
    outside = os.path.join(tmp_folder, "outside.csv")
    with open(outside, "w", encoding="utf-8") as file:
        file.write(export(row("bed_1", "occupied")))
    os.symlink(outside, os.path.join(home.drop_folder, "link.csv"))
    os.mkfifo(os.path.join(home.drop_folder, "pipe.csv"))
    os.mkdir(os.path.join(home.drop_folder, "folder.csv"))
    expected = 3
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.join(home.drop_folder, "socket.csv"))
    if os.geteuid() == 0:
        os.mknod(os.path.join(home.drop_folder, "device.csv"), 0o600 | 0o020000, os.makedev(1, 3))
        expected += 1
    wait_for(lambda: count(home, "waiting WHERE state = 'refused'") == expected, "all of them to be told")
    wait_for(lambda: "folder_not_read" in home.watcher.tail(), "the folder to be told")
    os.link(outside, os.path.join(home.drop_folder, "hard.csv"))
    wait_taken(home, 1)
    with open(outside, encoding="utf-8") as file:
        assert "bed_1" in file.read(), "the other name of it stays, and so does what is in it"
    wait_for(lambda: len(home.waiting()) == expected + 1, "the hard link to be put away")


def test_names_that_bite_are_taken_and_never_lead_out_of_the_archive(home_of):
    home = home_of(adapter=ADAPTER.replace('"*.csv"', '"*"'))
    names = [b"-rf", b"new\nline", b"\xff\xfe\xc3", b"..csv", b"...", b"a" * 250, b"%n%s", b"$(reboot)", b"\x1b[2J", b" ",
             "\u202egnp".encode(), b"..\\..\\x", b"COM1", b"a.reason.json"]
    visible = [name for name in names if not name.startswith(b".")]
    for number, name in enumerate(names):
        path = os.path.join(os.fsencode(home.drop_folder), name)
        with open(path, "wb") as file:
            file.write(export(row(f"bed_{number}", "occupied")).encode())
    wait_taken(home, len(visible))
    archive = os.path.join(home.state, "archive")
    wait_for(lambda: len(whole(archive)) == len(visible), "the archive")
    wait_for(lambda: sorted(os.listdir(os.fsencode(home.drop_folder))) == sorted(set(names) - set(visible)), "them to leave the folder")
    with open(home.watcher.log, "rb") as log:
        lines = log.read()
    assert b"\x1b" not in lines and b"\xff" not in lines
    assert all(line.startswith(b"20") for line in lines.splitlines()), "no name breaks a line of the log"


# ---- when the system says no ----

@ROOT
def test_a_full_disk_stops_intake_with_an_alarm_and_it_goes_on_by_itself(home_of):
    with contextlib.ExitStack() as stack:
        home = home_of(before=lambda h: stack.enter_context(mounted(h.state, "-o", "size=16m")))  # room for the log of all files beside them
        put(home.drop_folder, "first.csv", export(row("bed_0", "occupied")))
        wait_taken(home, 1)
        filler = os.path.join(home.state, "filler")
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        for number in range(20):
            put(home.drop_folder, f"{number}.csv", export(*(row(f"bed_{n}", "occupied", number) for n in range(200))))
        wait_for(lambda: "intake_stopped" in home.watcher.tail(), "intake to stop")
        wait_for(lambda: findings(home) & {"intake_stopped", "disk_full"}, "status to say so", 60, 0.1)
        os.unlink(filler)
        home.wait_taken_in()
        assert home.read_outbox("SELECT count(*), count(DISTINCT digest) FROM files") == [(21, 21)]
        home.watcher.stop()
        assert home.cli("outbox", "verify").returncode == 0


@ROOT
def test_a_full_archive_keeps_files_in_their_folder_and_their_events_once(tmp_folder, home_of):
    archive = os.path.join(tmp_folder, "archive")
    os.mkdir(archive)
    with mounted(archive, "-o", "size=64k"):
        home = home_of(settings={"archive": f"{{dir: {archive}}}"})
        filler = os.path.join(archive, "filler")
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        put(home.drop_folder, "beds.csv", export(row("bed_1", "occupied")))
        wait_for(lambda: taken(home) == 1 and "not_put_away" in home.watcher.tail(), "it to be told")
        assert home.waiting() == ["beds.csv"]
        os.unlink(filler)
        home.wait_taken_in()
        assert home.read_outbox("SELECT (SELECT count(*) FROM files), last FROM cursor") == [(1, 1)]
        assert len(whole(archive)) == 1


def test_without_free_descriptors_files_wait_and_are_taken_when_there_are_some(home_of):
    home = home_of()
    put(home.drop_folder, "first.csv", export(row("bed_0", "occupied")))
    wait_taken(home, 1)
    pid = home.watcher.child.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        put(home.drop_folder, "second.csv", export(row("bed_1", "occupied")))
        wait_for(lambda: "oo many open files" in home.watcher.tail(), "it to say so")
        home.watcher.must_run()
        assert taken(home) == 1
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    wait_taken(home, 2)
    home.wait_taken_in()


@ROOT
def test_what_may_not_be_read_or_removed_is_told_and_goes_on_once_it_may(home_of):
    def as_nobody(home):
        for folder, _, names in os.walk(home.folder):
            for path in [folder, *(os.path.join(folder, name) for name in names)]:
                os.chown(path, 65534, 65534)
        home.watcher.command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *home.watcher.command]

    home = home_of(before=as_nobody)
    closed = os.path.join(home.drop_folder, "closed.csv")
    with open(closed + ".part", "w", encoding="utf-8") as file:
        file.write(export(row("bed_1", "occupied")))
    os.chmod(closed + ".part", 0)
    os.rename(closed + ".part", closed)
    wait_for(lambda: "state=unreadable" in home.watcher.tail(), "it to be told")
    wait_for(lambda: [f["state"] for f in home.json("files", "closed.csv")["files"]] == ["unreadable"], "it to be listed")
    os.chmod(closed, 0o644)
    wait_taken(home, 1)
    home.wait_taken_in()
    os.chown(home.drop_folder, 0, 0)
    put(home.drop_folder, "stays.csv", export(row("bed_2", "occupied")))
    os.chmod(os.path.join(home.drop_folder, "stays.csv"), 0o644)
    wait_for(lambda: "state=not_put_away" in home.watcher.tail(), "it to be told that the file stays")
    os.chown(home.drop_folder, 65534, 65534)
    home.wait_taken_in()
    assert home.read_outbox("SELECT (SELECT count(*) FROM files), last FROM cursor") == [(2, 2)]
