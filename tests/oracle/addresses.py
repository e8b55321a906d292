"""Whether a customer came where he had been told to go (definitions.md, rule 2 of "Which issue")."""

import re

_PHONE = re.compile(r"[+()\d\s./-]*\d[+()\d\s./-]*", re.ASCII)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_QUERY = re.compile(r"\?[^#]*")


def same_address(one: str, other: str) -> bool:
    """Compared as E.164 digits, or as URL without scheme, case, query and last slash."""
    return _comparable(one) == _comparable(other)


def _comparable(address: str) -> tuple[str, str]:
    """# reading: what is written with digits, +, blanks and . / - ( ) only is a number, all else a URL.

    Digits are taken as written: no country is added, 00 and a trunk 0 stay. "tel:" is not a number. A fragment stays.
    """
    address = address.strip()
    if _PHONE.fullmatch(address):
        return ("number", re.sub(r"[^0-9]", "", address))
    return ("url", _QUERY.sub("", _SCHEME.sub("", address.lower())).removesuffix("/"))
