"""Asking our own HTTP APIs: problems told in one line, patience with 503, pages to the end."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from tools.cli.errors import NotThere, Rejected, Unavailable

_LONGEST_PAUSE = 5.0


class Api:
    """One service. Every method raises Unavailable, NotThere, Rejected."""

    def __init__(
        self, service: str, client: httpx.AsyncClient, patience: float, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self.service = service
        self._client = client
        self._patience = patience
        self._sleep = sleep

    async def get(self, path: str, **parameters: object) -> Any:
        given = {name: _text(value) for name, value in parameters.items() if value is not None}
        return await self.patiently(lambda: self._asked("GET", path, params=given))

    async def pages(self, path: str, **parameters: object) -> AsyncIterator[dict[str, Any]]:
        """Each page as answered, until there is no `next`."""
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, **parameters)
            yield page
            following = page.get("next")
            if following is None:
                return
            if following == cursor:
                raise Rejected(f"{self.service} gives the same page for ever: this is a fault of the service")
            cursor = following

    async def post(
        self, path: str, body: bytes, media_type: str, *, or_else: Callable[[httpx.Response], Any | None]
    ) -> Any:
        """Sent again with the same body while there is patience: whoever posts must use ids that allow it.

        or_else: what to make of an answer that is no success; None lets it be told as usual.
        """
        headers = {"content-type": media_type}
        return await self.patiently(lambda: self._asked("POST", path, or_else, content=body, headers=headers))

    async def patiently(self, attempt: Callable[[], Awaitable[Any]]) -> Any:
        deadline, pause = time.monotonic() + self._patience, 0.2
        while True:
            try:
                return await attempt()
            except Unavailable as error:
                wait = min(_LONGEST_PAUSE, error.retry_after if error.retry_after is not None else pause)
                if time.monotonic() + wait > deadline:
                    raise
                await self._sleep(wait)
                pause = min(_LONGEST_PAUSE, pause * 2)

    async def _asked(
        self, method: str, path: str, or_else: Callable[[httpx.Response], Any | None] | None = None, **request: Any
    ) -> Any:
        try:
            answer = await self._client.request(method, path, **request)
        except httpx.HTTPError as error:
            where = self._client.base_url
            why = f"{self.service} api at {where} does not answer ({type(error).__name__})"
            raise Unavailable(f"{why}: start it, or set ASHIATO_{self.service.upper()}_URL") from None
        except httpx.InvalidURL as error:
            raise Rejected(f"ASHIATO_{self.service.upper()}_URL is no address: {error}") from None
        if answer.is_success:
            return _content(self.service, answer)
        if or_else is not None and (instead := or_else(answer)) is not None:
            return instead
        raise _told(self.service, answer)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _content(service: str, answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise Rejected(f"{service} api answers no JSON: is something else at {answer.url.host}?") from None


def _told(service: str, answer: httpx.Response) -> Exception:
    """problem+json in one line."""
    problem = _problem(answer)
    detail = problem.get("detail") or problem.get("title") or f"HTTP {answer.status_code}"
    fields = "; ".join(_field(one) for one in problem.get("errors", []))
    line = f"{service} api: {detail}" + (f" ({fields})" if fields else "")
    if answer.status_code in (429, 502, 503, 504):
        return Unavailable(line, _seconds(answer.headers.get("retry-after")))
    if answer.status_code == 401:
        line += " (ASHIATO_TOKEN, or a file that ASHIATO_TOKEN_FILE names)"
    return NotThere(line) if answer.status_code == 404 else Rejected(line)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _field(error: dict[str, str]) -> str:
    return f"{error.get('parameter') or error.get('pointer') or ''} {error.get('detail', '')}".strip()


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; its other form, a date, is one we do not send."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
