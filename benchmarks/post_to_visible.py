"""From POST at the front door to the event in the look-up, and to the flag on the topic, with all five processes up."""

from collections import defaultdict
from typing import Any, Final

from benchmarks.bench import Bench
from benchmarks.drivers.traffic import GIVEN_UP_AFTER_S, LOOK_AFTER_SHARE, LOOK_EVERY_S, SAMPLED_PER_S
from benchmarks.figures import Figure, Outcome, percentile
from benchmarks.loading import ends
from benchmarks.stack import PARTITIONS, Stack, driven, private_stack
from shared.event_log.topics import CONTACT_EVENTS

SERVICES: Final = ("routing.api", "journey.worker", "journey.api", "followup.worker", "followup.api")
RATES: Final = (100, 500, 2_000)
AIM_MS: Final = 200
_SHARES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_WHAT: Final = {
    "POST to 202": "accepted_ms",
    "POST to visible in the look-up": "visible_ms",
    "POST to flag on the topic": "flag_ms",
}


def run(bench: Bench) -> Outcome:
    seconds = 6 if bench.quick else 12
    raw: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with private_stack("post-to-visible") as stack, stack.services(*SERVICES):
        # One rate after the other, the highest last: what is too much leaves its mark on what follows.
        for rate in RATES:
            for number in range(bench.repetitions + 1):
                found = _driven(stack, rate, seconds, seed=number * len(RATES) + RATES.index(rate))
                bench.say(f"{rate:,}/s ({'warm-up' if number == 0 else number}): {_said(found)}")
                if number:
                    raw[str(rate)].append(found)
    return Outcome(
        name="post_to_visible",
        title="From POST to visible",
        settings={
            "seconds": seconds,
            "sampled_per_s": SAMPLED_PER_S,
            "looked_every_ms": LOOK_EVERY_S * 1000,
            "partitions": PARTITIONS,
            "aim_p99_ms": AIM_MS,
            "refused": sum(one["refused"] for runs in raw.values() for one in runs),
            "unseen": sum(one["unseen"] for runs in raw.values() for one in runs),
        },
        figures=[
            Figure(f"{what} at {rate:,}/s, {name}", "ms", [percentile(one[key], share) for one in raw[str(rate)]])
            for what, key in _WHAT.items()
            for rate in RATES
            for name, share in _SHARES.items()
        ],
        notes=[
            f"An open loop: times run from when an event was due to be sent. {SAMPLED_PER_S} events a second are "
            f"looked for, every {LOOK_EVERY_S * 1000:g} ms or {LOOK_AFTER_SHARE:.0%} of the time so far, and "
            "each look takes its time: that much is the figure's own. "
            f"What was not seen within {GIVEN_UP_AFTER_S:g} s counts as that.",
        ],
        raw=dict(raw),
    )


def _driven(stack: Stack, rate: int, seconds: float, seed: int) -> dict[str, Any]:
    urls = stack.urls["routing"], stack.urls["journey"]
    stack.await_caught_up(ends(stack, CONTACT_EVENTS.name), "journey", "followup")
    return driven(stack, "traffic", f"{rate}", f"{seconds}", f"{seed}", *urls, stack.kafka.bootstrap)


def _said(found: dict[str, Any]) -> str:
    visible = found["visible_ms"]
    times = ", ".join(f"{name} {percentile(visible, share):.0f} ms" for name, share in _SHARES.items())
    return f"visible {times}; {len(visible)} looked for, {len(found['flag_ms'])} flags"
