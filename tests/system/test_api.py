"""The API as coordinators, staff and strangers meet it."""
import json

import pytest

from tests.stack.process import wait_for

from .exports import export, row

ROW_KEYS = {"facility_id", "name", "ward", "care_level", "available_beds", "total_beds", "reserved_beds",
            "occupied_beds", "maintenance_beds", "unconfirmed_beds", "as_of", "data_age_minutes", "status", "distance_km"}


@pytest.fixture
def three_homes(region, new_home):
    """Oslo has 2 of 3 free, Drammen 1 of 2, Bergen none of 1."""
    places = {"fac_oslo": (59.91, 10.75, "Oslo sykehjem"), "fac_drammen": (59.74, 10.20, "Drammen sykehjem"),
              "fac_bergen": (60.39, 5.32, "Bergen sykehjem")}
    homes = {f: new_home(f, name=n, lat=lat, lon=lon) for f, (lat, lon, n) in places.items()}
    homes["fac_oslo"].drop("x.csv", export(row("bed_1", "available"), row("bed_2", "available"),
                                           row("bed_3", "occupied", ward="somatic", care="light")))
    homes["fac_drammen"].drop("x.csv", export(row("bed_1", "available"), row("bed_2", "occupied")))
    homes["fac_bergen"].drop("x.csv", export(row("bed_1", "reserved")))
    for home in homes.values():
        home.wait_shipped()
    wait_for(lambda: len(region.availability()) == 4, "all rows in the API")
    return homes


def names(rows):
    return [r["facility_id"] for r in rows]


def test_a_row_has_every_field_of_the_contract(region, three_homes):
    rows = region.availability(near="59.91,10.75")
    assert all(ROW_KEYS <= set(r) for r in rows)
    oslo = next(r for r in rows if r["facility_id"] == "fac_oslo" and r["ward"] == "dementia")
    assert (oslo["name"], oslo["available_beds"], oslo["total_beds"]) == ("Oslo sykehjem", 2, 2)
    assert oslo["status"] == "fresh" and oslo["data_age_minutes"] <= 1 and oslo["distance_km"] < 1


def test_filters_and_sorts(region, three_homes):
    assert set(names(region.availability(ward="somatic"))) == {"fac_oslo"}
    assert set(names(region.availability(care_level="light"))) == {"fac_oslo"}
    assert set(names(region.availability(min_available=1))) == {"fac_oslo", "fac_drammen"}
    assert set(names(region.availability(facility="fac_bergen"))) == {"fac_bergen"}
    assert set(names(region.availability(facility=["fac_bergen", "fac_drammen"]))) == {"fac_bergen", "fac_drammen"}
    assert region.availability(region=region.id, ward="dementia", min_available=2)[0]["facility_id"] == "fac_oslo"
    by_free = region.availability(sort="available", ward="dementia")
    assert names(by_free) == ["fac_oslo", "fac_drammen", "fac_bergen"]
    by_distance = region.availability(sort="distance", near="60.39,5.32", ward="dementia")
    assert names(by_distance)[0] == "fac_bergen"
    distances = [r["distance_km"] for r in by_distance]
    assert distances == sorted(distances) and 280 < distances[-1] < 320


@pytest.mark.parametrize("query", [{"min_available": "many"}, {"sort": "colour"}, {"near": "59.9"},
                                   {"near": "91,0"}, {"care_level": "heavy"}, {"sort": "distance"}])
def test_a_parameter_that_makes_no_sense_is_named(region, query):
    answer = region.get("/api/availability", **query)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert any(name in answer.body for name in query)


def test_strangers_are_refused_everywhere(region):
    for path in ("/api/availability", "/api/facilities", "/api/facilities/fac_x", "/api/stream"):
        assert region.get(path, token=None).status == 401
        assert region.get(path, token="bpt_" + "a" * 43).status == 401
    assert region.get("/healthz", token=None).status == 200


def test_staff_see_their_own_home_only(region, three_homes):
    for role in ("FACILITY_STAFF", "FACILITY_MANAGER"):
        token = region.token(role, "fac_oslo")
        rows = region.get("/api/availability", token=token).json()
        rows = rows["rows"] if isinstance(rows, dict) else rows
        assert set(names(rows)) == {"fac_oslo"}
        assert region.get("/api/facilities/fac_oslo", token=token).status == 200
        assert region.get("/api/facilities/fac_oslo/beds", token=token).status == 200
        assert region.get("/api/facilities/fac_bergen", token=token).status in (403, 404)
        assert region.get("/api/facilities/fac_bergen/beds", token=token).status in (403, 404)


def test_a_coordinator_sees_no_other_region(region, three_homes):
    region.admin("region", "add", "reg_sverige", "--name", "Sverige")
    other = json.loads(region.admin("token", "create", "--role", "REGIONAL_COORDINATOR", "--region", "reg_sverige",
                                    "--name", "x", "--json").stdout)["token"]
    answer = region.get("/api/availability", token=other).json()
    assert (answer["rows"] if isinstance(answer, dict) else answer) == []
    assert region.get("/api/facilities/fac_oslo", token=other).status in (403, 404)


def test_a_revoked_token_is_refused(region):
    made = json.loads(region.admin("token", "create", "--role", "SYSTEM_ADMIN", "--name", "x", "--json").stdout)
    wait_for(lambda: region.get("/api/facilities", token=made["token"]).status == 200, "the token to work")
    region.admin("token", "revoke", str(made["id"]))
    wait_for(lambda: region.get("/api/facilities", token=made["token"]).status == 401, "the token to be refused")


def test_metrics_and_health_speak(region, three_homes):
    metrics = region.get("/metrics", token=None).body
    assert "bedpost_events_total" in metrics and 'outcome="applied"' in metrics
    assert region.get("/readyz", token=None).status == 200


def test_errors_are_problem_json(region):
    for method, path, status in (("GET", "/api/nothing", 404), ("DELETE", "/api/availability", 405)):
        answer = region.request(method, path)
        assert answer.status == status
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["status"] == status
