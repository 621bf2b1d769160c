import os
from collections.abc import Sequence
from typing import TypedDict, final

__version__: str
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

@final
class Report:
    """What came of one proof."""

    @property
    def valid(self) -> bool:
        """Whether the proof holds for the pinned market and account."""
    @property
    def verdict(self) -> str:
        """The verdict, one line."""
    @property
    def code(self) -> str | None:
        """Code of the reason when it is not valid."""
    @property
    def not_checked(self) -> list[str]:
        """Codes of what was not checked."""

@final
class Judgement:
    """An audit's verdict on one proof."""

    @property
    def digest(self) -> bytes:
        """Digest of the proof file, 32 bytes."""
    @property
    def status(self) -> str:
        """`valid`, `invalid`, `prices-disagree`, `wrong-rule`, `stale`, `evidence-missing`,
        `unsupported` or `outside`."""
    @property
    def code(self) -> str:
        """Code of the reason; empty for a valid proof."""
    @property
    def reason(self) -> str:
        """The reason; empty for a valid proof."""

class _Margin(TypedDict):
    currency: str
    equity: str
    maintenance_margin: str
    meets_maintenance: bool

class _Build(TypedDict):
    build: str
    circuits: str

def verify(
    proof: bytes,
    schedule: bytes,
    snapshot: bytes,
    *,
    market: str | None = None,
    commitment: str | None = None,
    ledger_root: str | None = None,
    pseudonym: str | None = None,
    audience: str | None = None,
    purpose: str | None = None,
    epoch: int | None = None,
    nonce: str | None = None,
    level_bps: int = 10_000,
) -> Report:
    """Verifies one proof against a schedule, a snapshot and what is demanded.

    Raises ValueError for files that cannot be read; a proof that does not hold is no error.
    """

def verify_many(
    proofs: Sequence[bytes],
    evidence: str | os.PathLike[str],
    manifest: str | os.PathLike[str],
    *,
    submitters: Sequence[int] | None = None,
    workers: int = 1,
) -> list[Judgement]:
    """Judges proofs under a manifest, in their order.

    `evidence` is a Parquet file of `zkmargin audit export`, `manifest` the manifest beside it. The
    judge is made once per process and kept; the interpreter's lock is released meanwhile.
    """

def margin(account: bytes, schedule: bytes, snapshot: bytes) -> _Margin:
    """Equity and maintenance margin of an account, in the open."""

def market_digest(schedule: bytes, snapshot: bytes) -> str:
    """Digest of a market, as `market` of `verify` takes it."""

def digest(file: bytes) -> bytes:
    """Digest of a file, 32 bytes, as the store and the verdicts name it."""

def build() -> _Build:
    """What a merge compares of the workers."""
