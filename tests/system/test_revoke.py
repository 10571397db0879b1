"""A home is closed, or gets a new certificate: what it held before is refused at once, on every road, and that is seen."""
import json
import os

import pytest

from tests.stack.process import run, program, wait_for
from tests.stack.region import Region
from tests.stack.sftp import SftpServer

from .wire import Wire


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    made = Region(os.path.join(server_folder, "revoke"), postgres).create().start()
    yield made
    made.stop()


def home_of(region, facility):
    """The home as an administrator sees it."""
    return region.get(f"/api/admin/facilities/{facility}", token=region.token("SYSTEM_ADMIN")).json()


def problem(answer):
    return answer[0], answer[1].get("type", "").removeprefix("urn:bedpost:problem:")


def metric(region, text):
    line = [l for l in region.get("/metrics", token=None).body.splitlines() if l.startswith(text)]
    return int(line[0].split()[-1]) if line else 0


def enrolled_again(region, wire, tmp_path):
    """A second box of the home, with what `facility enrol` makes."""
    out = str(tmp_path / "again.yaml")
    region.admin("facility", "enrol", wire.facility, "--ca-dir", region.ca, "--out", out, "--url",
                 f"https://127.0.0.1:{region.ingest_port}")
    return Wire(region, wire.facility, enrolment=out)


def test_a_closed_home_is_refused_on_the_connection_that_is_open(region, tmp_path):
    wire = Wire(region, "fac_closed")
    heartbeat = wire.body([], 1)
    assert wire.post(heartbeat)[0] == 200
    connection = wire.connection.sock
    before = metric(region, 'bedpost_turned_away_total{reason="closed"}')
    region.admin("facility", "revoke", "fac_closed")
    assert problem(wire.post(heartbeat)) == (403, "unknown-facility")
    assert problem(wire.post(heartbeat)) == (403, "unknown-facility")
    assert wire.connection.sock is connection
    assert metric(region, 'bedpost_turned_away_total{reason="closed"}') == before + 2
    home = home_of(region, "fac_closed")
    assert home["state"] == "closed" and home["certificates"][0]["revoked_at"]
    refusal = home["refusals"][0]
    assert (refusal["road"], refusal["reason"], refusal["count"], refusal["source_ip"]) == ("https", "closed", 2, "127.0.0.1")
    assert refusal["fingerprint"] == home["certificates"][0]["fingerprint"]
    noted = region.sql("SELECT detail->>'reason' FROM access_log WHERE action = 'contact' AND facility_id = 'fac_closed'")
    assert noted == [["closed"]]  # once an hour, however often it comes


def test_the_old_certificate_stays_refused_when_the_home_is_open_again(region, tmp_path):
    wire = Wire(region, "fac_again")
    heartbeat = wire.body([], 1)
    assert wire.post(heartbeat)[0] == 200
    region.admin("facility", "revoke", "fac_again")
    new = enrolled_again(region, wire, tmp_path)
    assert new.post(heartbeat)[0] == 200
    assert problem(wire.post(heartbeat)) == (403, "certificate-revoked")
    home = home_of(region, "fac_again")
    assert home["state"] == "open" and home["certificates_pinned"]
    assert [c["revoked_at"] is None for c in home["certificates"]] == [True, False]
    assert {r["reason"] for r in home["refusals"]} == {"certificate"}
    assert new.post(heartbeat)[0] == 200


def test_a_certificate_that_was_never_noted_is_refused_once_a_home_was_closed(region, tmp_path):
    """As the first certificates of homes that were enrolled before there was a list."""
    wire = Wire(region, "fac_old")
    region.sql("DELETE FROM certificates WHERE facility_id = 'fac_old'")
    heartbeat = wire.body([], 1)
    assert wire.post(heartbeat)[0] == 200
    new = enrolled_again(region, wire, tmp_path)
    assert problem(wire.post(heartbeat)) == (403, "certificate-revoked")
    assert new.post(heartbeat)[0] == 200


def test_renewing_leaves_the_old_certificate_good_until_it_ends(region, tmp_path):
    wire = Wire(region, "fac_renewed")
    out = str(tmp_path / "renewed.yaml")
    region.admin("facility", "renew", "fac_renewed", "--ca-dir", region.ca, "--out", out, "--url", "https://127.0.0.1:1")
    heartbeat = wire.body([], 1)
    assert wire.post(heartbeat)[0] == 200 and len(home_of(region, "fac_renewed")["certificates"]) == 2
    region.admin("facility", "revoke", "fac_renewed")
    failed = run(program("bedpost-admin"), "facility", "renew", "fac_renewed", "--ca-dir", region.ca, "--out", out,
                 "--config", region.config, check=False)
    assert failed.returncode == 5 and "facility enrol opens it again" in failed.stderr


def test_an_administrator_closes_a_home_over_the_api(region):
    wire = Wire(region, "fac_api")
    heartbeat = wire.body([], 1)
    assert wire.post(heartbeat)[0] == 200
    answer = region.request("POST", "/api/admin/facilities/fac_api/revoke", token=region.token("SYSTEM_ADMIN"))
    assert answer.status == 200 and answer.json()["state"] == "closed"
    assert problem(wire.post(heartbeat)) == (403, "unknown-facility")
    assert region.request("POST", "/api/admin/facilities/fac_nowhere/revoke", token=region.token("SYSTEM_ADMIN")).status == 404


def test_the_inbox_of_a_closed_home_is_answered(server_folder, postgres):
    sftp = SftpServer(os.path.join(server_folder, "revoke_sftp"))
    region = Region(os.path.join(server_folder, "revoke_sftp"), postgres, sftp=sftp).create().start()
    try:
        wire = Wire(region, "fac_sftp")
        region.admin("facility", "revoke", "fac_sftp")
        home, name = sftp.home("fac_sftp"), f"fac_sftp-{wire.epoch}-1-0"
        with open(os.path.join(home, "inbox", ".x.part"), "wb") as file:
            file.write(wire.body([], 1))
        os.rename(os.path.join(home, "inbox", ".x.part"), os.path.join(home, "inbox", name + ".ndjson.zst"))
        answer = os.path.join(home, "ack", name + ".json")
        wait_for(lambda: os.path.exists(answer), "the answer")
        with open(answer, encoding="utf-8") as file:
            assert json.load(file)["type"] == "urn:bedpost:problem:unknown-facility"
        refusal = home_of(region, "fac_sftp")["refusals"][0]
        assert (refusal["road"], refusal["reason"], refusal["fingerprint"]) == ("sftp", "closed", None)
    finally:
        region.stop()
