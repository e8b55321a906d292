"""Runs the steps over the sets that are meant and over every mutation, and compares with what was expected."""

import copy
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tools.kubernetes.admission import Admission
from tools.kubernetes.alerting import Alerting
from tools.kubernetes.case import Case, Findings, Step
from tools.kubernetes.errors import NotRun, RenderingFailed, ToolFailed
from tools.kubernetes.generated import drift
from tools.kubernetes.house_rules import HouseRules
from tools.kubernetes.mutations import MUTATIONS, SOURCES, Source
from tools.kubernetes.policy import Checkov, Hadolint
from tools.kubernetes.rendering import DEPLOY, OVERLAYS, render
from tools.kubernetes.schema import Schema

DOCKERFILE: Final = "docker/Dockerfile"
STEPS: Final[tuple[Step, ...]] = (HouseRules(), Schema(), Checkov(), Hadolint(), Alerting(), Admission())
# Accepted in a set that runs on a cluster of one's own.
_AT_HOME: Final = {"CKV_K8S_43": "the image was built there a moment ago"}


class Expected(NamedTuple):
    """Of a mutation: who must stop it, saying what."""

    name: str
    step: str
    because: str


class Outcome(NamedTuple):
    """What a step said about the sets that are meant, and about each mutation. not_run: why, or None."""

    step: str
    wrong: Findings
    mutations: Findings
    not_run: str | None
    seconds: float


EXPECTED: Final = tuple(Expected(one.name, one.step, one.because) for one in (*MUTATIONS, *SOURCES))


def outcomes(only: Sequence[str] = ()) -> Iterator[Outcome]:
    """Step by step, the cheap ones first. Without rendering there is nothing more to look at."""
    for name, act in (("generated", _generated), ("rendering", _rendering)):
        outcome = _timed(name, act)
        yield outcome
        if outcome.wrong or outcome.not_run:
            return
    good, mutated = meant(), list(mutations())
    for step in STEPS:
        if not only or step.name in only:
            yield run_step(step, good, mutated)


def run_step(step: Step, good: Sequence[Case], mutated: Sequence[Case]) -> Outcome:
    return _timed(step.name, lambda: _split(step, good, mutated))


def meant() -> list[Case]:
    """What is in the repository: it must pass everywhere."""
    sets = {name: render(DEPLOY / "k8s" / "overlays" / name) for name in OVERLAYS}
    sets["kafka"] = render(DEPLOY / "k8s" / "kafka")
    cases = [Case(name, manifests, accepted=_AT_HOME if name == "dev" else {}) for name, manifests in sets.items()]
    # As a mutation is asked about, with nothing mutated: what refuses this would refuse anything.
    cases.append(Case("control", sets["production"], changed=sets["production"]))
    return [*cases, Case("images", dockerfile=(DEPLOY / DOCKERFILE).read_text("utf-8"))]


def mutations() -> Iterator[Case]:
    production = render(DEPLOY / "k8s" / "overlays" / "production")
    for one in MUTATIONS:
        everything, changed = one.apply(copy.deepcopy(production))
        yield Case(one.name, everything, changed)
    for source in SOURCES:
        if source.file == DOCKERFILE:
            yield Case(source.name, changed=(), dockerfile=_replaced(DEPLOY / DOCKERFILE, source))


def _split(step: Step, good: Sequence[Case], mutated: Sequence[Case]) -> tuple[Findings, Findings]:
    said = step([*good, *mutated])
    names = {case.name for case in good}
    return (
        {name: found for name, found in said.items() if found and name in names},
        {name: found for name, found in said.items() if found and name not in names},
    )


def _timed(step: str, act: Callable[[], tuple[Findings, Findings]]) -> Outcome:
    began = time.monotonic()
    wrong: Findings = {}
    mutated: Findings = {}
    not_run: str | None = None
    try:
        wrong, mutated = act()
    except NotRun as error:
        not_run = str(error)
    except ToolFailed as error:
        wrong = {"(the step itself)": [str(error)]}
    return Outcome(step, wrong, mutated, not_run, time.monotonic() - began)


def _generated() -> tuple[Findings, Findings]:
    stale = [f"{name}: run python -m tools.kubernetes generate" for name in drift()]
    found: dict[str, Sequence[str]] = {}
    for source in _sources("generated"):
        with _edited(source) as folder:
            found[source.name] = drift(folder / "k8s" / "components" / "strimzi")
    return ({"strimzi": stale} if stale else {}), found


def _rendering() -> tuple[Findings, Findings]:
    wrong = {name: said for name in OVERLAYS if (said := _refusals(DEPLOY, name))}
    found: dict[str, Sequence[str]] = {}
    for source in _sources("rendering"):
        with _edited(source) as folder:
            found[source.name] = _refusals(folder, "production")
    return wrong, found


def _refusals(deploy: Path, overlay: str) -> list[str]:
    try:
        render(deploy / "k8s" / "overlays" / overlay)
    except RenderingFailed as error:
        return [str(error)]
    return []


def _sources(step: str) -> list[Source]:
    return [source for source in SOURCES if source.step == step]


@contextmanager
def _edited(source: Source) -> Iterator[Path]:
    """A copy of deploy/ with the slip in it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "deploy"
        shutil.copytree(DEPLOY, folder)
        (folder / source.file).write_text(_replaced(folder / source.file, source), "utf-8")
        yield folder


def _replaced(file: Path, source: Source) -> str:
    text = file.read_text("utf-8")
    if source.old not in text:
        raise LookupError(f"{source.name}: {source.file} does not say {source.old!r}")
    return text.replace(source.old, source.new, 1)
