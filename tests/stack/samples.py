"""The three EHRs of samples/: what the demo and the system tests drop, and what must come of it."""
import glob
import json
import os

from .process import TOP
from .region import COUNTS


class Sample:
    """One folder of samples/."""

    def __init__(self, folder, facility, name, zone, latitude, longitude, road="https"):
        self.format = folder.split("-")[0]
        self.folder, self.facility, self.name, self.zone = folder, facility, name, zone
        self.latitude, self.longitude = latitude, longitude
        self.road = road  # in the demo
        self.path = os.path.join(TOP, "samples", folder)

    @property
    def adapter(self):
        return glob.glob(os.path.join(self.path, "*.yaml"))[0]

    @property
    def exports(self):
        """The export files, oldest first."""
        return sorted(glob.glob(os.path.join(self.path, "export", "*")))

    def expected(self):
        """{(ward, care level): counts in the order of COUNTS}"""
        with open(os.path.join(self.path, "expected-availability.json"), encoding="utf-8") as file:
            rows = json.load(file)
        return {(r["ward"], r["care_level"]): tuple(r.get(f"{k}_beds", 0) for k in COUNTS) for r in rows}


SAMPLES = (
    Sample("csv-visma", "fac_oslo_nordre", "Nordre sykehjem", "Europe/Oslo", 59.9306, 10.7530),
    Sample("hl7-simhospital", "fac_simhospital", "Simulated Hospital", "Europe/London", 63.4305, 10.3951),
    Sample("xml-gerica", "fac_bergen_fana", "Fana sykehjem", "Europe/Oslo", 60.2686, 5.3308,
           road="sftp"),
)
