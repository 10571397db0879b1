"""Reports on a schedule: each period once, what was missed made up for, one that is wrong stops no other, no half file."""
import json
import os
import signal
import subprocess

import psycopg2
import pytest

from tests.stack.process import TOP, program, wait_for
from tests.stack.region import Region

MONDAY = "2026-11-23T08:00:00Z"  # 09:00 in Oslo


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    """Set up but not running: reports need its database only."""
    made = Region(os.path.join(server_folder, "schedule"), postgres).create()
    made.sql("INSERT INTO facilities (id, name, region_id, timezone) VALUES ('fac_a', 'A', 'reg_norge', 'Europe/Oslo')")
    return made


class Schedule:
    """A schedule in a folder of its own, and runs of it."""

    def __init__(self, region, folder, reports, head=""):
        self.region, self.folder, self.path = region, os.path.join(folder, "out"), os.path.join(folder, "reports.yaml")
        os.makedirs(self.folder, exist_ok=True)
        self.write(reports, head)

    def write(self, reports, head=""):
        lines = [f"folder: {self.folder}", "zone: Europe/Oslo", *head.splitlines(), "reports:",
                 *(r if isinstance(r, str) else "  - " + json.dumps(r) for r in reports)]
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def command(self, *words):
        return [program("bedpost-report"), "--schedule", self.path, "--config", self.region.config, *words]

    def run(self, *words, at=MONDAY, code=0):
        """{file: outcome} of what was said, and its errors."""
        done = subprocess.run(self.command("--json", "--at", at, *words), capture_output=True, text=True, check=False)
        assert done.returncode == code, (done.returncode, done.stderr)
        self.errors = done.stderr
        return {os.path.basename(r["file"]): r["outcome"] for r in json.loads(done.stdout or "[]") if r["file"]}

    def files(self):
        return sorted(os.listdir(self.folder))


def report(**other):
    return {"name": "x", "report": "occupancy", "formats": ["csv"], "range": "yesterday", "at": "06:00", **other}


def test_each_period_is_made_once_and_what_was_missed_is_made_up_for(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(formats=["csv", "json"], catch_up=2)])
    first = schedule.run()
    assert first == {f"x_2026-11-{day}.{form}": "written" for day in (21, 22) for form in ("csv", "json")}
    with open(os.path.join(schedule.folder, "x_2026-11-22.json"), encoding="utf-8") as file:
        told = json.load(file)["parameters"]
    assert (told["from"], told["through"], told["zone"]) == ("2026-11-22", "2026-11-22", "Europe/Oslo")
    before = {f: os.stat(os.path.join(schedule.folder, f)).st_mtime_ns for f in schedule.files()}
    assert set(schedule.run().values()) == {"made"}
    assert before == {f: os.stat(os.path.join(schedule.folder, f)).st_mtime_ns for f in schedule.files()}
    assert set(schedule.run(at="2026-11-24T04:59:59Z").values()) == {"made"}  # not due yet
    late = schedule.run(at="2026-11-26T12:00:00Z")  # days later
    assert late == {f"x_2026-11-{day}.{form}": "written" for day in (24, 25) for form in ("csv", "json")}


def test_weeks_and_months_are_named_as_what_they_are(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(name="w", range="last_week", catch_up=1),
                                             report(name="m", range="last_month", catch_up=2, file="{report}-{period}.csv"),
                                             report(name="h", report="have", formats=["xml"], range="now")])
    assert schedule.run() == {"w_2026-W47.csv": "written", "occupancy-2026-09.csv": "written", "occupancy-2026-10.csv": "written",
                              "h_2026-11-23.xml": "written"}


def test_old_files_of_its_own_go_and_no_others(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(keep=2, catch_up=2)])
    foreign = ["x_2026-11-0.csv", "x_2020-01-01.pdf", "y_2020-01-01.csv", "x_2020-01-01.csv.old", ".x_2020-01-01.csv", "notes.txt"]
    for name in (*foreign, "x_2020-01-01.csv", ".x_2026-11-20.csv.0123456789abcdef"):
        with open(os.path.join(schedule.folder, name), "w", encoding="utf-8"):
            pass
    assert schedule.run() == {"x_2026-11-21.csv": "written", "x_2026-11-22.csv": "written", "x_2020-01-01.csv": "removed"}
    assert schedule.files() == sorted([*foreign, "x_2026-11-21.csv", "x_2026-11-22.csv"])


def test_now_makes_the_last_period_again(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(catch_up=2), report(name="y", catch_up=2)])
    schedule.run()
    assert schedule.run("--now", "--only", "y") == {"y_2026-11-22.csv": "written"}
    assert schedule.run("--only", "z", code=3) == {}


