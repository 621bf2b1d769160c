import os
from collections.abc import Mapping, Sequence
from typing import Literal, TypedDict, final

__version__: str
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
    "prove",
    "reconcile",
    "verify",
    "verify_many",
]

class Error(ValueError):
    """Something cannot be used. `code` is the command line's code for it."""

    code: str

@final
class Report:
    """A decision on one proof, or on all proofs of a holder. True in a condition if it is valid.

    Reports compare equal by content and can be copied and pickled.
    """

    def __bool__(self) -> bool: ...
    @property
    def valid(self) -> bool:
        """Whether every proof holds for a pinned market and account, and every demand is met."""
    @property
    def verdict(self) -> str:
        """The verdict, one line."""
    @property
    def code(self) -> str | None:
        """Code of the reason if it is not valid."""
    @property
    def not_checked(self) -> list[str]:
        """Codes of what was not checked."""
    @property
    def text(self) -> str:
        """Everything in human-readable form, one item per line, as the command prints it."""
    @property
    def json(self) -> str:
        """Everything in machine-readable form, JSON text."""

@final
class Judgement:
    """An audit's verdict on one proof. True in a condition if it is valid."""

    def __bool__(self) -> bool: ...
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

@final
class Table:
    """A table of figures with the Arrow PyCapsule interface: `pandas.DataFrame.from_arrow`, `polars.DataFrame`,
    `duckdb.sql` and `pyarrow.table` take it without a copy.
    """

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...
    def __len__(self) -> int: ...
    @property
    def columns(self) -> list[str]:
        """Names of the columns."""

class _Cause(TypedDict):
    code: str
    cause: str
    effect: str

class _Nearest(_Cause):
    remainder: str

class _Figure(TypedDict):
    figure: str
    of: str
    place: str
    unit: str
    venue: str | None
    own: str | None
    not_computed: str | None
    difference: str | None
    outcome: Literal["equal", "explained", "unexplained", "not-computed"]
    causes: list[_Cause]
    nearest: _Nearest | None

class _Named(TypedDict):
    name: str
    digest: str

class _Timed(TypedDict):
    time: str
    digest: str

class _Counts(TypedDict):
    equal: int
    explained: int
    unexplained: int
    not_computed: int

class _Reconciled(TypedDict):
    venue: str
    schedule: _Named
    snapshot: _Timed
    counts: _Counts
    outside: list[str]
    unlisted_there: list[str]
    unlisted_here: list[str]
    figures: list[_Figure]

class _Way(TypedDict):
    status: Literal["at", "none", "crossed", "undefined"]
    price: str | None
    percent: str | None
    why: str | None

class _Prices(TypedDict):
    instrument: str
    side: Literal["long", "short"]
    book: Literal["cross", "isolated"]
    mark: str
    falling: _Way
    rising: _Way

class _Move(TypedDict):
    status: Literal["crossed", "none", "at", "undefined"]
    percent: str | None
    why: str | None

class _Joint(TypedDict):
    settlement_asset: str | None
    falling: _Move
    rising: _Move
    at_zero: list[str]

class _Liquidation(TypedDict):
    account: Literal["linear"]
    positions: list[_Prices]
    joint: list[_Joint]
    meets: bool

class _Scanned(TypedDict):
    status: Literal["at", "none-within", "crossed", "undefined"]
    price: str | None
    met: str | None
    percent: str | None
    why: str | None

class _Scans(TypedDict):
    underlying: str
    price: str
    step: str
    steps: int
    falling: _Scanned
    rising: _Scanned

class _Stays(TypedDict):
    name: str
    code: Literal["fixed", "no-public-price", "index-price"]
    why: str

class _PortfolioLiquidation(TypedDict):
    account: Literal["portfolio"]
    underlyings: list[_Scans]
    stays: list[_Stays]
    range_percent: int
    requirement: str
    meets: bool

class _Margin(TypedDict):
    account: Literal["linear", "portfolio"]
    currency: str
    equity: str | None
    requirement: str
    required: str | None
    meets: bool
    books: str
    venue: str
    schedule: str
    departures: str | None

class _Proven(TypedDict):
    proof: bytes
    account: bytes
    commitment: str | None
    market: str

