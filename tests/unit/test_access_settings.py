"""What must be set together, where an API may listen, and how an issuer's keys come over HTTP."""

from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import aiohttp
import pytest

from services.journey.settings import JourneyApiSettings
from services.routing.settings import RoutingSettings
from shared.access.issuer_keys import fetch, read_keys
from shared.settings import SettingsError, load
from shared.web.server import CannotServe, listen
from tools.demo.issuer import Issuer

WHOLE = {
    "ISSUER": "https://issuer.example",
    "AUDIENCE": "ashiato",
    "JWKS_URL": "https://issuer.example/jwks.json",
    "PSEUDONYM_KEY": "k" * 32,
}
NOBODYS = "192.0.2.1"  # for documentation: no machine has it


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*WHOLE, "JWKS_FILE", "KEYS"):
        monkeypatch.delenv(f"ASHIATO_ACCESS_{name}", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is not None:
            monkeypatch.setenv(f"ASHIATO_ACCESS_{name}", value)


def test_without_any_of_it_access_is_off() -> None:
    assert not load(JourneyApiSettings).access_is_on


@pytest.mark.parametrize("kind", [JourneyApiSettings, RoutingSettings])
def test_all_of_it_is_enough(
    monkeypatch: pytest.MonkeyPatch, kind: type[JourneyApiSettings] | type[RoutingSettings]
) -> None:
    put(monkeypatch, WHOLE)
    settings = load(kind)
    assert settings.access_is_on
    assert WHOLE["PSEUDONYM_KEY"] not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"ISSUER": None}, "ASHIATO_ACCESS_ISSUER"),
        ({"AUDIENCE": None}, "ASHIATO_ACCESS_AUDIENCE"),
        ({"JWKS_URL": None}, "ASHIATO_ACCESS_JWKS_FILE"),
        ({"JWKS_FILE": "jwks.json"}, "either ASHIATO_ACCESS_JWKS_URL or"),
        ({"JWKS_URL": "http://issuer.example/jwks.json"}, "https://"),
        ({"JWKS_URL": "file:///etc/passwd"}, "https://"),
        ({"JWKS_URL": "http://127.0.0.1.evil.example/"}, "https://"),
        ({"JWKS_URL": "http://127.0.0.1@evil.example/"}, "https://"),
        ({"JWKS_URL": "https://"}, "https://"),
        ({"PSEUDONYM_KEY": None}, "ASHIATO_ACCESS_PSEUDONYM_KEY"),
        ({"PSEUDONYM_KEY": "short"}, "ASHIATO_ACCESS_PSEUDONYM_KEY"),
        ({"LEEWAY": "PT1H"}, "ACCESS_LEEWAY"),
        ({"RATE": "0"}, "ACCESS_RATE"),
    ],
)
def test_half_of_it_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, changed: Mapping[str, str | None], named: str
) -> None:
    put(monkeypatch, {**WHOLE, **changed})
    with pytest.raises(SettingsError, match=named) as refused:
        load(JourneyApiSettings)
    assert "short" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_routing_names_no_customers_and_needs_no_key_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, {**WHOLE, "PSEUDONYM_KEY": None})
    assert load(RoutingSettings).access_is_on


@pytest.mark.parametrize("url", ["http://127.0.0.1:8/jwks.json", "http://[::1]/jwks.json", "https://issuer.example/j"])
def test_keys_may_come_over_loopback_in_the_open(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    put(monkeypatch, {**WHOLE, "JWKS_URL": url})
    assert load(JourneyApiSettings).access_jwks_url == url


def test_only_an_api_that_asks_who_comes_listens_beyond_loopback() -> None:
    with pytest.raises(CannotServe, match="ASHIATO_ACCESS_ISSUER"):
        listen(NOBODYS, 8081)
    with pytest.raises(CannotServe, match="cannot listen on"):
        listen(NOBODYS, 8081, guarded=True)


class Site(BaseHTTPRequestHandler):
    """Where an issuer's keys might be, and what else may be there."""

    large: ClassVar = b" " * (256 * 1024 + 1)

    def do_GET(self) -> None:
        status = {"/moved": 302, "/broken": 500}.get(self.path, 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/jwks.json")
        self.end_headers()
        self.wfile.write(self.large if self.path == "/large" else b"{}")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


async def test_an_issuers_keys_are_fetched() -> None:
    with Issuer() as issuer:
        keys = read_keys(await fetch(f"{issuer.url}/jwks.json"))
    assert len(keys) == 1


@pytest.mark.parametrize("path", ["/moved", "/broken", "/large"])
async def test_what_is_no_plain_answer_is_none(site: str, path: str) -> None:
    with pytest.raises(ValueError, match=r"200|too long"):
        await fetch(site + path)


async def test_an_issuer_that_is_away_is_told_as_such(site: str) -> None:
    with Issuer() as gone:
        url = gone.url
    with pytest.raises(aiohttp.ClientError):
        await fetch(f"{url}/jwks.json")
