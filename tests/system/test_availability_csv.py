"""Availability as a file for spreadsheets: the rows that the same question gives as JSON, of one's scope, safe to open, noted."""
import csv
import io
import os
import re

import pytest

from tests.stack.process import TOP, wait_for
from tests.stack.region import Region

WARDS = ("dementia", "somatic", "rehabilitation", "palliative", "respite", "short_term", "short_stay", "general", "long_term", "psychiatric",
         "unassigned", "nord_2-b")
LEVELS = ("light", "medium", "intensive")
FORMULA = '=HYPERLINK("http://example.org";"Gratis")'
# id, name, region, place, minutes since the last contact
HOMES = (("fac_own", "Østli", "reg_norge", "59.93, 10.71", 0), ("fac_near", "Åsen", "reg_norge", "59.74, 10.20", 10), ("fac_old", "Ærfugl", "reg_norge", "NULL, NULL", 60),
         ("fac_far", FORMULA, "reg_sverige", "59.33, 18.07", 0))


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    made = Region(os.path.join(server_folder, "availability_csv"), postgres, settings={"stale_after": "9m"}).create()
    made.sql("INSERT INTO regions (id, name) VALUES ('reg_sverige', 'Sverige')")
    for n, (home, name, of, place, minutes) in enumerate(HOMES):
        made.sql("INSERT INTO facilities (id, name, region_id, latitude, longitude, address, last_contact_at, as_of) VALUES "
                 f"""('{home}', '{name}', '{of}', {place}, '{{"text": "Storgata {n}, 0123 Oslo"}}', now() - interval '{minutes} min', now() - interval '{minutes} min')""")
    for n, ward in enumerate(WARDS):
        made.sql("INSERT INTO facility_availability (facility_id, ward, care_level, total, available, reserved, occupied, maintenance, unconfirmed, as_of, rev) "
                 f"SELECT id, '{ward}', '{LEVELS[n % 3]}', 12, {n % 5}, 1, {10 - n % 5}, 1, 0, as_of, 1 FROM facilities")
    made.start()
    wait_for(lambda: len(made.get("/api/availability", token=made.token("SYSTEM_ADMIN")).json()["rows"]) == len(HOMES) * len(WARDS), "all rows in the API")
    yield made
    made.stop()


def ask(region, token="", /, **query):
    answer = region.get("/api/availability", token, format="csv", **query)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8", answer.body
    return answer


def rows(answer, separator=","):
    return list(csv.DictReader(io.StringIO(answer.body, newline=""), delimiter=separator))


def keys(listed):
    return [(row["facility_id"], row["ward"], row["care_level"]) for row in listed]


@pytest.mark.parametrize("query", [
    {}, {"ward": "dementia", "near": "59.9,10.7", "sort": "distance"}, {"care_level": "light,medium", "min_available": 2, "sort": "available"}, {"q": "storgata korttid"},
    {"q": "ÅSEN"}, {"status": "stale,offline", "sort": "age"}, {"status": "fresh"}, {"min_total": 13}, {"region": "reg_norge", "facility": "fac_near"}])
def test_the_file_holds_the_rows_of_the_same_question(region, query):
    listed, written = region.availability(**query), rows(ask(region, **query))
    assert keys(written) == keys(listed) and bool(listed) == ("min_total" not in query)
    for row, line in zip(listed, written):
        for name in ("available_beds", "reserved_beds", "occupied_beds", "maintenance_beds", "unconfirmed_beds", "total_beds", "as_of", "status", "name"):
            assert line[name] == str(row[name]), name
        assert line["distance_km"] == ("" if row["distance_km"] is None else f"{row['distance_km']:.1f}")


def test_everybody_gets_their_own_homes_and_no_other(region):
    own, near, old, far = (home[0] for home in HOMES)
    for role, homes in (("FACILITY_STAFF", {own}), ("FACILITY_MANAGER", {own}), ("REGIONAL_COORDINATOR", {own, near, old}), ("SYSTEM_ADMIN", {own, near, old, far})):
        token = region.token(role, own)
        assert {row["facility_id"] for row in rows(ask(region, token))} == homes, role
        assert {row["facility_id"] for row in rows(ask(region, token, facility=far))} == homes & {far}, role
    assert region.get("/api/availability", None, format="csv").status == 401


