"""Whether the services are ready, asked as anybody would who may: over HTTP."""

from typing import Any, Final

import httpx

from tools.demo.addresses import Addresses

_ASK_FOR_S: Final = 2.0
# Those of which a worker writes how far each partition is; journey's API stands for journey's worker, and so on.
_WITH_WORKER: Final = ("journey", "followup")


class Readiness:
    """Asks again only what was not ready."""

    def __init__(self, addresses: Addresses, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(timeout=_ASK_FOR_S, trust_env=False, headers=headers)
        self._pending = {
            **{f"{service} api": f"{addresses.url(service)}/health/ready" for service in ("routing", *_WITH_WORKER)},
            **{f"{service} worker": f"{addresses.url(service)}/partitions" for service in _WITH_WORKER},
        }

    def lacking(self) -> str | None:
        """Which are not ready, None when all are."""
        told = {name: _lacking(self._asked(url)) for name, url in self._pending.items()}
        self._pending = {name: self._pending[name] for name, lacks in told.items() if lacks is not None}
        return ", ".join(f"{name} ({told[name]})" for name in self._pending) or None

    def close(self) -> None:
        self._client.close()

    def _asked(self, url: str) -> Any:
        """The answer as JSON; None when there is none, or a refusal."""
        try:
            answer = self._client.get(url)
            return answer.json() if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            return None


def _lacking(answer: Any) -> str | None:
    if answer is None:
        return "does not answer"
    partitions = answer.get("items", [])
    running = sum(one["state"] == "running" for one in partitions)
    return None if running == len(partitions) else f"{running} of {len(partitions)} partitions run"
