"""The routing api as a process of its own, as it runs for people."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import httpx

from tests.waiting import eventually
from tools.stack import LOOPBACK, Process, free_ports

COMMAND = (sys.executable, "-W", "error", "-m", "services.routing.api")
ROOT = Path(__file__).resolve().parents[1]


class RoutingProcess:
    """Listening while the context lasts. settings: by their names in the environment."""

    def __init__(self, *, kafka: str, settings: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ashiato-routing-")
        self.port = free_ports(1)[0]
        own = {"ASHIATO_KAFKA": kafka, "ASHIATO_ROUTING_PORT": f"{self.port}", **(settings or {})}
        self._log = Path(self._folder.name) / "api.log"
        self._process = Process("routing", COMMAND, log=self._log, environment={**os.environ, **own}, folder=ROOT)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def start(self) -> None:
        """Also again, on the same port, after it has ended."""
        self._process.start()
        async with self.client() as client:
            await eventually(lambda: self._answers(client), 30, what="the routing api answers")

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self._process.stop)
        self._folder.cleanup()

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{self.port}", timeout=30)

    async def exit_code(self) -> int | None:
        await eventually(lambda: not self._process.running, 20, what="the routing api ends")
        return self._process.exit_code

    def output(self) -> str:
        return self._log.read_text()

    def resident_mib(self) -> float:
        fields = dict(line.split(":", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines())
        return int(fields["VmRSS"].split()[0]) / 1024

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        assert self._process.running, self.output()
        try:
            return (await client.get("/health/live")).is_success
        except httpx.TransportError:
            return False


async def ended(settings: Mapping[str, str]) -> tuple[int | None, str]:
    """Exit code and stderr of a process that is not expected to stay."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env={**os.environ, **settings}, stderr=asyncio.subprocess.PIPE, cwd=ROOT
    )
    try:
        _, stderr = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, stderr.decode()
