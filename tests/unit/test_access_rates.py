"""How often one may ask, and about how many."""

from hypothesis import given
from hypothesis import strategies as st

from shared.access.rates import HOUR_S, MOST_CALLERS, DifferentCustomers, Rate

steps = st.lists(st.floats(0, 10), min_size=1, max_size=200)


@given(steps, st.floats(0.1, 50), st.integers(1, 20))
def test_never_more_than_the_burst_and_what_has_come_since(pauses: list[float], per_second: float, burst: int) -> None:
    rate, now, taken = Rate(per_second, burst), 0.0, 0
    for pause in pauses:
        now += pause
        taken += rate.take("a", now) is None
        assert taken <= burst + now * per_second + 1e-6


@given(steps, st.floats(0.1, 50))
def test_who_waits_as_long_as_told_is_let_in(pauses: list[float], per_second: float) -> None:
    rate, now = Rate(per_second, 1), 0.0
    for pause in pauses:
        now += pause
        wait = rate.take("a", now)
        if wait is not None:
            now += wait
            assert rate.take("a", now) is None


def test_one_callers_haste_is_not_anothers() -> None:
    rate = Rate(1, 1)
    assert [rate.take("a", 0), rate.take("a", 0), rate.take("b", 0)] == [None, 1, None]


def test_the_same_customer_again_is_free() -> None:
    customers = DifferentCustomers(2)
    found = [customers.look_at("a", customer, 0) for customer in ("x", "y", "x", "y", "z")]
    assert found == [None, None, None, None, 3600]


def test_a_customer_counts_for_an_hour_after_the_last_look() -> None:
    customers = DifferentCustomers(1)
    assert customers.look_at("a", "x", 0) is None
    assert customers.look_at("a", "x", 100) is None
    assert customers.look_at("a", "y", HOUR_S) == 100
    assert customers.look_at("a", "y", HOUR_S + 100) is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 1000)), max_size=100), st.integers(1, 5))
def test_in_no_hour_are_there_more_different_customers_than_allowed(looks: list[tuple[str, float]], most: int) -> None:
    customers, now, seen = DifferentCustomers(most), 0.0, list[tuple[float, str]]()
    for customer, pause in looks:
        now += pause
        if customers.look_at("a", customer, now) is None:
            seen.append((now, customer))
        assert len({one for at, one in seen if now - at < HOUR_S}) <= most


def test_what_is_remembered_of_callers_is_bounded() -> None:
    customers = DifferentCustomers(1)
    for number in range(MOST_CALLERS + 1):
        customers.look_at(f"caller-{number}", "x", 0)
    assert customers.look_at(f"caller-{MOST_CALLERS}", "y", 0) is not None
    assert customers.look_at("caller-0", "y", 0) is None
