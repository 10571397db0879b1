"""The siege of ./dev chaos in small: it has to find nothing wrong, and to find what is."""
import os
import subprocess
import sys

from tests.siege.reckoning import beds, events
from tests.stack.process import BUILD, TOP

from .exports import Story


def test_a_short_siege_leaves_nothing_wrong():
    siege = subprocess.Popen([sys.executable, "-m", "tests.siege", "--homes", "6", "--minutes", "0.1", "--seed", "5",
                              "--settle", "150", "--folder", f"siege-{os.getpid()}"], cwd=TOP, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env={**os.environ, "BEDPOST_TOP": TOP, "BEDPOST_BUILD": BUILD})
    try:
        told, _ = siege.communicate(timeout=400)
    except subprocess.TimeoutExpired:
        siege.terminate()  # it ends everything it has started
        told, _ = siege.communicate()
    assert siege.returncode == 0, told
    assert "0 things are wrong" in told


def test_the_reckoning_names_what_is_lost_doubled_or_shown_wrong(region, new_home):
    home, story = new_home(), Story(90)
    home.restored = 0
    home.drop("1.csv", story.file(6))
    home.wait_shipped()
    truth = {home.facility: dict(story.beds)}
    bed = min(story.beds)
    assert not [*beds(region, truth), *events(region)]
    truth[home.facility][bed] = "nowhere"
    assert len(list(beds(region, truth))) == 2
    region.sql("ALTER TABLE bed_audit_log DISABLE TRIGGER USER; DELETE FROM bed_audit_log WHERE seq = 6; "
               "UPDATE bed_audit_log SET event_id = (SELECT min(event_id) FROM bed_audit_log WHERE seq = 1) WHERE seq = 2")
    found = " ".join(events(region))
    assert "stand twice" in found and "2 events of its outbox are not in the audit log" in found and "other seqs" in found
