"""A local Kafka: usually one broker, three when the fall of one is to be shown."""

import base64
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.stack.jars import class_path
from tools.stack.kafka_node import Address, KafkaNode
from tools.stack.ports import LOOPBACK, free_ports

ANSWERS_WITHIN_S = 90.0  # 3 s as a rule; generous for a busy machine


class Kafka:
    """A cluster of `brokers` nodes, each broker and controller at once, all of it below `folder`.

    Ports, log files and data stay the same over kill() and start(), so clients find it again. Blocking calls:
    in async code use asyncio.to_thread. `ports`: two for each node (clients, controllers); free ones when None.
    `quick_start=False` gives Java's full compiler, for benchmarks.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 1,
        ports: Sequence[int] | None = None,
        heap_mb: int = 512,
        quick_start: bool = True,
        leashed: bool = True,
    ) -> None:
        self.folder = folder.resolve()
        taken = list(ports) if ports is not None else free_ports(2 * brokers)
        quorum = [Address(number + 1, *taken[2 * number : 2 * number + 2]) for number in range(brokers)]
        classes, cluster_id = class_path(), _cluster_id(self.folder)
        self.nodes = [
            KafkaNode(
                self.folder / f"node-{address.node_id}",
                address,
                quorum,
                classes=classes,
                cluster_id=cluster_id,
                heap_mb=heap_mb,
                quick_start=quick_start,
                leashed=leashed,
            )
            for address in quorum
        ]

    @property
    def bootstrap(self) -> str:
        """host:port of every node, comma separated, as Kafka's clients want it."""
        return ",".join(f"{LOOPBACK}:{node.address.port}" for node in self.nodes)

    @property
    def running(self) -> bool:
        return all(node.running for node in self.nodes)

    def start(self) -> None:
        """Start what does not run, and wait until every node answers. Raises DidNotStart, DidNotAnswer."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(KafkaNode.start, self.nodes))
        for node in self.nodes:
            node.wait_until_answers(ANSWERS_WITHIN_S)

    def stop(self) -> None:
        """SIGTERM to all at once, SIGKILL after 15 s: the last of three has no quorum to say good-bye to."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(KafkaNode.stop, self.nodes))

    def kill(self) -> None:
        """SIGKILL to every node."""
        for node in self.nodes:
            node.kill()

    def restart(self) -> None:
        """Stop gracefully and start again on the same data and ports."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if len(self.nodes) == 1:
            self.stop()
        else:
            self.kill()  # stopping three together takes its full grace; whoever wants the data calls stop() first


def _cluster_id(folder: Path) -> str:
    """16 random bytes in Kafka's own base64, kept beside the data for a node whose disk was erased."""
    kept = folder / "cluster-id"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # The first bit is cleared so that it cannot begin with "-" and look like an option.
        raw = bytes([secrets.randbelow(128)]) + secrets.token_bytes(15)
        kept.write_text(base64.urlsafe_b64encode(raw).decode().rstrip("="), encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()
