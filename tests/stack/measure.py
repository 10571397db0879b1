"""How long from a dropped file to the new number in Redis and in the API.

Idle system, one file at a time: the clock starts just before the rename into the drop folder. A subscriber to
avail.changed reads the key from Redis; then a kept-alive connection asks the API until it shows the same revision.
"""
import datetime
import http.client
import json
import os
import time
import zoneinfo

from .region import rows_of
from .servers import RedisClient


# A bed of samples/csv-visma that is taken when its exports have been read, and the row it counts in.
WARD, CARE_LEVEL = "dementia", "intensive"
HEADER = "Avdeling;Rom;Seng;Pleienivå;Status;Årsak;Endret når;Endret av;Beboer;Merknad\r\n"


def visma_file(number, free):
    """One export of one row: the measuring bed freed or taken now. Numbered, for the same bytes twice count once."""
    now = datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Oslo")).strftime("%d.%m.%Y %H:%M")
    status, why = ("L", "Ferdig vasket") if free else ("O", "Innlagt")
    row = f"Blåklokka;102;B;Høy;{status};{why};{now};Hansen.K;;måling {number}\r\n"
    return f"BEDS_measure_{number:06}.csv", (HEADER + row).encode("windows-1252")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Stopwatch:
    """Watches one availability row of one home in Redis and in the API."""

    def __init__(self, region, facility, ward, care_level):
        self.key = f"avail:{facility}:{ward}:{care_level}"
        self.path = f"/api/availability?facility={facility}&ward={ward}&care_level={care_level}"
        self.headers = {"Authorization": "Bearer " + region.token()}
        self.values = RedisClient(region.redis.socket)
        self.news = RedisClient(region.redis.socket)
        self.news.call("SUBSCRIBE", "avail.changed")
        self.api = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=30)

    def redis_available(self):
        value = self.values.call("GET", self.key)
        return None if value is None else json.loads(value)["available"]

    def api_available(self):
        self.api.request("GET", self.path, headers=self.headers)
        rows = rows_of(json.loads(self.api.getresponse().read()))
        return rows[0]["available_beds"] if rows else None

    def time(self, drop, expected):
        """Seconds until Redis and until the API show `expected` free beds after drop()."""
        began = time.perf_counter()
        drop()
        while self.redis_available() != expected:
            self.news.read()
        in_redis = time.perf_counter() - began
        while self.api_available() != expected:
            pass
        return in_redis, time.perf_counter() - began

    def close(self):
        self.values.close()
        self.news.close()
        self.api.close()


def measure(region, home, files, warm_up=20, pause=0.02):
    """[(seconds to Redis, seconds to the API)] of so many files, dropped one at a time on an idle system."""
    watch = Stopwatch(region, home.facility, WARD, CARE_LEVEL)
    taken = watch.redis_available()
    times = []
    for number in range(warm_up + files):
        free = number % 2 == 0
        name, content = visma_file(number, free)
        time.sleep(pause)  # idle between two files
        times.append(watch.time(lambda n=name, c=content: home.drop(n, c), taken + free))
    watch.close()
    return times[warm_up:]


def fdatasync_time(folder, rounds=50):
    """Seconds (median) that this disk takes to keep 4 KiB: the chain waits for it twice, at the home and at the region."""
    path = os.path.join(folder, "fdatasync.probe")
    times = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(rounds):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    os.unlink(path)
    return percentile(times, .5)


def report(times, folder):
    """The lines that demo and benchmark print."""
    yield (f"one fdatasync on this disk takes {fdatasync_time(folder) * 1000:.2f} ms; a change waits for two, "
           "the outbox's and PostgreSQL's")
    for name, values in (("Redis", [t[0] for t in times]), ("API", [t[1] for t in times])):
        yield (f"dropped file → {name:5}  p50 {percentile(values, .5) * 1000:6.2f} ms   "
               f"p99 {percentile(values, .99) * 1000:6.2f} ms   max {max(values) * 1000:6.2f} ms   "
               f"({len(values)} files, idle system, over HTTPS)")
