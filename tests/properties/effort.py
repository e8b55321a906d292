"""How many examples the laws are tried with: some seconds' worth by default, more with HYPOTHESIS_PROFILE=thorough.

Laws differ in price, so each says what it can afford in the quick profile, and the profile multiplies. `unshrunk` shows
the first failure as it was found, within seconds.
"""

import os
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings

PROFILES = {"quick": 1, "thorough": 25, "unshrunk": 1}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "quick")


def examples(quick: int) -> settings:
    """As a decorator: so many examples in the quick profile."""
    return settings(max_examples=quick * PROFILES[PROFILE])


def register() -> None:
    phases = [Phase.explicit, Phase.reuse, Phase.generate, *([] if PROFILE == "unshrunk" else [Phase.shrink])]
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    for name, times in PROFILES.items():
        settings.register_profile(
            name,
            max_examples=100 * times,
            deadline=timedelta(seconds=30),
            suppress_health_check=slow,
            phases=phases,
            print_blob=True,
        )
    settings.load_profile(PROFILE)
