"""bedpost-admin on a real database: what a person repeats changes nothing, what does not fit is refused."""
import json
import os
import pty
import stat
import subprocess

import pytest

from tests.stack.process import program, run, wait_for
from tests.stack.region import Region


@pytest.fixture
def region(tmp_folder, postgres):
    """Set up but not running."""
    return Region(os.path.join(tmp_folder, "region"), postgres).create()


def add(region, facility="fac_a", out="a.yaml", check=True, changes=()):
    words = {"name": "Home A", "region": region.id, "ca-dir": region.ca, "url": "https://127.0.0.1:1",
             "out": os.path.join(region.folder, out), **dict(changes)}
    return region.admin("facility", "add", facility, "--json", *(f"--{k}={v}" for k, v in words.items()), check=check)


def text_of(region, name):
    with open(os.path.join(region.folder, name), encoding="utf-8") as file:
        return file.read()


def status_of_database(conninfo, **env):
    return subprocess.run([program("bedpost-admin"), "db", "status", "--database", conninfo], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, **env})


def test_a_database_that_refuses_is_told_from_one_that_is_away(region, tmp_folder, postgres):
    with open(f"{postgres.data}/pg_hba.conf", "r+", encoding="utf-8") as rules:
        others = rules.read()
        rules.seek(0)
        rules.write("local all locked_admin scram-sha-256\nlocal all shut_admin reject\n" + others)
    postgres.query("CREATE ROLE locked_admin LOGIN PASSWORD 'right'; CREATE ROLE shut_admin LOGIN; CREATE ROLE no_login; SELECT pg_reload_conf()")
    here, database = f"host={postgres.folder}", region.database
    wait_for(lambda: status_of_database(f"{here} user=shut_admin dbname={database}").returncode == 5, "the new rules of log-in", 60)
    for code, says, conninfo, env in (
            (5, "password authentication failed", f"{here} user=locked_admin dbname={database}", {"PGPASSWORD": "wrong"}),
            (5, "no password supplied", f"{here} user=locked_admin dbname={database}", {}),
            (5, "pg_hba.conf", f"{here} user=shut_admin dbname={database}", {}), (5, "not permitted to log in", f"{here} user=no_login dbname={database}", {}),
            (5, "does not exist", f"{here} user=nobody_here dbname={database}", {}), (4, "does not exist", f"{here} user=postgres dbname=nowhere", {}),
            (4, "connection string", "dbname", {}), (4, "connection string", "nonsense=1 dbname=x", {}),
            (75, "No such file", f"host={tmp_folder}/nowhere user=postgres dbname={database}", {}),
            (0, "", f"{here} user=locked_admin dbname={database}", {"PGPASSWORD": "right"})):
        done = status_of_database(conninfo, **env)
        assert (done.returncode, says in done.stderr) == (code, True), (conninfo, done)
        assert ("--database" in done.stderr) == (code in (4, 5)) and "right" not in done.stderr
    done = subprocess.run([program("bedpost-report"), "occupancy", "--database", f"{here} user=nobody_here dbname={database}"], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 5, done


def test_the_same_home_twice_changes_nothing(region):
    first = json.loads(add(region).stdout)
    before = text_of(region, "a.yaml")
    second = json.loads(add(region).stdout)
    assert (first["row"], first["file"]) == ("added", "written")
    assert (second["row"], second["file"]) == ("was there already", "was there already")
    assert text_of(region, "a.yaml") == before
    assert stat.S_IMODE(os.stat(os.path.join(region.folder, "a.yaml")).st_mode) == 0o600


def test_a_file_without_its_row_is_taken_as_its_own(region):
    add(region)  # as a crash between the two leaves it
    region.sql("DELETE FROM certificates WHERE facility_id = 'fac_a'; DELETE FROM facilities WHERE id = 'fac_a'")
    before = text_of(region, "a.yaml")
    again = json.loads(add(region).stdout)
    assert (again["row"], again["file"]) == ("added", "was there already")
    assert text_of(region, "a.yaml") == before


@pytest.mark.parametrize("changes,code", [
    ({"name": "Home B"}, 1), ({"region": "reg_nowhere"}, 3), ({"ca-dir": "/nowhere"}, 3), ({"lat": "91", "lon": "0"}, 2),
    ({"lat": "59"}, 2), ({"zone": "Europe/Nowhere"}, 2), ({"url": "http://plain"}, 4), ({"days": "-1"}, 2),
])
def test_what_does_not_fit_is_refused_and_leaves_nothing(region, changes, code):
    add(region)
    facility = "fac_a" if "name" in changes else "fac_b"
    refused = add(region, facility, "b.yaml", check=False, changes=changes)
    assert refused.returncode == code
    assert refused.stderr.startswith("bedpost-admin: ")
    assert not os.path.exists(os.path.join(region.folder, "b.yaml"))
    assert region.sql("SELECT id FROM facilities") == [["fac_a"]]


def test_another_home_s_enrolment_is_not_overwritten(region):
    add(region)
    before = text_of(region, "a.yaml")
    assert add(region, "fac_b", check=False).returncode == 1
    assert text_of(region, "a.yaml") == before
    assert region.sql("SELECT id FROM facilities") == [["fac_a"]]
    renewed = region.admin("facility", "renew", "fac_b", "--ca-dir", region.ca, "--out",
                           os.path.join(region.folder, "a.yaml"), check=False)
    assert renewed.returncode == 3
    assert text_of(region, "a.yaml") == before


def test_a_renewed_enrolment_has_a_new_key_and_the_old_address(region):
    add(region)
    before = text_of(region, "a.yaml")
    region.admin("facility", "renew", "fac_a", "--ca-dir", region.ca, "--out", os.path.join(region.folder, "a.yaml"))
    after = text_of(region, "a.yaml")
    assert after != before
    assert "url: https://127.0.0.1:1\n" in after
    assert before[before.index("key:"):] != after[after.index("key:"):]


@pytest.mark.parametrize("words", [
    ["--role", "FACILITY_STAFF"], ["--role", "REGIONAL_COORDINATOR"], ["--role", "SYSTEM_ADMIN", "--region", "reg_norge"],
    ["--role", "FACILITY_MANAGER", "--facility", "fac_a", "--region", "reg_norge"], ["--role", "KING"],
    ["--role", "SYSTEM_ADMIN", "--expires", "soon"],
])
def test_a_token_whose_role_does_not_fit_its_scope_is_refused(region, words):
    refused = region.admin("token", "create", "--name", "x", *words, check=False)
    assert refused.returncode == 2
    assert region.sql("SELECT id FROM api_tokens") == []


def test_a_token_is_stored_as_a_hash_and_every_change_is_noted(region):
    made = json.loads(region.admin("token", "create", "--role", "SYSTEM_ADMIN", "--name", "root", "--expires", "90d",
                                   "--json").stdout)
    assert made["token"].startswith("bpt_") and len(made["token"]) == 47
    assert region.sql("SELECT length(hash) FROM api_tokens") == [["32"]]
    assert made["token"] not in region.admin("token", "list", "--json").stdout
    for _ in range(2):
        region.admin("token", "revoke", str(made["id"]))
    assert json.loads(region.admin("token", "list", "--json").stdout)[0]["state"] == "revoked"
    noted = [row[0] for row in region.sql("SELECT action FROM access_log ORDER BY id")]
    assert noted == ["region_add", "token_add", "token_revoke"]


def test_a_database_that_was_never_migrated_says_what_to_do(tmp_folder, postgres):
    region = Region(os.path.join(tmp_folder, "region"), postgres)
    conninfo = postgres.create(region.database)
    admin = program("bedpost-admin")
    refused = run(admin, "region", "list", "--database", conninfo, check=False)
    assert refused.returncode != 0 and "db migrate" in refused.stderr
    assert run(admin, "db", "status", "--database", conninfo, check=False).returncode == 1
    run(admin, "db", "migrate", "--database", conninfo)
    run(admin, "db", "migrate", "--database", conninfo)
    assert run(admin, "db", "status", "--database", conninfo).returncode == 0


def user(region, *words, password="correct horse battery", check=True):
    return region.admin("user", *words, "--json", check=check, input=password + "\n")


def test_a_user_is_stored_with_an_argon2id_hash_and_every_change_is_noted(region):
    user(region, "add", "kari", "--role", "SYSTEM_ADMIN", "--name", "Kari", "--password-stdin")
    stored = region.sql("SELECT password FROM users")[0][0]
    assert stored.startswith("$argon2id$v=19$m=65536,t=2,p=1$")
    path = os.path.join(region.folder, "password")
    with open(path, "w", encoding="utf-8") as file:
        file.write("another password\n")
    user(region, "passwd", "kari", "--password-file", path)
    assert region.sql("SELECT password FROM users")[0][0] != stored
    user(region, "disable", "kari", "--force")
    assert json.loads(user(region, "list").stdout)[0]["state"] == "disabled"
    user(region, "enable", "kari")
    assert json.loads(user(region, "list").stdout)[0]["state"] == "active"
    assert stored not in user(region, "list").stdout
    noted = json.loads(region.admin("access", "list", "--json").stdout)
    assert [row["action"] for row in noted] == ["region_add", "user_add", "user_passwd", "user_disable", "user_enable"]
    assert all(row["who"].startswith("shell:") and row["allowed"] for row in noted)


@pytest.mark.parametrize("words,password,code", [
    (["add", "kari", "--role", "SYSTEM_ADMIN", "--name", "Kari", "--password-stdin"], "short", 4),
    (["add", "Kari H", "--role", "SYSTEM_ADMIN", "--name", "Kari", "--password-stdin"], "correct horse battery", 2),
    (["add", "kari", "--role", "FACILITY_STAFF", "--name", "Kari", "--password-stdin"], "correct horse battery", 2),
    (["add", "kari", "--role", "FACILITY_STAFF", "--facility", "fac_no", "--name", "Kari", "--password-stdin"],
     "correct horse battery", 3),
    (["passwd", "nobody", "--password-stdin"], "correct horse battery", 3),
    (["disable", "nobody"], "", 3),
])
def test_a_user_that_does_not_fit_is_refused(region, words, password, code):
    refused = user(region, *words, password=password, check=False)
    assert refused.returncode == code
    assert password == "" or password not in refused.stdout + refused.stderr
    assert region.sql("SELECT id FROM users") == []


def test_the_access_log_can_be_narrowed(region):
    region.admin("token", "create", "--role", "SYSTEM_ADMIN", "--name", "root")
    region.sql("INSERT INTO access_log (at, who, action, allowed) VALUES (now() - interval '2 days', 'old', 'beds', false)")
    def actions(*words):
        return [row["action"] for row in json.loads(region.admin("access", "list", "--json", *words).stdout)]
    assert actions("--since", "1d") == ["region_add", "token_add"]
    assert actions("--denied") == ["beds"]
    assert actions("--action", "token_add") == ["token_add"]
    assert actions("--who", "old") == ["beds"]
    assert actions("--limit", "1") == ["beds"]
    assert region.admin("access", "list", "--limit", "0", check=False).returncode == 2


def at_terminal(command, *answers):
    """(exit code, what the terminal showed) of a command that is answered line by line after each prompt."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(command[0], command)
    shown, answers = b"", list(answers)
    while True:
        try:
            came = os.read(terminal, 1024)
        except OSError:  # the other end is closed
            break
        if not came:
            break
        shown += came
        if answers and shown.endswith(b": "):
            os.write(terminal, answers.pop(0).encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), shown.decode()


@pytest.mark.parametrize("again,code,users", [("correct horse battery", 0, [["kari"]]), ("correct horse batterx", 4, [])])
def test_the_terminal_is_asked_twice_and_shows_no_password(region, again, code, users):
    ended, shown = at_terminal([program("bedpost-admin"), "user", "add", "kari", "--role", "SYSTEM_ADMIN", "--name", "Kari",
                                "--config", region.config], "correct horse battery", again)
    assert ended == code, shown
    assert "New password: " in shown and "horse" not in shown
    assert region.sql("SELECT login FROM users") == users
