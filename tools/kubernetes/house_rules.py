"""Step: what nobody else can know. Each rule takes a whole set of manifests and says what is wrong with which.

Pure: no tool, no cluster. The rules stand in house_pods.py, house_network.py, house_kafka.py and house_settings.py.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tools.kubernetes import house_kafka, house_network, house_pods, house_settings
from tools.kubernetes.case import Case, Findings, Manifest

Rule = Callable[[Sequence[Manifest]], Iterator[str]]

RULES: Final[tuple[Rule, ...]] = (
    house_pods.namespaces_are_restricted,
    house_pods.no_service_links_and_no_token,
    house_pods.commands_are_modules_of_ours,
    house_pods.ports_of_probes_exist,
    house_pods.workers_roll_one_by_one_and_may_finish,
    house_pods.workers_are_restarted_only_when_stuck,
    house_pods.apis_are_asked_by_a_name_they_know,
    house_pods.one_pod_at_a_time_is_disrupted,
    house_pods.services_lead_to_pods,
    house_network.everything_is_denied_first,
    house_network.nothing_is_opened_to_everybody,
    house_network.labels_open_something,
    house_kafka.partitions_are_what_the_topics_have,
    house_kafka.the_truth_is_kept_for_ever,
    house_kafka.users_may_do_no_more_than_they_need,
    house_kafka.groups_change_size_slowly,
    house_settings.settings_are_known,
    house_settings.secrets_are_files,
    house_settings.apis_ask_who_comes,
    house_settings.alerts_name_their_runbook,
)


class HouseRules:
    name = "house rules"

    def __call__(self, cases: Sequence[Case]) -> Findings:
        return {case.name: problems(case.manifests) for case in cases}


def problems(manifests: Sequence[Manifest]) -> list[str]:
    return [problem for rule in RULES for problem in _applied(rule, manifests)]


def _applied(rule: Rule, manifests: Sequence[Manifest]) -> list[str]:
    try:
        return list(rule(manifests))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        # Another step says what is wrong with it; here it only must not pass for good.
        return [f"{rule.__name__}: a manifest has not the shape that this can be read from"]
