"""A plain CSV export that tests write by the row, and a model of what must come out of it."""
import datetime
import random

ADAPTER = """\
adapter: plain
format: csv
match: "*.csv"
csv: {delimiter: ",", header: true}
event:
  bed_id: "{bed}"
  ward: "{ward}"
  care_level: "{care}"
  previous_status: "{was}"
  new_status: "{status}"
  changed_at: {from: "{at}", format: rfc3339}
  changed_by: {from: "{by}", prefix: user_}
"""

HEADER = "bed,ward,care,was,status,at,by,note\n"
STATUSES = ("available", "occupied", "reserved", "maintenance")
START = datetime.datetime(2026, 4, 20, 8, 0, tzinfo=datetime.timezone.utc)


def at(seconds):
    """RFC 3339, so many seconds after the start of the story."""
    return (START + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(bed, status, seconds=0, was="", ward="dementia", care="intensive", by="hansen", note=""):
    return f"{bed},{ward},{care},{was},{status},{at(seconds)},{by},{note}\n"


def export(*rows):
    return HEADER + "".join(rows)


class Story:
    """Plausible changes of a home's beds from a seed; knows the truth that the region must arrive at."""

    def __init__(self, seed, beds=12):
        self.random = random.Random(seed)
        self.beds = {}
        self.names = [f"bed_{seed}_{n}" for n in range(beds)]
        self.seconds = 0
        self.events = 0

    def file(self, changes=None):
        """One export of a few changes."""
        rows = []
        for _ in range(changes or self.random.randint(1, 8)):
            bed = self.random.choice(self.names)
            status = self.random.choice([s for s in STATUSES if s != self.beds.get(bed)])
            self.seconds += 1
            number = self.names.index(bed)
            rows.append(row(bed, status, self.seconds, ward=("dementia", "somatic")[number % 2],
                            care=("light", "medium", "intensive")[number % 3]))
            self.beds[bed] = status
            self.events += 1
        return export(*rows)

    def counts(self):
        """{(ward, care level): (total, available, occupied, reserved, maintenance, unconfirmed)}"""
        table = {}
        for bed, status in self.beds.items():
            number = self.names.index(bed)
            key = (("dementia", "somatic")[number % 2], ("light", "medium", "intensive")[number % 3])
            total, *rest = table.get(key, (0, 0, 0, 0, 0, 0))
            rest[STATUSES.index(status)] += 1
            table[key] = (total + 1, *rest)
        return table
