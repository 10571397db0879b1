"""./dev bench: the whole corridor in figures. Prints, judges nothing; take ratios within one run.

  idle        one file at a time: from the rename to Redis and to the API
  burst       200 files of 75 events dropped at once into one home: until Redis shows the last
  homes       the same load spread over HOMES homes
  kafka       what then stands in the audit log, into a topic of Apache Kafka
"""
import argparse
import os
import random
import time

from .demo import demo_folder
from .home import Home
from .kafka import Kafka
from .measure import measure, report
from .process import StackError, wait_for
from .region import Region
from .samples import SAMPLES
from .servers import Postgres, Redis

ADAPTER = """\
adapter: bench
format: csv
match: "*.csv"
csv: {delimiter: ",", header: true}
event:
  bed_id: "bed_{bed}"
  ward: "{ward}"
  care_level: "{care}"
  new_status: "{status}"
  changed_at: {from: "{at}", format: unix}
"""
STATUSES = ("available", "occupied", "reserved", "maintenance")


def export(chance, state, rows, moment):
    """One file of so many changes that each change something."""
    lines = ["bed,ward,care,status,at"]
    for _ in range(rows):
        bed = chance.randrange(100)
        state[bed] = status = chance.choice([s for s in STATUSES if s != state.get(bed)])
        lines.append(f"{bed},w{bed % 4},{('light', 'medium', 'intensive')[bed % 3]},{status},{moment}")
    return "\n".join(lines) + "\n"


def load(homes, files, rows):
    """Drops the files round robin as fast as it can; (seconds until committed at the homes, until merged, events)."""
    chance = random.Random(1)
    states = [{} for _ in homes]
    moment = int(time.time()) - 3600
    exports = [(n % len(homes), export(chance, states[n % len(homes)], rows, moment)) for n in range(files)]
    before = [home.outbox()["last"] for home in homes]
    began = time.perf_counter()
    for number, (which, text) in enumerate(exports):
        homes[which].drop(f"{began:.0f}-{number:06}.csv", text)
    for home in homes:
        wait_for(lambda h=home: not h.waiting(), "files to be taken in", 600, 0.002)
    taken_in = time.perf_counter() - began
    for home in homes:
        wait_for(lambda h=home: h.outbox()["queued"] == 0, "queues to drain", 600, 0.01)
    done = time.perf_counter() - began
    events = sum(home.outbox()["last"] for home in homes) - sum(before)
    assert events == files * rows, f"{events} events of {files * rows}"
    return taken_in, done, events


def sent(region):
    return int(region.sql("SELECT coalesce(sum(n), 0) FROM feed_cursors WHERE consumer = 'kafka'")[0][0])


def to_kafka(region, homes, folder, options):
    """The lines on Kafka: a backlog alone, then the load of `homes` with the topic beside it."""
    try:
        kafka = Kafka(folder).start()
    except (ImportError, StackError) as error:
        yield f"kafka: SKIP: {error}"
        return
    try:
        kafka.create_topic("bed.status.changed", 6)
        region.daemon.stop()
        with open(region.config, "a", encoding="utf-8") as file:
            file.write(f'kafka: {{brokers: "{kafka.brokers}"}}\n')
        backlog = int(region.sql("SELECT sum(audit_n) FROM facilities")[0][0])
        region.start()
        wait_for(lambda: sent(region), "the first changes to be sent", 60, 0.002)
        first, began = sent(region), time.perf_counter()
        wait_for(lambda: sent(region) == backlog, "the backlog to be sent", 600, 0.002)
        took = time.perf_counter() - began
        yield f"kafka: backlog     {backlog - first} changes sent in {took:.2f} s: {(backlog - first) / took:,.0f} changes/s"
        began = time.perf_counter()
        _, done, events = load(homes, options.files, options.rows)
        wait_for(lambda: sent(region) == backlog + events, "the load to be sent", 600, 0.002)
        last = time.perf_counter() - began
        yield (f"kafka: {len(homes)} homes     merged after {done:.2f} s: {events / done:,.0f} events/s; "
               f"in the topic after {last:.2f} s: {events / last:,.0f} changes/s")
        messages = kafka.read("bed.status.changed")
        yield f"kafka: topic       {len(messages)} messages of {backlog + events} changes"
    finally:
        kafka.stop()


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--homes", type=int, default=10)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--rows", type=int, default=75)
    options = parser.parse_args()
    folder = demo_folder("bench")
    postgres, redis = Postgres(folder).start(), Redis(folder).start()
    region = Region(os.path.join(folder, "region"), postgres, redis).create().start()
    try:
        sample = SAMPLES[0]
        visma = Home(region, sample.facility, [sample.adapter], zone=sample.zone).start()
        for path in sample.exports:
            visma.drop_file(path)
        visma.wait_shipped()
        for line in report(measure(region, visma, 500), folder):
            print(line, flush=True)
        homes = [Home(region, f"fac_bench_{n}", [ADAPTER]).start() for n in range(options.homes)]
        for name, some in (("burst: 1 home", homes[:1]), (f"homes: {len(homes)} homes", homes)):
            taken_in, done, events = load(some, options.files, options.rows)
            print(f"{name:18} {options.files} files × {options.rows} events: in the outbox after {taken_in:.2f} s, "
                  f"merged after {done:.2f} s: {events / done:,.0f} events/s", flush=True)
        for line in to_kafka(region, homes, folder, options):
            print(line, flush=True)
    finally:
        region.stop()
        redis.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
