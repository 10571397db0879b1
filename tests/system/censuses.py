"""Censuses of twelve beds, dropped and replayed: what tests of them share."""
import json
import os
import subprocess

from tests.stack.process import SANITIZER_ENV, program, wait_for

from .exports import at

CENSUS = """\
adapter: census
format: csv
match: "*.csv"
mode: census
ack: json
event:
  bed_id: "{bed}"
  new_status: "{status}"
  changed_at: {from: "{at}", format: rfc3339}
"""
BEDS = [f"bed_{n:02}" for n in range(12)]


def census(seconds, free=(), without=()):
    return "bed,status,at\n" + "".join(f"{bed},{'available' if bed in free else 'occupied'},{at(seconds)}\n" for bed in BEDS
                                       if bed not in without)


def state(home, name):
    listed = home.cli("files", name, "--json", check=False).stdout  # nothing while the outbox is being made
    found = json.loads(listed)["files"] if listed else []
    return found[0]["state"] if found else None


def drop(home, name, content, expected):
    home.drop(name, content)
    wait_for(lambda: state(home, name) == expected, f"{name} to be {expected}", 60, 0.05)
    home.wait_taken_in()


def codes(home):
    return [f["code"] for f in json.loads(home.cli("status", "--json", check=False).stdout)["findings"]]


def mend(home, adapter):
    """For the commands; the watcher goes on with the adapter that it has."""
    (name,) = os.listdir(home.adapters)
    with open(os.path.join(home.adapters, name), "w", encoding="utf-8") as file:
        file.write(adapter)


def bedpost(home, *words, code=0, **env):
    done = subprocess.run([program("bedpost"), *words, "--config", home.config], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **SANITIZER_ENV, **env}, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout
