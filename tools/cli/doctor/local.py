"""Whether servers are this machine's own: a local stack has one copy of everything and no doors, and that is well."""

import ipaddress


def is_local(addresses: str) -> bool:
    """addresses: host:port, comma separated."""
    return all(_is_loopback(one.rpartition(":")[0]) for one in addresses.split(","))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
