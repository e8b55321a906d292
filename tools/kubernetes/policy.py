"""Steps: what others have learnt to look for. checkov for manifests and Dockerfiles, hadolint for Dockerfiles."""

import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tools.kubernetes import toolbox
from tools.kubernetes.case import Case, Findings
from tools.kubernetes.errors import ToolFailed
from tools.kubernetes.rendering import unparsed

# What checkov asks for and we decline, everywhere. A case may accept more (the dev overlay does).
DECLINED: Final = {
    "CKV_K8S_11": "a CPU limit stops an event loop in the middle of a chunk; requests share the CPU fairly without",
    "CKV_K8S_15": "images are named by digest, so what is there is what was asked for",
    "CKV_DOCKER_7": "the base is an argument; that it names a digest is looked at below",
    "CKV_DOCKER_2": "Kubernetes asks by its own probes and ignores HEALTHCHECK",
}

_BASE: Final = re.compile(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", re.MULTILINE)


class Checkov:
    name = "policy"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            by_file = {f"{number:03}": case for number, case in enumerate(cases)}
            for stem, case in by_file.items():
                _write(folder / stem, case)
            answers = _asked(folder)
        findings: defaultdict[str, list[str]] = defaultdict(list)
        for answer in answers:
            for failed in answer["results"]["failed_checks"]:
                case = by_file[failed["file_path"].strip("/").partition("/")[0]]
                if _counts(failed["check_id"], case):
                    findings[case.name].append(f"{failed['check_id']} {failed['check_name']}: {failed['resource']}")
        return findings


def _counts(check: str, case: Case) -> bool:
    # CKV2: how manifests fit together, which can only be seen with all of them at hand.
    fitting = check.startswith("CKV2") and case.changed is not None
    return not fitting and check not in DECLINED and check not in case.accepted


def _write(folder: Path, case: Case) -> None:
    folder.mkdir()
    if case.dockerfile:
        (folder / "Dockerfile").write_text(case.dockerfile, "utf-8")
    (folder / "manifests.yaml").write_text(unparsed(list(case.looked_at)), "utf-8")


def _asked(folder: Path) -> list[Any]:
    frameworks = ["--framework", "kubernetes", "dockerfile"]
    quiet = ["--compact", "--quiet", "--skip-download", "--output", "json"]
    done = toolbox.run([toolbox.wheel("checkov"), "--directory", folder, *frameworks, *quiet], cwd=folder)
    try:
        answer = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise ToolFailed(f"checkov: {(done.stderr or done.stdout).strip()[-300:]}") from None
    answers = answer if isinstance(answer, list) else [answer]
    return [one for one in answers if "results" in one]


class Hadolint:
    name = "dockerfile"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        return {case.name: _hadolint(case.dockerfile) for case in cases if case.dockerfile}


def _hadolint(dockerfile: str) -> list[str]:
    done = toolbox.run([toolbox.wheel("hadolint"), "--format", "json", "-"], given=dockerfile)
    try:
        found = json.loads(done.stdout)
    except json.JSONDecodeError:
        raise ToolFailed(f"hadolint: {done.stderr.strip()[-300:]}") from None
    said = [f"{one['code']} line {one['line']}: {one['message']}" for one in found]
    return said if _BASE.search(dockerfile) else [*said, "BASE must name its image by digest (@sha256:...)"]
