"""Whatever the region can note in its access log stands in words on the page that shows it: what the sources write is held to the texts."""
import glob
import os
import re

from tests.stack.process import TOP


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def sources(*patterns):
    for pattern in patterns:
        for path in sorted(glob.glob(os.path.join(TOP, pattern), recursive=True)):
            yield os.path.relpath(path, TOP), read(path)


def joined(text):
    """Neighbouring C strings as one."""
    return re.sub(r'"[\s\\]*"', "", text)


def noted_by_statements():
    """(action, where) of each INSERT INTO access_log; a macro's and a parameter's actions by who calls it."""
    for path, text in sources("store/*.c", "regional/**/*.c", "cli/**/*.c", "store/migrations/*.sql"):
        for columns, values in re.findall(r"INSERT INTO\s+access_log\s*\(([^)]*)\)\s*(?:SELECT|VALUES\s*\()\s*(.*?)(?:FROM|;|$)", joined(text), re.S):
            value = values.split(",")[[c.strip() for c in columns.split(",")].index("action")].strip()
            if value.startswith("'\""):
                found = re.findall(r'\b(?:NOTED|CHANGED)\([\s\\]*"(\w+)"', text)
            elif value == "$2":
                found = re.findall(r'\bchange\(pg, who, "(\w+)"', text)
            else:
                found = re.findall(r"^'(\w+)'$", value) or (["login"] if path == "regional/api/access_log.c" and value == "action" else [])
            assert found, f"{path}: which action does this note? {value}"
            yield from found


def noted_by_requests():
    table = re.findall(r'\] = \{\w+,\s*"(\w+)",', read("regional/api/api.c"))
    assert len(table) > 40
    yield from table
    for _, text in sources("regional/**/*.c"):
        for call in re.findall(r"access_log_add\(([^;]*);", text):
            yield from re.findall(r'"(\w+)"', call.split(",")[3])


def test_every_action_of_the_access_log_stands_in_words():
    words = dict((code, (nb, en)) for code, nb, en in re.findall(r'^\t(\w+): \["([^"]+)", "([^"]+)"\],$', read("web", "src", "admin", "actions.js"), re.M))
    statements, requests = set(noted_by_statements()), set(noted_by_requests())
    assert {"feed_reset", "user_passwd", "facility_enrol", "alert_subscription_change", "alert_retry", "contact", "report"} <= statements
    assert {"access_log", "conflict_resolve", "bed_status", "login_begin", "history"} <= requests
    written = statements | requests
    assert written - set(words) == set(), "these have no words"
    assert set(words) - written == set(), "nobody writes these"
