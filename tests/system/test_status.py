"""`bedpost status` on real faults: each is told in words, with what to do, and goes when it is mended."""
import datetime
import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from tests.stack.home import Home
from tests.stack.process import LINE_BACK, program, wait_for

from . import bad_line
from .bad_line import BadLine
from .exports import ADAPTER, Story, at, export, row

OK, FAIL, WARN = 0, 1, 6


def status(home):
    """(what it says, its exit code)"""
    done = home.cli("status", "--json", check=False)
    assert done.returncode in (OK, FAIL, WARN), done.stderr
    return json.loads(done.stdout), done.returncode


def findings(home):
    """{code: finding}"""
    return {f["code"]: f for f in status(home)[0]["findings"]}


def wait_finding(home, code, seconds=60):
    def told():
        """As JSON and to people; between the two the daemons may have found out more."""
        found = findings(home).get(code)
        said = found and home.cli("status", check=False).stdout
        return found if found and found["todo"] in said and found["text"].split(" since ")[0] in said else None

    return wait_for(told, f"status to tell of {code}", seconds, 0.1)


def wait_without(home, code, seconds=60):
    wait_for(lambda: code not in findings(home), f"status to be rid of {code}", seconds, 0.1)


@pytest.fixture
def home(new_home):
    return new_home(settings={"heartbeat": "1s"})


def test_a_home_that_is_well_says_so_and_since_when_it_agrees(region, home):
    home.drop("1.csv", Story(1).file(5))
    home.wait_shipped()
    said, code = wait_for(lambda: (lambda s: s if s[0]["in_sync_as_of"] and s[0]["line"] == "up" else None)(status(home)),
                          "home and region to agree")
    assert (said["level"], said["state"], said["findings"], code) == ("ok", "in step", [], OK)
    assert [(r["transport"], r["state"], r["carries"], r["last_error"]) for r in said["roads"]] == [
        ("https", "up", True, None)]
    wait_for(lambda: abs(status(home)[0]["clock_ahead_ms"]) < 1000, "an answer that took no long way")
    before = said["in_sync_as_of"]
    wait_for(lambda: status(home)[0]["in_sync_as_of"] > before, "the next heartbeat to prove it again")
    assert "in sync as of" in home.cli("status").stdout


def test_a_region_that_is_away_is_told_and_what_agreed_before_stays(region, home):
    home.drop("1.csv", Story(2).file(5))
    home.wait_shipped()
    agreed = wait_for(lambda: status(home)[0]["in_sync_as_of"], "home and region to agree")
    region.daemon.stop()
    home.drop("2.csv", export(row("bed_a", "occupied", 9)))
    home.wait_taken_in()
    found = wait_finding(home, "line_down")
    assert "cannot be reached" in found["text"] and "1 event(s) wait" in found["text"]
    said, code = status(home)
    assert code == WARN and said["state"] == "cut off" and said["queued"] == 1 and said["oldest"]
    home.syncd.stop()
    home.syncd.start()
    wait_finding(home, "line_down")
    assert status(home)[0]["in_sync_as_of"] >= agreed
    region.start()
    wait_without(home, "line_down", LINE_BACK)
    home.wait_shipped()
    wait_for(lambda: status(home)[1] == OK, "all to be well again")


def test_daemons_that_do_not_run_are_faults(home):
    wait_for(lambda: status(home)[1] == OK, "all to be well")
    home.stop()
    assert {"watcher_not_running", "syncd_not_running"} <= set(findings(home))
    assert status(home)[1] == FAIL
    home.start()
    wait_for(lambda: status(home)[1] == OK, "all to be well again")


