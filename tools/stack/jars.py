"""The broker's jars: fetched once with the maven-artifact package, cached, and checked against committed hashes.

The cache is `ASHIATO_CACHE`, else `$XDG_CACHE_HOME/ashiato`, else `~/.cache/ashiato`.
`ASHIATO_MAVEN_REPOSITORY` names a company's own mirror; without it the package's default is asked.
"""

import hashlib
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from maven_artifact import Artifact, Downloader, RequestException
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tools.stack.errors import JarsUnavailable, WrongHash

JAR_LIST = Path(__file__).with_name("kafka-jars.sha256")

_ATTEMPTS = 4
PAUSE_S = 1.0  # before the second attempt, then doubled: a registry that answers 429 or 503 wants one
_AT_ONCE = 12
_TIMEOUT_S = 30.0
_CHUNK = 1 << 18


class Jar(NamedTuple):
    """One line of the committed list."""

    coordinates: str  # group:artifact:version
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinates.split(":")
        return f"{artifact}-{version}.jar"


def cache_folder() -> Path:
    """Where jars are kept for the next time."""
    named = os.environ.get("ASHIATO_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(named) if named else Path(base) / "ashiato").resolve()


def listed_jars(jar_list: Path = JAR_LIST) -> list[Jar]:
    """The committed list, in its order."""
    lines = (line.split() for line in jar_list.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [Jar(coordinates, sha256) for sha256, coordinates in filter(None, lines)]


def class_path(jars: Iterable[Jar] | None = None, folder: Path | None = None, pause: float = PAUSE_S) -> str:
    """Fetch what is missing, check everything, and return Java's class path.

    Every file is hashed at every call (about 0.1 s): a damaged cache is mended rather than run.
    Raises JarsUnavailable, WrongHash.
    """
    wanted = list(listed_jars() if jars is None else jars)
    target = cache_folder() / "jars" if folder is None else folder
    try:
        target.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            good = list(pool.map(lambda jar: _sha256(target / jar.file_name) == jar.sha256, wanted))
            missing = [jar for jar, is_good in zip(wanted, good, strict=True) if not is_good]
            if missing:
                _fetch_all(missing, target, pool, pause)
    except OSError as trouble:
        raise JarsUnavailable(f"cannot write the jars to {target}: {trouble}") from trouble
    return os.pathsep.join(str(target / jar.file_name) for jar in wanted)


def _fetch_all(missing: list[Jar], folder: Path, pool: ThreadPoolExecutor, pause: float) -> None:
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"fetching {len(missing)} jars into {folder}", soft_wrap=True)
    columns = (TextColumn("fetching jars"), BarColumn(), TextColumn("{task.completed}/{task.total} jars"))
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("jars", total=len(missing))
        for _ in pool.map(lambda jar: _fetch(jar, folder, pause), missing):
            progress.advance(task)


def _fetch(jar: Jar, folder: Path, pause: float) -> None:
    """Fetch beside its place and move it there only when the hash is right: a crash leaves no half file."""
    part = folder / f"{jar.file_name}.{os.getpid()}.part"
    try:
        _download_with_retries(jar, part, pause)
        found = _sha256(part)
        if found != jar.sha256:
            raise WrongHash(f"{jar.coordinates}: fetched SHA-256 {found}, expected {jar.sha256}; nothing was installed")
        part.replace(folder / jar.file_name)
    finally:
        part.unlink(missing_ok=True)


def _download_with_retries(jar: Jar, part: Path, pause: float) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _download(jar, part)
        except (RequestException, OSError) as trouble:  # OSError: the connection broke half-way
            if attempt == _ATTEMPTS:
                said = " ".join(str(getattr(trouble, "msg", trouble)).split())
                raise JarsUnavailable(f"cannot fetch {jar.coordinates} after {_ATTEMPTS} attempts: {said}") from trouble
            time.sleep(pause * 2 ** (attempt - 1))
        else:
            return


def _download(jar: Jar, part: Path) -> None:
    # Not Downloader.download(): it prints a line per file, waits without a time limit and checks only MD5.
    mirror = os.environ.get("ASHIATO_MAVEN_REPOSITORY")
    downloader = Downloader(base=mirror) if mirror else Downloader()
    url = downloader.resolver.uri_for_artifact(Artifact(*jar.coordinates.split(":")))
    with downloader.requestor.request(url, _raise, stream=True, timeout=_TIMEOUT_S) as answer, part.open("wb") as file:
        for chunk in answer.iter_content(_CHUNK):
            file.write(chunk)


def _raise(url: str, trouble: Any) -> None:
    raise RequestException(f"{url}: {trouble}")


def _sha256(file: Path) -> str | None:
    """None when there is no such file."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return None
