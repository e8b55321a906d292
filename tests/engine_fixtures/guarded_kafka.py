"""A broker as a company runs it: TLS, a user per process, ACLs, and every decision written down.

Each process logs in as its own user, which has its own rules; the broker's log then says what it asked for, what it got
and what it was denied.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from tests.engine_fixtures.certificates import Certificates
from tools.kubernetes.kafka_access import Rule
from tools.stack.jars import class_path
from tools.stack.kafka_node import Address, KafkaNode
from tools.stack.ports import LOOPBACK, free_ports

_CLUSTER_ID: Final = "AAAAAAAAAAAAAAAAAAAAAA"
_PASSWORD: Final = "only-on-loopback"  # noqa: S105
_PLAIN: Final = "org.apache.kafka.common.security.plain.PlainLoginModule"
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"
_DECISION: Final = re.compile(
    r"Principal = User:(\S+) is (Allowed|Denied) operation = (\w+) from host = \S+ on resource = (\w+):LITERAL:(\S+)"
)
# The authorizer tells of what it denies at info, of what it allows at debug.
AS_JAVA_OPTIONS: Final = "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug"

# Kafka's numbers.
_RESOURCES: Final = {"topic": 2, "group": 3, "cluster": 4}
_OPERATIONS: Final = {"All": 2, "Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10}
_LITERAL, _ALLOW = 3, 3


class Decision(NamedTuple):
    """kind: "topic", "group" or "cluster"."""

    allowed: bool
    operation: str
    kind: str
    name: str


class GuardedKafka(KafkaNode):
    """passwords: by user; "both": it may log in with either of the two mechanisms, all others with SCRAM-SHA-512."""

    def __init__(self, folder: Path, certificates: Certificates, passwords: Mapping[str, str]) -> None:
        port, controller, self._admin_port, self._secured_port = free_ports(4)
        self._certificates = certificates
        self._passwords = dict(passwords)
        address = Address(1, port, controller)
        super().__init__(
            folder,
            address,
            [address],
            classes=class_path(),
            cluster_id=_CLUSTER_ID,
            heap_mb=512,
            quick_start=True,
            leashed=True,
        )

    @property
    def bootstrap(self) -> str:
        """For the processes under test: TLS and SCRAM."""
        return f"{LOOPBACK}:{self._secured_port}"

    @property
    def admin_bootstrap(self) -> str:
        """For the test itself, with `admin_security`: may do everything."""
        return f"{LOOPBACK}:{self._admin_port}"

    @property
    def admin_security(self) -> dict[str, Any]:
        login = {"sasl_plain_username": "admin", "sasl_plain_password": _PASSWORD}
        return {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", **login}

    async def allow(self, user: str, rules: Iterable[Rule]) -> None:
        """These as well as what it was allowed before."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.admin_bootstrap, **self.admin_security)
        await admin.start()
        try:
            for rule in rules:
                for operation in rule.operations:
                    resource, number = _RESOURCES[rule.kind], _OPERATIONS[operation]
                    asked = CreateAclsRequest(resource, rule.name, _LITERAL, f"User:{user}", "*", number, _ALLOW)
                    [(code, why)] = (await admin._send_request(asked)).creation_responses
                    assert code == 0, why
        finally:
            await admin.close()

    def decisions(self, user: str) -> set[Decision]:
        told = self.log.read_text("utf-8", errors="replace")
        return {
            Decision(word == "Allowed", operation.capitalize(), kind.lower(), name)
            for who, word, operation, kind, name in _DECISION.findall(told)
            if who == user
        }

    def _format_options(self) -> list[str]:
        """Users must be there before anybody can log in to make them."""
        mechanisms = ("SCRAM-SHA-512", "SCRAM-SHA-256")
        return [
            part
            for user, password in self._passwords.items()
            for mechanism in mechanisms[: 2 if user == "both" else 1]
            for part in ("--add-scram", f"{mechanism}=[name={user},password={password}]")
        ]

    def _properties(self) -> str:
        keystore = self.folder / "server.pem"
        keystore.write_text(self._certificates.keystore, encoding="ascii")
        sasl = f'{_PLAIN} required username="admin" password="{_PASSWORD}" user_admin="{_PASSWORD}";'
        plain = f"PLAINTEXT://{LOOPBACK}:{self.address.port}"  # whether it answers is asked without a login
        clients = f"{plain},ADMIN://{self.admin_bootstrap},SECURED://{self.bootstrap}"
        added = {
            "listeners": f"{clients},CONTROLLER://{LOOPBACK}:{self.address.controller_port}",
            "advertised.listeners": clients,
            "listener.security.protocol.map": (
                "PLAINTEXT:PLAINTEXT,ADMIN:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT,SECURED:SASL_SSL"
            ),
            "inter.broker.listener.name": "ADMIN",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.admin.plain.sasl.jaas.config": sasl,
            "listener.name.controller.plain.sasl.jaas.config": sasl,
            "listener.name.secured.sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
            "listener.name.secured.scram-sha-512.sasl.jaas.config": f"{_SCRAM} required;",
            "listener.name.secured.scram-sha-256.sasl.jaas.config": f"{_SCRAM} required;",
            "listener.name.secured.ssl.keystore.type": "PEM",
            "listener.name.secured.ssl.keystore.location": keystore,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin",
        }
        kept = [line for line in super()._properties().splitlines() if line.partition("=")[0] not in added]
        return "\n".join([*kept, *(f"{key}={value}" for key, value in added.items())]) + "\n"
