"""The home's board over real HTTP: a tap reaches the region, the line up or down, and nobody else gets in."""
import http.client
import json
import os
import signal
import threading
import time

import pytest

from tests.stack.board import Board, give_pin
from tests.stack.process import LINE_BACK, program, run, wait_for

from .exports import export, row
from .invariants import nothing_lost_nothing_doubled
from .kill_points import dies_once

PIN = "402951"
BED = "bed_a"


@pytest.fixture
def home(new_home):
    """A home with a board, Kari's PIN, and two beds that the region knows."""
    made = new_home(start=False, settings=Board.settings({"heartbeat": "1s"}))
    give_pin(made, "kari", PIN)
    made.start()
    made.drop("1.csv", export(row(BED, "available", 0), row("bed_b", "occupied", 1)))
    made.wait_shipped()
    return made


@pytest.fixture
def board(home):
    return Board(home)


@pytest.fixture
def kari(board):
    board.log_in("kari", PIN)
    return board


def wait_region(region, home, bed, status, seconds=60):
    wait_for(lambda: region.beds(home.facility).get(bed) == status, f"the region to see {bed} {status}", seconds, 0.05)


def test_a_tap_reaches_the_region(region, home, kari):
    answer = kari.set(BED, "available", "occupied")
    assert (answer.status, answer.body["outcome"], answer.body["bed"]["changed_by"]) == (200, "set", "user_kari")
    wait_region(region, home, BED, "occupied")
    nothing_lost_nothing_doubled(region, home, 3)
    event = json.loads(home.cli("outbox", "export", "--all").stdout.splitlines()[-1])
    assert (event["changed_by"], event["previous_status"], event["new_status"]) == ("user_kari", "available", "occupied")
    wait_for(lambda: kari.bed(BED)["status"] == "occupied" and kari.line()["state"] == "up" and kari.line()["queued"] == 0,
             "the board to show it in sync", 60, 0.1)


def test_without_a_line_a_change_is_kept_and_sent_when_it_is_back(region, home, kari):
    region.daemon.stop()
    answer = kari.set(BED, "available", "reserved")
    assert answer.status == 200 and answer.body["outcome"] == "set"
    wait_for(lambda: kari.line()["state"] == "down" and kari.line()["queued"] == 1, "the board to say that there is no line", 60, 0.1)
    assert kari.bed(BED)["status"] == "reserved" and kari.line()["last_contact"]
    home.watcher.kill()
    home.watcher.start()
    kari = Board(home)
    assert kari.bed(BED)["status"] == "reserved"
    region.start()
    wait_region(region, home, BED, "reserved", LINE_BACK)
    nothing_lost_nothing_doubled(region, home, 3)


def test_a_syncd_that_is_gone_is_told(home, board):
    home.syncd.stop()
    wait_for(lambda: board.line()["state"] == "gone", "the board to miss syncd", 60, 0.1)


def test_a_syncd_that_hangs_is_told_and_not_called_up(home, board):
    wait_for(lambda: board.line()["state"] == "up", "the line to be up", 60, 0.1)
    home.syncd.freeze()
    try:
        said = os.path.join(home.state, "sync.status.json")
        with open(said, encoding="utf-8") as file:
            words = json.load(file)
        # What a frozen syncd wrote last grows old by itself; the test does not wait for it.
        words.update(written_at="2026-01-02T03:04:05Z", next_attempt=None)
        with open(said + ".new", "w", encoding="utf-8") as file:
            json.dump(words, file)
        os.replace(said + ".new", said)
        wait_for(lambda: board.line()["state"] == "silent", "the board to doubt syncd", 60, 0.1)
        assert board.line()["since"] == "2026-01-02T03:04:05Z"
    finally:
        os.kill(home.syncd.child.pid, signal.SIGCONT)
    wait_for(lambda: board.line()["state"] == "up", "the line to be up again", 60, 0.1)


