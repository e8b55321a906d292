"""Loopback ports. Local servers bind 127.0.0.1 and nothing else."""

import secrets
import socket

LOOPBACK = "127.0.0.1"

# Below the range from which the kernel takes ports for outgoing connections (32768 on Linux, 49152 elsewhere): a port
# in that range could be taken by somebody's connection while a killed server is away, and its restart would fail.
_LOWEST, _HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        # Connections of a server that has just ended linger (TIME_WAIT) and are no reason to call its port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports that are free now, drawn at random: sessions side by side must not collide."""
    found: set[int] = set()
    while len(found) < count:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if port not in found and is_free(port):
            found.add(port)
    return sorted(found)


def preferred_or_free(preferred: int) -> int:
    """The preferred port, or a free one when somebody else has it; the caller says so when they differ."""
    return preferred if is_free(preferred) else free_ports(1)[0]
