"""`bedpost explain`: from the bytes of a file to the region's answer and back, also when the file lies in the archive."""
import json
import os
import subprocess

from tests.stack.process import SANITIZER_ENV, program, wait_for

from .exports import ADAPTER, HEADER, at, export, row

NAME = "Kari Nordmann"
ROWS = [row("bed_1", "occupied", note=NAME), row("bed_2", "asleep", 1, note=NAME), row("bed_3", "reserved", 5), row("bed_1", "available", 9)]
MIXED = export(*ROWS)


def explain(home, *words, code=0):
    done = subprocess.run([program("bedpost"), "explain", *words, "--config", home.config], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **SANITIZER_ENV}, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Nordmann" not in done.stdout + done.stderr and "asleep" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def explained(home, *words):
    return json.loads(explain(home, *words, "--json"))


def test_each_record_is_followed_from_its_bytes_to_the_regions_answer(region, new_home):
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    told = explained(home, "mixed.csv")
    assert (told["file"]["state"], told["file"]["encoding"], told["file"]["remark"]) == ("archived", "utf-8", None)
    assert [(r["record"], r["line"], r["made"], r["seq"]) for r in told["records"]] == [
        (1, 2, "event", 1), (2, 3, "bad", None), (3, 4, "event", 2), (4, 5, "event", 3)]
    first, bad, _, last = told["records"]
    start = len(HEADER)
    assert (first["offset"], first["bytes"]) == (start, f"{start}-{start + len(ROWS[0]) - 1}")
    assert last["bytes"].endswith(f"-{len(MIXED) - 1}")
    assert (first["bed_id"], first["new_status"], first["changed_at"]) == ("bed_1", "occupied", at(0))
    assert (first["transport"], first["batch_first"], first["outcome"]) == ("https", 1, "applied")
    assert first["answered_at"] >= first["added_at"]
    assert bad["why"].startswith("unmapped in status (letters):") and bad["outcome"] is None
    text = explain(home, "mixed.csv")
    print(text)
    assert "applied" in text and "https" in text
    assert [r["record"] for r in explained(home, "mixed.csv", "--line", "4")["records"]] == [3]


def test_a_beds_chain_tells_file_line_answer_and_who_set_it(region, new_home):
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    home.drop("late.csv", export(row("bed_1", "reserved", 4, was="occupied", by="berg")))
    home.wait_shipped()
    home.cli("bed", "set", "bed_1", "maintenance", "--by", "user_vakt")
    home.wait_shipped()
    told = explained(home, "bed_1")
    assert (told["bed"]["status"], told["bed"]["before"], told["bed"]["set_by"]) == ("maintenance", "available", "user_vakt")
    assert [(e["new_status"], e["file_id"], e["line"], e["outcome"]) for e in told["events"]] == [
        ("occupied", 1, 2, "applied"), ("available", 1, 5, "applied"), ("reserved", 2, 2, "late"), ("maintenance", None, None, "applied")]
    assert told["events"][3]["source"] == "set by hand at the home"
    assert told["events"][2]["why"]
    print(explain(home, "bed_1"))
    assert len(explained(home, "bed_1", "-n", "1")["events"]) == 1
    assert "no bed, and no file" in explain(home, "bed_9", code=3)


def test_what_is_not_answered_waits_and_what_is_refused_says_why(region, new_home):
    home = new_home()
    home.syncd.stop()
    ahead = row("bed_2", "occupied").replace("2026-04-20", "2199-04-20")
    home.drop("two.csv", export(row("bed_1", "occupied"), ahead))
    home.wait_taken_in()
    assert {r["outcome"] for r in explained(home, "two.csv")["records"]} == {"waiting"}
    home.syncd.start()
    home.wait_shipped()
    applied, refused = explained(home, "two.csv")["records"]
    assert (applied["outcome"], refused["outcome"]) == ("applied", "rejected")
    assert "5 minutes" in refused["why"] or "ahead" in refused["why"] or "future" in refused["why"]


