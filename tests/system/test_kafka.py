"""The change feed in a topic of a real Apache Kafka: every change once, a home's in order, whatever dies."""
import json
import os
import random
import re
import signal
import threading

import pytest

from tests.stack.kafka import Kafka, fetch
from tests.stack.process import Process, StackError, program, run, short_folder, remove, wait_for
from tests.stack.region import Region

from .exports import at
from .invariants import metric
from .test_kill import dies_once
from .wire import Wire, event_id

STATUSES = ("available", "occupied", "reserved", "maintenance")
ACCOUNTS = {"bedpost": "right", "nobody": "right-too"}


@pytest.fixture(scope="module")
def kafka():
    """One broker for all of these tests, each with a topic of its own."""
    pytest.importorskip("confluent_kafka", reason="SKIP: python3-confluent-kafka is not installed")
    try:
        fetch()
    except StackError as error:
        pytest.skip(f"SKIP: {error}")
    folder = short_folder("bedpost-k-")
    ca, tls = os.path.join(folder, "ca"), os.path.join(folder, "tls")
    run(program("bedpost-admin"), "ca", "init", "--dir", ca)
    run(program("bedpost-admin"), "ca", "server", "--dir", ca, "--host", "127.0.0.1", "--out", tls)
    server = Kafka(folder, tls, ACCOUNTS)
    server.ca = os.path.join(ca, "ca.crt")
    try:
        yield server.start()
    finally:
        server.stop()
        remove(folder)


@pytest.fixture
def topic(kafka, request):
    return kafka.create_topic(re.sub(r"[^a-z_]", "_", request.node.name)[:200])


@pytest.fixture
def new_region(kafka, topic, tmp_folder, postgres):
    """Makes the test's region with a section kafka; its daemon is stopped at the end."""
    made = []

    def make(start=True, **section):
        section = {"brokers": f'"{kafka.brokers}"', "topic": topic, **section}
        text = "{" + ", ".join(f"{key}: {value}" for key, value in section.items()) + "}"
        region = Region(os.path.join(tmp_folder, "region"), postgres, settings={"kafka": text}).create()
        made.append(region)
        return region.start() if start else region

    yield make
    for region in made:
        region.stop()


class Load:
    """Homes that change beds as long as they are let, each over a line of its own."""

    def __init__(self, region, homes=3, seed=1):
        self.wires = [Wire(region, f"fac_load_{n}") for n in range(homes)]
        self.chance = [random.Random(seed * 100 + n) for n in range(homes)]
        self.moments = [0] * homes
        self.stop = threading.Event()
        self.threads = []

    def lines(self, which, n):
        chance, made = self.chance[which], []
        for _ in range(n):
            self.moments[which] += 1
            moment = self.moments[which]
            made.append(json.dumps({
                "event_id": event_id(chance, moment * 1_000_000), "facility_id": self.wires[which].facility,
                "bed_id": f"bed_{chance.randrange(40)}", "ward": "dementia", "care_level": "light",
                "new_status": chance.choice(STATUSES), "changed_by": "user_hansen", "changed_at": at(moment),
                "reason": "manual"}, separators=(",", ":")))
        return made

    def send(self, events=20):
        """One batch of each home."""
        for which, wire in enumerate(self.wires):
            wire.send(self.lines(which, events))
        return self

    def reconnect(self):
        for wire in self.wires:
            wire.close()
            wire.connection = None

    def _run(self, which):
        while not self.stop.is_set():
            self.wires[which].send(self.lines(which, self.chance[which].randint(1, 30)))
            self.stop.wait(0.01)  # the homes' pace

    def __enter__(self):
        self.threads = [threading.Thread(target=self._run, args=(n,)) for n in range(len(self.wires))]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        for wire in self.wires:
            wire.close()


def committed(region):
    """{(home, n): event} of the audit log."""
    return {(home, int(n)): event for home, n, event in
            region.sql("SELECT facility_id, n, event_id FROM bed_audit_log")}