def test_a_region_that_does_not_answer_is_told_before_the_line_is_given_up(region, home, kari):
    wait_for(lambda: kari.line()["state"] == "up" and kari.line()["queued"] == 0, "the line to be up", 60, 0.1)
    region.daemon.freeze()
    try:
        assert kari.set(BED, "available", "reserved").status == 200
        waiting = wait_for(lambda: (line := kari.line())["unanswered_since"] and line, "the board to miss an answer", 50, 0.1)
        assert (waiting["state"], waiting["queued"]) == ("up", 1) and waiting["unanswered_since"] >= waiting["oldest"]
    finally:
        os.kill(region.daemon.child.pid, signal.SIGCONT)
    wait_region(region, home, BED, "reserved", LINE_BACK)
    wait_for(lambda: (line := kari.line())["queued"] == 0 and line["unanswered_since"] is None, "the board to have its answer", 60, 0.1)
    nothing_lost_nothing_doubled(region, home, 3)


def test_a_change_at_the_region_shows_up(region, home, board):
    answer = region.request("PUT", f"/api/facilities/{home.facility}/beds/{BED}/status", region.token("FACILITY_STAFF", home.facility),
                            json.dumps({"status": "maintenance"}), {"Content-Type": "application/json", "If-Match": '"1"'})
    assert answer.status == 200, answer.body
    wait_for(lambda: board.bed(BED)["status"] == "maintenance" and board.bed(BED)["set_by"] == "region",
             "the region's change to show on the board", 60, 0.1)


def test_two_taps_at_once_make_one_event(region, home, kari):
    key, answers = "0123456789abcdef01234567", []
    threads = [threading.Thread(target=lambda: answers.append(kari.set(BED, "available", "occupied", key=key))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.body["outcome"] for a in answers) == ["repeated"] * 7 + ["set"]
    assert len({a.body["event_id"] for a in answers}) == 1
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)


@pytest.mark.parametrize("point", ["mid_manual", "before_manual_commit", "after_manual_commit"])
def test_a_tap_that_a_crash_cuts_off_is_made_once(region, home, board, point):
    home.watcher.stop()
    home.watcher.start(BEDPOST_KILL_AT=point)
    board = Board(home)
    board.log_in("kari", PIN)
    key = "kill-point-" + point
    with pytest.raises((OSError, http.client.HTTPException)):
        board.set(BED, "available", "occupied", key=key)
    dies_once(home.watcher, point, home.watcher.start)
    board = Board(home)
    board.log_in("kari", PIN)
    answer = board.set(BED, "available", "occupied", key=key)
    assert answer.body["outcome"] == ("repeated" if point.startswith("after") else "set")
    wait_region(region, home, BED, "occupied")
    nothing_lost_nothing_doubled(region, home, 3)


def test_who_was_overtaken_is_told_and_nothing_is_written(home, kari):
    home.drop("2.csv", export(row(BED, "reserved", 9)))
    home.wait_taken_in()
    answer = kari.set(BED, "available", "occupied")
    assert (answer.status, answer.problem, answer.body["bed"]["status"]) == (409, "bed-changed", "reserved")
    assert kari.set(BED, "available", "reserved").body["outcome"] == "already"
    assert home.outbox()["last"] == 3


def test_an_unknown_bed_and_nonsense_are_refused(home, kari):
    assert kari.set("bed_nowhere", "available", "occupied").problem == "unknown-bed"
    assert kari.set(BED, "available", "asleep").status == 400
    assert kari.set(BED, None, "occupied").status == 400
    assert kari.set(BED, "available", "occupied", key="short").status == 400
    assert kari.ask("PUT", f"/api/beds/{BED}/status", raw=b"{", csrf=kari.csrf).status == 400
    assert home.outbox()["last"] == 2


