"""`ashiato doctor`: what is reachable, in which version, how far behind; each finding says what to mend."""

from tools.cli.doctor.apis import examine_apis
from tools.cli.doctor.finding import Finding, State
from tools.cli.doctor.kafka import examine_kafka
from tools.cli.doctor.redis import examine_redis
from tools.cli.output import Output
from tools.cli.world import World

__all__ = ["Finding", "State", "examine", "show"]

_STYLES: dict[State, str | None] = {"ok": "green", "warning": "yellow", "error": "bold red"}


async def examine(world: World) -> list[Finding]:
    """Every finding; never raises for what is away: that is a finding."""
    kafka = await examine_kafka(world)
    return [*kafka.findings, *await examine_redis(world, kafka.partitions), *await examine_apis(world)]


def show(output: Output, findings: list[Finding]) -> None:
    for one in findings:
        output.line(f"{one.state:<7}  {one.subject:<22}  {one.told}", _STYLES[one.state])
        if one.mend:
            output.line(f"{'':<7}  {'':<22}  -> {one.mend}")
    wrong, warned = (sum(one.state == state for one in findings) for state in ("error", "warning"))
    output.line()
    if warned:
        output.line(f"{warned} warnings.")
    output.line(f"{wrong} to mend." if wrong else "All is well.", "bold")
