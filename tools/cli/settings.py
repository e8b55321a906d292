"""Where the command line finds things: environment variables (or secret files) with local defaults."""

from pathlib import Path

from pydantic import SecretStr

from shared.settings import Settings
from tools.cli.errors import BadInput


class CliSettings(Settings):
    """ASHIATO_KAFKA, ASHIATO_ROUTING_URL, ASHIATO_JOURNEY_PORT, ... A *_url wins over the *_port."""

    routing_port: int = 8080
    journey_port: int = 8081
    followup_port: int = 8082
    routing_url: str | None = None
    journey_url: str | None = None
    followup_url: str | None = None
    # Who is asking, for APIs that want to know: the token itself, or a file with it.
    token: SecretStr | None = None
    token_file: Path | None = None
    access_keys: Path | None = None

    def url(self, service: str) -> str:
        """Base address of a service's API."""
        given: str | None = getattr(self, f"{service}_url")
        return (given or f"http://127.0.0.1:{getattr(self, f'{service}_port')}").rstrip("/")

    def authorization(self) -> dict[str, str]:
        """The header that says who asks, if anybody. Raises BadInput."""
        token = self._token()
        if not token.isascii() or not token.isprintable():
            raise BadInput("ASHIATO_TOKEN (or the file ASHIATO_TOKEN_FILE names) is no token")
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _token(self) -> str:
        if self.token is not None:
            return self.token.get_secret_value().strip()
        try:
            return "" if self.token_file is None else self.token_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"ASHIATO_TOKEN_FILE cannot be read: {type(error).__name__}") from None
