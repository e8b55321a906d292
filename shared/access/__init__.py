"""Who may do what: tokens, machines' keys, scopes, rates, and the record of whom somebody looked at.

Pure but for issuer_keys (HTTP), watched (files) and lookups (the log). Knows no HTTP of ours; shared.web asks it.

AccessError
├── NotGood             the token or key is none of ours, or not any more: 401
└── KeysUnavailable     whether it is good cannot be told now, the issuer's keys are missing: 503
"""

from shared.access.caller import ANYBODY, Caller
from shared.access.errors import AccessError, KeysUnavailable, NotGood
from shared.access.scopes import Scope

__all__ = ["ANYBODY", "AccessError", "Caller", "KeysUnavailable", "NotGood", "Scope"]
