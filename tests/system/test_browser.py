"""The dashboard in a real browser over the real daemons: the tests of tests/browser/, in one browser against one region.

`./dev check` runs them with the plain build alone: what the sanitizers would look at, the daemons, the API's own tests drive."""
import fcntl
import json
import os
import shutil
import subprocess

import pytest

from tests.browser.crowd import PASSWORD, Crowd
from tests.stack.process import TOP

FOLDER = os.path.join(TOP, "tests", "browser")
CHROMIUM = os.environ.get("BEDPOST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def modules():
    """node_modules as package-lock.json says, or why they cannot be had. The board's tests may want them at the same time."""
    os.makedirs(os.path.join(TOP, "var"), exist_ok=True)
    with open(os.path.join(TOP, "var", "browser-modules.lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return fetch_modules()


def fetch_modules():
    kept, lock = os.path.join(FOLDER, "node_modules", ".package-lock.json"), os.path.join(FOLDER, "package-lock.json")
    if os.path.exists(kept) and os.path.getmtime(kept) >= os.path.getmtime(lock):
        return None
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=FOLDER, capture_output=True,
                          text=True, check=False, timeout=300)
    if done.returncode == 0:
        os.utime(kept)
        return None
    return f"npm ci: {done.stderr.strip()[-200:]}"


@pytest.fixture(scope="module")
def crowd():
    if not CHROMIUM or not shutil.which("npm"):
        pytest.skip("browser tests need chromium and npm")
    if not os.path.exists(os.path.join(TOP, "web", "dist", "index.html")):
        pytest.skip("the dashboard is not bundled (configured --without-dashboard)")
    missing = modules()
    if missing:
        pytest.skip(missing)
    made = Crowd().start()
    yield made
    made.stop()


def test_browser(crowd):
    env = {**os.environ, "BEDPOST_CHROMIUM": CHROMIUM, "BEDPOST_STACK": json.dumps({"url": crowd.url, "password": PASSWORD})}
    done = subprocess.run(["node", "--test-reporter=spec", "all.mjs"], cwd=FOLDER, env=env, capture_output=True, text=True, check=False, timeout=1800)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
