"""TCP lines: each is a port of its own before one or several others, and passes bytes on as they are.

Before several daemons a line is their balancer: one that refuses is passed over, as docs/operations.md asks. Before one home
it is the network, and can be cut, fall silent or damage what it carries. One thread serves all lines.
"""
import asyncio
import itertools
import random
import threading

CHUNK = 64 * 1024
CALL_SECONDS = 30

OPEN = "open"
CUT = "cut"  # connections end and new ones are hung up on
SILENT = "silent"  # nothing arrives, nothing ends
CORRUPT = "corrupt"  # now and then a bit is another one
CORRUPT_LENGTHS = "corrupt lengths"  # SSH: what the server says has another length than it says


class Line:
    """One of them. `ports` may be changed at any time: it counts for the next connection."""

    def __init__(self, lines, ports):
        self.lines, self.ports, self.port = lines, list(ports), None
        self.turn, self.state = itertools.count(), OPEN
        self.tasks, self.open_again = set(), asyncio.Event()
        self.open_again.set()

    def set(self, state):
        """OPEN, CUT, SILENT, CORRUPT or CORRUPT_LENGTHS."""
        self.lines.call(self._set(state))

    async def _set(self, state):
        self.state = state
        if state == CUT:
            for task in self.tasks:
                task.cancel()
        if state == SILENT:
            self.open_again.clear()
        else:
            self.open_again.set()

    async def listen(self):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return self

    async def _backend(self):
        """A connection to the next one that takes it; None if none does."""
        first, ports = next(self.turn), self.ports
        for n in range(len(ports)):
            try:
                return await asyncio.open_connection("127.0.0.1", ports[(first + n) % len(ports)])
            except OSError:
                continue
        return None

    async def _accept(self, reader, writer):
        task, backend = asyncio.current_task(), None
        self.tasks.add(task)
        try:
            await self.open_again.wait()
            backend = None if self.state == CUT else await self._backend()
            if backend:
                await asyncio.gather(self._pass(reader, backend[1], whole), self._pass(backend[0], writer, LengthDamage()))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            for end in (writer, *(backend[1:] if backend else ())):
                end.transport.abort()

    async def _pass(self, reader, writer, lengths):
        """Until the one who speaks has ended; then the other end is told so."""
        while data := await reader.read(CHUNK):
            await self.open_again.wait()
            other_lengths = lengths(data)
            writer.write({CORRUPT: damaged(data), CORRUPT_LENGTHS: other_lengths}.get(self.state, data))
            await writer.drain()
        writer.write_eof()


def damaged(data):
    """Half of the time with one bit turned."""
    if random.random() < 0.5:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1:]


def whole(data):
    return data


class LengthDamage:
    """What an SSH server says, with the last bit turned in the length of a packet; libssh2 1.10 ends its process over it.
    Until the session is encrypted it stays whole: a damaged greeting ends it earlier."""

    NEWKEYS = b"\0\0\0\x0c\x0a\x15"

    def __init__(self):
        self.is_encrypted = False

    def __call__(self, data):
        if self.is_encrypted and len(data) > 3:
            return data[:3] + bytes([data[3] ^ 1]) + data[4:]
        self.is_encrypted = self.is_encrypted or self.NEWKEYS in data
        return data


class Lines:
    """The thread that serves them, and all that were made."""

    def __init__(self):
        self.loop, self.made = asyncio.new_event_loop(), []
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(CALL_SECONDS)

    def line(self, ports):
        """A line that listens, to these ports in turn."""
        self.made.append(Line(self, ports))
        return self.call(self.made[-1].listen())

    def stop(self):
        self.call(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _end(self):
        tasks = [task for line in self.made for task in line.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
