"""TLS at Redis: an address and authorities turned into the client's arguments."""

from pathlib import Path
from typing import Any


def redis_security(url: str, ca: Path | None) -> dict[str, Any]:
    """What every client of ours gets beside the URL. ca: None for what the operating system trusts."""
    if not url.startswith("rediss://"):
        return {}
    checked: dict[str, Any] = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    return checked if ca is None else {**checked, "ssl_ca_certs": str(ca)}
