"""Where everything listens: the usual ports where they are free, so that nothing needs to be configured."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from tools.stack import LOOPBACK, free_ports, is_free

PREFIX: Final = "ASHIATO_"
PARTITIONS: Final = 8
SERVICES: Final = ("routing", "journey", "followup")


@dataclass(frozen=True)
class Addresses:
    """Ports of 127.0.0.1; the defaults are those that services and command line expect."""

    kafka: int = 9092
    kafka_controller: int = 9093
    redis: int = 6379
    routing: int = 8080
    journey: int = 8081
    followup: int = 8082
    # For Prometheus: /metrics of the APIs, and of the workers beside their health.
    routing_metrics: int = 9180
    journey_metrics: int = 9181
    followup_metrics: int = 9182
    journey_health: int = 9183
    followup_health: int = 9184

    @classmethod
    def choose(cls) -> Self:
        """The usual ports, and free ones where somebody else has them."""
        wanted = [getattr(cls(), field.name) for field in fields(cls)]
        spare = free_ports(len(wanted))
        return cls(*(port if is_free(port) else spare.pop() for port in wanted))

    @property
    def moved(self) -> list[tuple[str, int]]:
        """What is not where one expects it, and the port that was taken."""
        usual = [(field.name, getattr(Addresses(), field.name)) for field in fields(self)]
        return [(name, port) for name, port in usual if getattr(self, name) != port]

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{getattr(self, service)}"

    def settings(self) -> dict[str, str]:
        """As services and command line read them from the environment."""
        return {
            f"{PREFIX}KAFKA": f"{LOOPBACK}:{self.kafka}",
            f"{PREFIX}REDIS": f"redis://{LOOPBACK}:{self.redis}/0",
            **{f"{PREFIX}{service.upper()}_PORT": f"{getattr(self, service)}" for service in SERVICES},
        }

    def environment(self, around: Mapping[str, str] = os.environ) -> dict[str, str]:
        """For our processes: of the person's own settings of Ashiato, none."""
        rest = {name: value for name, value in around.items() if not name.startswith(PREFIX)}
        listening = {
            f"{PREFIX}{name.upper()}_PORT": f"{getattr(self, name)}"
            for name in (field.name for field in fields(self))
            if name.endswith(("_metrics", "_health"))
        }
        return {**rest, **self.settings(), **listening, f"{PREFIX}PARTITIONS": f"{PARTITIONS}"}

    def exports(self, around: Mapping[str, str] = os.environ) -> str | None:
        """What to type so that `ashiato` finds this demo from a shell with that environment; None: nothing."""
        usual = Addresses().settings()
        own = {name: value for name, value in self.settings().items() if around.get(name, usual[name]) != value}
        urls = {f"{PREFIX}{service.upper()}_URL": self.url(service) for service in SERVICES}  # win over the ports
        own |= {name: value for name, value in urls.items() if name in around}
        return "export " + " ".join(f"{name}={value}" for name, value in own.items()) if own else None
