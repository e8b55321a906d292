"""A server process of our own: start, wait until it answers, stop, kill, freeze, start again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.stack.errors import DidNotAnswer, DidNotStart

_LEASH = Path(__file__).with_name("leash.py")
_POLL_S = 0.02

# "Dies with its parent" means, to Linux, with the thread that started it. Starting every process from one thread that
# lives as long as this interpreter makes it safe to call start() from any thread, asyncio.to_thread's included.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="process-starter")

# Kept for ever: subprocess warns when the object of a running process is thrown away, and these outlive us by intent.
_left_running: list[subprocess.Popen[bytes]] = []


class Process:
    """One process, in a session of its own (Ctrl-C reaches only the parent), output appended to a log file.

    `leashed`: it is killed when this interpreter ends, however that happens (Linux). Unleashed for the background.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        leashed: bool = True,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environment = dict(environment) if environment is not None else None
        self._folder = folder
        self._leashed = leashed
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int:
        """The server's own process id (the leash replaces itself)."""
        return self._started().pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs or before it was started; negative: ended by that signal."""
        return None if self._child is None else self._child.poll()

    def start(self) -> None:
        """Start it, also again after it ended. Returns at once; nothing happens when it runs already."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        self._child = _starter.submit(self._spawn).result()
        if not self._leashed:
            _left_running.append(self._child)

    def _spawn(self) -> subprocess.Popen[bytes]:
        leash = [sys.executable, "-I", "-S", str(_LEASH), str(os.getpid())] if self._leashed else []
        with self.log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own commands, no shell
                [*leash, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=self._environment,
                start_new_session=True,
            )

    def wait_until(self, answers: Callable[[], bool], within: float) -> None:
        """Block until `answers()` is true.

        Raises DidNotStart when the process ends first, DidNotAnswer after `within` seconds.
        """
        deadline = time.monotonic() + within
        while not answers():
            if not self.running:
                raise DidNotStart(f"{self.name} ended with exit code {self.exit_code}; {self._log_says()}")
            if time.monotonic() > deadline:
                raise DidNotAnswer(f"{self.name} did not answer within {within:g} s; {self._log_says()}")
            time.sleep(_POLL_S)

    def stop(self, grace: float = 15.0) -> int | None:
        """SIGTERM, then SIGKILL after `grace` seconds. Returns the exit code; None when it was never started."""
        if self.running:
            self._send(signal.SIGTERM)
            self._send(signal.SIGCONT)  # a frozen process would not notice
            try:
                self._started().wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.exit_code

    def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        if self.running:
            self._send(signal.SIGKILL)
            self._started().wait()

    def freeze(self) -> None:
        """SIGSTOP: it keeps its connections and does nothing until thaw()."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def output(self) -> str:
        """What it has written since the last start()."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode(errors="replace")

    def _log_says(self, lines: int = 15) -> str:
        return f"{self.log} ends with:\n" + "\n".join(self.output().splitlines()[-lines:])

    def _send(self, number: signal.Signals) -> None:
        self._started().send_signal(number)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise DidNotStart(f"{self.name} has not been started")
        return self._child
