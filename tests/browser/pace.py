"""./dev bench page [TIMES]: how soon the coordinator's list of 200 homes stands on a slow processor. Prints, judges nothing.

pace.mjs says what is measured. Whatever else the machine does meanwhile is in the figures: look at the best."""
import json
import os
import subprocess
import sys

from tests.browser.crowd import PASSWORD, Crowd
from tests.system.test_browser import CHROMIUM, FOLDER, modules


def main():
    missing = modules() if CHROMIUM else "there is no chromium"
    if missing:
        sys.exit(f"bench: {missing}")
    crowd = Crowd()
    try:
        crowd.start()
        env = {**os.environ, "BEDPOST_CHROMIUM": CHROMIUM, "BEDPOST_STACK": json.dumps({"url": crowd.url, "password": PASSWORD})}
        subprocess.run(["node", "pace.mjs", *sys.argv[1:]], cwd=FOLDER, env=env, check=True)
    finally:
        crowd.stop()


if __name__ == "__main__":
    main()
