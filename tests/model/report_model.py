"""The numbers of the reports, computed a second time from the raw audit log by docs/reports.md alone.

Brute force: the moments at which anything can change are gathered, and between two of them every bed is asked what it
was. Whole microseconds and fractions throughout.
"""
import datetime
from collections import defaultdict
from fractions import Fraction
from zoneinfo import ZoneInfo

CANCELS = {
    "admit_cancelled": {"admit", "patient_admitted"},
    "transfer_cancelled": {"transfer"},
    "discharge_cancelled": {"discharge", "patient_discharged"},
    "leave_cancelled": {"leave_of_absence"},
    "return_cancelled": {"return"},
    "tracking_cancelled": {"in_transit"},
}
MONTH = 31 * 86400 * 1_000_000
USES = ("available", "occupied", "reserved", "maintenance", "unconfirmed")
MICROS = "(extract(epoch FROM {}) * 1000000)::bigint"


def day_begins(day, zone):
    """The instant at which a day of the calendar begins there."""
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def as_text(value, places=6):
    """A fraction as machines read it: rounded half up; None where it is absent."""
    if value is None:
        return None
    scaled = (2 * value.numerator * 10 ** places + value.denominator) // (2 * value.denominator)
    return f"{scaled // 10 ** places}.{scaled % 10 ** places:0{places}}"


def share(part, whole):
    return Fraction(part, whole) if whole else None


class Bed:
    """One bed's rows and doubts, and what it was at any moment."""

    def __init__(self, rows, doubts):
        self.rows = sorted(rows, key=lambda r: (r["at"], r["n"]))
        self.doubts = doubts
        self.why = [r["reason"] for r in self.rows]
        self.reads = self._without_cancelled()

    def _without_cancelled(self):
        reads = [r["status"] for r in self.rows]
        for i, cancel in enumerate(self.rows):
            cancelled = CANCELS.get(cancel["reason"])
            if not cancelled or i == 0 or reads[i - 1] == cancel["status"]:
                continue
            run = [k for k in range(i) if all(reads[j] == reads[i - 1] for j in range(k, i))]
            first = self.rows[run[0]]
            if first["reason"] in cancelled and cancel["at"] - first["at"] <= MONTH:
                for k in run:
                    reads[k], self.why[k] = cancel["status"], cancel["reason"]
        return reads

    def moves(self, end, closed):
        """[(when, "in" or "out", row after, row before, how long the stay or the vacancy was or None)], in order.

        closed: when the home was; each time it opens, the bed begins anew."""
        shown = [i for i, r in enumerate(self.rows) if r["at"] < end
                 and (i + 1 == len(self.rows) or self.rows[i + 1]["at"] > r["at"])]
        moves, began, ended, before = [], None, None, None
        for place, i in enumerate(shown):
            first = place
            while first > 0 and self.reads[shown[first - 1]] == self.reads[i]:
                first -= 1
            stay = self.reads[i] == "occupied" or (self.reads[i] == "reserved" and self.why[shown[first]] in (
                "leave_of_absence", "return_cancelled"))
            at = self.rows[i]["at"]
            last = min(end, self.rows[shown[place + 1]]["at"] if place + 1 < len(shown) else end)
            if place == 0 or any(a <= at <= b for a, b in closed):
                began, ended = None, None
            elif stay and not before:
                moves.append((at, "in", i, shown[place - 1], None if ended is None else at - ended))
                began = at
            elif before and not stay:
                moves.append((at, "out", i, shown[place - 1], None if began is None else at - began))
                ended = at
            if any(a < last and b > at for a, b in closed):
                began, ended = None, None
            before = stay
        return moves

    def moments(self):
        return {r["at"] for r in self.rows} | {t for doubt in self.doubts for t in doubt if t is not None}

    def at(self, moment):
        """(use, ward, care level), or None while nothing is known."""
        last = max((i for i, r in enumerate(self.rows) if r["at"] <= moment), default=None)
        if last is None:
            return None
        doubted = any(a <= moment and (b is None or moment < b) for a, b in self.doubts)
        return "unconfirmed" if doubted else self.reads[last], self.rows[last]["ward"], self.rows[last]["care"]


