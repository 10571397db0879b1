"""PostgreSQL itself shows the API's role only the rows of whom it acts for, whatever a question forgets to ask for."""
import os

import pytest

from tests.stack.region import Region

HOMES = {"fac_a": "reg_a", "fac_b": "reg_a", "fac_c": "reg_b"}
STATUS = "total, available, reserved, occupied, maintenance, unconfirmed"

# A row of a home {f} in every table that has rows of homes.
ROWS = {
    "beds": "(facility_id, id, care_level, status, last_updated, confirmed_at) VALUES ('{f}', 'bed_1', 'light', 'available', now(), now())",
    "home_views": "VALUES ('{f}', 'bed_1', 'available', now())",
    "facility_availability": f"(facility_id, ward, care_level, {STATUS}, as_of, rev) "
                             "VALUES ('{f}', 'w', 'light', 1, 1, 0, 0, 0, 0, now(), 1)",
    "streams": "VALUES ('{f}', 'e', 1, now(), now())",
    "conflicts": "(facility_id, id, bed_id, opened_at, held_status, branch_status, events, last_event_at) "
                 "VALUES ('{f}', 'cfl_1', 'bed_1', now(), 'available', 'occupied', 1, now())",
    "bed_audit_log": "(facility_id, n, epoch, seq, event_id, bed_id, new_status, changed_at, received_at, outcome, in_history, "
                     "bed_version, prev_hash, hash) "
                     "VALUES ('{f}', 1, 'e', 1, 'evt_1', 'bed_1', 'available', now(), now(), 'applied', true, 1, '', '')",
    "refusals": "VALUES ('{f}', 'e', 2, NULL, now(), 'r', NULL)",
    "alert_history": "(facility_id, id, rule, value, threshold, opened_at) VALUES ('{f}', 'alr_1', 'low', 1, 2, now())",
    "facility_closures": "VALUES ('{f}', now(), NULL)",
    "certificates": "(facility_id, fingerprint, expires_at) VALUES ('{f}', repeat('0', 64), now())",
    "contact_refusals": "(facility_id, road, reason) VALUES ('{f}', 'sftp', 'closed')",
    "alert_rules": "(rule, facility_id, set_by) VALUES ('low', '{f}', 'test')",
    "subscriptions": "(channel, target, facility_id, created_by) VALUES ('email', 'a@example.org', '{f}', 'test')",
    "deliveries": "(facility_id, subscription_id, subject, body) SELECT '{f}', id, 's', 'b' FROM subscriptions "
                  "WHERE facility_id = '{f}'",
    "feed_cursors": "VALUES ('{f}', 'test', 1)",
    "api_tokens": "(hash, name, role, facility_id) VALUES (convert_to('{f}', 'UTF8'), 't', 'FACILITY_STAFF', '{f}')",
    "users": "(login, name, role, facility_id) VALUES ('{f}', 'n', 'FACILITY_STAFF', '{f}')",
    "sessions": "(hash, user_id, role, facility_id, csrf, expires_at) SELECT convert_to('{f}', 'UTF8'), id, role, facility_id, '', "
                "now() + interval '1 hour' FROM users WHERE login = '{f}'",
    "access_log": "(action, facility_id, allowed) VALUES ('beds', '{f}', true)",
}


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    """Set up but not running: three homes, a row of each in every table."""
    made = Region(os.path.join(server_folder, "row_security"), postgres).create()
    for r in sorted(set(HOMES.values())):
        made.sql(f"INSERT INTO regions (id, name) VALUES ('{r}', '{r}')")
    made.sql("INSERT INTO feed_consumers (consumer) VALUES ('test')")
    for f, r in HOMES.items():
        made.sql(f"INSERT INTO facilities (id, name, region_id) VALUES ('{f}', '{f}', '{r}')")
        for table, row in ROWS.items():
            made.sql(f"INSERT INTO {table} {row.format(f=f)}")
    return made


