"""A file that is read again when it has changed: secrets that are turned over while the process runs."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")

_LOOK_EVERY_S = 1.0


class Watched(Generic[T]):
    """read: from the file's bytes; raises ValueError for bytes that are not what they should be.

    At first a bad file is an error. Later the last good content stays, and the log says so: half a file that is just
    being written must lock nobody out.
    """

    def __init__(self, path: Path, read: Callable[[bytes], T], clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._read = read
        self._clock = clock
        self._looked_at = clock()
        self._seen = _state(path)
        self._content = read(path.read_bytes())

    @property
    def content(self) -> T:
        now = self._clock()
        if now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            self._look()
        return self._content

    def _look(self) -> None:
        try:
            seen = _state(self._path)
            if seen != self._seen:
                self._content = self._read(self._path.read_bytes())
                self._seen = seen
        except (OSError, ValueError) as error:
            log.warning("access.file.not_read", file=self._path.name, error=type(error).__qualname__)


def _state(path: Path) -> tuple[int, int, int]:
    """Kubernetes swaps a link, editors rename: the inode tells as well."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
