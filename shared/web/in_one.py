"""An answer's head and body in one write.

uvicorn hands them on one after the other, and uvloop writes at once whatever it is given: two system calls, and who
asked is woken for a head without a body.
"""

import asyncio
from typing import Any


class InOne:
    """A transport that holds what is written until `flush`, or until everybody had their turn."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        if self._held:
            self._transport.write(b"".join(self._held))
            self._held.clear()

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