class ReportModel:
    """What a report over these homes and days must say. cursor: psycopg2's, of any role that may read."""

    def __init__(self, cursor, facilities, first, days, now, known_at=None):
        """first: a date; now, known_at: microseconds."""
        self.days = [first + datetime.timedelta(days=i) for i in range(days)]
        self.end = min(now, known_at) if known_at is not None else now
        self.known_at, self.cursor = known_at, cursor
        self.homes, self.closed = {}, {}
        for facility in facilities:
            cursor.execute("SELECT timezone FROM facilities WHERE id = %s", (facility,))
            zone = cursor.fetchone()[0]
            cursor.execute(f"SELECT {MICROS.format('closed_at')}, {MICROS.format('opened_at')} FROM facility_closures "
                           "WHERE facility_id = %s", (facility,))
            self.closed[facility] = [(a, self.end if b is None else min(b, self.end))
                                     for a, b in cursor.fetchall() if a < self.end]
            bounds = [day_begins(d, zone) for d in [*self.days, first + datetime.timedelta(days=days)]]
            self.homes[facility] = (bounds, self._beds(facility))
        self._count()

    def _beds(self, facility):
        known = self.known_at if self.known_at is not None else 1 << 62
        self.cursor.execute(
            f"SELECT bed_id, {MICROS.format('changed_at')}, n, new_status, reason, ward, care_level, in_history, outcome,"
            f" conflict_id FROM bed_audit_log WHERE facility_id = %s AND {MICROS.format('received_at')} <= %s",
            (facility, known))
        rows, aside = defaultdict(list), defaultdict(list)
        for bed, at, n, status, reason, ward, care, in_history, outcome, conflict in self.cursor.fetchall():
            if in_history:
                rows[bed].append({"at": at, "n": n, "status": status, "reason": reason, "ward": ward, "care": care})
            if outcome == "conflict":
                aside[conflict].append(at)
        self.cursor.execute(f"SELECT id, bed_id, status, settled_reason, {MICROS.format('settled_at')} FROM conflicts "
                            "WHERE facility_id = %s", (facility,))
        doubts = defaultdict(list)
        for conflict, bed, status, settled_reason, settled_at in self.cursor.fetchall():
            if conflict in aside and (status == "open" or settled_reason is not None):
                settled = settled_at if settled_at is not None and settled_at <= known else None
                doubts[bed].append((min(aside[conflict]), settled))
        return {bed: Bed(rows[bed], doubts[bed]) for bed in rows}

    def is_open(self, facility, moment):
        return not any(a <= moment < b for a, b in self.closed[facility])

    def _closing(self, facility):
        return {moment for closure in self.closed[facility] for moment in closure}

    def _count(self):
        """Bed-time by home, place and day."""
        self.by_home = {f: dict.fromkeys(USES, 0) for f in self.homes}
        self.by_place = defaultdict(lambda: dict.fromkeys(USES, 0))
        self.by_day = [dict.fromkeys(USES, 0) for _ in self.days]
        for facility, (bounds, beds) in self.homes.items():
            for bed in beds.values():
                moments = sorted({*bounds, *(m for m in bed.moments() | self._closing(facility) | {self.end} if bounds[0] < m < bounds[-1])})
                for begin, end in zip(moments, moments[1:]):
                    was = bed.at(begin)
                    if was is None or begin >= self.end or not self.is_open(facility, begin):
                        continue
                    use, ward, care = was
                    day = max(i for i, b in enumerate(bounds) if b <= begin)
                    for count in (self.by_home[facility], self.by_place[facility, ward, care], self.by_day[day]):
                        count[use] += end - begin

    def elapsed(self, facility, day=None):
        bounds = self.homes[facility][0]
        first, last = (bounds[0], bounds[-1]) if day is None else (bounds[day], bounds[day + 1])
        last = max(first, min(last, self.end))
        return last - first - sum(max(0, min(b, last) - max(a, first)) for a, b in self.closed[facility])

    @staticmethod
    def cells(count, elapsed):
        """The measures of a row of `occupancy`, as machines read them."""
        service = sum(count.values()) - count["maintenance"]
        cells = {"occupancy": as_text(share(count["occupied"], service)),
                 "availability": as_text(share(count["available"], service)),
                 "mean_beds": as_text(share(service, elapsed)), "in_service_s": service}
        cells.update({f"{use}_s": count[use] for use in USES})
        return cells

    def availability(self):
        """({(home, ward, care) or home: (least, most, none free, any in service)}, [none free of all places per day])"""
        levels, by_day = {}, [0] * len(self.days)
        for facility, (bounds, beds) in self.homes.items():
            moments = sorted({*bounds, self.end, *self._closing(facility), *(m for b in beds.values() for m in b.moments())})
            for begin, end in zip(moments, moments[1:]):
                if begin < bounds[0] or end > min(bounds[-1], self.end) or not self.is_open(facility, begin):
                    continue
                count = defaultdict(lambda: [0, 0])
                for bed in beds.values():
                    was = bed.at(begin)
                    if was is None or was[0] == "maintenance":
                        continue
                    for place in (facility, (facility, was[1], was[2])):
                        count[place][0] += 1
                        count[place][1] += was[0] == "available"
                for place, (_, free) in count.items():
                    least, most, none, every = levels.get(place, (1 << 62, 0, 0, 0))
                    none_now = 0 if free else end - begin
                    levels[place] = (min(least, free), max(most, free), none + none_now, every + end - begin)
                    if place != facility:
                        by_day[max(i for i, b in enumerate(bounds) if b <= begin)] += none_now
        return levels, by_day

    def turnover(self):
        """{home, (home, ward, care), day or None for all: measures}"""
        found = defaultdict(lambda: ([], [], [], []))  # stays, vacancies (with None), moves by transfer in, out
        for facility, (bounds, beds) in self.homes.items():
            for bed in beds.values():
                for at, way, after, before, long in bed.moves(self.end, self.closed[facility]):
                    if not bounds[0] <= at < bounds[-1]:
                        continue
                    row = bed.rows[after if way == "in" else before]
                    day = self.days[max(i for i, b in enumerate(bounds) if b <= at)].isoformat()
                    for key in (facility, (facility, row["ward"], row["care"]), day, None):
                        found[key][way == "in"].append(long)
                        if bed.why[after] in ("transfer", "swap"):
                            found[key][2 + (way == "out")].append(at)
        return {key: {"admissions": len(ins), "admitted_by_transfer": len(t_in), "discharges": len(outs),
                      "discharged_by_transfer": len(t_out),
                      "median_stay_s": rank([v for v in outs if v is not None], Fraction(1, 2)),
                      "median_vacant_s": rank([v for v in ins if v is not None], Fraction(1, 2))}
                for key, (outs, ins, t_in, t_out) in found.items()}

    def occupancy(self):
        """{table: rows} as the JSON must have them; seconds still as microseconds."""
        most = max(self.elapsed(f) for f in self.homes)
        every = {use: sum(c[use] for c in self.by_home.values()) for use in USES}
        return {
            "facilities": {f: self.cells(c, self.elapsed(f)) for f, c in self.by_home.items()},
            "wards": {k: self.cells(c, self.elapsed(k[0])) for k, c in self.by_place.items() if sum(c.values())},
            "days": {d.isoformat(): self.cells(c, max(self.elapsed(f, i) for f in self.homes))
                     for i, (d, c) in enumerate(zip(self.days, self.by_day))},
            "totals": self.cells(every, most),
        }


