"""GET /metrics of an API, on a port of its own: callers have no business there.

MetricsPortTaken        the address cannot be listened on; the message says which setting to change
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from shared.telemetry.meter import Meter


class MetricsPortTaken(Exception):
    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"cannot listen on {host} port {port} for metrics ({why}): set another metrics_port")


@contextmanager
def exposed(meter: Meter, host: str, port: int) -> Iterator[None]:
    """In a thread of its own, for as long as the block lasts. port 0: nothing listens. Raises MetricsPortTaken."""
    if port == 0:
        yield
        return
    try:
        server, thread = start_http_server(port, host, meter.registry)
    except OSError as error:
        raise MetricsPortTaken(host, port, error.strerror or type(error).__name__) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
