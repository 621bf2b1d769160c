"""Verifies proofs that a margin account meets its maintenance margin."""

from ._zkmargin import (
    Judgement,
    Report,
    __version__,
    build,
    digest,
    margin,
    market_digest,
    verify,
    verify_many,
)

__all__ = [
    "Judgement",
    "Report",
    "__version__",
    "build",
    "digest",
    "margin",
    "market_digest",
    "verify",
    "verify_many",
]
