"""Customer numbers: any writing is read, and what the check symbol catches is proven over all positions."""

import random
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.customer_number import ALPHABET, BadCustomerNumber, is_customer_number, new, parse, written

numbers = st.randoms(use_true_random=False).map(new)


def a_few_numbers() -> list[str]:
    """The check is linear, so one number would prove it for all; some more, should it ever not be."""
    source = random.Random(7)
    return ["7K3M9QX2C", "000000000", *(new(source) for _ in range(20))]


def with_every_pair_at(position: int) -> Iterator[str]:
    """Valid numbers with each pair of symbols at (position, position + 1); the check symbol may be one of the pair."""
    source = random.Random(position)
    missing = {(one, other) for one, other in product(ALPHABET, repeat=2) if one != other}
    while missing:
        number = new(source)
        pair = (number[position], number[position + 1])
        if pair in missing:
            missing.remove(pair)
            yield number


def test_the_number_in_the_definitions_is_valid() -> None:
    assert parse("7K3M-9QX2-C") == "7K3M9QX2C"
    assert written("7K3M9QX2C") == "7K3M-9QX2-C"


@pytest.mark.parametrize(
    "text", ["7k3m9qx2c", " 7K3M 9QX2 C ", "7-K-3-M-9-Q-X-2-C", "7K3M–9QX2–C", "7K3M\u30009QX2\u3000C", "7K3M‐9QX2‐c"]
)
def test_any_writing_is_read(text: str) -> None:
    assert parse(text) == "7K3M9QX2C"


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    source = random.Random(1)
    with_digits = next(number for number in (new(source) for _ in range(10_000)) if {"0", "1"} <= set(number))

    for zero, one in product("Oo0", "IiLl1"):
        assert parse(with_digits.replace("0", zero).replace("1", one)) == with_digits


@given(numbers)
def test_a_new_number_reads_back_as_itself_in_every_writing(number: str) -> None:
    assert set(number) <= set(ALPHABET)
    assert parse(number) == parse(written(number)) == parse(number.lower()) == number
    assert parse(written(number)) == number


@pytest.mark.parametrize("position", range(9))
def test_every_single_wrong_symbol_is_caught(position: int) -> None:
    for number, wrong in product(a_few_numbers(), ALPHABET):
        if wrong != number[position]:
            assert not is_customer_number(number[:position] + wrong + number[position + 1 :])


@pytest.mark.parametrize("position", range(8))
def test_every_swap_of_neighbours_is_caught_for_every_pair_of_symbols(position: int) -> None:
    for number in with_every_pair_at(position):
        swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]
        assert not is_customer_number(swapped)


def test_so_is_a_swap_of_any_two_symbols() -> None:
    for number, (one, other) in product(a_few_numbers(), product(range(9), repeat=2)):
        symbols = list(number)
        symbols[one], symbols[other] = symbols[other], symbols[one]
        assert is_customer_number("".join(symbols)) == (number[one] == number[other])


def test_one_in_32_of_all_texts_is_a_number() -> None:
    assert sum(is_customer_number("7K3M9QX2" + check) for check in ALPHABET) == 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "9 symbols, this one has 0"),
        ("7K3M9QX2", "9 symbols, this one has 8"),
        ("7K3M9QX2CC", "9 symbols, this one has 10"),
        ("7K3M9QX2U", "'U' is no symbol"),
        ("7K3M9QX2!", "'!' is no symbol"),
        ("客K3M9QX2C", "is no symbol"),
        ("7K3M9QX2D", "check symbol does not fit"),
        ("K73M9QX2C", "check symbol does not fit"),
    ],
)
def test_a_bad_number_says_what_is_wrong(text: str, what: str) -> None:
    with pytest.raises(BadCustomerNumber, match=what):
        parse(text)


@given(st.text(max_size=30))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    try:
        assert len(parse(text)) == 9
    except BadCustomerNumber:
        assert not is_customer_number(text)


def test_new_numbers_come_from_the_source_they_are_given() -> None:
    assert new(random.Random(3)) == new(random.Random(3))
    assert len({new(random.Random(seed)) for seed in range(200)}) == 200
