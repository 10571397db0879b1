"""A region as a coordinator meets it: 200 homes around Oslo, a few of them alive over the wire, and somebody of every role.

`python3 -m tests.browser.crowd` keeps one up and says how to log in.
"""
import json
import os
import random
import signal
import threading
import time

from tests.stack.process import remove, run, program, short_folder, wait_for
from tests.stack.region import Region
from tests.stack.servers import Postgres, Redis
from tests.system.wire import Wire, digest, event_id, rfc3339

PASSWORD = "ti blå bånd i vinden"
SECOND = 1_000_000
DAY = 86400 * SECOND

PLACES = """Majorstua 59.929 10.714 0366|Frogner 59.919 10.705 0264|Grünerløkka 59.923 10.759 0555|Sagene 59.938 10.756 0459|Nydalen 59.949 10.765 0484|
Ullevål 59.941 10.733 0852|Vinderen 59.943 10.704 0319|Skøyen 59.922 10.679 0276|Ullern 59.925 10.655 0380|Røa 59.947 10.643 0752|Holmenkollen 59.960 10.667 0787|
Kjelsås 59.964 10.782 0491|Sinsen 59.938 10.783 0572|Økern 59.929 10.806 0580|Ensjø 59.914 10.789 0661|Manglerud 59.897 10.813 0680|Nordstrand 59.866 10.788 1167|
Lambertseter 59.873 10.810 1151|Bøler 59.884 10.846 0691|Furuset 59.941 10.897 1053|Stovner 59.962 10.924 0985|Grorud 59.961 10.882 0975|Holmlia 59.833 10.797 1251|
Sandvika 59.890 10.526 1337|Bekkestua 59.918 10.586 1357|Asker 59.834 10.435 1383|Kolbotn 59.811 10.802 1410|Ski 59.719 10.836 1400|Lørenskog 59.928 10.964 1470|
Lillestrøm 59.956 11.049 2000|Jessheim 60.142 11.175 2050|Drammen 59.744 10.205 3015|Moss 59.434 10.658 1530|Hønefoss 60.168 10.257 3510|Drøbak 59.663 10.631 1440"""
KINDS = ("sykehjem", "bo- og omsorgssenter", "helsehus", "omsorgssenter", "alders- og sykehjem", "bokollektiv")
STREETS = ("Kirkeveien", "Parkveien", "Skogveien", "Åsveien", "Bakkegata", "Solveien", "Bjørnebærstien", "Nedre gate", "Elvefaret", "Lindealléen")
# ward, level, beds
WARDS = (("dementia", "intensive", 6), ("dementia", "medium", 14), ("somatic", "medium", 22), ("somatic", "intensive", 8),
         ("short_term", "light", 12), ("rehabilitation", "light", 8), ("palliative", "intensive", 5))