@pytest.mark.parametrize("wrong,says", [
    ({"report": "occupation"}, "no such report"),
    ({"formats": ["cvs"]}, "a format is"),
    ({"formats": "csv"}, "formats is a list"),
    ({"range": "last_year"}, "range"),
    ({"range": "now"}, "now is for exports"),
    ({"report": "have", "formats": ["xml"]}, "range is now"),
    ({"report": "have", "formats": ["csv"], "range": "now"}, "as xml only"),
    ({"at": "25:00"}, "time of day"),
    ({"at": 360}, "time of day"),
    ({"zone": "Europe/Utopia"}, "time zone database"),
    ({"facility": "Home"}, "facility wants an id"),
    ({"bed": "bed_1"}, "takes no bed"),
    ({"report": "facility-history"}, "give its facility"),
    ({"file": "x.csv"}, "{period} once"),
    ({"file": "../{period}.csv"}, "without"),
    ({"file": "{year}_{period}.csv"}, "in braces"),
    ({"file": "{period}", "formats": ["csv", "pdf"]}, "{format}"),
    ({"folder": "out"}, "absolute path"),
    ({"keep": 1}, "catch_up"),
    ({"colour": "red"}, "unknown key")])
def test_what_is_wrong_is_said_with_its_place_and_stops_no_other(region, tmp_folder, wrong, says):
    schedule = Schedule(region, tmp_folder, [report(name="bad", **{k: v for k, v in wrong.items()}), report(name="good", catch_up=1)])
    assert schedule.run(code=4) == {"good_2026-11-22.csv": "written"}
    assert f"{schedule.path}:4:" in schedule.errors and says in schedule.errors
    assert schedule.run("--check", code=4)["good_2026-11-22.csv"] == "made"


def test_one_that_fails_stops_no_other(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(name="a", facility="fac_none", catch_up=1),
                                             report(name="b", folder=tmp_folder + "/none", catch_up=1), report(name="c", catch_up=1)])
    assert schedule.run(code=1) == {"a_2026-11-22.csv": "failed", "b_2026-11-22.csv": "failed", "c_2026-11-22.csv": "written"}
    assert "fac_none" in schedule.errors and schedule.files() == ["c_2026-11-22.csv"]


def test_two_reports_never_share_a_file(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(name="a", file="f_{period}.csv", catch_up=1),
                                             report(name="b", file="f_{period}.{format}", catch_up=1)])
    schedule.run(code=4)
    assert "names of those of \"a\"" in schedule.errors and schedule.files() == ["f_2026-11-22.csv"]


def test_check_makes_nothing_and_tells_what_comes(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(catch_up=1)])
    done = subprocess.run(schedule.command("--check", "--json", "--at", MONDAY), capture_output=True, text=True, check=True)
    due, coming = json.loads(done.stdout)
    assert (due["outcome"], due["due_at"], due["period"]) == ("due", "2026-11-23T05:00:00Z", "2026-11-22")
    assert (coming["outcome"], coming["due_at"], coming["period"]) == ("next", "2026-11-24T05:00:00Z", "2026-11-23")
    assert schedule.files() == []


def test_the_sample_is_a_schedule(region):
    done = subprocess.run([program("bedpost-report"), "schedule", f"{TOP}/samples/reports.yaml", "--check"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_killed_run_leaves_no_half_report_and_the_next_one_makes_it(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(report="alerts", catch_up=1)])
    holder = psycopg2.connect(region.postgres.conninfo(region.database))
    holder.cursor().execute("SET ROLE bedpost_owner; LOCK TABLE alert_history IN ACCESS EXCLUSIVE MODE")
    with subprocess.Popen(schedule.command("--at", MONDAY), stdout=subprocess.DEVNULL) as run:
        wait_for(schedule.files, "the report to be begun")
        assert [f[:18] for f in schedule.files()] == [".x_2026-11-22.csv."]
        other = subprocess.run(schedule.command("--at", MONDAY), capture_output=True, text=True, check=False)
        assert other.returncode == 75 and "another run" in other.stderr
        run.send_signal(signal.SIGKILL)
    holder.close()
    assert schedule.run() == {"x_2026-11-22.csv": "written"}
    assert schedule.files() == ["x_2026-11-22.csv"]


def test_a_database_that_is_away_is_tried_again_by_the_next_run(region, tmp_folder):
    schedule = Schedule(region, tmp_folder, [report(catch_up=1)])
    assert schedule.run("--database", f"host={tmp_folder} dbname=x", code=75) == {"x_2026-11-22.csv": "failed"}
    assert schedule.run() == {"x_2026-11-22.csv": "written"}
