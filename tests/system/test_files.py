"""What the watcher does with files: good, doubled, bad, odd and hostile ones."""
import os

from tests.stack.misfortune import Misfortune
from tests.stack.pile import count
from tests.stack.process import wait_for

from .exports import ADAPTER, HEADER, Story, export, row
from .invariants import everywhere, nothing_lost_nothing_doubled


def test_the_same_file_dropped_twice_counts_once(region, new_home):
    home, story = new_home(), Story(20)
    content = story.file(6)
    home.drop("export.csv", content)
    home.wait_shipped()
    home.drop("export.csv", content)
    home.drop("export-again.csv", content)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    states = [f["state"] for f in home.json("files")["files"]]
    assert states.count("duplicate") == 2


def test_the_same_name_with_new_content_is_a_new_file(region, new_home):
    home = new_home()
    home.drop("beds.csv", export(row("bed_1", "occupied")))
    home.wait_shipped()
    home.drop("beds.csv", export(row("bed_1", "available", 60)))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "available"}


def test_a_bad_record_is_quarantined_and_the_good_ones_beside_it_go_on(region, new_home):
    home = new_home()
    home.drop("mixed.csv", export(row("bed_1", "occupied"), row("bed_2", "asleep", note="Kari Nordmann"),
                                  row("bed_3", "reserved", 5)))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "occupied", "bed_3": "reserved"}
    bad = home.json("quarantine", "list")["quarantine"]
    assert len(bad) == 1
    (file,) = home.json("files", "mixed.csv")["files"]
    assert bad[0]["file_id"] == file["id"] and bad[0]["record"] == 2 and bad[0]["line"] == 3
    assert "status" in bad[0]["field"] and bad[0]["reason"] == "unmapped"
    text = home.cli("quarantine", "list").stdout
    assert "asleep" not in text and "Nordmann" not in text


def test_a_file_with_too_many_bad_records_is_rejected_whole(region, new_home):
    home = new_home(adapters=[ADAPTER + "max_bad: 2\n"])
    home.drop("bad.csv", export(row("bed_1", "occupied"), *(row(f"bed_{n}", "asleep") for n in range(2, 6))))
    home.wait_taken_in()
    assert home.outbox()["queued"] == 0 and region.beds(home.facility) == {}
    (file,) = home.json("files", "bad.csv")["files"]
    assert file["state"] == "rejected"
    rejected = os.listdir(os.path.join(home.state, "rejected"))
    assert sorted(rejected) == [file["name"], file["name"] + ".reason.json"]


def test_an_empty_export_is_an_error_and_not_silence(new_home):
    home = new_home()
    home.drop("empty.csv", HEADER)
    home.drop("nothing.csv", "")
    home.wait_taken_in()
    assert {f["state"] for f in home.json("files")["files"]} == {"rejected"}


def test_a_missing_column_rejects_the_file_and_names_the_column(new_home):
    home = new_home()
    home.drop("drift.csv", export(row("bed_1", "occupied")).replace("status", "tilstand", 1))
    home.wait_taken_in()
    (file,) = home.json("files")["files"]
    assert file["state"] == "rejected" and "status" in file["reason"]


def test_files_with_odd_names_are_taken_in(region, new_home):
    home = new_home()
    names = ["with space.csv", "-rf.csv", "new\nline.csv", "æøå.csv", "$(reboot).csv", "%s%n.csv", "quote'\".csv"]
    for number, name in enumerate(names):
        home.drop(name, export(row(f"bed_{number}", "occupied")))
    raw = os.path.join(os.fsencode(home.drop_folder), b"latin\xe6.csv")
    with open(raw + b".part", "wb") as file:
        file.write(export(row("bed_raw", "reserved")).encode())
    os.rename(raw + b".part", raw)
    home.wait_shipped()
    assert len(region.beds(home.facility)) == len(names) + 1


def test_a_file_is_found_by_the_name_a_person_types_and_by_the_one_that_is_shown(new_home):
    home = new_home()
    home.drop("Kari Nordmann.csv", export(row("bed_1", "occupied")))
    home.drop("other.csv", export(row("bed_2", "occupied")))
    home.wait_taken_in()
    (file,) = home.json("files", "Kari Nordmann.csv")["files"]
    assert file["name"].startswith("x_x~") and file["name"].endswith(".csv") and file["state"] == "archived"
    assert home.json("files", os.path.join(home.drop_folder, "Kari Nordmann.csv"))["files"] == [file]
    assert home.json("files", file["name"])["files"] == [file]
    assert os.path.basename(file["where"]) == file["name"] and os.path.exists(file["where"])
    assert home.json("files", "Ola Nordmann.csv")["files"] == []


