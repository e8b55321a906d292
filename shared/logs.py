"""Logging of a process: one JSON object a line, or readable lines on a terminal."""

import json
import logging
import sys
import time
import traceback

import msgspec
import structlog
from structlog.typing import EventDict, Processor

_REPEATED_AFTER = 10.0
_FRAMES = 8
_as_json = json.JSONEncoder(default=repr, separators=(",", ":")).encode
_quickly = msgspec.json.Encoder().encode


def configure_logs(level: int = logging.INFO) -> None:
    """Ours from `level` on, to stderr; other libraries' (Faust's, aiokafka's) warnings in the same form."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_text,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else _line
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),  # a line in one write, where print makes two
        cache_logger_on_first_use=False,  # a cached logger would not hear of a later configuration, e.g. a test's
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_Seldom())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _line(_logger: object, _method: str, event: EventDict) -> str:
    """Every API writes one for each request; what msgspec does not take, or writes as no terminal may, goes by `json`,
    which makes an encoder of its own for each."""
    try:
        line = _quickly(event)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return _as_json(event)
    return line.decode() if line.isascii() else _as_json(event)


def _without_text(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An error as its class and frames: its text may quote an event, and with it what a customer said."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = type(error).__qualname__
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


class _Seldom(logging.Filter):
    """The same complaint once in ten seconds: aiokafka repeats itself ten times a second while a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said_at.get(key, -_REPEATED_AFTER) < _REPEATED_AFTER:
            return False
        self._said_at[key] = now
        return True
