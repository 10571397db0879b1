"""The same messages in pipes and in v2.xml make the same events: every real file, through an independent converter."""
import json
import os
import subprocess

import pytest

from tests.stack.process import SANITIZER_ENV, TOP, program

from .v2xml import Unfit, messages

HL7 = os.path.join(TOP, "tests", "corpus", "hl7")
KEPT = ("bed_id", "ward", "new_status", "changed_by", "changed_at", "reason")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def corpus():
    return sorted(os.path.join(path, name) for path, _, names in os.walk(HL7) for name in names)


def read(paths):
    """What each file means, in order."""
    done = subprocess.run([program("bedpost"), "adapter", "try", "--format", "hl7", "--json", "-n", "0", *paths], capture_output=True, timeout=120,
                          env={**os.environ, **SANITIZER_ENV}, check=False)
    assert done.returncode in (0, 1), done.stderr.decode()[-3000:]
    return [meaning(answer) for answer in json.loads(done.stdout)["files"]]


def meaning(answer):
    assert answer["error"] is None, f"{answer['file']}: {answer['error']}"
    events = [tuple(event[key] for key in KEPT) + (event["source"]["record"], event["source"]["ordinal"], event["source"]["time_source"])
              for event in answer["events"]]
    bad = [(row["record"], row["field"], row["value_class"], row["reason"]) for row in answer["bad"] + answer["warnings"]]
    notes = sorted((note["what"], note["count"]) for note in answer["notes"])
    return answer["records"], events, bad, notes


def as_batch(found):
    return DECLARATION + "<Batch>\n" + "\n".join(message.xml(pretty=True) for message in found) + "\n</Batch>\n"


def as_documents(found):
    return "".join(DECLARATION + message.xml() + "\n" for message in found)


def as_mllp(found):
    return "".join("\x0b" + DECLARATION + message.xml() + "\x1c\r" for message in found)


@pytest.mark.parametrize("form", [as_batch, as_documents, as_mllp])
def test_pipes_and_xml_mean_the_same(form, tmp_folder):
    paths, twins = [], []
    for path in corpus():
        with open(path, "rb") as file:
            data = file.read()
        try:
            text = form(messages(data))
        except Unfit:
            continue
        twin = os.path.join(tmp_folder, f"{len(twins)}.xml")
        with open(twin, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        paths.append(path)
        twins.append(twin)
    pipes, xml = read(paths), read(twins)
    for path, one, other in zip(paths, pipes, xml, strict=True):
        assert other == one, os.path.relpath(path, HL7)
    events = sum(len(each[1]) for each in pipes)
    assert len(paths) > 150 and events > 150, f"only {len(paths)} files with {events} events could be compared"


def test_an_adapter_proposed_from_xml_is_the_one_proposed_from_pipes(tmp_folder):
    path = os.path.join(HL7, "google__simhospital_e69eef7de3", "messages.out")
    with open(path, "rb") as file:
        data = file.read()
    proposals = []
    for name, text in (("pipes", data.decode()), ("xml", as_batch(messages(data)))):
        sample = os.path.join(tmp_folder, name, "adt.dat")
        os.mkdir(os.path.dirname(sample))
        with open(sample, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        done = subprocess.run([program("bedpost"), "adapter", "new", sample], capture_output=True, timeout=60, check=False)
        proposals.append(done.stdout.decode())
    assert "format: hl7" in proposals[0]
    assert proposals[1] == proposals[0]
