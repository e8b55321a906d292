"""What can be broken, by name. Each module adds its own to the registry; importing this package brings them all."""

from tests.chaos.faults import brokers, clocks, contents, kills, membership, replay, space, stores
from tests.chaos.faults.fault import FAULTS, Fault, Unshown

__all__ = [
    "FAULTS",
    "Fault",
    "Unshown",
    "brokers",
    "clocks",
    "contents",
    "kills",
    "membership",
    "replay",
    "space",
    "stores",
]
