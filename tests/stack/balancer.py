"""A TCP balancer: passes connections on to whichever backend takes them, bytes as they are (TLS ends at the backend).

One thread serves all of it. A backend that refuses is passed over, as docs/operations.md asks of a balancer.
"""
import asyncio
import itertools
import threading

CHUNK = 64 * 1024


class Balancer:
    """One port of its own before several others."""

    def __init__(self, ports):
        self.ports, self.port = list(ports), None
        self.turn = itertools.count()
        self.loop = asyncio.new_event_loop()
        self.connections = set()
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def start(self):
        listening = threading.Event()
        self.loop.call_soon_threadsafe(lambda: self.loop.create_task(self._listen(listening)))
        self.thread.start()
        listening.wait()
        return self

    def _serve(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _listen(self, listening):
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()

    async def _backend(self):
        """A connection to the next one that takes it; None if none does."""
        first = next(self.turn)
        for n in range(len(self.ports)):
            try:
                return await asyncio.open_connection("127.0.0.1", self.ports[(first + n) % len(self.ports)])
            except OSError:
                continue
        return None

    async def _accept(self, reader, writer):
        task = asyncio.current_task()
        self.connections.add(task)
        backend = None
        try:
            backend = await self._backend()
            if backend:
                await asyncio.gather(_pass(reader, backend[1]), _pass(backend[0], writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(task)
            for end in (writer, *(backend[1:] if backend else ())):
                end.transport.abort()

    async def _end(self):
        for task in list(self.connections):
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)
        self.loop.stop()

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop)
        self.thread.join()
        self.loop.close()


async def _pass(reader, writer):
    """Until the one who speaks has ended; then the other end is told so."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
