"""Every route of the API, asked by every role about homes of its own and of others; and the API's description of itself.

The routes are those that the program describes; what each role may do stands here, apart from the program. A route that is
not in EXPECTED fails.
"""
import http.client
import json
import os
import re

import pytest

from tests.stack.process import free_port, program, run
from tests.stack.region import Region

ROLES = ("nobody", "FACILITY_STAFF", "FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN")
# Staff, manager and coordinator are of fac_own in reg_norge; fac_near is in that region too, fac_far in another.
HOMES = ("fac_own", "fac_near", "fac_far")
SEEN = {"FACILITY_STAFF": {"fac_own"}, "FACILITY_MANAGER": {"fac_own"}, "REGIONAL_COORDINATOR": {"fac_own", "fac_near"},
        "SYSTEM_ADMIN": set(HOMES)}

# Statuses by role in the order of ROLES. One line: the address names no home. Three: fac_own, fac_near, fac_far. What would
# change something is asked with a version that is gone: 409 is the answer to who may.
OPEN, SELF, LIST = ["200 200 200 200 200"], ["401 204 204 204 204"], ["401 200 200 200 200"]
OF_HOME = ["401 200 200 200 200", "401 404 404 200 200", "401 404 404 404 200"]
ADMIN, ADMIN_POST, ADMIN_CHANGE = ["401 403 403 403 200"], ["401 403 403 403 400"], ["401 403 403 403 409"] * 3
# The manager's own, the coordinator's, and one of the administrators.
OWN = ["401 403 200 404 200", "401 403 404 200 200", "401 403 404 404 200"]
OWN_CHANGE = [line.replace("200", "409") for line in OWN]
EXPECTED = {
    ("get", "/api/availability"): LIST,
    ("get", "/api/facilities"): LIST,
    ("get", "/api/facilities/{id}"): OF_HOME,
    ("get", "/api/facilities/{id}/beds"): OF_HOME,
    ("put", "/api/facilities/{id}/beds/{bed}/status"):
        ["401 409 409 403 403", "401 404 404 403 403", "401 404 404 404 403"],
    ("get", "/api/facilities/{id}/history"): ["401 403 200 200 200", "401 404 404 200 200", "401 404 404 404 200"],
    ("get", "/api/conflicts"): ["401 403 200 200 200"],
    ("post", "/api/conflicts/{id}/resolve"): ["401 403 409 403 409", "401 403 404 403 409", "401 403 404 403 409"],
    ("get", "/api/audit"): ["401 403 403 403 200"],
    ("get", "/api/reports"): ["401 403 200 200 200"],
    ("get", "/api/reports/{file}"): ["401 403 200 200 200"],
    ("get", "/api/alerts"): LIST,
    ("post", "/api/alerts/{id}/acknowledge"): ["401 403 200 200 200", "401 403 404 200 200", "401 403 404 404 200"],
    ("get", "/api/start"): LIST,
    ("get", "/api/stream"): LIST,
    ("get", "/api/login"): OPEN,
    ("get", "/api/oidc/login"): ["503 503 503 503 503"],  # set up, and the provider is away
    ("get", "/api/oidc/callback"): ["400 400 400 400 400"],  # asked by a browser that began no log-in
    ("get", "/api/oidc/jwks"): OPEN,
    ("post", "/api/password"): ["401 400 400 400 400"],
    ("post", "/api/login"): ["400 400 400 400 400"],  # asked without a credential
    ("post", "/api/logout"): SELF,
    ("post", "/api/logout/everywhere"): SELF,
    ("get", "/api/me"): LIST,
    ("get", "/api/admin/regions"): ADMIN,
    ("post", "/api/admin/regions"): ADMIN_POST,
    ("get", "/api/admin/facilities"): ADMIN,
    ("post", "/api/admin/facilities"): ADMIN_POST,
    ("get", "/api/admin/facilities/{id}"): ADMIN * 3,
    ("patch", "/api/admin/facilities/{id}"): ADMIN_CHANGE,
    ("post", "/api/admin/facilities/{id}/revoke"): ADMIN * 3,
    ("get", "/api/admin/users"): ADMIN,
    ("post", "/api/admin/users"): ADMIN_POST,
    ("get", "/api/admin/users/{id}"): ADMIN * 3,
    ("patch", "/api/admin/users/{id}"): ADMIN_CHANGE,
    ("post", "/api/admin/users/{id}/password"): ADMIN_POST * 3,
    ("post", "/api/admin/users/{id}/logout"): ADMIN * 3,
    ("get", "/api/admin/tokens"): ADMIN,
    ("post", "/api/admin/tokens"): ADMIN_POST,
    ("post", "/api/admin/tokens/{id}/revoke"): ["401 403 403 403 204"] * 3,
    ("get", "/api/admin/thresholds"): ADMIN,
    ("post", "/api/admin/thresholds"): ADMIN_POST,
    ("patch", "/api/admin/thresholds/{id}"): ADMIN_CHANGE,
    ("delete", "/api/admin/thresholds/{id}"): ADMIN_CHANGE,
    ("get", "/api/admin/subscriptions"): ["401 403 200 200 200"],
    ("post", "/api/admin/subscriptions"): ["401 403 400 400 400"],
    ("get", "/api/admin/subscriptions/{id}"): OWN,
    ("get", "/api/admin/subscriptions/{id}/deliveries"): OWN,
    ("patch", "/api/admin/subscriptions/{id}"): OWN_CHANGE,
    ("delete", "/api/admin/subscriptions/{id}"): OWN_CHANGE,
    ("post", "/api/admin/subscriptions/{id}/test"): OWN_CHANGE,  # a test message waits already
    ("post", "/api/admin/subscriptions/{id}/deliveries/{delivery}/retry"): OWN_CHANGE,  # a test message is not tried again
    ("get", "/api/admin/access-log"): ADMIN,
    ("get", "/api/openapi.json"): OPEN,
    ("get", "/healthz"): OPEN,
    ("get", "/readyz"): OPEN,
    ("get", "/metrics"): OPEN,
    ("get", "/{path}"): OPEN,
}
BODIES = {("put", "/api/facilities/{id}/beds/{bed}/status"): {"status": "occupied"},
          ("post", "/api/conflicts/{id}/resolve"): {"status": "occupied", "reason": "bed_checked"}, ("post", "/api/login"): {},
          ("post", "/api/alerts/{id}/acknowledge"): {"note": "seen"},
          **{key: {} for key in EXPECTED if key[0] == "patch" or key[0] == "post" and EXPECTED[key][0].endswith("400")}}