def test_what_is_asked_for_and_what_is_accepted(region):
    def kind(accept, **query):
        answer = region.request("GET", "/api/availability", headers={"Accept": accept} if accept else {}, **query)
        return answer.status, answer.headers["Content-Type"].split(";")[0]
    assert kind(None) == kind("*/*") == kind("application/json, text/csv") == (200, "application/json")
    assert kind("text/csv") == kind("text/csv, application/json;q=0") == kind("application/json", format="csv") == (200, "text/csv")
    assert kind("text/csv", format="json") == (200, "application/json")
    assert kind("application/xml") == (406, "application/problem+json")
    assert kind(None, format="pdf") == kind(None, format="csv", colour="red") == (400, "application/problem+json")


def test_its_name_says_when_it_was_made(region):
    assert re.fullmatch(r'attachment; filename="availability_\d{4}-\d\d-\d\dT\d{4}Z\.csv"', ask(region).headers["Content-Disposition"])
    assert 'filename="ledige-plasser_2' in ask(region, lang="nb").headers["Content-Disposition"]


def test_no_cell_is_a_formula(region):
    admin = region.token("SYSTEM_ADMIN")
    assert {row["name"] for row in rows(ask(region, admin, region="reg_sverige"))} == {"'" + FORMULA}
    assert all(not line.startswith(("=", "+", "-", "@")) for line in ask(region, admin).body.splitlines())


def test_people_get_words_in_their_spreadsheets_way(region):
    answer = ask(region, lang="nb", near="59.93,10.71", ward="dementia")
    assert answer.body.startswith("\ufeffId;Sykehjem;Adresse;Avdeling;Omsorgsnivå;Ledige;")
    written = rows(answer, ";")
    assert [row["Sykehjem"] for row in written] == ["Ærfugl", "Østli", "Åsen"]  # in the order of the Norwegian alphabet
    assert [row["Status"] for row in written] == ["Uten kontakt", "Fersk", "Utdatert"]
    assert [row["Avstand (km)"] for row in written] == ["", "0,0", "35,5"]
    assert {(row["Avdeling"], row["Omsorgsnivå"], row["Region"]) for row in written} == {("Demens", "Lett", "Norge")}
    assert ask(region, lang="en").body.startswith("\ufeffId,Home,Address,")


@pytest.mark.parametrize("lang,heading,separator", [("nb", "Avdeling", ";"), ("en", "Ward", ",")])
def test_wards_and_levels_are_named_as_on_the_page(region, lang, heading, separator):
    with open(os.path.join(TOP, "web", "src", "lib", f"texts_{lang}.js"), encoding="utf-8") as file:
        words = dict(re.findall(r'\bw_(\w+): "([^"]*)"', file.read()))
    level = {"nb": "Omsorgsnivå", "en": "Care level"}[lang]
    assert set(WARDS) | set(LEVELS) == set(words) | {"nord_2-b"}
    named = {(row[heading], row[level]) for row in rows(ask(region, lang=lang), separator)}
    assert named == {(words.get(ward, "Nord 2 b"), words[LEVELS[n % 3]]) for n, ward in enumerate(WARDS)}


def test_each_export_is_noted_and_a_glance_is_not(region):
    manager = region.token("FACILITY_MANAGER", "fac_near")  # who asks nowhere else in this file

    def noted():
        return [tuple(line) for line in region.sql("SELECT action, facility_id, detail->>'reason' FROM access_log "
                                                   "WHERE allowed AND role = 'FACILITY_MANAGER' AND facility_id = 'fac_near' ORDER BY id")]
    region.get("/api/availability", manager, facility="fac_near")
    ask(region, manager, facility="fac_near")
    # Written in batches: the line is there a moment later, and had the glance one, it would stand before it.
    wait_for(noted, "the export in the access log")
    assert noted() == [("availability", "fac_near", "csv")]