LIVELY = ("fac_majorstutunet", "Majorstutunet sykehjem", 59.9297, 10.7121, "Sørkedalsveien 12, 0369 Oslo")
OTHER = ("fac_frognerhjemmet", "Frognerhjemmet", 59.9205, 10.7041, "Frognerveien 40, 0266 Oslo")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def homes(number):
    """(id, name, latitude, longitude, address) of so many homes."""
    chance = random.Random(7)
    places = [p.strip().rsplit(" ", 3) for p in PLACES.replace("\n", "").split("|")]
    for n in range(number):
        name, lat, lon, code = places[n % len(places)]
        kind = KINDS[(n // len(places)) % len(KINDS)]
        town = name if float(lat) < 59.8 or float(lat) > 60 or code[0] in "123" and len(code) == 4 and code > "1300" else "Oslo"
        yield (f"fac_{n:03}", f"{name} {kind}", float(lat) + chance.gauss(0, 0.006), float(lon) + chance.gauss(0, 0.011),
               f"{chance.choice(STREETS)} {chance.randint(1, 90)}, {code} {town}")


def quiet_homes(region, number):
    """Homes as rows alone, in SQL: Crowd.breathe() speaks for them. One in 15 is out of date, one in 25 without contact."""
    values = ",".join(f"({quoted(i)},{quoted(n)},{lat:.5f},{lon:.5f},{quoted(json.dumps({'text': a}))}::jsonb)" for i, n, lat, lon, a in homes(number))
    region.sql(f"""INSERT INTO facilities (id, name, latitude, longitude, address, region_id, timezone, last_contact_at, as_of, in_sync_at)
        SELECT v.*, '{region.id}', 'Europe/Oslo', now() - CASE WHEN age < '1 hour' THEN least(age, '1 minute') ELSE age END, now() - age, now() - age
        FROM (VALUES {values}) v (id, name, lat, lon, address),
        LATERAL (SELECT CASE WHEN abs(hashtext(id)) % 25 = 0 THEN interval '3 hours' WHEN abs(hashtext(id)) % 15 = 0 THEN interval '25 minutes'
        ELSE make_interval(secs => abs(hashtext(id)) % 60) END AS age) a""")
    wards = ",".join(f"('{w}','{c}',{n},{k})" for k, (w, c, n) in enumerate(WARDS, 1))
    region.sql(f"""INSERT INTO beds (facility_id, id, ward, care_level, room_number, status, version, last_updated, confirmed_at)
        SELECT f.id, 'bed_' || k || '_' || lpad(n::text, 2, '0'), w, c, (k * 100 + n)::text,
        CASE WHEN h % 100 < 84 THEN 'occupied' WHEN h % 100 < 90 THEN 'available' WHEN h % 100 < 95 THEN 'reserved' ELSE 'maintenance' END,
        1, now() - make_interval(mins => h % 9000), now() - make_interval(mins => h % 9000)
        FROM facilities f, (VALUES {wards}) v (w, c, beds, k), generate_series(1, beds) n, LATERAL (SELECT abs(hashtext(f.id || w || c || n)) AS h) h
        WHERE abs(hashtext(f.id || k)) % 3 > 0""")
    region.sql("""INSERT INTO facility_availability (facility_id, ward, care_level, total, available, reserved, occupied, maintenance, unconfirmed, as_of, rev)
        SELECT facility_id, ward, care_level, count(*), count(*) FILTER (WHERE status = 'available'), count(*) FILTER (WHERE status = 'reserved'),
        count(*) FILTER (WHERE status = 'occupied'), count(*) FILTER (WHERE status = 'maintenance'), 0, min(f.as_of), 1
        FROM beds JOIN facilities f ON f.id = facility_id GROUP BY 1, 2, 3""")


class LiveHome:
    """A home that speaks the wire: tells what its beds were, and what happens now."""

    def __init__(self, region, facility, name, lat, lon, address, wards, seed):
        self.facility, self.wards, self.random = facility, wards, random.Random(seed)
        self.wire = Wire(region, facility)
        region.sql(f"UPDATE facilities SET name = {quoted(name)}, latitude = {lat}, longitude = {lon}, timezone = 'Europe/Oslo', "
                   f"address = {quoted(json.dumps({'text': address}))} WHERE id = '{facility}'")
        self.beds = {f"bed_{k}{n:02}": (ward, level) for k, (ward, level, beds) in enumerate(wards, 1) for n in range(1, beds + 1)}
        self.status = {}

    def line(self, bed, status, at, previous=None, by="user_ehr", reason="manual"):
        ward, level = self.beds[bed]
        return json.dumps({"event_id": event_id(self.random, at), "facility_id": self.facility, "bed_id": bed, "ward": ward, "care_level": level,
                           "previous_status": previous, "new_status": status, "changed_by": by, "changed_at": rfc3339(at), "reason": reason,
                           "patient_ref": None, "source": {"adapter": "ehr", "file": None, "record": 1, "ordinal": 0, "time_source": None}},
                          separators=(",", ":"))

    def tell_past(self, days=30):
        """Every bed as it stood then, and what has happened since."""
        now = time.time_ns() // 1000
        lines = []
        for bed in self.beds:
            self.status[bed] = self.random.choices(("occupied", "available", "reserved", "maintenance"), (84, 8, 4, 4))[0]
            lines.append(self.line(bed, self.status[bed], now - days * DAY))
        at = now - days * DAY
        while at < now - DAY // 8:
            at += self.random.randint(1, 7200) * SECOND
            bed = self.random.choice(list(self.beds))
            was = self.status[bed]
            new, reason = self.random.choice({"occupied": [("available", "discharge")], "available": [("occupied", "admit"), ("reserved", "preadmit")],
                                              "reserved": [("occupied", "admit")], "maintenance": [("available", "cleaning")]}[was])
            if new == "available" and sum(s == "available" for s in self.status.values()) > len(self.beds) // 6:
                continue
            lines.append(self.line(bed, new, at, was, self.random.choice(("user_hansen", "user_berg", "user_lie")), reason))
            self.status[bed] = new
        for n in range(0, len(lines), 1000):
            self.wire.send(lines[n:n + 1000])

    def beat(self):
        """Nothing is waiting here, and this is how our beds stand: from now on the region knows them as of now."""
        state = digest("".join(f"{bed}\x1f{status}\n" for bed, status in sorted(self.status.items())).encode())
        self.wire.close()  # the region ends a line that is idle for long
        self.wire.connection = None
        answer = self.wire.heartbeat(queued=0, state=state)
        assert answer["in_sync"], answer

    def set(self, bed, status, previous=None, ago=0):
        """The bed is so since `ago` seconds."""
        self.status[bed] = status
        return self.wire.send([self.line(bed, status, time.time_ns() // 1000 - ago * SECOND, previous)])


class Crowd:
    """Servers, region, homes, users."""

    def __init__(self, number=200, days=30):
        self.folder = short_folder("bedpost-crowd-")
        self.postgres, self.redis = Postgres(self.folder), Redis(self.folder)
        self.region, self.number, self.days = None, number, days
        self.lively = self.other = None
        self.stopping, self.breather = threading.Event(), threading.Thread(target=self.keep_breathing)

    def start(self):
        self.postgres.start()
        self.redis.start()
        self.region = Region(os.path.join(self.folder, "region"), self.postgres, self.redis).create()
        quiet_homes(self.region, self.number - 2)
        self.lively = LiveHome(self.region, *LIVELY, [("dementia", "intensive", 8), ("dementia", "medium", 12), ("somatic", "medium", 16)], 1)
        self.other = LiveHome(self.region, *OTHER, [("dementia", "intensive", 6), ("somatic", "light", 10)], 2)
        self.users()
        self.region.start()
        for home in (self.lively, self.other):
            home.tell_past(self.days)
        self.known_beds()
        self.given_up()
        self.breathe()
        # The API looks every 30 seconds for what signs of life alone have changed: it is told to look now.
        self.region.sql("SELECT pg_notify('bedpost_changed', '')")
        wait_for(self.is_known, "every home in the API, and those that speak fresh", 90)
        self.breather.start()
        return self

    def is_known(self):
        homes = {home["id"]: home["status"] for home in self.region.get("/api/facilities").json()["facilities"]}
        return len(homes) == self.number and homes[LIVELY[0]] == homes[OTHER[0]] == "fresh"

    def breathe(self):
        """The minute's sign of life of every home that is not meant to be silent."""
        for home in (self.lively, self.other):
            home.beat()
        self.region.sql("""UPDATE facilities SET last_contact_at = now(),
            as_of = CASE WHEN as_of > now() - interval '5 minutes' THEN now() ELSE as_of END,
            in_sync_at = CASE WHEN as_of > now() - interval '5 minutes' THEN now() ELSE in_sync_at END
            WHERE last_contact_at > now() - interval '5 minutes' AND id ~ '^fac_[0-9]+$'""")

    def keep_breathing(self):
        while not self.stopping.wait(60):
            self.breathe()

    def known_beds(self):
        """What the tests count on: two free intensive beds for dementia, and a bed that two sources disagree about."""
        for n in range(1, 9):
            self.lively.set(f"bed_1{n:02}", "available" if n < 3 else "occupied", ago=3600 - n)
        self.lively.set("bed_201", "occupied", ago=1800)
        self.lively.set("bed_201", "available", previous="reserved", ago=600)

    def given_up(self):
        """Kari is told by e-mail; one message was given up an hour ago."""
        self.region.sql(f"""WITH one AS (INSERT INTO subscriptions (channel, target, region_id, rule, language, created_by, user_id)
            SELECT 'email', 'vakt@kommune.example', '{self.region.id}', 'feed_silent', 'nb', 'kari', id FROM users WHERE login = 'kari' RETURNING id)
            INSERT INTO deliveries (subscription_id, facility_id, rule, notification_id, subject, body, created_at, attempts, failed_at, last_error)
            SELECT id, '{LIVELY[0]}', 'feed_silent', 'ntf_1', 's', 'b', now() - interval '3 days', 24, now() - interval '1 hour',
            'the mail server did not answer' FROM one""")

    def users(self):
        for login, name, role, scope in (("kari", "Kari Koordinator", "REGIONAL_COORDINATOR", ("--region", self.region.id)),
                                         ("hanne", "Hanne Hansen", "FACILITY_STAFF", ("--facility", LIVELY[0])),
                                         ("mons", "Mons Moe", "FACILITY_MANAGER", ("--facility", LIVELY[0])),
                                         ("astrid", "Astrid Admin", "SYSTEM_ADMIN", ())):
            run(program("bedpost-admin"), "user", "add", login, "--role", role, "--name", name, *scope, "--password-stdin", "--config",
                self.region.config, input=PASSWORD + "\n")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.region.api_port}"

    def stop(self):
        self.stopping.set()
        if self.breather.is_alive():
            self.breather.join()
        if self.region:
            self.region.stop()
        self.redis.stop()
        self.postgres.stop("immediate")
        remove(self.folder)


def main():
    crowd = Crowd()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        crowd.start()
        print(f"{crowd.url}  kari, hanne, mons, astrid: {PASSWORD}", flush=True)
        stopped.wait()
    finally:
        crowd.stop()


if __name__ == "__main__":
    main()