# The three objects of a path's {id}: of fac_own, fac_near and fac_far.
OBJECTS = {"/conflicts/": lambda home: conflict(home), "/alerts/": lambda home: alert(home),
           "/facilities/{id}/revoke": lambda home: home + "_gone",
           "/admin/facilities/": str, "/admin/": lambda home: str(900 + HOMES.index(home))}


def described():
    return json.loads(run(program("bedpost-regional"), "--openapi").stdout)


def operations(document):
    return {(method, path): o for path, methods in document["paths"].items() for method, o in methods.items()}


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    """Runs with three homes, a bed, an open conflict and an alert in each, and a token of every role."""
    folder = os.path.join(server_folder, "access")
    key = os.path.join(server_folder, "access-oidc.key")
    run(program("bedpost-admin"), "oidc", "key", "--out", key)
    made = Region(folder, postgres, settings={"oidc": json.dumps({
        "issuer": f"https://127.0.0.1:{free_port()}", "client_id": "bedpost", "key": key,
        "public_url": "https://beds.example.org"})}).create()
    made.sql("INSERT INTO regions (id, name) VALUES ('reg_sverige', 'Sverige')")
    for home in HOMES:
        made.sql(f"INSERT INTO facilities (id, name, region_id) VALUES ('{home}', '{home}', "
                 f"'{'reg_sverige' if home == 'fac_far' else made.id}');"
                 "INSERT INTO beds (facility_id, id, care_level, status, version, last_updated, confirmed_at, unconfirmed) "
                 f"VALUES ('{home}', 'bed_1', 'light', 'available', 1, now(), now(), true);"
                 "INSERT INTO facility_availability (facility_id, ward, care_level, total, available, reserved, occupied, "
                 f"maintenance, unconfirmed, as_of, rev) VALUES ('{home}', 'unassigned', 'light', 1, 0, 0, 0, 0, 1, now(), 1);"
                 "INSERT INTO conflicts (facility_id, id, bed_id, opened_at, held_status, branch_status, events, last_event_at) "
                 f"VALUES ('{home}', '{conflict(home)}', 'bed_1', now(), 'available', 'occupied', 1, now());"
                 "INSERT INTO alert_history (facility_id, id, rule, value, threshold, opened_at, cleared_at) "
                 f"VALUES ('{home}', '{alert(home)}', 'offline', 9, 9, now(), now());"
                 "INSERT INTO facilities (id, name, region_id) SELECT id || '_gone', 'gone', region_id FROM facilities "
                 f"WHERE id = '{home}'")
    owners = {"fac_own": "FACILITY_MANAGER", "fac_near": "REGIONAL_COORDINATOR"}
    for home in HOMES:
        number, owner = 900 + HOMES.index(home), owners.get(home)
        if owner:
            made.token(owner, "fac_own")
        made.sql("INSERT INTO users (id, login, name, role, facility_id) OVERRIDING SYSTEM VALUE "
                 f"VALUES ({number}, 'u{number}', 'n', 'FACILITY_STAFF', '{home}_gone');"
                 "INSERT INTO api_tokens (id, hash, name, role) OVERRIDING SYSTEM VALUE "
                 f"VALUES ({number}, '{number}', 'n', 'SYSTEM_ADMIN');"
                 "INSERT INTO alert_rules (id, rule, facility_id, set_by) OVERRIDING SYSTEM VALUE "
                 f"VALUES ({number}, 'low', '{home}', 'test');"
                 "INSERT INTO subscriptions (id, channel, target, facility_id, created_by, token_id) OVERRIDING SYSTEM VALUE "
                 f"SELECT {number}, 'email', 'a@example.org', '{home}', 'test', "
                 f"(SELECT max(id) FROM api_tokens WHERE role = '{owner}');"
                 "INSERT INTO deliveries (subscription_id, rule, subject, body, next_at) "
                 f"VALUES ({number}, 'test', 's', 'b', now() + interval '1 day')")
    made.start()
    yield made
    made.stop()


