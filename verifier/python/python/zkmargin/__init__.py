"""Verifies proofs that a margin account meets its maintenance or initial margin."""

from ._zkmargin import (
    Error,
    Judgement,
    Report,
    Table,
    __version__,
    build,
    challenge,
    digest,
    import_account,
    liquidation,
    margin,
    margin_table,
    market_digest,
    reconcile,
    verify,
    verify_many,
)

__all__ = [
    "Error",
    "Judgement",
    "Report",
    "Table",
    "__version__",
    "build",
    "challenge",
    "digest",
    "import_account",
    "liquidation",
    "margin",
    "margin_table",
    "market_digest",
    "reconcile",
    "verify",
    "verify_many",
]
