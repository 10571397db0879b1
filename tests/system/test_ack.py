"""Result files: what an EHR reads of what became of its export, up to the region's answer."""
import json
import os

from tests.stack.process import wait_for

from .exports import ADAPTER, export, row

ASKS = ADAPTER + "ack: json\n"


def ack(home, name):
    """The result file's content; None while there is none."""
    try:
        with open(os.path.join(home.state, "ack", name + ".ack.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return None


def wait_ack(home, name, holds, seconds=60):
    def told():
        found = ack(home, name)
        return found if found and holds(found) else None
    return wait_for(told, f"the result file of {name}", seconds, 0.05)


def test_an_ehr_reads_what_was_read_and_then_what_the_region_answered(region, new_home):
    home = new_home(adapters=[ASKS])
    home.syncd.stop()
    home.drop("20260420.csv", export(row("bed_1", "occupied"), row("bed_2", "Nordmann", 1), row("bed_3", "reserved", 5)))
    told = wait_ack(home, "20260420.csv", lambda t: t["events"] == 2)
    assert told["region"] == {"waiting": 2, "applied": 0, "converged": 0, "late": 0, "conflict": 0, "duplicate": 0, "refused": 0,
                              "answered_at": None}
    assert (told["records"], told["bad"], told["result"], told["complete"]) == (3, 1, "taken", False)
    (bad,) = told["bad_records"]
    assert (bad["record"], bad["line"], bad["reason"], bad["value_class"]) == (2, 3, "unmapped", "letters")
    assert "Nordmann" not in json.dumps(told)
    home.syncd.start()
    told = wait_ack(home, "20260420.csv", lambda t: t["complete"])
    assert told["region"]["applied"] == 2 and told["region"]["waiting"] == 0 and told["region"]["answered_at"]
    home.drop("20260421.csv", export(row("bed_1", "reserved", -60), row("bed_4", "occupied", 3600 * 24 * 36500)))
    told = wait_ack(home, "20260421.csv", lambda t: t["complete"])
    assert (told["region"]["late"], told["region"]["refused"]) == (1, 1), told
    assert home.waiting() == []
    assert sorted(name for name in os.listdir(os.path.join(home.state, "ack")) if not name.startswith(".")) == ["20260420.csv.ack.json", "20260421.csv.ack.json"]


def test_a_replay_is_told_too_and_a_folder_that_is_missing_is_a_warning(new_home):
    home = new_home(adapters=[ASKS])
    answers = os.path.join(home.folder, "answers")
    home.change_drop(f"ack: {answers}")
    home.drop("20260420.csv", export(row("bed_1", "occupied"), row("bed_2", "asleep", 1)))
    home.wait_shipped()
    found = []

    def is_warned():
        found[:] = json.loads(home.cli("status", "--json", check=False).stdout)["findings"]
        return "acks_not_written" in [f["code"] for f in found]

    wait_for(is_warned, "status to tell that the folder is missing", 60, 0.1)
    os.mkdir(answers)
    path = os.path.join(answers, "20260420.csv.ack.json")
    wait_for(lambda: os.path.exists(path), "the result file", 60, 0.1)
    (name,) = os.listdir(home.adapters)
    with open(os.path.join(home.adapters, name), "w", encoding="utf-8") as file:
        file.write(ASKS.replace('new_status: "{status}"',
                                'new_status: {from: "{status}", map: {asleep: occupied, occupied: occupied}}'))
    home.cli("quarantine", "replay")

    def is_told():
        with open(path, encoding="utf-8") as file:
            told = json.load(file)
        return told["complete"] and (told["events"], told["bad"], told["region"]["applied"]) == (2, 0, 2)

    wait_for(is_told, "the replay to be told", 60, 0.1)


def test_equal_names_from_two_folders_are_two_result_files(new_home):
    home = new_home(adapters=[ASKS])
    home.change_drop("recursive: yes")
    inner = ("", "1", "2/1")
    for number, folder in enumerate(inner):
        os.makedirs(os.path.join(home.drop_folder, folder), exist_ok=True)
        rows = [row(f"bed_{number}_{n}", "occupied", n) for n in range(number + 1)]
        os.rename(home.drop(f"{number}.part", export(*rows)), os.path.join(home.drop_folder, folder, "20260420.csv"))
    for number, folder in enumerate(inner):
        told = wait_ack(home, os.path.join(folder, "20260420.csv"), lambda t: t["complete"])
        assert (told["records"], told["events"]) == (number + 1, number + 1), folder
    assert {name.partition(".csv")[0] for name in os.listdir(os.path.join(home.state, "archive"))} == {"20260420"}
    assert len(os.listdir(os.path.join(home.state, "archive"))) == len(inner), "one was overwritten"
