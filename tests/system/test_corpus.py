"""Every real and hostile file of tests/corpus goes through `adapter try`: no crash, no hang, no sanitizer report."""
import json
import os
import subprocess

import pytest

from tests.stack.process import SANITIZER_ENV, TOP, program

CORPUS = os.path.join(TOP, "tests", "corpus")
FORMATS = ("hl7", "csv", "xml")
# 0: events or notes and nothing bad; 1: something was bad, and said so; 4: not readable as this format, and said why.
EXPECTED_CODES = (0, 1, 4)


def files_of(folder):
    found = []
    for path, _, names in os.walk(os.path.join(CORPUS, folder)):
        found += [os.path.join(path, name) for name in names]
    return sorted(found)


def try_file(path, file_format):
    return subprocess.run([program("bedpost"), "adapter", "try", path, "--format", file_format, "--json"],
                          capture_output=True, timeout=60, env={**os.environ, **SANITIZER_ENV}, check=False)


def check_files(paths, file_format):
    for path in paths:
        done = try_file(path, file_format)
        name = os.path.relpath(path, CORPUS)
        assert done.returncode in EXPECTED_CODES, f"{name} as {file_format}: ended {done.returncode}\n{done.stderr.decode()[-3000:]}"
        answer = json.loads(done.stdout)
        silent = not answer.get("events") and not answer.get("bad") and not answer.get("notes") and not answer.get("error")
        assert not silent, f"{name} as {file_format}: neither events nor a reason"


@pytest.mark.parametrize("folder", sorted(os.listdir(os.path.join(CORPUS, "hl7"))))
def test_real_hl7_files(folder):
    check_files(files_of(f"hl7/{folder}"), "hl7")


@pytest.mark.parametrize("folder", sorted(os.listdir(os.path.join(CORPUS, "csv"))))
def test_real_csv_files(folder):
    check_files(files_of(f"csv/{folder}"), "csv")


@pytest.mark.parametrize("folder", sorted(os.listdir(os.path.join(CORPUS, "xml"))))
def test_real_xml_files(folder):
    check_files(files_of(f"xml/{folder}"), "xml")


@pytest.mark.parametrize("file_format", FORMATS)
def test_hostile_files_as_every_format(file_format):
    check_files(files_of("hostile"), file_format)


def test_the_simulated_hospital_stream_makes_an_event_of_every_inpatient_admission():
    """1,013 messages: 400 admissions, of which those with a bed in PV1-3 count; the rest is noise to be named."""
    path = os.path.join(CORPUS, "hl7/google__simhospital_e69eef7de3/messages.out")
    with open(path, encoding="utf-8") as file:
        messages = file.read().replace("\r", "\n").split("MSH|")[1:]
    admissions = 0
    for message in messages:
        lines = ("MSH|" + message).split("\n")
        if lines[0].split("|")[8] != "ADT^A01":
            continue
        visit = next(line.split("|") for line in lines if line.startswith("PV1|"))
        location = visit[3].split("^") + [""] * 3
        admissions += bool(location[2])
    answer = json.loads(try_file(path, "hl7").stdout)
    assert answer["records"] == len(messages) == 1013
    assert len(answer["events"]) == admissions > 100
    assert all(event["new_status"] == "occupied" for event in answer["events"])
