"""Everything up and ready: the part that both ways of running the demo share."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from tools.cli.settings import CliSettings
from tools.cli.world import World
from tools.demo.addresses import PARTITIONS, Addresses
from tools.demo.errors import DemoError
from tools.demo.issuer import Issuer
from tools.demo.processes import ROOT, SERVICES, Processes
from tools.demo.readiness import Readiness
from tools.demo.screen import Screen
from tools.stack import LOOPBACK, StackError, create_topics

# What ends a demo. Closing its terminal is one of them.
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
STATE: Final = ROOT / ".state" / "demo"
# 7 s as a rule on two cores, after the broker answers; generous for a machine that does other things as well.
READY_WITHIN_S: Final = 90.0

_NAMES: Final = {"kafka": "Kafka", "kafka_controller": "its controller", "redis": "Valkey"}


class Stage:
    """folder: of this run alone. world: a supervisor's."""

    def __init__(self, folder: Path, addresses: Addresses, processes: Processes, world: World, issuer: Issuer) -> None:
        self.folder = folder
        self.addresses = addresses
        self.processes = processes
        self.world = world
        self.issuer = issuer


@contextmanager
def set_up(screen: Screen, services: Sequence[str] = SERVICES, within: float = READY_WITHIN_S) -> Iterator[Stage]:
    """Kafka, Valkey, topics and services while the context lasts; nothing of it is left afterwards.

    After an error of ours the folder stays, for its logs, until the next demo. Raises DemoError, StackError.
    """
    with _own_folder() as folder, Issuer() as issuer:
        addresses, token = Addresses.choose(), issuer.supervisor()
        processes = Processes(folder, addresses, issuer.settings(), services)
        try:
            _start(screen, processes, addresses, token, within)
            yield Stage(folder, addresses, processes, _world(addresses, token), issuer)
        finally:
            with _undisturbed(), screen.waiting("stopping"):
                processes.stop()


def _start(screen: Screen, processes: Processes, addresses: Addresses, token: str, within: float) -> None:
    with screen.step("Kafka", processes.kafka.bootstrap):
        processes.kafka.start()
    with screen.step("Valkey", f"{LOOPBACK}:{addresses.redis}"):
        processes.valkey.start()
        asyncio.run(create_topics(processes.kafka.bootstrap, partitions=PARTITIONS))
    with screen.step("services", ", ".join(process.name for process in processes.services)):
        for process in processes.services:
            process.start()
        with closing(Readiness(addresses, token)) as readiness:
            processes.wait_until(readiness.lacking, within)
    if addresses.moved:
        moved = (f"{_NAMES.get(name, name)} {getattr(addresses, name)} for {usual}" for name, usual in addresses.moved)
        screen.line(f"Usual ports that somebody else has, and what is used instead: {', '.join(moved)}.", "yellow")


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not leave processes behind; stopping takes 2 s, and 15 s at most."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _world(addresses: Addresses, token: str) -> World:
    """As the command line sees it. What the environment says about other places counts for nothing."""
    settings = CliSettings(
        kafka=f"{LOOPBACK}:{addresses.kafka}",
        redis=f"redis://{LOOPBACK}:{addresses.redis}/0",
        routing_url=addresses.url("routing"),
        journey_url=addresses.url("journey"),
        followup_url=addresses.url("followup"),
        token=SecretStr(token),
    )
    return replace(World.real(), settings=settings)


@contextmanager
def _own_folder() -> Iterator[Path]:
    _sweep()
    folder = STATE / str(os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    except (DemoError, StackError):
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Delete what earlier demos left that were killed."""
    for left in STATE.glob("*") if STATE.exists() else ():
        if not _runs(int(left.name)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
