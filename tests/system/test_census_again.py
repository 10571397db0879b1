"""A census that is read again is measured as one that is dropped, what a person refused stays refused, and an older one overwrites nothing."""
import os

import pytest

from .censuses import BEDS, CENSUS, bedpost, census, drop, mend, state
from .invariants import nothing_lost_nothing_doubled

MENDED = CENSUS.replace('"{status}"', '{from: "{status}", map: {asleep: available, occupied: occupied, available: available}}')


def asleep(seconds, beds, without=()):
    """With a code that the adapter does not know."""
    text = census(seconds, without=without)
    for bed in beds:
        text = text.replace(f"{bed},occupied", f"{bed},asleep")
    return text


def replay(home, *words, code=0, **env):
    bedpost(home, "quarantine", "replay", *words, code=code, **env)


def rows(home, *words, code=0):
    """What a dry run tells, which must be what the run itself tells then."""
    dry = bedpost(home, "quarantine", "replay", "--json", "--dry-run", *words, code=code)
    assert bedpost(home, "quarantine", "replay", "--json", *words, code=code) == dry
    return dry


def free(home):
    return {bed["bed_id"] for bed in home.json("bed", "list")["beds"] if bed["status"] == "available"}


@pytest.fixture
def home(new_home):
    made = new_home(adapters=[CENSUS])
    drop(made, "1.csv", census(0), "archived")
    return made


def test_what_a_person_refused_stays_refused_until_it_is_named_and_is_measured_again_then(region, home):
    drop(home, "2.csv", census(60, free=BEDS), "held")
    bedpost(home, "files", "reject", "2.csv")
    told = bedpost(home, "quarantine", "replay")
    assert "passed over: file 2, a census that a person refused" in told and "replay --file 2 --refused" in told
    assert '"refused":1' in rows(home)
    assert "a person refused it" in bedpost(home, "quarantine", "replay", "2.csv", code=1)
    replay(home, "--refused", code=2)
    replay(home, "1.csv", "--refused", code=1)
    assert state(home, "2.csv") == "rejected" and not free(home)
    assert "held: 12 of 12 beds would change" in rows(home, "2.csv", "--refused", code=1)
    assert state(home, "2.csv") == "held" and not free(home)
    assert len(home.json("files", "show", "2.csv")["beds"]) == 12
    assert "it is held" in bedpost(home, "quarantine", "replay", "2.csv", code=1)
    bedpost(home, "files", "reject", "2.csv")
    replay(home)
    assert state(home, "2.csv") == "rejected"
    mend(home, MENDED.replace("available: available", "available: occupied"))  # the code meant something else, after all
    replay(home, "--file", "2", "--refused")
    assert state(home, "2.csv") == "archived" and not free(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 12)


@pytest.mark.parametrize("point", ["mid_events:3", "after_judge", "before_commit", "after_commit"])
def test_a_rejected_census_that_is_far_off_is_held_when_it_is_read_again(region, home, point):
    drop(home, "2.csv", asleep(60, BEDS[:8]), "rejected")
    mend(home, MENDED)
    assert "held: 8 of 12 beds would change (8 occupied to available)" in bedpost(home, "quarantine", "replay", "--dry-run", code=1)
    assert state(home, "2.csv") == "rejected"
    replay(home, code=-9, BEDPOST_KILL_AT=point)
    assert state(home, "2.csv") == ("held" if point == "after_commit" else "rejected")
    replay(home, code=0 if point == "after_commit" else 1)
    assert state(home, "2.csv") == "held" and not free(home) and home.json("quarantine", "list")["quarantine"] == []
    bedpost(home, "files", "release", "2.csv", code=-9, BEDPOST_KILL_AT=point)
    if point != "after_commit":
        bedpost(home, "files", "release", "2.csv")
    assert state(home, "2.csv") == "archived" and free(home) == set(BEDS[:8])
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 20)
    assert home.cli("outbox", "verify").returncode == 0


def test_what_a_newer_census_told_of_a_bed_stands_whether_it_was_news_then_or_not(region, home):
    drop(home, "2.csv", asleep(60, BEDS[:8]), "rejected")
    drop(home, "3.csv", asleep(60, BEDS[2:9], without=BEDS[:1]), "rejected")
    drop(home, "4.csv", census(0, without=BEDS[:1]), "archived")  # all as they were known: no event, and no time of a change
    assert home.outbox()["last"] == 12
    mend(home, MENDED)
    assert "of 11 beds a newer census has told since" in rows(home, "2.csv")
    assert state(home, "2.csv") == "archived" and free(home) == {BEDS[0]}
    assert "superseded: newer censuses have told of all its beds" in rows(home)
    assert state(home, "3.csv") == "superseded" and free(home) == {BEDS[0]}
    assert '"files":[]' in rows(home)
    drop(home, "5.csv", census(0, without=BEDS[:6]), "archived")  # 5 that are not there any more, of 11: measured by 4.csv
    drop(home, "6.csv", census(0, without=BEDS[:1]), "archived")
    drop(home, "7.csv", census(0, without=BEDS[:7]), "held")
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 13)
    assert region.beds(home.facility) == {bed: "available" if bed == BEDS[0] else "occupied" for bed in BEDS}


