"""The home's board in a real browser, at a phone's size, over the real daemons."""
import json
import os
import shutil
import subprocess

import pytest

from tests.browser.board_home import PIN, BoardHome

from .test_browser import CHROMIUM, FOLDER, modules


@pytest.fixture(scope="module")
def board_home():
    missing = modules() if CHROMIUM and shutil.which("npm") else "browser tests need chromium and npm"
    if missing:
        pytest.skip(missing)
    made = BoardHome()
    try:
        yield made.start()
    finally:
        made.stop()


def test_the_board_in_a_browser(board_home):
    env = {**os.environ, "BEDPOST_CHROMIUM": CHROMIUM, "BEDPOST_STACK": json.dumps({"url": board_home.url, "pin": PIN})}
    done = subprocess.run(["node", "--test", "board.test.mjs"], cwd=FOLDER, env=env, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
