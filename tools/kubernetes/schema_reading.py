"""Runs in the environment of requirements-k8s.lock. Standard input: {"version", "manifests"}; standard output: a list
of what is wrong with each, or null. A kind without a known schema counts as wrong: the tool itself would let it pass.
"""

import json
import sys

from kubernetes_validate import utils  # type: ignore[import-not-found]


def problem(manifest: dict[str, object], version: str) -> str | None:
    try:
        utils.validate(manifest, version, strict=True)
    except utils.ValidationError as error:
        return f"{'.'.join(map(str, error.path)) or '(top)'}: {error.message}"
    except utils.SchemaNotFoundError as error:
        return str(error.message)
    except KeyError as error:
        return f"lacks {error.args[0]}"
    return None


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([problem(manifest, asked["version"]) for manifest in asked["manifests"]], sys.stdout)