class _Imported(TypedDict):
    schedule: bytes
    snapshot: bytes | None
    account: bytes | None
    market: str | None
    warnings: list[str]
    report: str

class _Build(TypedDict):
    build: str
    circuits: str

def verify(
    proof: bytes | Sequence[bytes],
    schedule: bytes,
    snapshot: bytes,
    *,
    policy: bytes | None = None,
    market: str | None = None,
    commitment: str | None = None,
    ledger_root: str | None = None,
    pseudonym: str | None = None,
    audience: str | None = None,
    purpose: str | None = None,
    epoch: int | None = None,
    nonce: str | None = None,
    requirement: Literal["maintenance", "initial", "fill", "close-out", "liquidation-end"] | None = None,
    level_bps: int | None = None,
    floor: str | None = None,
    settlement_asset: str | None = None,
    cross_alone: bool | None = None,
    only_isolated: str | None = None,
    all_but_isolated: str | None = None,
    stress: str | None = None,
    keys: bytes | None = None,
    venue: str | None = None,
    max_age: int | None = None,
    max_k: int | None = None,
    schedule_note: bytes | None = None,
    snapshot_note: bytes | None = None,
    previous_note: bytes | None = None,
    checkpoint: bytes | None = None,
    previous_checkpoint: bytes | None = None,
    newest_checkpoint: bytes | None = None,
    account_schedule: bytes | None = None,
    attestation: bytes | None = None,
    newest_attestation: bytes | None = None,
    enrolment: bytes | None = None,
    newest_enrolment: bytes | None = None,
    sources: Mapping[str, bytes] | None = None,
    challenge: bytes | None = None,
    seen: str | os.PathLike[str] | None = None,
) -> Report:
    """Decides on one proof, or on the proofs for all of a holder's accounts, as `zkmargin verify` does.

    `policy` is a policy file; without one, the individual demands make up a policy. Notes, messages of price
    sources and a challenge are evidence; `account_schedule` is the schedule that the checkpoint or attestation names,
    where that is not the proof's. `seen` is the path of a memory, created if absent.

    Raises `Error`, a ValueError, for files that cannot be read; a proof that does not hold is not an error.
    """

def challenge(
    policy: bytes,
    seen: str | os.PathLike[str],
    *,
    purpose: str | None = None,
    epoch: int | None = None,
) -> str:
    """Makes a challenge under a policy file, remembers it in `seen`, and returns the file for the prover."""

def prove(
    account: bytes,
    schedule: bytes,
    snapshot: bytes,
    *,
    audience: str,
    purpose: str | None = None,
    nonce: str | None = None,
    epoch: int | None = None,
    expires: str | None = None,
    market: str | None = None,
    level_bps: int = 10000,
    floor: str = "0",
    requirement: Literal["maintenance", "initial", "fill", "close-out", "liquidation-end"] | None = None,
    settlement_asset: str | None = None,
    cross_alone: bool = False,
    only_isolated: str | None = None,
    all_but_isolated: str | None = None,
    stress: str | None = None,
) -> _Proven:
    """Proves that an account meets a claim at a market, as `zkmargin prove` does, and verifies the proof.

    An account without secrets gets fresh ones: keep the `account` that is returned, whose commitment a venue or an
    attester vouches for. `market` refuses any other market; `epoch` and `expires` (UTC text) go into the statement.

    Raises `Error`, a ValueError, if a file cannot be read or the account does not meet the claim. Its code and words tell
    that much about the account: they are for its holder. `only_isolated` and `all_but_isolated` name an isolated position
    as `SYMBOL:long` or `SYMBOL:short`: the claim is about its book only, without a floor, or about all other books.
    """

def verify_many(
    proofs: Sequence[bytes | None],
    evidence: str | os.PathLike[str],
    manifest: str | os.PathLike[str],
    *,
    submitters: Sequence[int] | None = None,
    workers: int = 1,
) -> list[Judgement]:
    """Judges proofs under a manifest, in order.

    `evidence` is a Parquet file of `zkmargin audit export`, `manifest` the manifest next to it. The
    judge is created once per process and kept; the interpreter's lock is released while it works. `None` is
    judged like an empty file.
    """