def test_links_pipes_and_folders_are_left_alone(region, new_home, tmp_folder):
    home = new_home()
    outside = os.path.join(tmp_folder, "outside.csv")
    with open(outside, "w", encoding="utf-8") as file:
        file.write(export(row("bed_secret", "occupied")))
    os.symlink(outside, os.path.join(home.drop_folder, "link.csv"))
    os.mkfifo(os.path.join(home.drop_folder, "pipe.csv"))
    os.mkdir(os.path.join(home.drop_folder, "folder.csv"))
    home.drop("good.csv", export(row("bed_1", "occupied")))
    wait_for(lambda: region.beds(home.facility) == {"bed_1": "occupied"}, "the good file")
    wait_for(lambda: home.waiting() == ["folder.csv", "link.csv", "pipe.csv"], "the good file to be put away")
    home.watcher.must_run()
    for name in ("link.csv", "pipe.csv"):
        os.unlink(os.path.join(home.drop_folder, name))
    os.rmdir(os.path.join(home.drop_folder, "folder.csv"))


def test_a_file_that_no_adapter_matches_stays_and_is_reported(new_home):
    home = new_home()
    home.drop("notes.txt", "hello")
    home.drop("good.csv", export(row("bed_1", "occupied")))
    wait_for(lambda: home.waiting() == ["notes.txt"], "the good file to be taken in")
    wait_for(lambda: [f["state"] for f in home.json("files", "notes.txt")["files"]] == ["unmatched"], "the other one to be told of")
    os.unlink(os.path.join(home.drop_folder, "notes.txt"))


def test_a_quiet_file_waits_until_its_writer_is_done(region, new_home):
    home = new_home(adapters=[ADAPTER + "ready: {quiet: 3s}\n"])
    wait_for(lambda: count(home, "files") == 0 and " started " in home.watcher.tail(), "the watcher to look")
    path = os.path.join(home.drop_folder, "slow.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for number in range(4):  # each sooner than quiet after the one before, also where this test is held up for a while
            file.write(row(f"bed_{number}", "occupied", number))
            file.flush()
            assert count(home, "files") == 0
    home.wait_shipped()
    assert len(region.beds(home.facility)) == 4
    (entry,) = home.json("files")["files"]
    assert entry["events"] == 4


def test_a_done_file_releases_its_file(region, new_home):
    home = new_home(adapters=[ADAPTER + 'ready: {done_file: "{name}.done"}\n'])
    home.drop("a.csv", export(row("bed_a", "occupied")))
    home.drop("b.csv", export(row("bed_b", "occupied")))
    home.drop("b.csv.done", "")
    wait_for(lambda: region.beds(home.facility) == {"bed_b": "occupied"}, "the released file")
    assert "a.csv" in home.waiting()
    home.drop("a.csv.done", "")
    wait_for(lambda: "bed_a" in region.beds(home.facility), "the other file")


def test_the_archive_never_overwrites(new_home):
    home = new_home()
    for number in range(3):
        home.drop("same.csv", export(row("bed_1", "occupied", number)))
        home.wait_taken_in()
    archived = []
    for folder, _, names in os.walk(os.path.join(home.state, "archive")):
        archived += [os.path.join(folder, n) for n in names]
    assert len(archived) == 3
    assert len({open(path, encoding="utf-8").read() for path in archived}) == 3


def test_files_dropped_while_the_watcher_was_down_are_taken_in(region, new_home):
    home, story = new_home(start=False), Story(21)
    for number in range(30):
        path = home.drop(f"{number:03}.csv", story.file())
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    home.start()
    home.wait_shipped()
    everywhere(region, home.facility, story.counts())


def test_a_broken_adapter_is_named_with_its_line_and_the_others_go_on(region, new_home):
    broken = ADAPTER.replace("adapter: plain", "adapter: broken").replace("delimiter", "delimitre")
    home = new_home(adapters=[broken, ADAPTER])
    home.drop("x.csv", export(row("bed_1", "occupied")))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "occupied"}
    check = home.cli("adapter", "check", os.path.join(home.adapters, "adapter-0.yaml"), check=False)
    assert check.returncode == 4
    assert "adapter-0.yaml:4:7:" in check.stdout + check.stderr
    assert 'did you mean "delimiter"' in check.stdout + check.stderr


def test_a_watcher_without_inotify_looks_by_itself(tmp_folder, new_home):
    home = new_home(start=False, settings={"poll": "200ms", "rescan": "1h"})
    home.watcher.start(**Misfortune(tmp_folder).no_inotify())
    wait_for(lambda: "no_notices" in home.watcher.tail(), "the watcher to say so")
    for number in range(3):
        home.drop(f"{number}.csv", export(row("bed_1", ("occupied", "available")[number % 2], number)))
        home.wait_taken_in()
    assert home.outbox()["queued"] == 3