def homes_seen(region, table, role=None, facility="", region_id=""):
    """The homes of which bedpost_api sees rows."""
    column = "id" if table == "facilities" else "facility_id"
    settings = f"SET bedpost.role = '{role}'; SET bedpost.facility = '{facility}'; SET bedpost.region = '{region_id}'; "
    rows = region.sql("SET ROLE bedpost_api; " + (settings if role is not None else "")
                      + f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL")
    return {row[0] for row in rows}


@pytest.mark.parametrize("table", ["facilities", *ROWS])
def test_each_role_sees_its_own_rows(region, table):
    for role in ("FACILITY_STAFF", "FACILITY_MANAGER"):
        assert homes_seen(region, table, role, facility="fac_a") == {"fac_a"}
        assert homes_seen(region, table, role, region_id="reg_a") == set()
        assert homes_seen(region, table, role) == set()
    for role in ("SYSTEM_ADMIN", "ALL"):
        assert homes_seen(region, table, role) == set(HOMES)
    assert homes_seen(region, table) == set()
    assert homes_seen(region, table, "KING", "fac_a", "reg_a") == set()


@pytest.mark.parametrize("table", ["facilities", *sorted(set(ROWS) - {"api_tokens", "users", "sessions", "access_log"})])
def test_a_coordinator_sees_the_homes_of_its_region(region, table):
    assert homes_seen(region, table, "REGIONAL_COORDINATOR", region_id="reg_a") == {"fac_a", "fac_b"}
    assert homes_seen(region, table, "REGIONAL_COORDINATOR", facility="fac_a") == set()


@pytest.mark.parametrize("table", ["api_tokens", "users", "sessions", "access_log"])
def test_a_coordinator_sees_no_credentials_of_homes(region, table):
    assert homes_seen(region, table, "REGIONAL_COORDINATOR", region_id="reg_a") == set()


def test_who_is_not_known_yet_reaches_credentials_and_nothing_else(region):
    for table in ("facilities", *ROWS):
        credentials = table in ("api_tokens", "users", "sessions")
        assert homes_seen(region, table, "LOGIN") == (set(HOMES) if credentials else set())


def test_writing_is_held_to_the_same_rows(region):
    delete = "SET ROLE bedpost_api; SET bedpost.role = 'FACILITY_STAFF'; SET bedpost.facility = 'fac_a'; DELETE FROM sessions"
    region.sql(f"BEGIN; {delete}; RESET ROLE; DO $$ BEGIN ASSERT (SELECT count(*) FROM sessions) = 2; END $$; ROLLBACK")


def test_the_other_roles_are_not_held_to_it(region):
    for role in ("bedpost_ingest", "bedpost_report"):
        assert region.sql(f"SET ROLE {role}; SELECT count(*) FROM beds") == [["3"]]


def test_every_table_with_rows_of_homes_that_the_api_may_read_is_guarded(region):
    found = region.sql(
        "SELECT c.relname, c.relrowsecurity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped "
        "WHERE a.attname = 'facility_id' AND c.relkind IN ('r', 'p') "
        "AND has_table_privilege('bedpost_api', c.oid, 'SELECT') ORDER BY 1")
    assert {name for name, _ in found} <= set(ROWS), "give the new table bedpost_guard() and a row in ROWS"
    assert all(guarded == "t" for _, guarded in found)


def test_the_api_s_role_cannot_step_over_it(region):
    assert region.sql("SELECT rolbypassrls OR rolsuper OR rolcanlogin FROM pg_roles WHERE rolname = 'bedpost_api'") == [["f"]]
    assert region.sql("SELECT count(*) FROM pg_tables WHERE tableowner = 'bedpost_api'") == [["0"]]
    assert region.sql("SELECT pg_has_role('bedpost_api', 'bedpost_owner', 'USAGE')") == [["f"]]


def test_only_who_is_not_known_yet_reaches_log_ins_under_way(region):
    region.sql("INSERT INTO oidc_logins (state, browser, return_to, expires_at) VALUES ('s', 'b', '/', now())")
    region.sql("INSERT INTO user_identities (issuer, subject, user_id, linked_by) SELECT 'i', 's', id, 't' FROM users LIMIT 1")
    for table in ("oidc_logins", "user_identities"):
        for role, seen in (("LOGIN", "1"), ("FACILITY_STAFF", "0"), ("REGIONAL_COORDINATOR", "0"), ("", "0")):
            assert region.sql(f"SET ROLE bedpost_api; SET bedpost.role = '{role}'; SELECT count(*) FROM {table}") == [[seen]]
