"""Why a caller is not known. What is told outside is one sentence for all; `code` is for our log and metrics."""


class AccessError(Exception):
    """Anything that keeps us from knowing a caller."""


class NotGood(AccessError):
    """code: a word or two of ours, never anything of the token."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeysUnavailable(AccessError):
    """Neither the issuer nor what we remember of its keys can be asked."""