def waiting(region):
    return int(region.sql("SELECT coalesce(sum(f.audit_n - coalesce(c.n, 0)), 0) FROM facilities f LEFT JOIN feed_cursors c "
                          "ON c.facility_id = f.id AND c.consumer = 'kafka'")[0][0])


def sent(region):
    return int(region.sql("SELECT coalesce(sum(n), 0) FROM feed_cursors WHERE consumer = 'kafka'")[0][0])


def wait_sent(region, seconds=60):
    wait_for(lambda: waiting(region) == 0, "all changes to be sent", seconds, 0.05)


def once_and_in_order(kafka, region, topic):
    """The topic holds the audit log: every change once, a home's in one partition and in order. Returns the messages."""
    messages = kafka.read(topic)
    places, found = {}, {}
    for message in messages:
        home, change = message.key().decode(), json.loads(message.value())
        assert (home, change["n"]) not in found, f"{home} {change['n']} stands twice in the topic"
        found[home, change["n"]] = change["event_id"]
        partition, n = places.get(home, (message.partition(), 0))
        assert (message.partition(), change["n"]) == (partition, n + 1), "a home's changes are out of order"
        places[home] = (partition, n + 1)
    assert found == committed(region)
    return messages


def log_lines(process, event):
    with open(process.log, encoding="utf-8") as log:
        return [line for line in log if f" {event} " in line]


def readyz(region):
    return region.get("/readyz", token=None).json()["kafka"]


def test_every_committed_change_arrives_once_and_in_the_order_of_its_home(kafka, topic, new_region):
    region = new_region()
    with Load(region, homes=5) as load:
        wait_for(lambda: sent(region) > 500, "changes to be sent", 90, 0.05)
    wait_sent(region)
    messages = once_and_in_order(kafka, region, topic)
    assert len({m.partition() for m in messages}) > 1
    last = messages[-1]
    change, headers = json.loads(last.value()), dict(last.headers())
    names = ("epoch", "seq", "bed_id", "ward", "care_level", "previous_status", "held_status", "new_status",
             "changed_by", "reason", "outcome", "outcome_reason", "in_history", "bed_version", "conflict_id")
    row = region.sql(f"SELECT row_to_json(a) FROM (SELECT {', '.join(names)} FROM bed_audit_log WHERE "
                     f"facility_id = '{change['facility_id']}' AND n = {change['n']}) a")
    assert {name: change[name] for name in names} == json.loads(row[0][0])
    assert change["schema"] == 1 and change["patient_ref"] is None
    assert headers["content-type"] == b"application/json" and headers["schema"] == b"1"
    assert headers["n"] == str(change["n"]).encode() and headers["event_id"] == change["event_id"].encode()
    assert metric(region, "bedpost_kafka_sent_total") == len(messages)
    assert readyz(region)["status"] == "sending"
    assert load.threads


def test_no_byte_of_a_patient_reaches_the_topic(kafka, topic, new_region, tmp_folder):
    from tests.stack.home import Home
    from .exports import ADAPTER, HEADER, row
    region = new_region()
    home = Home(region, "fac_canary", [ADAPTER]).start()
    home.drop("beds.csv", HEADER + row("bed_1", "occupied", note="XCANARYX") + row("bed_2", "XCANARYX")
              + row("bed_3", "available", note="XCANARYX"))
    home.wait_shipped()
    wait_sent(region)
    messages = once_and_in_order(kafka, region, topic)
    assert {json.loads(m.value())["bed_id"] for m in messages} == {"bed_1", "bed_3"}
    for message in messages:
        assert b"canary" not in message.value().replace(b"fac_canary", b"").lower()