@pytest.mark.parametrize("point", ["after_judge", "before_commit", "after_commit"])
def test_of_a_census_that_was_taken_many_records_in_quarantine_stay_there_until_a_person_says_so(region, home, point):
    drop(home, "2.csv", census(30, without=BEDS[:3]), "archived")
    drop(home, "3.csv", asleep(60, BEDS[:6]), "archived")
    mend(home, MENDED)
    assert "6 of 12 beds would change (6 occupied to available), 0 are not in it, 0 are new: left in quarantine" in rows(home, code=1)
    assert state(home, "3.csv") == "archived" and not free(home) and len(home.json("quarantine", "list")["quarantine"]) == 6
    replay(home, "--far-off", code=2)
    replay(home, "--file", "3", "--far-off", code=-9, BEDPOST_KILL_AT=point)
    replay(home, "--file", "3", "--far-off")
    assert free(home) == set(BEDS[:6]) and home.json("quarantine", "list")["quarantine"] == []
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 18)


def test_a_dry_run_of_several_tells_what_the_run_does_each_measured_by_the_one_before(region, home):
    """Ten beds would change from the first to the last, five from each to the next; what is held gives way to the next, too."""
    for n, beds in ((2, BEDS[:5]), (3, BEDS[:10]), (4, BEDS[10:]), (5, BEDS[2:10])):
        drop(home, f"{n}.csv", census(60 * n, free=beds).replace("status", "tilstand", 1), "rejected")
    mend(home, CENSUS.replace('"{status}"', '"{tilstand}"'))
    told = rows(home, code=1)
    assert told.count('"held":true') == 1 and told.count('"replayed":true') == 3
    assert [state(home, f"{n}.csv") for n in range(2, 6)] == ["archived", "archived", "superseded", "archived"]
    assert free(home) == set(BEDS[2:10])
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 12 + 5 + 5 + 2)


def test_a_census_held_when_it_was_read_again_gives_way_to_the_next_one(home):
    drop(home, "2.csv", asleep(60, BEDS[:8]), "rejected")
    mend(home, MENDED)
    replay(home, code=1)
    drop(home, "3.csv", census(120, free=BEDS[:2]), "archived")
    assert state(home, "2.csv") == "superseded" and free(home) == set(BEDS[:2])
    replay(home)
    assert "nothing to read again" in bedpost(home, "quarantine", "replay", "2.csv", code=1)


def test_what_is_bad_in_a_census_that_says_the_same_once_more_stands_in_quarantine_once(region, home):
    drop(home, "2.csv", asleep(60, BEDS[:2]), "archived")
    drop(home, "3.csv", asleep(60, BEDS[:2]), "archived")  # another time is another statement
    listed = home.json("quarantine", "list")["quarantine"]
    assert [(row["file_id"], row["record"]) for row in listed] == [(3, 1), (3, 2)]
    assert [home.json("files", name)["files"][0]["bad"] for name in ("2.csv", "3.csv")] == [0, 2]
    mend(home, MENDED)
    replay(home)
    assert home.json("quarantine", "list")["quarantine"] == [] and free(home) == set(BEDS[:2])
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 14)


def test_of_a_copy_that_is_named_only_that_file_is_read(home, tmp_path):
    drop(home, "2.csv", asleep(60, BEDS[:2]), "archived")
    drop(home, "3.csv", asleep(120, BEDS[:3]), "archived")
    mend(home, MENDED)
    copy = tmp_path / "copy.csv"
    copy.write_text(asleep(60, BEDS[:2]))
    assert '"file_id":2,' in rows(home, "--from", str(copy)) and free(home) == set(BEDS[:2])
    assert len(home.json("quarantine", "list")["quarantine"]) == 3
    copy.write_text("something else")
    replay(home, "--from", str(copy), code=1)


def test_an_adapter_of_the_home_is_found_by_its_files_name_from_anywhere(home, tmp_path):
    (name,) = os.listdir(home.adapters)
    sample = tmp_path / "sample.csv"
    sample.write_text(census(0))
    for words in (("try", str(sample), "--adapter", name), ("check", name)):
        assert "adapter census" in bedpost(home, "adapter", *words)
    assert len(home.json("bed", "list", "-n", "5")["beds"]) == 5
