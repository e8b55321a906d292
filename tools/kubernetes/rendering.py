"""Kustomize, as kubectl carries it."""

from pathlib import Path
from typing import Final

import yaml

from tools.kubernetes import toolbox
from tools.kubernetes.case import Manifest
from tools.kubernetes.errors import RenderingFailed

DEPLOY: Final = toolbox.ROOT / "deploy"
OVERLAYS: Final = ("dev", "production")


def render(folder: Path) -> list[Manifest]:
    """Raises RenderingFailed, NotRun."""
    done = toolbox.run([toolbox.wheel("kubectl"), "kustomize", folder])
    if done.returncode:
        raise RenderingFailed(done.stderr.strip().removeprefix("error: "))
    return parsed(done.stdout)


def parsed(text: str) -> list[Manifest]:
    """Strict about nothing: a schema is another step's business."""
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


def unparsed(manifests: list[Manifest]) -> str:
    return yaml.safe_dump_all(manifests, sort_keys=False, width=1000)
