"""Step: every manifest against the published schema of its kind, unknown fields refused."""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tools.kubernetes import toolbox
from tools.kubernetes.case import Case, Findings, Manifest, kind_and_name
from tools.kubernetes.errors import ToolFailed

# Custom resources: the API server checks them, against the definitions that their operators bring.
_ELSEWHERE = ("kafka.strimzi.io/", "keda.sh/", "monitoring.coreos.com/")


class Schema:
    name = "schema"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        asked = [(case.name, one) for case in cases for one in case.looked_at if not _elsewhere(one)]
        program = Path(__file__).with_name("schema_reading.py")
        given = json.dumps({"version": toolbox.KUBERNETES, "manifests": [one for _, one in asked]})
        done = toolbox.run([toolbox.wheel("python"), program], given=given)
        if done.returncode:
            raise ToolFailed(f"kubernetes-validate: {done.stderr.strip()[-300:]}")
        findings: defaultdict[str, list[str]] = defaultdict(list)
        for (name, manifest), problem in zip(asked, json.loads(done.stdout), strict=True):
            if problem:
                findings[name].append(f"{kind_and_name(manifest)}: {problem}")
        return findings


def _elsewhere(manifest: Manifest) -> bool:
    return str(manifest.get("apiVersion")).startswith(_ELSEWHERE)
