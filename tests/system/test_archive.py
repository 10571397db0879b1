"""The archive: sealed for the owner of a key, never overwritten, and not for ever."""
import os

from tests.stack.process import wait_for

from .exports import export, row


def sealed_home(new_home, tmp_folder, **settings):
    """A home that seals, and the secret key."""
    key = os.path.join(tmp_folder, "archive.key")
    home = new_home(start=False, settings={"archive": f"{{mode: sealed, key: {key}.pub}}", **settings})
    home.cli("archive", "key", "--out", key)
    home.start()
    return home, key


def test_a_sealed_archive_is_read_by_the_owner_of_the_key_and_by_nobody_else(region, new_home, tmp_folder):
    home, key = sealed_home(new_home, tmp_folder)
    content = export(row("bed_1", "occupied", note="Kari Nordmann"))
    dropped = home.drop("Kari Nordmann.csv", content)
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "occupied"} and not os.path.exists(dropped)
    (listed,) = home.json("archive", "list")["archive"]
    assert listed["sealed"]
    with open(listed["where"], "rb") as file:
        sealed = file.read()
    assert b"Nordmann" not in sealed and b"bed_1" not in sealed
    out = os.path.join(tmp_folder, "opened")
    os.mkdir(out)
    home.cli("archive", "open", listed["where"], "--key", key, "--out", out)
    assert os.listdir(out) == ["Kari Nordmann.csv"]
    with open(os.path.join(out, "Kari Nordmann.csv"), encoding="utf-8") as file:
        assert file.read() == content
    assert home.cli("archive", "open", listed["where"], "--key", key, "--out", "-").stdout == content
    again = home.cli("archive", "open", listed["where"], "--key", key, "--out", out, check=False)
    assert again.returncode == 1 and "exists" in again.stderr
    home.cli("archive", "key", "--out", key + ".other")
    other = home.cli("archive", "open", listed["where"], "--key", key + ".other", "--out", "-", check=False)
    assert other.returncode == 1 and other.stdout == "" and "another key" in other.stderr


def test_sealed_files_of_one_name_stand_side_by_side(new_home, tmp_folder):
    home, key = sealed_home(new_home, tmp_folder)
    contents = [export(row("bed_1", ("occupied", "available")[n % 2], n)) for n in range(3)]
    for content in contents:
        home.drop("same.csv", content)
        home.wait_taken_in()
    wait_for(lambda: len(home.json("archive", "list")["archive"]) == 3, "three to be noted")
    opened = [home.cli("archive", "open", f["where"], "--key", key, "--out", "-").stdout
              for f in home.json("archive", "list")["archive"]]
    assert sorted(opened) == sorted(contents)


def test_without_its_key_the_watcher_does_not_start_and_says_why(new_home, tmp_folder):
    home = new_home(start=False, settings={"archive": f"{{mode: sealed, key: {tmp_folder}/none.pub}}"})
    home.watcher.start()
    wait_for(lambda: not home.watcher.running(), "the watcher to give up")
    assert "none.pub" in home.watcher.tail() and home.watcher.child.returncode == 3
    home.watcher.child = None
