"""A home comes back with a large queue. `./dev backlog` does the same with a million events, over both roads."""
import json

from tests.stack.backlog import Drain, fill, memory
from tests.stack.bench import ADAPTER
from tests.stack.process import BUILD, SOON, wait_for

from .test_status import status

EVENTS = 40_000
MEMORY = 64  # MiB, whatever the queue; a batch is at most 4 MiB of lines


def test_a_large_queue_drains_in_bounded_memory_with_its_progress_told_and_each_event_once(region, new_home):
    home = new_home(adapters=(ADAPTER,), start=False)
    fill(home, EVENTS)
    drain = Drain(region, home, EVENTS)
    seen = []

    def look(read=drain.look):
        left = read()
        if not seen or drain.ended:  # asking takes a while, and the middle must not pass meanwhile
            said = status(home)[0]
            if said["backlog_of"]:
                seen.append((said["backlog_sent"], said["backlog_of"]))
        return left

    drain.look = look
    drain.run(120)
    drain.check()
    assert drain.ended < SOON, "SIGTERM in the middle took too long"
    assert seen and all(0 < sent <= of <= EVENTS for sent, of in seen)
    said = drain.said()
    assert any(" draining " in line for line in said), said
    assert any(" drained " in line for line in said) or drain.left <= 10_000, said
    wait_for(lambda: status(home)[0]["queued"] == 0, "the status to say that it is done")
    if not BUILD.endswith("-asan"):
        assert max(drain.memory.values()) < MEMORY, json.dumps(drain.memory)
        assert memory(home.watcher) < MEMORY
