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


class Line:
    """One of them. `ports` may be changed at any time: it counts for the next connection."""

    def __init__(self, lines, ports):
        self.lines, self.ports, self.port = lines, list(ports), None
        self.turn, self.state = itertools.count(), OPEN
        self.tasks, self.open_again = set(), asyncio.Event()
        self.open_again.set()

    def set(self, state):
        """OPEN, CUT, SILENT or CORRUPT."""
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
                await asyncio.gather(self._pass(reader, backend[1]), self._pass(backend[0], writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(task)
            for end in (writer, *(backend[1:] if backend else ())):
                end.transport.abort()

    async def _pass(self, reader, writer):
        """Until the one who speaks has ended; then the other end is told so."""
        while data := await reader.read(CHUNK):
            await self.open_again.wait()
            writer.write(damaged(data) if self.state == CORRUPT else data)
            await writer.drain()
        writer.write_eof()


def damaged(data):
    """Half of the time with one bit turned."""
    if random.random() < 0.5:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1:]


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
