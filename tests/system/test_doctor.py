"""`bedpost doctor` on real faults: it names the step that fails, says what to do, and changes nothing."""
import contextlib
import json
import os
import pwd
import re
import socket
import ssl
import struct
import subprocess
import threading

import pytest

from tests.stack.home import Home
from tests.stack.process import program, run, wait_for

from .bad_line import BadLine
from .exports import ADAPTER
from .test_status import status

OK, FAIL, WARN = 0, 1, 6


def doctor(home, *words):
    """([check], exit code)"""
    done = home.cli("doctor", "--json", *words, check=False)
    assert done.returncode in (OK, FAIL, WARN), done.stderr
    said = json.loads(done.stdout)
    assert said["level"] == {OK: "ok", FAIL: "fail", WARN: "warn"}[done.returncode]
    return said["checks"], done.returncode


def troubles(home, *words):
    """{code: text} of what is not well, systemd left aside: these homes are not its units."""
    return {c["code"]: c["text"] for c in doctor(home, *words)[0]
            if c["level"] in ("warn", "fail") and not c["code"].startswith("unit_")}


def passed(home, *words):
    return {c["code"] for c in doctor(home, *words)[0] if c["level"] == "ok"}


def enrolment(home):
    return os.path.join(home.folder, "enrolment.yaml")


def rewrite(path, pattern, to):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    changed = re.sub(pattern, to, text)
    assert changed != text
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)


@pytest.fixture
def home(new_home):
    made = new_home(settings={"heartbeat": "1s"})
    wait_for(lambda: status(made)[0]["line"] == "up", "the first answer")
    wait_for(lambda: " started " in made.watcher.tail(), "the watcher to start")  # each daemon is one fault more
    return made


def test_a_home_that_is_well_passes_every_step_and_nothing_is_changed(region, home):
    wait_for(lambda: troubles(home) == {}, "doctor to find nothing", 60, 0.1)
    assert passed(home) >= {"config", "outbox", "disk", "watcher", "syncd", "adapter", "drop_folder", "enrolment",
                            "certificate", "https_dns", "https_tcp", "https_tls", "https_answer", "clock", "contact"}
    home.stop()
    contact = f"SELECT last_contact_at, rev FROM facilities WHERE id = '{home.facility}'"
    before = region.sql(contact), sorted(os.listdir(home.state)), os.stat(os.path.join(home.state, "outbox.db")).st_mtime
    assert set(troubles(home)) == {"watcher_not_running", "syncd_not_running"}
    after = region.sql(contact), sorted(os.listdir(home.state)), os.stat(os.path.join(home.state, "outbox.db")).st_mtime
    assert [set(after[1]) - set(before[1]) - {"outbox.db-wal", "outbox.db-shm"}, after[0], after[2]] == [
        set(), before[0], before[2]]


def test_a_region_that_is_down_fails_at_the_connection(region, home):
    region.daemon.stop()
    found = troubles(home)
    assert set(found) <= {"https_tcp", "contact"} and "cannot be reached" in found["https_tcp"]
    assert "https_dns" in passed(home) and "https_tls" not in passed(home)


def test_a_name_that_nobody_knows_fails_at_the_name(home):
    rewrite(enrolment(home), r"(?m)^url: .*$", "url: https://region.invalid:8443")
    found = troubles(home)
    assert "resolve" in found["https_dns"] and "https_tcp" not in passed(home)


def test_another_server_on_the_address_fails_at_tls(region, home):
    other = os.path.join(region.folder, "other-ca")
    run(program("bedpost-admin"), "ca", "init", "--dir", other)
    run(program("bedpost-admin"), "ca", "server", "--dir", other, "--host", "127.0.0.1", "--out", other)
    with subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", f"{other}/server.crt", "-key",
                           f"{other}/server.key", "-www"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as server:
        try:
            port = next(re.search(r":(\d+)$", line.strip())[1] for line in server.stdout if line.startswith("ACCEPT"))
            rewrite(enrolment(home), r"(?m)^url: .*$", f"url: https://127.0.0.1:{port}")
            found = troubles(home)
            assert "certificate is not the region's" in found["https_tls"] and "https_tcp" in passed(home)
        finally:
            server.kill()


def test_a_port_where_something_else_listens_fails_before_the_answer(home):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        rewrite(enrolment(home), r"(?m)^url: .*$", f"url: https://127.0.0.1:{silent.getsockname()[1]}")
        levels = {c["code"]: c["level"] for c in doctor(home)[0]}
    assert (levels["https_tcp"], levels["https_tls"]) == ("ok", "fail") and "https_answer" not in levels