def margin(
    account: bytes,
    schedule: bytes,
    snapshot: bytes,
    *,
    settlement_asset: str | None = None,
    cross_alone: bool = False,
    only_isolated: str | None = None,
    all_but_isolated: str | None = None,
    requirement: str | None = None,
) -> _Margin:
    """Equity of an account's cross book and the margin that its schedule requires there, computed locally without a
    proof. `settlement_asset` names the book where each settlement asset has one; `requirement` is which one of a
    portfolio account: `maintenance`, `initial`, or `stress:` and a name, whose worst loss is what is required.
    `meets` is also about every isolated position, unless `cross_alone` is set, or one of them is named as `SYMBOL:long` or
    `SYMBOL:short`: the book of `only_isolated` is all that it is about then, and that of `all_but_isolated` is left out.
    Equity and margin are of the cross book, and None with `only_isolated`.
    """

def margin_table(
    account: bytes,
    schedule: bytes,
    snapshots: bytes | Sequence[bytes],
    *,
    of: Literal["positions", "books"] = "positions",
) -> Table:
    """An account's figures as a table: a row for each position, or with `of="books"` for each book, at each snapshot.

    Figures are decimals with twelve digits after the point, cut toward zero. `settles` of a position is its profit and
    loss with funding, of an isolated one with the margin assigned to it.
    """

def reconcile(
    venue: str,
    answer: bytes,
    schedule: bytes,
    snapshot: bytes,
    *,
    account: bytes | None = None,
    initial_schedule: bytes | None = None,
    other_schedules: Sequence[bytes] = ...,
    other_snapshots: Sequence[bytes] = ...,
    taker_fee: str | None = None,
) -> _Reconciled:
    """A venue's own figures in its raw answer against the rule's, each with the cause of its difference, as
    `zkmargin reconcile` finds it. Figures are decimal text. Of `derive`, schedule and snapshot are those of portfolio
    margin, and `initial_schedule` and `taker_fee` are not taken.
    """

def liquidation(
    account: bytes,
    schedule: bytes,
    snapshot: bytes,
    *,
    level_bps: int = 10000,
    floor: str | None = None,
    requirement: Literal["maintenance", "initial"] | None = None,
    step: str | None = None,
    range_percent: int | None = None,
) -> _Liquidation | _PortfolioLiquidation:
    """The exact price of each position at which its book stops meeting the claim, both ways, and the smallest move of
    all prices together, in percent.

    Of a portfolio account, which `account` of the result says: for each underlying the first price on a grid of `step`
    within `range_percent` of it (by default about a thousandth of the price, and 50), and what no underlying moves.
    """

def import_account(
    venue: str,
    folder: str | os.PathLike[str],
    *,
    name: str | None = None,
    settle: Sequence[str] | None = None,
    collateral: Sequence[str] | None = None,
    requirement: Literal["maintenance", "initial", "fill", "close-out", "liquidation-end"] | None = None,
    rule: Sequence[str] | None = None,
    account_id: str | None = None,
    max_skew: int | None = None,
    only: Sequence[str] | None = None,
    held_and: int | None = None,
    accept_rule: bool = False,
    previous: bytes | None = None,
    schedule: bytes | None = None,
    snapshot: bytes | None = None,
    account: bytes | None = None,
) -> _Imported:
    """Schedule, snapshot and account from a folder of a venue's answers, as `zkmargin import` writes them.

    The account has no secrets. `report` is JSON text: what was taken in, assumed and left out. `only` and `held_and`
    keep a part of the market, which shows that the account holds nothing else. `rule` has parts of the venue's rule that
    are chosen, as `liquidation` or `least-ratio=0.05`. `schedule` and
    `snapshot`, or `account`, are what no answer of a venue of portfolio margin says.

    Raises `Error`, a ValueError, for a folder that is not read; nothing is read in part.
    """

def market_digest(schedule: bytes, snapshot: bytes) -> str:
    """Digest of a market, in the form taken by `market` of `verify`."""

def digest(file: bytes) -> bytes:
    """Digest of a file, 32 bytes, as used by the store and the verdicts."""

def build() -> _Build:
    """What a merge compares of the workers."""