# ---- lists ----

def rank(values, share_of):
    """The least value that so many of all do not exceed; None of none."""
    ordered = sorted(values)
    return ordered[-(-len(ordered) * share_of.numerator // share_of.denominator) - 1] if ordered else None


def delays(values):
    """The measures of a row of `freshness`: whole microseconds."""
    return {"events": len(values), "within_5_min": sum(v <= 300_000_000 for v in values),
            "latency_median_s": rank(values, Fraction(1, 2)), "latency_p95_s": rank(values, Fraction(19, 20)),
            "latency_max_s": max(values, default=None)}


def freshness(cursor, facilities, bounds, known_at=None):
    """({home: measures}, [measures per day]) of the events received between the bounds of each home's days."""
    known = known_at if known_at is not None else 1 << 62
    by_home, by_day = {f: [] for f in facilities}, [[] for _ in next(iter(bounds.values()))[1:]]
    cursor.execute(f"SELECT facility_id, {MICROS.format('changed_at')}, {MICROS.format('received_at')}, epoch "
                   "FROM bed_audit_log")
    for facility, changed, received, epoch in cursor.fetchall():
        days = bounds.get(facility, [0, 0])
        if facility in by_home and not epoch.startswith("00000000") and days[0] <= received < days[-1] \
                and received <= known:
            by_home[facility].append(max(0, received - changed))
            by_day[max(i for i, b in enumerate(days) if b <= received)].append(max(0, received - changed))
    return {f: delays(v) for f, v in by_home.items()}, [delays(v) for v in by_day]


def conflicts(cursor, first, last, end, known_at=None):
    """{conflict: what is told of it} for those that stood open between first and last."""
    known = known_at if known_at is not None else 1 << 62
    cursor.execute(f"SELECT conflict_id, n, new_status, {MICROS.format('received_at')} FROM bed_audit_log "
                   "WHERE outcome = 'conflict'")
    events = defaultdict(list)
    for conflict, n, status, received in cursor.fetchall():
        if received <= known:
            events[conflict].append((n, status))
    cursor.execute(f"SELECT id, facility_id, bed_id, held_status, {MICROS.format('opened_at')}, "
                   f"{MICROS.format('settled_at')}, settled_by, settled_status, settled_reason FROM conflicts")
    told = {}
    for name, facility, bed, held, opened, settled_at, by, as_what, why in cursor.fetchall():
        settled = settled_at if settled_at is not None and settled_at <= known else None
        if opened > known or opened >= last or (settled is not None and settled < first):
            continue
        told[name] = {"facility_id": facility, "bed_id": bed, "held_status": held, "events": len(events[name]),
                      "branch_status": max(events[name])[1], "status": "open" if settled is None else "settled",
                      "settled_by": by if settled is not None else None,
                      "settled_status": as_what if settled is not None else None,
                      "settled_reason": why if settled is not None else None,
                      "open_s": (settled if settled is not None else end) - opened}
    return told


def alerts(cursor, bounds, end, known_at=None):
    """({alert: what is told of it}, {(home, rule): sums}) for those that stood open within the homes' days. bounds: {home: [first, last]}."""
    known = known_at if known_at is not None else 1 << 62
    cursor.execute(f"SELECT id, facility_id, rule, ward, value, threshold, {MICROS.format('opened_at')}, {MICROS.format('cleared_at')}, "
                   f"{MICROS.format('acknowledged_at')}, acknowledged_by FROM alert_history")
    told, sums = {}, {}
    for name, facility, rule, ward, value, threshold, opened, *later, by in cursor.fetchall():
        first, last = bounds[facility]
        cleared, seen = (t if t is not None and t <= known else None for t in later)
        if opened > known or opened >= last or (cleared is not None and cleared < first):
            continue
        long = (end if cleared is None else cleared) - opened
        told[name] = {"facility_id": facility, "rule": rule, "ward": ward or None, "value": value, "threshold": threshold, "opened_at": opened,
                      "cleared_at": cleared, "acknowledged_at": seen, "acknowledged_by": by if seen is not None else None, "open_s": long}
        sums.setdefault((facility, rule), []).append((long, cleared is None or cleared >= last, seen is not None))
    return told, {key: {"episodes": len(all_), "open_at_end": sum(a[1] for a in all_), "acknowledged": sum(a[2] for a in all_),
                        "open_s": sum(a[0] for a in all_), "longest_open_s": max(a[0] for a in all_)} for key, all_ in sums.items()}


def offline(cursor, bounds, end):
    """{home: how long within its days, up to the end of what is known, an alert `offline` stood open}"""
    cursor.execute(f"SELECT facility_id, {MICROS.format('opened_at')}, {MICROS.format('cleared_at')} FROM alert_history WHERE rule = 'offline'")
    time = dict.fromkeys(bounds, 0)
    for facility, opened, cleared in cursor.fetchall():
        first, last = bounds[facility]
        until = end if cleared is None else min(cleared, end)
        time[facility] += max(0, min(until, last) - max(opened, first))
    return time


def present(cursor, now):
    """{home: what the home's present state must be told as}"""
    cursor.execute(f"SELECT id, {MICROS.format('last_contact_at')}, {MICROS.format('as_of')}, queue_depth, revoked_at IS NOT NULL FROM facilities")
    return {facility: {"last_contact_at": heard, "as_of": as_of, "queue_depth": queue,
                       "data_age_s": None if closed or as_of is None else max(0, now - as_of)} for facility, heard, as_of, queue, closed in cursor.fetchall()}
