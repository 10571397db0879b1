"""A census that is far off waits for a person: released it counts once, refused it does not, and a newer one takes its place."""
import json
import os

import pytest

from tests.stack.board import Board
from tests.stack.process import wait_for

from .censuses import BEDS, CENSUS, bedpost, census, codes, drop, mend, state
from .exports import at
from .invariants import nothing_lost_nothing_doubled


@pytest.fixture
def home(new_home):
    made = new_home(adapters=[CENSUS], settings=Board.settings({}))
    drop(made, "1.csv", census(0), "archived")
    made.wait_shipped()
    return made


def test_what_is_far_off_is_held_shown_and_released_with_its_own_times(region, home):
    drop(home, "2.csv", census(60, free=BEDS[:3]), "archived")  # a quarter: no more than usual
    drop(home, "3.csv", census(120, free=BEDS[3:10], without=BEDS[10:]), "held")
    home.wait_shipped()
    assert home.outbox()["last"] == 15 and "census_held" in codes(home)
    assert "10 of 12 beds would change (3 available to occupied, 7 occupied to available), 2 are not in it" in home.cli("files").stdout
    shown = home.json("files", "show", "3.csv")
    assert (shown["known"], shown["changed"], shown["vanished"], shown["added"]) == (12, 10, 2, 0)
    assert {"bed_id": "bed_03", "was": "occupied", "becomes": "available"} in shown["beds"]
    assert {"bed_id": "bed_11", "was": "occupied", "becomes": "not in it"} in shown["beds"] and len(shown["beds"]) == 12
    bedpost(home, "quarantine", "replay")  # does not decide for a person
    assert state(home, "3.csv") == "held"
    home.cli("bed", "set", "bed_05", "maintenance")  # newer than the census: stays
    assert "a dry run" in bedpost(home, "files", "release", "3.csv", "--dry-run")
    assert state(home, "3.csv") == "held"
    bedpost(home, "files", "release", "3.csv")
    home.wait_shipped()
    beds = region.beds(home.facility)
    assert beds["bed_05"] == "maintenance" and beds["bed_03"] == "available" and beds["bed_00"] == "occupied" and beds["bed_11"] == "occupied"
    (changed,) = region.sql("SELECT to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM beds "
                            f"WHERE facility_id = '{home.facility}' AND id = 'bed_03'")
    assert changed[0] == at(120)
    assert "census_held" not in codes(home) and home.cli("outbox", "verify").returncode == 0
    nothing_lost_nothing_doubled(region, home, 12 + 3 + 10 + 1)
    bedpost(home, "files", "release", "3.csv", code=3)
    drop(home, "4.csv", census(180, free=BEDS[3:10], without=BEDS[10:]), "archived")  # who was left out before is no news


def test_who_is_refused_changes_nothing_and_a_newer_one_takes_the_place_of_one_that_is_held(region, home):
    drop(home, "2.csv", census(60, free=BEDS), "held")
    board = Board(home)
    wait_for(lambda: board.picture()["held"] == 1 and board.picture()["held_since"], "the board to say that a census waits", 60, 0.1)
    bedpost(home, "files", "reject", "2.csv")
    wait_for(lambda: board.picture()["held"] == 0, "the board to say nothing of it", 60, 0.1)
    assert board.picture()["held_since"] is None
    assert state(home, "2.csv") == "rejected" and "census_held" not in codes(home)
    drop(home, "3.csv", census(120, free=BEDS), "held")
    drop(home, "4.csv", census(180, free=BEDS[1:]), "held")
    assert state(home, "3.csv") == "superseded"
    bedpost(home, "files", "release", "3.csv", code=3)
    assert codes(home).count("census_held") == 1
    drop(home, "5.csv", census(240, free=BEDS[:1]), "archived")
    assert state(home, "4.csv") == "superseded" and "census_held" not in codes(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 12 + 1)

    def told(name, result):
        try:
            with open(os.path.join(home.state, "ack", name + ".ack.json"), encoding="utf-8") as file:
                return json.load(file)["result"] == result
        except FileNotFoundError:
            return False

    wait_for(lambda: told("2.csv", "rejected") and told("3.csv", "superseded") and told("5.csv", "taken"), "the result files", 60, 0.1)


@pytest.mark.parametrize("point", ["mid_events:3", "before_commit", "after_commit"])
def test_a_kill_while_one_is_released_repeats_or_completes(region, home, point):
    drop(home, "2.csv", census(60, free=BEDS), "held")
    bedpost(home, "files", "release", "2.csv", code=-9, BEDPOST_KILL_AT=point)
    assert state(home, "2.csv") == ("archived" if point == "after_commit" else "held")
    bedpost(home, "files", "release", "2.csv", code=3 if point == "after_commit" else 0)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 24)
    assert set(region.beds(home.facility).values()) == {"available"} and home.cli("outbox", "verify").returncode == 0


def test_of_a_census_records_in_quarantine_are_read_again_and_others_are_not(region, home):
    text = census(60).replace("bed_00,occupied", "bed_00,asleep").replace("bed_01,occupied", "bed_01,available")
    drop(home, "2.csv", text, "archived")
    assert home.outbox()["last"] == 13
    mend(home, CENSUS.replace('"{status}"', '{from: "{status}", map: {asleep: reserved, occupied: occupied, available: reserved}}'))
    bedpost(home, "quarantine", "replay")
    home.wait_shipped()
    beds = region.beds(home.facility)
    assert (beds["bed_00"], beds["bed_01"]) == ("reserved", "available")
    nothing_lost_nothing_doubled(region, home, 14)
