"""What the protocol does, each as something that may be left out."""

from typing import NamedTuple


class Rules(NamedTuple):
    """True: as it is. The last two are not ours: we count on them."""

    compare_tokens: bool = True
    compare_positions: bool = True
    heed_moved: bool = True
    say_before_saving: bool = True
    read_as_held: bool = True
    forget_on_claim: bool = True
    listen: bool = True
    say_what_is_absent: bool = True
    cover_when_passed: bool = True
    remember_acked: bool = True
    prove_membership: bool = True
    sweep_only_the_unknown: bool = True
    appends_keep_their_order: bool = True
    copies_hold_a_position: bool = True


SOUND = Rules()
