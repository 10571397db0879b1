"""The watcher's walls: what is in force in the running program, and that it is told."""
import os
import re
import signal
import socket
import tempfile

import pytest

from tests.stack.home import Home
from tests.stack.pile import NoRegion, count
from tests.stack.process import BUILD, Process, free_port, program, wait_for

from .exports import ADAPTER, export, row
from .test_folders import put

SANITIZED = "asan" in os.path.basename(BUILD)


@pytest.fixture
def home_of(tmp_folder):
    made = []

    def make(settings=None):
        home = Home(NoRegion(tmp_folder), f"fac_{len(made)}", [ADAPTER], settings=settings)
        made.append(home)
        home.watcher.start()
        wait_for(lambda: " started " in home.watcher.tail(), "the watcher to start")
        return home

    yield make
    for home in made:
        home.watcher.stop()


def in_force(home):
    """files, calls, network as the log has them."""
    return re.search(r" confined files=(\S+) calls=(\S+) network=(\S+)", home.watcher.tail()).groups()


def status_of(home):
    with open(f"/proc/{home.watcher.child.pid}/status", encoding="ascii") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_what_holds_the_watcher_is_in_force_and_told(home_of):
    home = home_of()
    files, calls, network = in_force(home)
    status = status_of(home)
    assert (status["Seccomp"] == "2") == (calls == "seccomp")
    assert status["NoNewPrivs"] == ("0" if SANITIZED else "1")
    said = wait_for(lambda: home.cli("doctor", check=False).stdout, "doctor")
    if SANITIZED:
        assert (files, calls) == ("open", "open") and "sanitizers" in said
        return
    assert network == "none"
    assert "Landlock" in said if files != "open" else "no Landlock" in said
    put(home.drop_folder, "beds.csv", export(row("bed_1", "occupied")))
    wait_for(lambda: count(home, "files") == 1, "it to take files all the same")


def undumpable(pid):
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        limits = file.read()
    return re.search(r"Max core file size\s+0\s+0\s", limits) is not None


def test_no_core_file_can_be_made_of_the_programs_that_read_exports(home_of):
    home = home_of()
    assert undumpable(home.watcher.child.pid)
    watch = Process("bedpost", [program("bedpost"), "status", "--watch", "--config", home.config],
                    os.path.join(home.folder, "status.log")).start()
    try:
        wait_for(lambda: undumpable(watch.child.pid), "bedpost to say that it wants no core file")
        watch.must_run()
    finally:
        watch.kill()


@pytest.mark.skipif(SANITIZED, reason="a build with sanitizers is not confined")
def test_a_file_outside_its_own_is_closed_to_it_even_as_root_and_even_over_a_link(home_of):
    home = home_of()
    if in_force(home)[0] == "open":
        pytest.skip("the kernel has no Landlock")
    number, outside = tempfile.mkstemp(".yaml", "bedpost-outside-", "/var/tmp")
    with open(number, "w", encoding="utf-8") as file:
        file.write(ADAPTER.replace("adapter: plain", "adapter: outside"))
    try:
        os.symlink(outside, os.path.join(home.adapters, "outside.yaml"))
        home.watcher.child.send_signal(signal.SIGHUP)
        wait_for(lambda: re.search(r"adapter_off .*outside.yaml.*ermission denied", home.watcher.tail()), "the refusal")
    finally:
        os.unlink(outside)
    put(home.drop_folder, "beds.csv", export(row("bed_1", "occupied")))
    wait_for(lambda: count(home, "files") == 1, "it to take files all the same")


def test_a_home_with_a_board_opens_its_port_and_no_other(home_of):
    port = free_port()
    home = home_of(settings={"board": f'{{listen: "127.0.0.1:{port}", pages: {BUILD}}}'})
    assert in_force(home)[2] == ("board" if not SANITIZED else in_force(home)[2])

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    wait_for(answers, "the board")