def test_why_a_record_made_nothing(new_home):
    """A status that changes no bed, a census's bed that is as it was, the same bytes again, a file that was rejected whole."""
    adapter = ADAPTER.replace('"{status}"', '{from: "{status}", map: {occupied: occupied, available: available, away: ~}}')
    census = ADAPTER.replace("adapter: plain", "adapter: census\nmode: census").replace('"*.csv"', '"*.tsv"')
    home = new_home(adapters=[adapter, census])
    home.drop("null.csv", export(row("bed_1", "away"), row("bed_2", "occupied")))
    home.drop("again.csv", export(row("bed_1", "away"), row("bed_2", "occupied")))
    home.wait_taken_in()
    home.drop("list.tsv", export(row("bed_2", "occupied", 60), row("bed_3", "available", 60)))
    home.drop("drift.csv", export(row("bed_9", "occupied")).replace("status", "tilstand", 1))
    home.wait_taken_in()
    home.wait_shipped()
    id_of = {name: explained(home, name)["file"]["file_id"] for name in ("null.csv", "again.csv")}
    twice = sorted(id_of, key=id_of.get)
    nothing, made = explained(home, twice[0])["records"]
    assert (nothing["made"], nothing["why"], made["made"]) == ("nothing", "records whose status is mapped to null", "event")
    same = explained(home, twice[1])
    assert same["file"]["duplicate_of"] == id_of[twice[0]] and same["records"][1]["seq"] == made["seq"]
    unchanged, new = explained(home, "list.tsv")["records"]
    assert (unchanged["made"], unchanged["bed_id"], new["made"]) == ("unchanged", "bed_2", "event")
    drift = explained(home, "drift.csv")
    assert drift["file"]["state"] == "rejected" and "tilstand" in drift["file"]["reason"] and drift["records"] == []


def test_a_sealed_file_says_how_to_open_it_and_is_explained_from_what_was_opened(region, new_home, tmp_folder):
    key = os.path.join(tmp_folder, "archive.key")
    subprocess.run([program("bedpost"), "archive", "key", "--out", key], check=True, capture_output=True)
    home = new_home(settings={"archive": f"{{mode: sealed, key: {key}.pub}}"})
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    told = explained(home, "mixed.csv")
    assert "bedpost archive open" in told["file"]["remark"] and "--from" in told["file"]["remark"]
    assert [(r["record"], r["line"]) for r in told["records"]] == [(1, None), (2, 3), (3, None), (4, None)]
    (file,) = home.json("files", "mixed.csv")["files"]
    home.cli("archive", "open", file["where"], "--key", key, "--out", tmp_folder)
    opened = os.path.join(tmp_folder, "mixed.csv")
    for words in (["mixed.csv", "--from", opened], [opened]):
        told = explained(home, *words)
        assert told["file"]["remark"] is None and [r["line"] for r in told["records"]] == [2, 3, 4, 5]
    assert "--from is another file" in explain(home, "mixed.csv", "--from", key)


def test_a_deleted_file_is_explained_without_its_lines_and_says_so(new_home):
    home = new_home(settings={"archive": "{mode: none}"})
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    told = explained(home, "mixed.csv")
    assert "archive: none" in told["file"]["remark"]
    assert [(r["record"], r["line"], r["outcome"]) for r in told["records"]] == [
        (1, None, "applied"), (2, 3, None), (3, None, "applied"), (4, None, "applied")]
    assert "archive: none" in explained(home, "bed_1")["bed"]["remark"]


def test_a_file_that_was_never_taken_is_not_made_up(new_home, tmp_folder):
    home = new_home()
    home.drop("mixed.csv", export(row("bed_1", "occupied")))
    home.wait_taken_in()
    path = os.path.join(tmp_folder, "other.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(MIXED)
    assert "adapter try" in explain(home, path, code=3)
    home.drop("odd name.txt", "what")
    wait_for(lambda: home.json("files", "odd name.txt")["files"], "the watcher to look at the file", 60)
    assert "unmatched" in explain(home, "odd name.txt")
