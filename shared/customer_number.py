"""Customer numbers: customer ids that can be said on the phone and catch their own typing errors.

Eight symbols of Crockford's base 32 and a check symbol of the same alphabet: 7K3M9QX2C, written 7K3M-9QX2-C.

The symbols are read as elements of the field GF(32). Each step adds a symbol and multiplies by M; the check symbol is
what brings the sum to zero:  check = d1·M^8 + d2·M^7 + ... + d8·M  (+ is exclusive or). Every weight differs from zero,
so one wrong symbol always shows; any two weights differ (M has order 31), so a swap of any two symbols shows as well.

    BadCustomerNumber (ValueError)      the text is no customer number; the message says what is wrong with it
"""

from functools import reduce
from typing import Final, Protocol

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOLS: Final = 8
# Any M but 0 and 1 would do. With 13, the number in our definitions, 7K3M9QX2C, is a valid one.
_MULTIPLIER: Final = 13
_FIELD: Final = 0b100101  # x^5 + x^2 + 1, the usual polynomial of GF(32)

_VALUE: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ: Final = {
    **_VALUE,
    **{symbol.lower(): value for symbol, value in _VALUE.items()},
    **dict.fromkeys("Oo", 0),
    **dict.fromkeys("IiLl", 1),
}
# People and word processors write several dashes and spaces.
_SEPARATORS: Final = frozenset(" -\t\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u3000")


class BadCustomerNumber(ValueError):
    """The text is no customer number."""


class RandomSource(Protocol):
    """`random.Random` or `random.SystemRandom`; production uses the latter, numbers must not be guessable."""

    def randrange(self, stop: int, /) -> int: ...


def new(random: RandomSource) -> str:
    """A customer number in canonical form. The caller makes sure that it is not taken: 32^8 is 1.1e12."""
    values = [random.randrange(len(ALPHABET)) for _ in range(SYMBOLS)]
    return "".join(ALPHABET[value] for value in [*values, _check(values)])


def parse(text: str) -> str:
    """The canonical form of a number in any writing: case, hyphens and spaces do not count, O is 0, I and L are 1."""
    symbols = [symbol for symbol in text if symbol not in _SEPARATORS]
    unknown = next((symbol for symbol in symbols if symbol not in _READ), None)
    if unknown is not None:
        raise BadCustomerNumber(f"{unknown!r} is no symbol of a customer number; they are {ALPHABET}")
    if len(symbols) != SYMBOLS + 1:
        raise BadCustomerNumber(f"a customer number has {SYMBOLS + 1} symbols, this one has {len(symbols)}")
    values = [_READ[symbol] for symbol in symbols]
    if values[-1] != _check(values[:-1]):
        raise BadCustomerNumber("the check symbol does not fit: a symbol is wrong or two are swapped")
    return "".join(ALPHABET[value] for value in values)


def written(number: str) -> str:
    """How a number is shown and printed: 7K3M-9QX2-C. Raises BadCustomerNumber."""
    canonical = parse(number)
    return f"{canonical[:4]}-{canonical[4:SYMBOLS]}-{canonical[SYMBOLS:]}"


def is_customer_number(text: str) -> bool:
    """Whether the text is a customer number in some writing (ids of other systems are not)."""
    try:
        parse(text)
    except BadCustomerNumber:
        return False
    return True


def _check(values: list[int]) -> int:
    return reduce(lambda total, value: _TIMES[total ^ value], values, 0)


def _times(value: int, factor: int) -> int:
    """Product in GF(32): shift and add, reduced by the polynomial whenever a sixth bit appears."""
    product = 0
    while factor:
        if factor & 1:
            product ^= value
        value <<= 1
        if value & 0b100000:
            value ^= _FIELD
        factor >>= 1
    return product


_TIMES: Final = [_times(value, _MULTIPLIER) for value in range(len(ALPHABET))]
