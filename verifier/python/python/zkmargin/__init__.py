"""Verifies proofs that a margin account meets its maintenance or initial margin."""

from ._zkmargin import (
    Error,
    Judgement,
    Report,
    __version__,
    build,
    challenge,
    digest,
    import_account,
    margin,
    market_digest,
    verify,
    verify_many,
)

__all__ = [
    "Error",
    "Judgement",
    "Report",
    "__version__",
    "build",
    "challenge",
    "digest",
    "import_account",
    "margin",
    "market_digest",
    "verify",
    "verify_many",
]