def test_an_adapter_that_cannot_be_read_is_named_with_its_line_and_the_old_one_stays(home):
    wait_for(lambda: status(home)[1] == OK, "all to be well")
    path = os.path.join(home.adapters, os.listdir(home.adapters)[0])
    with open(path, encoding="utf-8") as file:
        good = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(good.replace("format: csv", "format: cvs"))
    home.watcher.child.send_signal(signal.SIGHUP)
    found = wait_finding(home, "adapter_old")
    assert re.search(re.escape(path) + r":2:\d+", found["text"])
    home.drop("1.csv", Story(3).file(2))
    home.wait_shipped()  # the old one is in use
    home.watcher.stop()
    home.watcher.start()
    found = wait_finding(home, "adapter_off")
    assert re.search(re.escape(path) + r":2:\d+", found["text"]) and status(home)[1] == FAIL
    with open(path, "w", encoding="utf-8") as file:
        file.write(good)
    home.watcher.child.send_signal(signal.SIGHUP)
    wait_for(lambda: status(home)[1] == OK, "all to be well again")


def test_a_drop_folder_that_goes_is_told_and_its_return_is_seen(new_home):
    home = new_home(settings={"rescan": "200ms"})
    wait_for(lambda: status(home)[1] == OK, "all to be well")
    os.rename(home.drop_folder, home.drop_folder + ".away")
    assert home.drop_folder in wait_finding(home, "folder_missing")["text"]
    assert status(home)[1] == FAIL
    os.rename(home.drop_folder + ".away", home.drop_folder)
    wait_without(home, "folder_missing")


def test_what_was_not_taken_is_counted_with_its_time(region, home):
    home.drop("bad.csv", export(row("bed_1", "occupied", 1), row("bed_1", "free", 2)))
    home.drop("unknown.txt", "nobody reads this")
    ahead = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    home.drop("ahead.csv", export(row("bed_2", "occupied", 1).replace(at(1), ahead)))
    for code in ("quarantine", "files_waiting", "dead_letters"):
        wait_finding(home, code)
    said, code = status(home)
    assert code == WARN and said["quarantined"] == 1 and said["quarantined_since"] and said["dead_letters"] == 1
    dead = home.json("outbox", "list", "--dead")["dead_letters"]
    assert len(dead) == 1 and dead[0]["reason"]


def test_a_disk_that_is_nearly_full_stops_intake_and_is_told(region, new_home):
    home = new_home(settings={"min_free": f"{shutil.disk_usage('/tmp').free // 2**30 + 1000}GiB"})
    home.drop("1.csv", Story(4).file(2))
    found = wait_finding(home, "disk_full")
    assert "wanted" in found["text"] and status(home)[1] == FAIL and home.waiting() == ["1.csv"]


def test_a_disk_that_is_really_full_is_told_and_its_files_are_taken_when_there_is_room(region, new_home):
    """A file system of 24 MiB for the outbox, filled to the last byte."""
    home = new_home(start=False, settings={"min_free": "0B"})
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", home.state], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("needs root and the right to mount: a small file system is filled")
    try:
        home.start()
        wait_for(lambda: status(home)[0]["line"] == "up", "the first answer")
        filler = os.path.join(home.state, "filler")
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                pass
        story = Story(9, beds=300)
        home.drop("1.csv", story.file(3000))
        wait_finding(home, "disk_full")
        assert home.waiting() == ["1.csv"]
        os.remove(filler)
        home.wait_shipped()
        wait_without(home, "disk_full")
        assert region.beds(home.facility) == story.beds
    finally:
        home.stop()
        subprocess.run(["umount", "-l", home.state], check=True)


@pytest.mark.parametrize("minutes,code,level", [(-10, "clock_ahead", "fail"), (-1, "clock_ahead", "warn"),
                                                (10, "clock_behind", "warn")])
