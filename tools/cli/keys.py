"""`ashiato keys`: keys of machines, in the file that the services read (ASHIATO_ACCESS_KEYS)."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from shared.access.api_keys import MOST_LIVE, ApiKey, KeyFile, Wanted, new_key, read_key_file, write_key_file
from tools.cli.errors import BadInput, NotThere

T = TypeVar("T")


def create(path: Path, wanted: Wanted, now: datetime) -> tuple[ApiKey, str]:
    """The key, and the text to hand over, which is shown nowhere again. Raises BadInput."""

    def added(file: KeyFile) -> tuple[KeyFile, tuple[ApiKey, str]]:
        live = [key.id for key in file.keys if key.producer == wanted.producer and key.is_live(now)]
        if len(live) >= MOST_LIVE:
            raise BadInput(f"{wanted.producer} has {len(live)} live keys ({', '.join(live)}): revoke one first")
        key, text = new_key(wanted, now)
        return KeyFile((*file.keys, key)), (key, text)

    return _changed(path, added)


def revoke(path: Path, key_id: str, now: datetime) -> ApiKey:
    """Raises NotThere, BadInput."""

    def without(file: KeyFile) -> tuple[KeyFile, ApiKey]:
        found = next((key for key in file.keys if key.id == key_id), None)
        if found is None:
            raise NotThere(f"no key {key_id} in {path}; `ashiato keys list` shows them")
        if found.revoked_at is not None:
            return file, found
        revoked = msgspec.structs.replace(found, revoked_at=now)
        return KeyFile(tuple(revoked if key is found else key for key in file.keys)), revoked

    return _changed(path, without)


def listed(path: Path) -> list[ApiKey]:
    """Raises BadInput."""
    return list(_read(path).keys)


def state(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "live" if key.is_live(now) else "expired"


def _changed(path: Path, change: Callable[[KeyFile], tuple[KeyFile, T]]) -> T:
    """One change at a time, and the file is the old one or the new one at any moment."""
    try:
        with _alone(path):
            file, told = change(_read(path) if path.exists() else KeyFile())
            fresh = path.with_name(f".{path.name}.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_bytes(write_key_file(file))
            fresh.replace(path)
            return told
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _read(path: Path) -> KeyFile:
    try:
        return read_key_file(path.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{path} is no file of keys: {error}") from None