def test_a_line_that_ends_without_a_word_points_to_the_certificates(region, home):
    """What a refusal looks like where the connection's reset overtakes the alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(region.folder, "server", "server.crt"), os.path.join(region.folder, "server", "server.key"))

    def hang_up(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return  # the test is over
            with contextlib.suppress(OSError):  # the first one comes to see whether anybody is there
                secured = context.wrap_socket(connection, server_side=True)
                secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                secured.recv(1)
                secured.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        rewrite(enrolment(home), r"(?m)^url: .*$", f"url: https://127.0.0.1:{listener.getsockname()[1]}")
        found = troubles(home)
        assert "https_answer" not in found and "refuses the home's certificate" in found["https_tls"]
        listener.shutdown(socket.SHUT_RDWR)


def test_a_certificate_of_another_ca_is_found_in_the_file_and_at_the_region(region, home):
    other = os.path.join(region.folder, "other-ca")
    renewed = os.path.join(home.folder, "renewed.yaml")
    run(program("bedpost-admin"), "ca", "init", "--dir", other)
    region.admin("facility", "renew", home.facility, "--ca-dir", other, "--url",
                 f"https://127.0.0.1:{region.ingest_port}", "--out", renewed)
    with open(renewed, encoding="utf-8") as file:
        parts = dict(re.findall(r"(?m)^(ca|cert|key): \|\n((?:  .*\n)+)", file.read()))
    for part in ("cert", "key"):  # the right CA, and a certificate that is not from it
        rewrite(enrolment(home), rf"(?m)^{part}: \|\n(?:  .*\n)+", f"{part}: |\n{parts[part]}")
    found = troubles(home)
    assert "certificate_ca" in found and "https_tls" in found and "refuses" in found["https_tls"]


def test_a_certificate_that_has_ended_is_told_with_its_date(region, home):
    """The same key and name, signed by the region's CA, good until yesterday."""
    folder = os.path.join(home.folder, "old")
    os.makedirs(folder)
    with open(enrolment(home), encoding="utf-8") as file:
        key = re.search(r"(?m)^key: \|\n((?:  .*\n)+)", file.read())[1].replace("  ", "")
    with open(f"{folder}/key.pem", "w", encoding="utf-8") as file:
        file.write(key)
    run("openssl", "req", "-new", "-key", f"{folder}/key.pem", "-subj", f"/O=Bedpost/CN={home.facility}", "-out",
        f"{folder}/csr.pem")
    with open(f"{folder}/index", "w", encoding="ascii"):
        pass
    with open(f"{folder}/ca.cnf", "w", encoding="ascii") as file:
        file.write(f"[ca]\ndefault_ca=a\n[a]\ndatabase={folder}/index\nnew_certs_dir={folder}\nrand_serial=yes\n"
                   "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\norganizationName=optional\n")
    run("openssl", "ca", "-batch", "-config", f"{folder}/ca.cnf", "-cert", f"{region.ca}/ca.crt", "-keyfile",
        f"{region.ca}/ca.key", "-startdate", "20250101000000Z", "-enddate", "20260101000000Z", "-in", f"{folder}/csr.pem",
        "-out", f"{folder}/crt.pem", "-notext")
    with open(f"{folder}/crt.pem", encoding="ascii") as file:
        pem = "".join(f"  {line}\n" for line in file.read().strip().splitlines())
    rewrite(enrolment(home), r"(?m)^cert: \|\n(?:  .*\n)+", f"cert: |\n{pem}")
    found = troubles(home)
    assert "2026-01-01" in found["certificate_expired"] and "https_tls" in found


def test_an_enrolment_that_others_may_read_or_of_another_home_is_refused(home):
    os.chmod(enrolment(home), 0o644)
    assert "0600" in troubles(home)["enrolment"]
    os.chmod(enrolment(home), 0o600)
    rewrite(home.config, r"(?m)^facility: .*$", "facility: fac_someone_else")
    found = troubles(home)
    assert {"enrolment_facility", "certificate_name", "outbox_facility"} <= set(found)
    os.remove(enrolment(home))
    assert "enrolment_missing" in troubles(home)


