"""Our processes against servers that let nobody in without TLS, a user and rules."""

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.engine_fixtures.certificates import Certificates
from tests.engine_fixtures.guarded_kafka import GuardedKafka
from tests.engine_fixtures.guarded_redis import GuardedRedis
from tools.cli.doctor import rights
from tools.kubernetes.kafka_access import CLIENTS, KafkaClient
from tools.kubernetes.redis_access import STORES
from tools.stack import Process

ROOT: Final = Path(__file__).parents[2]
# A password with all that an address must not carry as it is.
PASSWORDS: Final = {user: f"secret/@:?#%+ö of {user}" for user in (*(one.user for one in STORES), rights.USER)}


@dataclass
class Guarded:
    """kafka_passwords: by user. folder: for secrets and logs."""

    kafka: GuardedKafka
    certificates: Certificates
    kafka_passwords: dict[str, str]
    folder: Path

    def settings(self, name: str, store: GuardedRedis | None = None, **others: str) -> dict[str, str]:
        """The environment of a process as the manifests make it: what is secret in files, the rest in variables.

        others: variables that replace these; `KAFKA_PASSWORD` and `REDIS` replace the files.
        """
        user = f"ashiato-{name}"
        secrets = {"KAFKA_PASSWORD": self.kafka_passwords.get(user)}
        if store is not None and user in PASSWORDS:
            secrets["REDIS"] = store.url(user)
        secrets |= {name: others.pop(name) for name in ("KAFKA_PASSWORD", "REDIS") if name in others}
        variables = {
            "KAFKA": self.kafka.bootstrap,
            "KAFKA_CA": str(self.certificates.authority),
            "REDIS_CA": str(self.certificates.authority),
            "PARTITIONS": "1",
            "SECRETS": self._kept(name, secrets),
            **({"KAFKA_USER": user} if secrets["KAFKA_PASSWORD"] else {}),
            **others,
        }
        return {"PATH": os.environ["PATH"], **{f"ASHIATO_{name}": value for name, value in variables.items()}}

    @asynccontextmanager
    async def running(self, name: str, settings: dict[str, str]) -> AsyncIterator[Process]:
        """name: of the process, e.g. "journey-worker"; it is stopped at the end."""
        command = [sys.executable, "-m", f"services.{name.replace('-', '.')}"]
        log = self.folder / f"{name}-{len(list(self.folder.glob('*.log')))}.log"
        process = Process(name, command, log=log, environment=settings, folder=ROOT)
        process.start()
        try:
            yield process
        finally:
            await asyncio.to_thread(process.stop, 20.0)

    def login(self, name: str, user: str | None = None) -> dict[str, Any]:
        """aiokafka's arguments, for a client in the test's own process."""
        logs_in_as = user or f"ashiato-{name}"
        return {
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=self.certificates.authority),
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": logs_in_as,
            "sasl_plain_password": self.kafka_passwords[logs_in_as],
        }

    def as_user(self, name: str) -> dict[str, str]:
        """What makes a process log in at Kafka as another user."""
        user = f"ashiato-{name}"
        return {"ASHIATO_KAFKA_USER": user, "ASHIATO_KAFKA_PASSWORD": self.kafka_passwords[user]}

    def _kept(self, name: str, secrets: dict[str, str | None]) -> str:
        folder = self.folder / f"secrets-{name}-{len(list(self.folder.glob('secrets-*')))}"
        folder.mkdir()
        for setting, value in secrets.items():
            if value is not None:
                (folder / f"ASHIATO_{setting}").write_text(value, encoding="utf-8")
        return str(folder)


def the(name: str) -> KafkaClient:
    return next(client for client in CLIENTS if client.name == name)
