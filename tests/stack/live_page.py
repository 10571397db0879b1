"""An open page: a client of GET /api/stream that comes back with Last-Event-ID whenever its line ends."""
import http.client
import json
import threading

PAUSE = 0.05


class LivePage:
    """Holds what the page shows; `rows` is what a person sees."""

    def __init__(self, region):
        self.region, self.token = region, region.token()
        self.rows, self.events, self.last_id = {}, 0, None
        self.connections, self.resumed, self.asked_from = 0, 0, []
        self.ending, self.connection = threading.Event(), None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        """The thread is in a read perhaps: the next beat or change ends it, or the line's own end."""
        self.ending.set()

    def counts(self):
        """{(facility, ward, care level): (total, available)} of groups that have beds"""
        return {key: (r["total_beds"], r["available_beds"]) for key, r in list(self.rows.items()) if r["total_beds"]}

    def _run(self):
        while not self.ending.is_set():
            try:
                self._follow()
            except (OSError, http.client.HTTPException):
                pass
            self.ending.wait(PAUSE)

    def _follow(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.region.api_port, timeout=60)
        head = {"Authorization": "Bearer " + self.token}
        if self.last_id:
            head["Last-Event-ID"] = self.last_id
        try:
            connection.request("GET", "/api/stream", headers=head)
            stream = connection.getresponse()
            if stream.status != 200:
                return
            self.connections += 1
            self.asked_from.append(self.last_id)
            first = True
            while not self.ending.is_set() and (event := self._next(stream)):
                self.resumed += first and event["event"] != "snapshot"
                first = False
                self._take(event)
        finally:
            connection.close()

    @staticmethod
    def _next(stream):
        """The next event as {field: text}; None at the end of the line."""
        fields = {}
        while line := stream.readline().decode():
            line = line.rstrip("\n")
            if not line and "event" in fields:
                return fields
            name, _, value = line.partition(": ")
            fields[name] = value
        return None

    def _take(self, event):
        self.last_id = event.get("id", self.last_id)
        if event["event"] not in ("snapshot", "availability"):
            return
        rows = {(r["facility_id"], r["ward"], r["care_level"]): r for r in json.loads(event["data"])["rows"]}
        self.rows = rows if event["event"] == "snapshot" else {**self.rows, **rows}
        self.events += 1