def test_folders_and_adapters_are_looked_at_one_by_one(home):
    os.rename(home.drop_folder, home.drop_folder + ".away")
    home.add_adapter(ADAPTER.replace("adapter: plain", "adapter: second").replace("format: csv", "format: cvs"))
    found = troubles(home)
    assert home.drop_folder in found["drop_folder"]
    assert re.search(r"adapter-1\.yaml:2:\d+: ", found["adapter"])
    assert "adapter" in passed(home)  # the other one
    os.remove(os.path.join(home.adapters, "adapter-1.yaml"))
    rewrite(os.path.join(home.adapters, "adapter-0.yaml"), r"care_level: ", "care_level:  ")
    assert "adapter_changed" in troubles(home)


def test_a_damaged_outbox_is_found(home):
    home.stop()
    path = os.path.join(home.state, "outbox.db")
    with open(path, "r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xff" * 4096 * 3)
    assert {"outbox", "outbox_unreadable"} & set(troubles(home))


def test_a_home_yaml_that_is_wrong_is_said_and_nothing_else(home):
    rewrite(home.config, r"(?m)^zone: .*$", "zone: Europe/Atlantis")
    done = home.cli("doctor", check=False)
    assert done.returncode == FAIL and "home.yaml" in done.stdout and "Atlantis" in done.stdout


def test_rights_are_tried_as_the_services_account(region, new_home):
    if os.geteuid() != 0:
        pytest.skip("needs root: another account's rights are tried")
    home = new_home(start=False)
    nobody = pwd.getpwnam("nobody")
    home.start()
    wait_for(lambda: status(home)[0]["line"] == "up", "the first answer")
    home.stop()
    for folder, _, names in os.walk(home.state):
        for path in (folder, *(os.path.join(folder, n) for n in names)):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    os.chmod(home.drop_folder, 0o755)
    os.chmod(home.folder, 0o755)
    found = troubles(home)
    assert "nobody may not take files away" in found["drop_folder"]
    assert "nobody may not read the enrolment" in found["enrolment_owner"]


def test_a_clock_that_is_wrong_is_seen_in_the_regions_date(region, home):
    line = BadLine(region, home)
    line.date = "Mon, 20 Apr 2026 09:14:22 GMT"
    try:
        assert "https_answer" in passed(home)
        found = troubles(home)
        assert "ahead of the region's" in found["clock_ahead"] and "days" in found["clock_ahead"]
    finally:
        line.close()


# ---- SFTP ----


@pytest.fixture
def sftp_home(two_roads):
    return Home(two_roads, "fac_home", [ADAPTER], settings={"transports": "[sftp, https]"})


SFTP_STEPS = ["sftp_dns", "sftp_tcp", "sftp_host_key", "sftp_login", "sftp_folders", "sftp_write"]


def sftp_failed(home, *words):
    """The step that failed; all before it were passed."""
    levels = [(c["code"], c["level"]) for c in doctor(home, *words)[0] if c["code"] in SFTP_STEPS]
    assert [code for code, _ in levels] == SFTP_STEPS[:len(levels)]
    assert all(level == "ok" for _, level in levels[:-1])
    return levels[-1][0] if levels[-1][1] == "fail" else None


def test_each_step_to_the_sftp_server_is_told_apart(sftp, sftp_home):
    home, inbox = sftp_home, os.path.join(sftp.home("fac_home"), "inbox")
    assert sftp_failed(home, "--write") is None and os.listdir(inbox) == []
    assert "https_answer" in passed(home)
    os.rename(inbox, inbox + ".away")
    assert sftp_failed(home) == "sftp_folders"
    os.rename(inbox + ".away", inbox)
    keys = os.path.join(sftp.folder, "authorized_keys")
    os.rename(keys, keys + ".away")
    assert sftp_failed(home) == "sftp_login"
    os.rename(keys + ".away", keys)
    sftp.stop()
    assert sftp_failed(home) == "sftp_tcp"
    sftp.new_host_key()
    sftp.start()
    assert sftp_failed(home) == "sftp_host_key"
    rewrite(enrolment(home), r"sftp://(\w+)@127\.0\.0\.1", r"sftp://\1@region.invalid")
    assert sftp_failed(home) == "sftp_dns"


def test_a_server_that_hangs_up_is_not_taken_for_one_with_another_key(sftp, sftp_home):
    sftp.stop()
    with socket.create_server(("127.0.0.1", sftp.port)) as listener:
        threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        found = {c["code"]: c for c in doctor(sftp_home)[0]}["sftp_host_key"]
        listener.shutdown(socket.SHUT_RDWR)
    assert found["level"] == "fail" and "SSH server" in found["todo"] and "new key" not in found["todo"]


def hang_up(listener):
    try:
        while True:
            listener.accept()[0].close()
    except OSError:
        pass
