"""The AsyncAPI document says what the code does, and two checkers that are not ours can read it."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jsonschema
import pytest
import yaml

from shared.access import Caller
from shared.access.lookups import Question, RecordsOnLog
from shared.event_log.memory import MemoryLog
from shared.event_log.topics import LOOKUPS, TOPICS
from shared.events import BY_TYPE, JOURNEY
from tests.contract.examples import SCHEMAS
from tools.stack.jars import cache_folder

DOCUMENT = SCHEMAS / "asyncapi.yaml"
PARSER = Path(__file__).parent / "asyncapi_parser"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text("utf-8"))
    return loaded


def test_every_topic_is_a_channel(document: dict[str, Any]) -> None:
    kafka = {channel["address"]: channel["bindings"]["kafka"] for channel in document["channels"].values()}

    assert {name: bound["partitions"] for name, bound in kafka.items()} == {t.name: t.partitions for t in TOPICS}


def test_every_type_is_a_message_of_one_channel(document: dict[str, Any]) -> None:
    names = [name for channel in document["channels"].values() for name in channel.get("messages", ())]

    assert sorted(names) == sorted([*(kind.__name__ for kind in BY_TYPE.values()), "DeadLetter", "LookedUp"])


async def test_a_record_of_a_look_up_is_what_the_document_says(document: dict[str, Any]) -> None:
    log = MemoryLog({LOOKUPS.name: 1})
    question = Question(Caller("agent-1", frozenset(), frozenset({"front"})), "GET /flags", purpose="audit")
    await RecordsOnLog(log, JOURNEY, "k" * 32, lambda: datetime(2026, 3, 2, tzinfo=UTC)).note(
        question, ["c-1"], "listed"
    )
    [record] = log.records(LOOKUPS.name)

    payload = document["components"]["messages"]["LookedUp"]["payload"]
    jsonschema.validate(json.loads(record.value or b""), {**payload, "additionalProperties": True})
    assert payload["properties"]["data"]["properties"].keys() >= json.loads(record.value or b"")["data"].keys()


def test_only_journey_speaks_of_flags(document: dict[str, Any]) -> None:
    speakers = {
        name.split("_")[0]
        for name, operation in document["operations"].items()
        if operation["action"] == "send" and operation["channel"]["$ref"] == "#/channels/flags"
    }

    assert speakers == {"journey"}


@pytest.mark.filterwarnings("ignore:Field name:UserWarning")
def test_the_asyncapi3_package_reads_it(document: dict[str, Any]) -> None:
    from asyncapi3 import AsyncAPI3  # noqa: PLC0415  (it warns on import, which the filter above allows)

    read = AsyncAPI3.model_validate(document)

    assert read.asyncapi == "3.0.0"


@pytest.fixture(scope="session")
def official_parser() -> Path:
    """Folder with the official parser's node_modules, installed once into the cache from the committed lock."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("the official AsyncAPI parser needs Node.js and npm, which are not on this machine")
    fingerprint = hashlib.sha256((PARSER / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache_folder() / f"asyncapi-parser-{fingerprint}"
    if not folder.exists():
        _install(npm, folder)
    return folder


def _install(npm: str, folder: Path) -> None:
    """Only what the lock's integrity hashes allow, and no package's install script is run."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as scratch:
        done = Path(scratch) / "done"
        done.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PARSER / name, done)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=done, check=True, capture_output=True, timeout=240)  # noqa: S603
        except subprocess.SubprocessError as failed:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"npm could not fetch the official AsyncAPI parser: {failed}")
        # Another session may have been quicker; its folder is as good.
        with contextlib.suppress(OSError):
            done.rename(folder)


def test_the_official_parser_finds_no_error(official_parser: Path) -> None:
    messages, errors = _ask(official_parser, DOCUMENT)

    assert errors == []
    assert messages == len(BY_TYPE) + 2


def test_the_official_parser_reads_the_schemas_too(official_parser: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, spoilt)
    schema = spoilt / "contact.started.v1.json"
    schema.write_text(schema.read_text("utf-8").replace('"minLength": 1', '"minLength": "one"'), "utf-8")
    (spoilt / "contact.ended.v1.json").unlink()

    _, errors = _ask(official_parser, spoilt / "asyncapi.yaml")

    assert {"invalid-ref", "asyncapi-document-resolved"} <= set(errors)


def _ask(modules: Path, document: Path) -> tuple[int, list[str]]:
    """How many messages the parser sees, and the codes of the errors it finds."""
    command = ["node", str(PARSER / "check.mjs"), str(modules), str(document)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)  # noqa: S603
    said = json.loads(answer.stdout)
    return said["messages"], [finding["code"] for finding in said["findings"] if finding["severity"] == 0]
