"""What a kubelet would make of a pod of ours: command, environment and files of secrets, from the manifests as they are
rendered.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.kubernetes.case import Manifest, kind_and_name
from tools.kubernetes.image_building import SERVICES, image, podman
from tools.kubernetes.manifests import container, pod
from tools.stack import Process

SECRETS: Final = "/run/secrets/ashiato"
# Nothing but what the image says, a /tmp of memory, and the machine's loopback to reach the servers.
AS_A_POD: Final = (
    *("--rm", "--pull=never", "--network=host", "--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp:size=64m"),
    *("--cap-drop=all", "--security-opt=no-new-privileges", "--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"),
)

# Of a Secret or a ConfigMap, by its name: what is in it.
Contents = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Pod:
    """name: of the Deployment or Job. files: in SECRETS, by name."""

    name: str
    service: str
    command: Sequence[str]
    environment: Mapping[str, str]
    files: Mapping[str, str]

    def process(self, folder: Path) -> Process:
        """A container of the service's image, not started. folder: for its secrets and its log."""
        secrets = folder / f"secrets-{self.name}"
        secrets.mkdir()
        for name, content in self.files.items():
            (secrets / name).write_text(content, "utf-8")
        told = [part for name, value in self.environment.items() for part in ("--env", f"{name}={value}")]
        command = podman("run", *AS_A_POD, "--volume", f"{secrets}:{SECRETS}:ro", *told, image(self.service))
        return Process(self.name, [*command, *self.command], log=folder / f"{self.name}.log")


def of(
    manifest: Manifest, settings: Mapping[str, str], contents: Contents, instead: Mapping[str, str] | None = None
) -> Pod:
    """settings: the ConfigMap that each container takes its environment from. instead: variables that replace what the
    manifests say."""
    main = container(manifest)
    own = {one["name"]: one["value"] for one in main["env"]}
    [volume] = [one for one in pod(manifest)["volumes"] if one["name"] == "secrets"]
    service = next(one for one in SERVICES if f"/{one}" in main["image"])
    return Pod(
        manifest["metadata"]["name"],
        service,
        main["command"],
        {**settings, **own, **(instead or {})},
        dict(_projected(volume["projected"]["sources"], contents)),
    )


def settings_of(manifests: Iterable[Manifest]) -> dict[str, str]:
    """The ConfigMap `settings`, whose name ends in a digest."""
    [found] = [one for one in manifests if kind_and_name(one).startswith("ConfigMap/settings-")]
    return dict(found["data"])


def _projected(sources: Sequence[Mapping[str, Any]], contents: Contents) -> Iterator[tuple[str, str]]:
    """File and content. What the manifests name must be there, unless they call it optional."""
    for source in sources:
        [(_, wanted)] = source.items()
        if wanted.get("optional") and wanted["name"] not in contents:
            continue
        given = contents[wanted["name"]]
        renamed = {one["key"]: one["path"] for one in wanted.get("items", ())}
        for key in renamed or given:
            yield renamed.get(key, key), given[key]
