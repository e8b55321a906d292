"""The broker's jars: fetched into an empty cache, checked, mended when damaged, refused when they are others."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tools.stack import JarsUnavailable, WrongHash
from tools.stack.jars import Jar, cache_folder, class_path, listed_jars

CONTENT = b"what the jar holds"
JAR = Jar("org.example:greeting:1.0", hashlib.sha256(CONTENT).hexdigest())
PATH = "/org/example/greeting/1.0/greeting-1.0.jar"


class Registry(HTTPServer):
    """A Maven repository of one jar, which can be told to fail first. `asked`: the paths of all requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures_left = 0
        self.content = CONTENT
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Registry

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        failing = self.server.failures_left > 0
        self.server.failures_left -= failing
        self.send_response(503 if failing else 200 if self.path == PATH else 404)
        self.end_headers()
        self.wfile.write(b"" if failing else self.server.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    with Registry() as running:
        monkeypatch.setenv("ASHIATO_MAVEN_REPOSITORY", running.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_every_listed_jar_has_coordinates_and_a_hash_and_kafka_is_among_them() -> None:
    listed = listed_jars()
    assert all(jar.coordinates.count(":") == 2 and len(jar.sha256) == 64 for jar in listed)
    assert len({jar.file_name for jar in listed}) == len(listed)
    kafka = [jar.coordinates for jar in listed if jar.coordinates.startswith("org.apache.kafka:kafka_2.13:")]
    assert kafka == ["org.apache.kafka:kafka_2.13:4.3.1"]


def test_a_missing_jar_is_fetched_once(registry: Registry, tmp_path: Path) -> None:
    assert class_path([JAR], tmp_path) == str(tmp_path / "greeting-1.0.jar")
    class_path([JAR], tmp_path)
    assert registry.asked == [PATH]
    assert [file.name for file in tmp_path.iterdir()] == ["greeting-1.0.jar"]


def test_a_damaged_jar_is_fetched_again(registry: Registry, tmp_path: Path) -> None:
    damaged = tmp_path / JAR.file_name
    damaged.write_bytes(CONTENT[:-1])
    class_path([JAR], tmp_path)
    assert damaged.read_bytes() == CONTENT


def test_another_jar_under_the_same_name_is_refused_in_one_line_and_not_kept(
    registry: Registry, tmp_path: Path
) -> None:
    registry.content = b"something else"
    with pytest.raises(WrongHash, match=r"^org\.example:greeting:1\.0: fetched SHA-256 .*$"):
        class_path([JAR], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_registry_that_is_busy_is_asked_again(registry: Registry, tmp_path: Path) -> None:
    registry.failures_left = 3
    class_path([JAR], tmp_path, pause=0.01)
    assert registry.asked == [PATH] * 4


def test_a_jar_that_is_nowhere_is_named_in_one_line(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(JarsUnavailable, match=r"^cannot fetch org\.example:absent:1\.0 after 4 attempts: .*404.*$"):
        class_path([Jar("org.example:absent:1.0", JAR.sha256)], tmp_path, pause=0.01)


@pytest.mark.parametrize(
    ("variable", "folder"),
    [("ASHIATO_CACHE", lambda given: given), ("XDG_CACHE_HOME", lambda given: given / "ashiato")],
)
def test_the_cache_is_where_the_environment_says(
    variable: str, folder: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASHIATO_CACHE", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == folder(tmp_path.resolve())
