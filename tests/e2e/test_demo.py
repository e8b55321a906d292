"""`make demo` and `make demo-smoke` as processes: what they see, what they notice, and that nothing is left behind."""

import asyncio
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import eventually
from tools.demo.errors import NotReady
from tools.demo.processes import ROOT, SERVICES
from tools.demo.screen import Screen
from tools.demo.stage import STATE, set_up
from tools.demo.stories import SAMPLES

PROCESSES = len(SERVICES) + 2  # and Kafka and Valkey
READY = 120.0  # generous: two cores, and perhaps another suite beside


@dataclass
class Demo:
    """A running `python -m tools.demo`."""

    process: asyncio.subprocess.Process
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def children(self) -> dict[int, str]:
        """Command lines by process id."""
        return {pid: command for pid, parent, command in _processes() if parent == self.process.pid}

    async def exit_code(self, within: float = READY) -> int:
        return await asyncio.wait_for(self.process.wait(), within)


@asynccontextmanager
async def a_demo(folder: Path, *arguments: str) -> AsyncIterator[Demo]:
    """In a session of its own, so that a signal to it is a signal to it alone."""
    output = folder / "output"
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.demo", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    try:
        yield Demo(process, output)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def only_s2(tmp_path: Path) -> Callable[..., str]:
    """A folder with one story, in which nothing comes due; `changed`: other fields of its customer's picture."""

    def folder(**changed: Any) -> str:
        expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
        [story] = [one for one in expected["stories"] if one["file"].startswith("s2-")]
        [picture] = story["customers"].values()
        picture.update(changed)
        shutil.copy(SAMPLES / story["file"], tmp_path)
        text = json.dumps({"within_s": 6, "stories": [story]})
        (tmp_path / "expected.json").write_text(text, encoding="utf-8")
        return str(tmp_path)

    return folder


async def test_smoke_passes_when_every_expected_flag_is_seen(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--smoke", "--json") as demo:
        code = await demo.exit_code(within=240)
        *_, result = (line for line in demo.said().splitlines() if line.startswith("{"))
    found = json.loads(result)
    assert (code, found["ok"]) == (0, True), demo.said()
    checks = "\n".join(found["checks"])
    assert "S2 7K3M-9QX2-C: ping_pong (raised, severity 1), runaround (raised, severity 1)" in checks
    assert "S3 prm-2207: announced as missed once, after it was due" in checks
    assert f"{PROCESSES} processes run" in checks
    assert not (STATE / str(demo.process.pid)).exists()


async def test_smoke_fails_when_an_expected_flag_is_missing(tmp_path: Path, only_s2: Callable[..., str]) -> None:
    never = {"kind": "missed_promise", "state": "raised", "severity": 1}
    async with a_demo(tmp_path, "--smoke", "--stories", only_s2(flags=[never])) as demo:
        assert await demo.exit_code() == 1
    *_, last = demo.said().splitlines()
    assert last.startswith("error: after 6 s: S2 7K3M-9QX2-C")
    assert "missed_promise (raised, severity 1) is not on the topic" in last
    assert "missed_promise (raised, severity 1) is not in GET /flags" in last
    assert "ping_pong (raised, severity 1) is in the look-up and was not expected" in last


async def test_smoke_fails_when_a_process_dies(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--smoke") as demo:
        worker = await eventually(lambda: _pid_of("services.journey.worker", demo), READY)
        await eventually(lambda: "S5" in demo.said(), READY, what="the stories are loaded")
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        assert await demo.exit_code() == 1
    assert "error: journey worker was ended by signal 9; its log" in demo.said()


def test_is_not_ready_without_a_worker() -> None:
    others = [name for name in SERVICES if name != "journey worker"]
    lacking = r"journey worker \(0 of 8 partitions run\)"
    with pytest.raises(NotReady, match=lacking), set_up(Screen(io.StringIO()), others, within=15):
        pass


@pytest.mark.parametrize("wrong", [["--json"], ["--smok"], ["extra"]])
def test_wrong_usage_is_told(wrong: list[str]) -> None:
    said = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tools.demo", *wrong], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert said.returncode == 2
    assert "usage: " in said.stderr


async def test_a_folder_without_stories_is_told(tmp_path: Path) -> None:
    async with a_demo(tmp_path, "--stories", str(tmp_path)) as demo:
        assert await demo.exit_code() == 1
    assert "expected.json: No such file or directory" in demo.said()


async def test_shows_the_flags_on_other_ports_and_leaves_nothing_after_ctrl_c(
    tmp_path: Path, only_s2: Callable[..., str]
) -> None:
    with _taken(8081):
        async with a_demo(tmp_path, "--stories", only_s2()) as demo:
            await eventually(lambda: "In another terminal" in demo.said(), READY, what="all was shown")
            children = demo.children()
            demo.process.send_signal(signal.SIGINT)
            assert await demo.exit_code(within=30) == 0
    said = demo.said()
    assert "7K3M-9QX2-C  sent back and forth: support → accounts → support → accounts → billing" in said
    assert "for 8081" in said
    assert "export " in said
    assert "Traceback" not in said
    assert len(children) == PROCESSES
    assert not children.keys() & {pid for pid, _, _ in _processes()}
    assert not (STATE / str(demo.process.pid)).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a kill -9 cannot take others along")
async def test_leaves_no_process_when_it_is_killed(tmp_path: Path) -> None:
    async with a_demo(tmp_path) as demo:
        await eventually(lambda: len(demo.children()) == PROCESSES, READY, what="all processes are started")
        children = demo.children()
        demo.process.kill()
        await demo.exit_code()
        await eventually(lambda: not children.keys() & {pid for pid, _, _ in _processes()}, 10)


def _pid_of(module: str, demo: Demo) -> int | None:
    return next((pid for pid, command in demo.children().items() if module in command), None)


def _processes() -> list[tuple[int, int, str]]:
    """Process id, that of the parent, command line; of all that run (zombies do not)."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    fields = (line.split(None, 3) for line in listed.stdout.splitlines())
    return [(int(pid), int(parent), "".join(rest)) for pid, parent, stat, *rest in fields if not stat.startswith("Z")]


@contextmanager
def _taken(port: int) -> Iterator[None]:
    """Somebody has this port: we, unless somebody else has it already."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that has just ended is nobody
        with suppress(OSError):
            listening.bind(("127.0.0.1", port))
            listening.listen(1)
        yield
