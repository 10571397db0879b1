"""Many files at once: a watcher that starts before a full folder."""
import json
import os
import re
import shutil

import pytest

from tests.stack.home import Home
from tests.stack.pile import NoRegion, count, pile
from tests.stack.bench import ADAPTER
from tests.stack.process import wait_for

FILES = 2000
SLOW_DISK = 180  # seconds: each file is kept before the next, and another test may keep the same disk busy


@pytest.fixture
def home(tmp_folder):
    made = Home(NoRegion(tmp_folder), "fac_pile", [ADAPTER + "max_bad: 0\n"], settings={"rescan": "3s"})
    yield made
    made.stop()


def lines_of(home, word):
    with open(home.watcher.log, encoding="utf-8") as log:
        return [line for line in log if f" {word} " in line]


def status_file(home):
    with open(os.path.join(home.state, "watcher.status.json"), encoding="utf-8") as file:
        return json.load(file)


def test_a_full_folder_is_worked_off_oldest_first_across_a_restart_and_tells_how_far_it_is(home):
    pile(home, "good", FILES)
    home.watcher.start()
    wait_for(lambda: count(home, "files") > FILES // 4, "some of them")
    home.watcher.kill()
    home.watcher.start()
    wait_for(lambda: lines_of(home, "worked_off"), "the end", SLOW_DISK)
    rows = home.read_outbox("SELECT mtime, state, events FROM files ORDER BY id")
    assert len(rows) == FILES and rows == sorted(rows) and {row[1:] for row in rows} == {("committed", 1)}
    assert home.read_outbox("SELECT last FROM cursor") == [(FILES,)]
    assert re.search(r"working_off done=\d+ of=\d+", lines_of(home, "working_off")[0])
    assert len(lines_of(home, "file_taken")) < 20
    wait_for(lambda: status_file(home)["backlog"] is None, "status to say that it is over")


def test_while_it_lasts_status_says_done_left_and_rate(home):
    pile(home, "good", FILES)
    with open(os.path.join(home.state, "watcher.status.json"), "w", encoding="utf-8") as file:
        json.dump({"pid": 1, "written_at": "2026-04-20T08:00:00Z", "adapters": [], "folders": [],
                   "backlog": {"done": 4000, "of": 100000, "rate": 812, "left_s": 119}}, file)
    assert "worked off" not in home.cli("status", check=False).stdout, "a watcher that does not run works nothing off"
    home.watcher.start()
    said = wait_for(lambda: status_file(home).get("backlog") and status_file(home)["pid"] != 1 and
                    home.cli("status", check=False).stdout, "status")
    if status_file(home)["backlog"]:  # else it was over sooner than status could be asked
        assert re.search(r"[\d,]+ of 2,000 worked off, [\d,]+/s", said)
    home.wait_taken_in(SLOW_DISK)


def test_bad_files_and_files_that_no_adapter_matches_do_not_flood_the_log(home):
    pile(home, "bad", FILES // 2)
    pile(home, "unmatched", FILES // 2)
    home.watcher.start()
    wait_for(lambda: count(home, "files") == FILES // 2 and count(home, "waiting") == FILES // 2, "all of them", SLOW_DISK)
    wait_for(lambda: lines_of(home, "worked_off"), "the end")
    assert {row[0] for row in home.read_outbox("SELECT state FROM files")} == {"rejected"}
    assert len(lines_of(home, "file_waits")) == 20 and len(lines_of(home, "file_taken")) <= 22
    assert f"more={FILES // 2 - 20} " in lines_of(home, "files_wait")[0]
    assert " rejected=" in lines_of(home, "worked_off")[0]
    shutil.rmtree(home.drop_folder)
    os.mkdir(home.drop_folder)
    wait_for(lambda: count(home, "waiting") == 0, "none to be listed any longer")


def pages(home, *command):
    """Every row of a list, page by page."""
    rows, after = [], []
    while page := home.json(*command, "--limit", "300", *after)[command[0]]:
        assert len(page) <= 300
        rows += page
        after = ["--after", str(page[-1]["id"])]
    return rows


def test_many_bad_files_are_listed_in_pages_and_all_read_again_once_the_adapter_is_mended(home):
    pile(home, "bad", FILES // 2)
    home.watcher.start()
    wait_for(lambda: count(home, "files") == FILES // 2, "all of them", SLOW_DISK)
    wait_for(lambda: lines_of(home, "worked_off"), "the end")
    bad = pages(home, "quarantine", "list")
    assert [row["file_id"] for row in bad] == list(range(FILES // 2, 0, -1))
    assert [row["id"] for row in pages(home, "files")] == list(range(FILES // 2, 0, -1))
    shown = home.cli("quarantine", "list", "--limit", "3")
    assert f"the next: --after {bad[2]['id']}" in shown.stderr
    adapter = os.path.join(home.adapters, os.listdir(home.adapters)[0])
    with open(adapter, encoding="utf-8") as file:
        mended = file.read().replace('new_status: "{status}"', 'new_status: {from: "{status}", map: {asleep: occupied}}')
    with open(adapter, "w", encoding="utf-8") as file:
        file.write(mended)
    replayed = home.json("quarantine", "replay")["files"]
    assert [row["file_id"] for row in replayed] == list(range(1, FILES // 2 + 1)), "the oldest first, each once"
    assert home.read_outbox("SELECT last FROM cursor") == [(FILES // 2,)]
    assert not pages(home, "quarantine", "list")
