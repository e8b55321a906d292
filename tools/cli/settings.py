"""Where the command line finds things: environment variables (or secret files) with local defaults."""

from shared.settings import Settings


class CliSettings(Settings):
    """ASHIATO_KAFKA, ASHIATO_ROUTING_URL, ASHIATO_JOURNEY_PORT, ... A *_url wins over the *_port."""

    routing_port: int = 8080
    journey_port: int = 8081
    followup_port: int = 8082
    routing_url: str | None = None
    journey_url: str | None = None
    followup_url: str | None = None

    def url(self, service: str) -> str:
        """Base address of a service's API."""
        given: str | None = getattr(self, f"{service}_url")
        return (given or f"http://127.0.0.1:{getattr(self, f'{service}_port')}").rstrip("/")