def test_a_disk_that_is_nearly_full_is_said_and_nothing_is_written(new_home):
    home = new_home(start=False, settings=Board.settings({}))
    give_pin(home, "kari", PIN)
    home.start()
    home.drop("1.csv", export(row(BED, "available", 0)))
    home.wait_taken_in()
    home.watcher.stop()
    with open(home.config, "a", encoding="utf-8") as file:
        file.write("min_free: 1000000GiB\n")
    home.watcher.start()
    board = Board(home)
    board.log_in("kari", PIN)
    answer = board.set(BED, "available", "occupied")
    assert (answer.status, answer.problem) == (503, "disk-full")
    wait_for(lambda: board.picture()["stopped"] == "full", "the board to say so", 60, 0.05)
    assert home.outbox()["last"] == 1


def test_wrong_pins_lock_out_even_the_right_one(home, board):
    def try_pin(pin):
        return board.ask("POST", "/api/session", {"user": "user_kari", "pin": pin})

    answers = [try_pin(f"00{n:04}") for n in range(2)]
    assert [a.status for a in answers] == [401, 401]

    def is_locked_out():
        """The third asks for two seconds, each further one for twice as long: until the right one comes in time."""
        began = time.monotonic()
        wrong = try_pin("000002")
        if wrong.status == 401:
            return False  # a right one came too late, and began the count anew
        right = try_pin(PIN)
        if time.monotonic() - began >= 2:
            return False  # it was over when the right one came
        assert wrong.status == right.status == 429 and "Set-Cookie" not in right.headers
        return int(wrong.headers["Retry-After"]) >= 1

    wait_for(is_locked_out, "the right PIN to be shut out")
    assert board.set(BED, "available", "occupied").status == 401
    wait_for(lambda: "pin_wrong" in home.watcher.tail(), "the log to say so")
    assert "000001" not in home.watcher.tail(200)


def test_a_session_needs_its_cookie_and_its_token(home, kari):
    cookie = kari.set_cookie
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Max-Age" not in cookie
    right, kari.csrf = kari.csrf, None
    assert kari.set(BED, "available", "occupied").problem == "csrf"
    kari.csrf = "0" * 64
    assert kari.set(BED, "available", "occupied").problem == "csrf"
    kari.csrf = right
    assert kari.set(BED, "available", "occupied", headers={"Origin": "http://evil.example"}).problem == "foreign-page"
    assert kari.set(BED, "available", "occupied", headers={"Sec-Fetch-Site": "cross-site"}).problem == "foreign-page"
    assert kari.ask("PUT", f"/api/beds/{BED}/status", raw=b'{"status":"occupied"}', csrf=right, headers={"Content-Type": "text/plain"}).status == 415
    assert home.outbox()["last"] == 2
    assert kari.ask("DELETE", "/api/session", csrf=right).status == 200
    assert kari.set(BED, "available", "occupied").status == 401


def test_a_name_that_is_not_ours_is_shut_out(home, board):
    for host in ("evil.example", f"evil.example:{board.port}", f"127.0.0.1.evil.example:{board.port}"):
        for path in ("/", "/api/board", "/api/session"):
            assert board.ask("GET", path, headers={"Host": host}).problem == "unknown-host"
    assert board.ask("GET", "/api/board", headers={"Host": f"localhost:{board.port}"}).status == 200


def test_a_pin_taken_away_ends_its_sessions(home, kari):
    home.cli("board", "pin", "kari", "--remove")
    assert kari.set(BED, "available", "occupied").status == 401
    assert kari.ask("POST", "/api/session", {"user": "user_kari", "pin": PIN}).status == 401
    assert home.json("board", "list") == {"pins": []}


def test_pins_are_given_without_the_command_line(home):
    done = run(program("bedpost"), "board", "pin", "ola", "--stdin", "--config", home.config, check=False, input="1234\n")
    assert done.returncode == 4 and "1234" not in done.stderr
    give_pin(home, "ola", "735012")
    assert home.json("board", "list") == {"pins": [{"user": "user_kari"}, {"user": "user_ola"}]}
    path = os.path.join(home.state, "board.pins")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with open(path, encoding="utf-8") as file:
        assert "735012" not in file.read()