def test_a_broker_that_dies_under_load_stops_nothing_and_what_waited_comes_after(kafka, topic, new_region):
    region = new_region()
    with Load(region) as load:
        wait_for(lambda: sent(region) > 100, "changes to be sent", 90, 0.05)
        kafka.kill()
        try:
            wait_for(lambda: waiting(region) > 300, "changes to wait", 90, 0.05)
            wait_for(lambda: readyz(region)["status"] == "waiting", "/readyz to tell", 90, 0.1)
            assert region.get("/readyz", token=None).status == 200
            assert log_lines(region.daemon, "kafka_waits")
        finally:
            kafka.start()
        before = sent(region)
        wait_for(lambda: sent(region) > before, "the sink to come back", 60, 0.1)
    wait_sent(region)
    once_and_in_order(kafka, region, topic)
    assert load.threads


@pytest.mark.parametrize("point", ("kafka_before_commit", "kafka_after_commit"))
def test_a_daemon_that_dies_between_the_brokers_commit_and_its_own_sends_nothing_twice(kafka, topic, new_region, point):
    region = new_region()
    load = Load(region, homes=1).send()
    wait_sent(region)
    region.daemon.stop()
    load.reconnect()
    region.start(BEDPOST_KILL_AT=point)
    load.send(50)
    dies_once(region.daemon, point, region.start)
    wait_sent(region)
    once_and_in_order(kafka, region, topic)
    read_back = [int(re.search(r"read_back=(\d+)", line)[1]) for line in log_lines(region.daemon, "kafka_sending")]
    assert read_back == [0, 0, 50 if point == "kafka_after_commit" else 0]


class Senders:
    """Daemons with nothing but the role feed, on the region's database."""

    def __init__(self, region, names):
        self.daemons = [Process(name, [program("bedpost-regional"), "--config", region.config, "--roles", "feed"],
                                os.path.join(region.folder, name + ".log")).start() for name in names]

    def sending(self):
        """The one that was the last to begin."""
        begun = [(log_lines(d, "kafka_sending")[-1], d) for d in self.daemons
                 if d.running() and log_lines(d, "kafka_sending")]
        return max(begun, key=lambda b: b[0])[1] if begun else None

    def stop(self):
        for daemon in self.daemons:
            daemon.stop()


@pytest.fixture
def senders(new_region):
    region = new_region(start=False)
    region.daemon.command += ["--roles", "ingest,api"]
    region.start()
    made = Senders(region, ("feed-a", "feed-b"))
    yield region, made
    made.stop()


def test_of_two_daemons_one_sends_and_the_other_takes_over_when_it_is_killed(kafka, topic, senders):
    region, daemons = senders
    with Load(region):
        first = wait_for(daemons.sending, "one to send", 90, 0.05)
        wait_for(lambda: sent(region) > 100, "changes to be sent", 90, 0.05)
        assert sum(bool(log_lines(d, "kafka_sending")) for d in daemons.daemons) == 1
        first.kill()
        second = wait_for(daemons.sending, "the other to take over", 90, 0.05)
        assert second is not first
        before = sent(region)
        wait_for(lambda: sent(region) > before + 100, "the other to send", 90, 0.05)
    wait_sent(region)
    once_and_in_order(kafka, region, topic)


def test_a_daemon_that_was_asleep_and_lost_its_place_cannot_send_any_more(kafka, topic, senders):
    region, daemons = senders
    with Load(region):
        for _ in range(2):
            first = wait_for(daemons.sending, "one to send", 90, 0.05)
            before = sent(region)
            wait_for(lambda f=before: sent(region) > f + 50, "changes to be sent", 90, 0.01)
            first.child.send_signal(signal.SIGSTOP)
            try:
                # Its lock goes with its connections, as when its machine is cut off.
                region.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                           f"WHERE application_name = 'bedpost-kafka' AND datname = '{region.database}' "
                           "AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')")
                wait_for(lambda f=first: daemons.sending() is not f, "the other to take over", 90, 0.05)
            finally:
                first.child.send_signal(signal.SIGCONT)
    wait_sent(region)
    once_and_in_order(kafka, region, topic)