def conflict(home):
    return "cfl_01HX900000000000000000000" + str(HOMES.index(home))


def alert(home):
    return "alr_01HX900000000000000000000" + str(HOMES.index(home))


def token_of(region, role):
    return None if role == "nobody" else region.token(role, "fac_own")


def ask(region, method, path, home, headers):
    """(status, body) of one request; of an answer without end its beginning."""
    address = path.replace("{bed}", "bed_1").replace("{delivery}", "1").replace("{path}", "icon.svg").replace("{file}", "occupancy.csv")
    made = next((of for part, of in OBJECTS.items() if part in path), str)
    address = address.replace("{id}", made(home))
    body = json.dumps(BODIES[method, path]) if (method, path) in BODIES else None
    headers = {"If-Match": '"99"', "Content-Type": "application/json", **headers} if method != "get" else headers
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    try:
        connection.request(method.upper(), address, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, (answer.read1(65536) if path == "/api/stream" else answer.read()).decode()
    finally:
        connection.close()


def test_every_route_is_expected_and_every_expectation_is_of_a_route():
    assert set(operations(described())) == set(EXPECTED)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method,path", EXPECTED)
def test_route(region, method, path, role):
    token = token_of(region, role)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    for home, line in zip(HOMES, EXPECTED[method, path]):
        status, body = ask(region, method, path, home, headers)
        assert status == int(line.split()[ROLES.index(role)]), (home, body)
        if role != "nobody":
            hidden = set(HOMES) - SEEN[role] if status < 400 else set(HOMES) - SEEN[role] - {home}
            assert not [h for h in hidden if h in body]


@pytest.mark.parametrize("method,path", [key for key in EXPECTED if key[0] != "get" and EXPECTED[key][0].startswith("401")])
def test_a_session_changes_nothing_without_its_csrf_text(region, method, path):
    for role in ROLES[1:]:
        login = region.request("POST", "/api/login", token=None, body=json.dumps({"token": token_of(region, role)}),
                               headers={"Content-Type": "application/json"})
        cookie = login.headers["Set-Cookie"].split(";")[0]
        for csrf in ({}, {"X-CSRF-Token": "0" * 64}):
            status, body = ask(region, method, path, "fac_own", {"Cookie": cookie, **csrf})
            assert status == 403, (role, body)


def test_the_description_is_served_as_the_program_prints_it(region):
    answer = region.get("/api/openapi.json", token=None)
    assert answer.status == 200 and answer.json() == described()


def resolve(document, ref):
    node = document
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return node


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from references(child)


def test_the_description_has_the_shape_of_openapi():
    document = described()
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["title"] and document["info"]["version"]
    assert all(resolve(document, ref)["type"] == "object" for ref in references(document))
    assert list(references(document))
    for (method, path), o in operations(document).items():
        assert method in ("get", "put", "post", "patch", "delete") and path.startswith("/")
        assert o["summary"]
        in_path = {p["name"] for p in o["parameters"] if p["in"] == "path" and p["required"]}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        assert all(p["in"] in ("path", "query", "header") and p["schema"] and p["description"] for p in o["parameters"])
        assert ("requestBody" in o) == ((method, path) in BODIES)
        assert all(re.fullmatch(r"[2-5]\d\d", status) and answer["description"] for status, answer in o["responses"].items())


def test_the_description_names_the_roles_that_may(region):
    for key, o in operations(described()).items():
        may = {role for line in EXPECTED[key] for role, status in zip(ROLES, line.split())
               if status not in ("401", "403", "404")}
        assert set(o["x-bedpost-roles"]) == may - {"nobody"}
        assert (o.get("security") == []) == ("nobody" in may)
        possible = {status for line in EXPECTED[key] for status in line.split()}
        assert possible <= set(o["responses"]), key