def test_a_board_may_ask_for_a_pin_to_look(new_home):
    home = new_home(start=False, settings=Board.settings({}, "view: pin"))
    give_pin(home, "kari", PIN)
    home.start()
    board = Board(home)
    assert board.ask("GET", "/api/board").status == 401
    board.log_in("kari", PIN)
    assert board.ask("GET", "/api/board").status == 200


def test_the_page_is_served_under_a_strict_policy(board):
    page = board.ask("GET", "/")
    assert page.status == 200 and b"main.js" in page.raw
    assert "default-src 'none'" in page.headers["Content-Security-Policy"] and "unsafe" not in page.headers["Content-Security-Policy"]
    for name in ("main.js", "board.css", "icon.svg"):
        assert board.ask("GET", "/" + name).status == 200
    assert board.ask("GET", "/README.md").status == 404
    assert board.ask("GET", "/../board.pins").status == 404


def test_a_bed_is_set_from_a_shell_like_from_the_board(region, home):
    made = home.json("bed", "set", BED, "occupied", "--was", "available", "--by", "user_it", "--key", "0123456789abcdef")
    assert (made["outcome"], made["changed_by"]) == ("set", "user_it")
    assert home.json("bed", "set", BED, "occupied", "--by", "user_it", "--key", "0123456789abcdef")["outcome"] == "repeated"
    wait_region(region, home, BED, "occupied")
    done = home.cli("bed", "set", BED, "reserved", "--was", "available", check=False)
    assert done.returncode == 1 and "occupied, not available" in done.stderr
    assert home.cli("bed", "set", "bed_nowhere", "reserved", check=False).returncode == 3
    nothing_lost_nothing_doubled(region, home, 3)


def test_a_board_that_cannot_open_keeps_no_file_out(new_home):
    home = new_home(start=False, settings=Board.settings({}, "pages: /nowhere", pages=False))
    home.start()
    home.drop("1.csv", export(row(BED, "available", 0)))
    home.wait_taken_in()
    said = wait_for(lambda: Board.said(home), "the board to say what is wrong", 60, 0.05)
    assert said["state"] == "off" and "/nowhere" in said["problem"]
    wait_for(lambda: "board_off" in home.watcher.tail(), "the log to say so")

    def finding():
        findings = json.loads(home.cli("status", "--json", check=False).stdout)["findings"]
        return next((f["text"] for f in findings if f["code"] == "board_off"), None)

    assert "/nowhere" in wait_for(finding, "status to say so", 60, 0.1)


def test_a_board_with_a_certificate_speaks_tls_and_marks_its_cookie(new_home, tmp_folder):
    certificate, key = os.path.join(tmp_folder, "board.crt"), os.path.join(tmp_folder, "board.key")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=board",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate)
    home = new_home(start=False, settings=Board.settings({}, f"certificate: {certificate}, key: {key}"))
    give_pin(home, "kari", PIN)
    home.start()
    board = Board(home, trusted=certificate)
    assert board.address.startswith("https://")
    board.log_in("kari", PIN)
    assert "; Secure" in board.set_cookie
    assert board.set("bed_nowhere", "available", "occupied").problem == "unknown-bed"


def test_a_session_that_was_not_used_is_over(new_home):
    home = new_home(start=False, settings=Board.settings({}, "session: 10s"))
    give_pin(home, "kari", PIN)
    home.start()
    board = Board(home)
    board.log_in("kari", PIN)
    left = board.ask("GET", "/api/session").body["seconds_left"]
    assert board.ask("GET", "/api/session").body["user"] == "user_kari" and left <= 10
    wait_for(lambda: board.ask("GET", "/api/session").body["user"] is None, "the session to end", 60, 0.2)
    assert board.set(BED, "available", "occupied").status == 401
