"""A reference model of the merge: the design's table of outcomes and the words of regional/merge/decide.h, nothing of
its code. Lists walked from end to end, one event at a time; times are microseconds.
"""
from dataclasses import dataclass, field

STATUSES = ("available", "occupied", "reserved", "maintenance")
AHEAD_MAX = 5 * 60 * 1_000_000
PERSONS = ("board", "api")


@dataclass
class Event:
    """What a source says of one bed."""
    event_id: str
    facility: str
    bed: str
    previous: str | None
    new: str
    at: int
    ward: str | None = None
    care: str | None = None
    adapter: str = "ehr"


@dataclass
class Bed:
    """What the region holds of it."""
    status: str
    ward: str
    care: str
    version: int = 0
    last_updated: int = 0
    confirmed_at: int = 0
    branch: str | None = None  # while a conflict is open: where the other account has come to
    course: list = field(default_factory=list)  # (changed_at, status) of its accepted history, as taken in

    def then(self, at):
        """Its status at that time by its accepted history; of two at one time, what was taken in last. None: unknown."""
        known = [change for change in self.course if change[0] <= at]
        return max(enumerate(known), key=lambda item: (item[1][0], item[0]))[1][1] if known else None


class Home:
    """The region's picture of one home."""

    def __init__(self, facility, policy="hold"):
        self.facility, self.policy = facility, policy
        self.beds = {}
        self.audit = {}  # event_id -> (outcome, in history)

    def take(self, event, now):
        """The outcome, with its effects made."""
        if event.event_id in self.audit:
            return "duplicate"
        if event.facility != self.facility or event.at > now + AHEAD_MAX:
            return "rejected"
        bed = self.beds.get(event.bed)
        if bed is None:
            bed = self.beds[event.bed] = Bed(event.new, "unassigned", "medium")
            outcome, taken, kept = "applied", True, True
        elif event.at < bed.confirmed_at:
            outcome, taken, kept = self._older(event, bed)
        else:
            outcome, taken, kept = self._newer(event, bed)
        if outcome == "conflict":
            taken = kept = self._conflict(event, bed)
        self._effects(event, bed, taken, kept, outcome)
        return outcome

    @staticmethod
    def _older(event, bed):
        then = bed.then(event.at)
        if event.previous is None or then is None or event.previous == then:
            return "late", False, True
        if event.new == then:
            return "converged", False, True
        return "conflict", False, False

    @staticmethod
    def _newer(event, bed):
        if event.previous in (None, bed.status):
            return "applied", True, True
        goes_on_from_the_branch = bed.branch is not None and event.previous == bed.branch
        if event.new == bed.status and not goes_on_from_the_branch:
            return "converged", False, True
        return "conflict", False, False

    def _conflict(self, event, bed):
        """By the home's policy; true if the event is taken."""
        if self.policy == "hold":
            bed.branch = event.new
            return False
        if bed.branch is not None:  # open since before the policy changed: a person settles it
            bed.branch = event.new
        trusted = self.policy == "latest_wins" or event.adapter not in PERSONS
        return trusted and event.at >= bed.confirmed_at

    def _effects(self, event, bed, taken, kept, outcome):
        if taken:
            bed.status, bed.version = event.new, bed.version + 1
            bed.last_updated = bed.confirmed_at = event.at
            bed.ward, bed.care = event.ward or bed.ward, event.care or bed.care
        elif outcome == "converged" and event.at >= bed.confirmed_at:
            bed.confirmed_at = event.at
        if kept:
            bed.course.append((event.at, event.new))
        self.audit[event.event_id] = (outcome, kept)

    def change(self, bed, status, at, event_id, settles=False):
        """A person sets the bed at the region: it always fits."""
        held = self.beds[bed]
        self._effects(Event(event_id, self.facility, bed, held.status, status, at, adapter="api"), held, True, True,
                      "applied")
        if settles:
            held.branch = None

    def counts(self):
        """{(ward, care level): (total, available, occupied, reserved, maintenance, unconfirmed)}"""
        table = {}
        for bed in self.beds.values():
            row = table.setdefault((bed.ward, bed.care), [0] * 6)
            row[0] += 1
            row[5 if bed.branch is not None else 1 + STATUSES.index(bed.status)] += 1
        return {place: tuple(row) for place, row in table.items()}

    def as_of(self, at):
        """{bed: status}, as the history tells it."""
        return {name: bed.then(at) for name, bed in self.beds.items() if bed.then(at) is not None}
