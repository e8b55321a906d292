"""Who issues the demo's access tokens: a key made at the start, published on loopback, gone at the end.

What a company's identity provider does, in its smallest form; services cannot tell the difference.
"""

import json
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

from joserfc import jwt
from joserfc.jwk import ECKey

from shared.access import Scope
from tools.stack import LOOPBACK

AUDIENCE: Final = "ashiato"
# Of the stories' events (samples/stories).
SOURCES: Final = ("urn:example:",)
AGENT_SCOPES: Final = (Scope.JOURNEY_READ, Scope.FLAGS_READ, Scope.PROMISES_READ)
_GOOD_FOR_S: Final = 12 * 3600


class Issuer(AbstractContextManager["Issuer"]):
    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
        published = json.dumps({"keys": [self._key.as_dict(private=False)]}).encode()
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _publishing(published))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def settings(self) -> dict[str, str]:
        """As services read them from the environment."""
        return {
            "ASHIATO_ACCESS_ISSUER": self.url,
            "ASHIATO_ACCESS_AUDIENCE": AUDIENCE,
            "ASHIATO_ACCESS_JWKS_URL": f"{self.url}/jwks.json",
            "ASHIATO_ACCESS_PSEUDONYM_KEY": secrets.token_urlsafe(32),
        }

    def supervisor(self) -> str:
        """A token that allows everything."""
        return self._token("demo-supervisor", tuple(Scope), desks=(), sources=SOURCES)

    def agent(self, *desks: str) -> str:
        """A token of somebody who works at these desks."""
        return self._token("demo-agent", AGENT_SCOPES, desks=desks, sources=())

    def _token(self, name: str, scopes: Sequence[Scope], *, desks: Sequence[str], sources: Sequence[str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": name,
            "iat": now,
            "exp": now + _GOOD_FOR_S,
            "scope": " ".join(scopes),
            "desks": list(desks),
            "sources": list(sources),
        }
        return jwt.encode({"alg": "ES256", "kid": self._key.kid, "typ": "at+jwt"}, claims, self._key)


def _publishing(content: bytes) -> type[BaseHTTPRequestHandler]:
    class Publishing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/jwks.json" else 404)
            self.send_header("Content-Type", "application/jwk-set+json")
            self.end_headers()
            if self.path == "/jwks.json":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing of it belongs on the demo's screen."""

    return Publishing