def test_a_clock_that_is_wrong_is_told_with_how_far_and_which_way(region, new_home, minutes, code, level):
    """The region's clock, as the answers tell it, is so many minutes from the home's."""
    def shifted(line, handler):
        line.faults.append(shifted)
        answered, body = line.forward(handler.batch)
        said = json.loads(body)
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
        said["clock"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        handler.answer(answered, json.dumps(said).encode())

    home = new_home(start=False, settings={"heartbeat": "1s"})
    line = BadLine(region, home)
    line.faults = [shifted]
    try:
        home.start()
        assert wait_finding(home, code)["level"] == level
        wait_for(lambda: re.search(r"\b(9|10) min|\b(59|60) s", findings(home)[code]["text"]), "an answer that took no long way", 60, 0.1)
        line.faults = []
        wait_without(home, code)
    finally:
        home.stop()
        line.close()


def test_an_outbox_put_back_from_a_backup_is_told_loudly(region, home):
    home.drop("1.csv", Story(5).file(5))
    home.wait_shipped()
    home.stop()
    backup = shutil.copytree(home.state, home.state + ".backup", ignore=shutil.ignore_patterns("*.wake", "archive"))
    home.start()
    home.drop("2.csv", export(row("bed_a", "occupied", 50)))
    home.wait_shipped()
    home.stop()
    for name in os.listdir(backup):
        if name.startswith("outbox.db"):
            shutil.copy(os.path.join(backup, name), home.state)
    home.start()
    found = wait_finding(home, "new_epoch")
    assert "numbered anew" in found["text"] and status(home)[0]["epoch_reason"] in found["text"]


def test_an_answer_of_an_older_region_proves_nothing_and_breaks_nothing(region, new_home):
    def plain(line, handler):
        line.faults.append(plain)
        answered, body = line.forward(handler.batch)
        said = json.loads(body)
        said.pop("clock")
        said.pop("in_sync", None)
        handler.answer(answered, json.dumps(said).encode())

    home = new_home(start=False, settings={"heartbeat": "1s"})
    line = BadLine(region, home)
    line.faults = [plain]
    try:
        home.start()
        home.drop("1.csv", Story(6).file(3))
        home.wait_shipped()
        said, _ = wait_for(lambda: (lambda s: s if s[0]["line"] == "up" else None)(status(home)), "an answer")
        assert said["in_sync_as_of"] is None and said["clock_ahead_ms"] is None and said["findings"] == []
    finally:
        home.stop()
        line.close()


# ---- two roads ----


def test_a_road_that_fails_while_another_carries_is_a_warning(two_roads, sftp):
    home = Home(two_roads, "fac_home", [ADAPTER], settings={"transports": "[sftp, https]", "failover_after": 1}).start()
    wait_for(lambda: status(home)[0]["line"] == "up", "the first answer")
    wait_for(lambda: status(home)[0]["findings"] == [], "all to be well")
    assert [r["state"] for r in status(home)[0]["roads"]] == ["up", "starting"]
    assert "in reserve, not needed since syncd began" in home.cli("status").stdout
    sftp.stop()
    home.drop("1.csv", Story(7).file(3))
    home.wait_shipped()
    found = wait_finding(home, "road_down")
    assert "over sftp" in found["text"] and "tried again" in found["text"]
    said, code = status(home)
    assert code == WARN and [(r["state"], r["carries"]) for r in said["roads"]] == [("down", False), ("up", True)]
    sftp.start()
    home.syncd.child.send_signal(signal.SIGHUP)
    home.drop("2.csv", export(row("bed_a", "occupied", 50)))
    home.wait_shipped()
    wait_without(home, "road_down")


def test_an_ssh_server_with_another_key_is_told_and_not_trusted(two_roads, sftp):
    home = Home(two_roads, "fac_home", [ADAPTER], settings={"transports": "[sftp]"})
    sftp.stop()
    sftp.new_host_key()
    sftp.start()
    home.start()
    found = wait_finding(home, "line_needs_person")
    assert "host key" in found["text"] and "new key" in found["todo"] and status(home)[1] == FAIL


def test_a_region_that_does_not_read_its_inbox_is_left_for_the_other_road_soon(two_roads, sftp):
    home = Home(two_roads, "fac_home", [ADAPTER], settings={"transports": "[sftp, https]"}).start()
    wait_for(lambda: status(home)[0]["line"] == "up", "the first answer")
    two_roads.daemon.stop()
    with open(two_roads.config, encoding="utf-8") as file:
        config = file.read()
    with open(two_roads.config, "w", encoding="utf-8") as file:
        file.write(re.sub(r", sftp: \{inbox: [^}]*\}", "", config))
    two_roads.start()
    home.drop("1.csv", Story(8).file(3))
    home.wait_shipped(60)  # after the time for one answer, not for three
    assert "in time" in wait_finding(home, "road_down")["text"]


def test_a_bed_set_at_the_region_is_marked_as_such(region, home):
    home.drop("1.csv", export(row("bed_1", "available"), row("bed_2", "available")))
    home.wait_shipped()
    answer = region.request("PUT", f"/api/facilities/{home.facility}/beds/bed_1/status",
                            region.token("FACILITY_STAFF", home.facility), json.dumps({"status": "occupied"}),
                            {"Content-Type": "application/json", "If-Match": '"1"'})
    assert answer.status == 200, answer.body

    def beds():
        return {b["bed_id"]: (b["status"], b["set_by"], b["source"], b["told_at"] is not None) for b in home.json("bed", "list")["beds"]}

    wait_for(lambda: beds() == {"bed_1": ("occupied", "region", "region", True), "bed_2": ("available", "home", "ehr", False)},
             "the change to come home")
    home.cli("bed", "set", "bed_2", "maintenance", "--by", "user_vakt")
    assert beds()["bed_2"] == ("maintenance", "home", "board", False)
    home.drop("2.csv", export(row("bed_2", "reserved", -3600)))  # late: what the board said stands, and no event of its own tells it any more
    home.drop("3.csv", export(row("bed_3", "available")))
    wait_for(lambda: beds().get("bed_3") == ("available", "home", "ehr", False), "the last file")
    assert beds()["bed_2"] == ("maintenance", "home", None, False)


def test_a_line_that_is_passed_through_untouched_still_agrees(region, new_home):
    home = new_home(start=False, settings={"heartbeat": "1s"})
    line = BadLine(region, home)
    line.faults = [bad_line.passed_on]
    try:
        home.start()
        wait_for(lambda: status(home)[0]["in_sync_as_of"], "home and region to agree")
    finally:
        home.stop()
        line.close()


def test_what_waits_can_be_taken_out_as_lines_however_much_it_is(new_home):
    home, story = new_home(start=False), Story(10)
    home.watcher.start()
    home.drop("1.csv", story.file(2500))
    home.wait_taken_in()

    def exported(*words):
        return [json.loads(line) for line in home.cli("outbox", "export", *words).stdout.splitlines()]

    events = exported()
    assert [e["seq"] for e in events] == list(range(1, 2501))
    assert {e["bed_id"]: e["new_status"] for e in events} == story.beds
    assert all(e["patient_ref"] is None and e["facility_id"] == home.facility for e in events)
    assert [e["seq"] for e in exported("--after", "1200", "-n", "1100")] == list(range(1201, 2301))
    home.syncd.start()
    home.wait_shipped()
    assert exported() == [] and exported("--all") == events


def test_who_may_not_look_is_told_so_and_nothing_else(region, home):
    nobody = ["runuser", "-u", "nobody", "--"]
    if os.geteuid() != 0 or subprocess.run([*nobody, "test", "-x", program("bedpost")], check=False).returncode != 0:
        pytest.skip("needs root, and a build that others may run: another account looks")
    wait_for(lambda: status(home)[0]["line"] == "up", "the first answer")
    os.chmod(home.state, 0o750)
    for command in ("status", "doctor"):
        done = subprocess.run([*nobody, program("bedpost"), command, "--json", "--config", home.config],
                              capture_output=True, text=True, check=False)
        said = json.loads(done.stdout)
        codes = {f["code"] for f in said.get("findings", said.get("checks")) if f["level"] == "fail"}
        assert codes == {"outbox_denied"}, (command, done.stdout)
