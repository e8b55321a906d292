"""All processes of the demo: started, watched until they are ready and after, and gone at the end, however it ends."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tools.demo.addresses import Addresses
from tools.demo.errors import NotReady, ProcessEnded
from tools.stack import Kafka, Process, Valkey

ROOT: Final = Path(__file__).resolve().parents[2]
SERVICES: Final = ("routing api", "journey worker", "journey api", "followup worker", "followup api")

_LAST_LINES: Final = 15
_POLL_S: Final = 0.1


class Processes:
    """Kafka and Valkey first, then the services. All are killed when this interpreter ends, even by SIGKILL (Linux)."""

    def __init__(
        self, folder: Path, addresses: Addresses, access: Mapping[str, str], services: Sequence[str] = SERVICES
    ) -> None:
        """access: settings by which the APIs know who asks. services: which to start, e.g. "journey worker"."""
        self.kafka = Kafka(folder / "kafka", ports=(addresses.kafka, addresses.kafka_controller))
        self.valkey = Valkey(folder / "valkey", port=addresses.redis)
        environment = {**addresses.environment(), **access}
        self.services = [_service(name, folder, environment) for name in services]

    @property
    def all(self) -> list[Process]:
        return [*self.kafka.nodes, self.valkey, *self.services]

    def stop(self) -> None:
        """The services in good order, all at once; then the servers at once, since their data is deleted next."""
        with ThreadPoolExecutor(len(self.all)) as pool:
            list(pool.map(Process.stop, self.services))
            list(pool.map(Process.kill, [*self.kafka.nodes, self.valkey]))

    def check(self, started: Sequence[Process] | None = None) -> None:
        """Raises ProcessEnded when one that was started has died."""
        for process in self.all if started is None else started:
            if not process.running:
                raise ProcessEnded(_obituary(process))

    def wait_until(self, ready: Callable[[], str | None], within: float) -> None:
        """ready: what is still lacking, None: nothing. Raises ProcessEnded, NotReady (after `within` seconds)."""
        deadline = time.monotonic() + within
        while (lacking := ready()) is not None:
            self.check()
            if time.monotonic() > deadline:
                raise NotReady(f"not ready within {within:g} s: {lacking}")
            time.sleep(_POLL_S)


def _service(name: str, folder: Path, environment: dict[str, str]) -> Process:
    module = "services." + name.replace(" ", ".")
    log = folder / f"{name.replace(' ', '-')}.log"
    return Process(name, [sys.executable, "-m", module], log=log, environment=environment, folder=ROOT)


def _obituary(process: Process) -> str:
    code = process.exit_code
    how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with exit code {code}"
    lines = process.output().splitlines()[-_LAST_LINES:]
    where = f"its log, {os.path.relpath(process.log, ROOT)} until the next demo, ends with:"
    return "\n".join([f"{process.name} {how}; {where}", *(f"  {line}" for line in lines)])
