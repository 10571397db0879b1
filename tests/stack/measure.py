"""How long from a dropped file to the new number in Redis and in the API.

Idle system, one file at a time: the clock starts just before the rename into the drop folder. A subscriber to
avail.changed reads the key from Redis; then a kept-alive connection asks the API until it shows the same revision.
"""
import http.client
import json
import time

from .region import rows_of
from .servers import RedisClient


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


def report(times):
    """The two lines that demo and benchmark print."""
    for name, values in (("Redis", [t[0] for t in times]), ("API", [t[1] for t in times])):
        yield (f"dropped file → {name:5}  p50 {percentile(values, .5) * 1000:6.2f} ms   "
               f"p99 {percentile(values, .99) * 1000:6.2f} ms   max {max(values) * 1000:6.2f} ms   "
               f"({len(values)} files, idle system, over HTTPS)")