def test_what_somebody_has_to_mend_is_said_and_mended_while_the_daemon_runs(kafka, topic, new_region):
    region = new_region(topic="made_later")
    Load(region).send(5)
    lines = wait_for(lambda: log_lines(region.daemon, "kafka_waits"), "a word on the topic", 90, 0.1)
    assert "made_later" in lines[0] and "kafka-topics.sh" in lines[0]
    wait_for(lambda: readyz(region)["changes"] == 15, "/readyz to tell how much waits", 90, 0.1)
    assert readyz(region)["status"] == "waiting" and readyz(region)["oldest_at"]
    kafka.create_topic("made_later", max_message_bytes=200)
    region.daemon.stop()
    os.unlink(region.daemon.log)
    region.start()
    lines = wait_for(lambda: log_lines(region.daemon, "kafka_waits"), "a word on the size", 90, 0.1)
    assert "max.message.bytes" in lines[0] and metric(region, "bedpost_kafka_state") == 3
    kafka.alter_topic("made_later", max_message_bytes=1048576)
    wait_sent(region)
    once_and_in_order(kafka, region, "made_later")


def test_accounts_and_certificates_are_proved_and_a_refusal_says_what_to_do(kafka, topic, new_region, tmp_folder):
    password = os.path.join(tmp_folder, "password")

    def write_password(text):
        with open(password, "w", encoding="utf-8") as file:
            file.write(text + "\n")

    def said(region):
        return wait_for(lambda: log_lines(region.daemon, "kafka_waits"), "a word on what is wrong", 90, 0.1)[-1]

    write_password("not-that-one")
    section = {"brokers": f'"{kafka.sasl_brokers}"', "security_protocol": "sasl_ssl", "ca": kafka.ca,
               "sasl_mechanism": "PLAIN", "sasl_password_file": password}
    region = new_region(**section, sasl_user="nobody")
    Load(region).send(5)
    line = said(region)
    assert "check sasl_mechanism, sasl_user and sasl_password_file" in line and "not-that-one" not in line
    region.daemon.stop()
    os.unlink(region.daemon.log)
    write_password(ACCOUNTS["nobody"])
    region.start()
    assert "allow the account Write, Read and Describe on the topic" in said(region)
    region.daemon.stop()
    with open(region.config, encoding="utf-8") as file:
        text = file.read()
    with open(region.config, "w", encoding="utf-8") as file:
        file.write(text.replace("sasl_user: nobody", "sasl_user: bedpost"))
    write_password(ACCOUNTS["bedpost"])
    region.start()
    wait_sent(region)
    once_and_in_order(kafka, region, topic)


def test_a_consumer_that_is_reset_gets_everything_once_more_and_the_list_shows_what_waits(kafka, topic, new_region):
    region = new_region()
    Load(region).send(30)
    wait_sent(region)
    region.daemon.kill()
    assert json.loads(region.admin("feed", "list", "--json").stdout)[1]["waiting"] == 0
    region.admin("feed", "reset", "kafka", "--to", "beginning")
    rows = json.loads(region.admin("feed", "list", "--json").stdout)
    assert [(r["consumer"], r["waiting"], r["homes"]) for r in rows][1] == ("kafka", 90, 3)
    homes = json.loads(region.admin("feed", "status", "kafka", "--json").stdout)
    assert [(r["n"], r["last"], r["waiting"]) for r in homes] == [(0, 30, 30)] * 3
    region.start()
    wait_sent(region)
    twice = sorted((m.key().decode(), json.loads(m.value())["n"]) for m in kafka.read(topic))
    assert twice == sorted(list(committed(region)) * 2)
    region.admin("feed", "reset", "kafka", "--to", "now")
    assert region.sql("SELECT action, detail->>'to' FROM access_log WHERE action = 'feed_reset' ORDER BY at") == [
        ["feed_reset", "beginning"], ["feed_reset", "now"]]
