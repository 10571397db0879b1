"""A file dropped at a home shows on the region's screen."""
import http.client
import json
import os

import pytest

from tests.stack.process import wait_for
from tests.stack.samples import SAMPLES

from .exports import ADAPTER, Story, export, row
from .invariants import everywhere, nothing_lost_nothing_doubled


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.folder)
def test_a_sample_ehr_arrives_as_its_readme_says(region, new_home, sample):
    home = new_home(sample.facility, [sample.adapter], zone=sample.zone)
    for path in sample.exports:
        home.drop_file(path)
    home.wait_shipped()
    everywhere(region, home.facility, sample.expected())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.folder)
def test_a_sample_adapter_passes_its_own_tests(new_home, sample):
    home = new_home(sample.facility, [sample.adapter], zone=sample.zone, start=False)
    home.cli("adapter", "check", sample.adapter)
    home.cli("adapter", "test", sample.adapter)


def test_every_change_is_audited_once_and_in_order(region, new_home):
    home, story = new_home(), Story(1)
    for number in range(20):
        home.drop(f"export-{number:03}.csv", story.file())
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds
    everywhere(region, home.facility, story.counts())


def test_files_of_one_folder_are_taken_in_by_age(region, new_home):
    home = new_home(start=False)
    for number, status in enumerate(("occupied", "reserved", "available")):
        path = home.drop(f"{'cab'[number]}.csv", export(row("bed_1", status, number * 60)))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    home.start()
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "available"}
    outcomes = region.sql("SELECT new_status, outcome FROM bed_audit_log ORDER BY seq")
    assert outcomes == [["occupied", "applied"], ["reserved", "applied"], ["available", "applied"]]


def test_a_changed_row_reaches_an_open_page_by_server_sent_events(region, new_home):
    home = new_home()
    home.drop("first.csv", export(row("bed_1", "occupied")))
    home.wait_shipped()
    everywhere(region, home.facility, {("dementia", "intensive"): (1, 0, 1, 0, 0, 0)})
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    connection.request("GET", "/api/stream", headers={"Authorization": "Bearer " + region.token()})
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.getheader("Content-Type").startswith("text/event-stream")
    assert next_event(stream)["event"] == "snapshot"
    home.drop("second.csv", export(row("bed_1", "available", 60)))

    def free_bed_arrives():
        event = next_event(stream)
        if event["event"] != "availability":
            return False
        data = json.loads(event["data"])
        rows = data if isinstance(data, list) else data.get("rows", [data])
        return any(r["facility_id"] == home.facility and r["available_beds"] == 1 for r in rows)

    wait_for(free_bed_arrives, "the change on the stream")
    connection.close()


def next_event(stream):
    """The next server-sent event as {field: text}; comments are passed over."""
    fields = {}
    while True:
        line = stream.readline().decode()
        assert line, "the stream has ended"
        line = line.rstrip("\n")
        if not line:
            if fields:
                return fields
            continue
        if not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = fields.get(name, "") + value


def test_the_page_is_served_with_a_strict_content_security_policy(region):
    answer = region.get("/", token=None)
    assert answer.status == 200 and "<html" in answer.body
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy


def test_adapters_of_one_home_are_chosen_by_file_name(region, new_home):
    other = ADAPTER.replace("adapter: plain", "adapter: other").replace('"*.csv"', '"*.txt"').replace('","', '";"')
    home = new_home(adapters=[ADAPTER, other])
    home.drop("a.csv", export(row("bed_1", "occupied")))
    home.drop("b.txt", export(row("bed_2", "reserved")).replace(",", ";"))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "occupied", "bed_2": "reserved"}
