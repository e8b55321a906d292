"""The protocol holds in every interleaving of a bounded world, and needs each of its rules. See docs/protocol.md."""

from pathlib import Path

import pytest

from tests.protocol_model import invariants
from tests.protocol_model.breaks import BREAKS, COUNTED_ON, SIZES, Break
from tests.protocol_model.explore import explored
from tests.protocol_model.model import Model
from tests.protocol_model.world import Size

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"log {size.log}")
def test_whatever_happens_in_whatever_order_all_invariants_hold(size: Size) -> None:
    seen = explored(Model(size))
    assert seen.found is None, str(seen.found)
    assert seen.worlds > 50_000
    assert seen.ends > 100


@pytest.mark.parametrize("one", [*BREAKS, *COUNTED_ON], ids=lambda one: f"{one.rule} {one.steps}")
def test_without_one_rule_something_breaks(one: Break) -> None:
    found = one.explored().found
    print(found)
    assert found is not None
    assert (found.broken, len(found.steps)) == (one.broken, one.steps)


def test_each_invariant_can_be_broken() -> None:
    assert {one.broken for one in BREAKS} == set(invariants.ALL)


@pytest.mark.parametrize("one", [*BREAKS, *COUNTED_ON], ids=lambda one: f"{one.rule} {one.steps}")
def test_the_page_tells_what_breaks(one: Break) -> None:
    assert one.row in PAGE.read_text().splitlines()
