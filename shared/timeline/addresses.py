"""When two writings of a phone number or a URL name the same address. Source: definitions.md, rule 2 of attribution."""

import re

_NUMBER = re.compile(r"[\s()+./-]*\d[\d\s()+./-]*")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(//)?")


def normalized(address: str) -> str:
    """Digits for a phone number; otherwise the URL without scheme, case, query and last slash."""
    text = address.strip().lower()
    number = text.removeprefix("tel:")
    if _NUMBER.fullmatch(number):
        return _digits(number)
    return _SCHEME.sub("", text).split("#")[0].split("?")[0].removesuffix("/")


def _digits(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits.removeprefix("00") if number.lstrip(" (").startswith("00") else digits
