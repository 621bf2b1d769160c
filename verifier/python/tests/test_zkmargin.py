"""The module against the repository's golden proofs."""

from __future__ import annotations

import copy
import decimal
import json
import pathlib
import pickle
import signal
import threading
from typing import Any

import pyarrow.parquet
import pytest

import zkmargin

PARAMS = pathlib.Path(__file__).parents[3] / "params"
AUDIT = PARAMS / "golden" / "audit"


def read(name: str) -> bytes:
    return (PARAMS / name).read_bytes()


PROOF = read("golden/binance-cross.zkm")
SCHEDULE = read("venues/binance/examples/cross.schedule.json")
SNAPSHOT = read("venues/binance/examples/cross.snapshot.json")
ACCOUNT = read("venues/binance/examples/cross.account.json")
COMMITMENT = "7ae5cbe55011af4a487ebd15299ec7f81deddf55f9f5fd667921a6c3e7ec023d"
PROOFS = pyarrow.parquet.read_table(AUDIT / "proofs-00000.parquet").column("bytes").to_pylist()


def many(proofs: list[bytes | None], **options: Any) -> list[zkmargin.Judgement]:
    return zkmargin.verify_many(proofs, AUDIT / "evidence.parquet", AUDIT / "manifest.json", **options)


def test_verify() -> None:
    digest = zkmargin.market_digest(SCHEDULE, SNAPSHOT)
    loose = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT)
    assert not loose.valid and loose.code == "NotAnchored"
    assert loose.verdict.startswith("PROOF OK, NOT ANCHORED")
    assert "account-owner" in loose.not_checked
    other = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, market="00" * 32)
    assert not other.valid and other.code == "PolicyMarket"
    audience = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, market=digest, audience="somebody else")
    assert audience.code == "PolicyAudience"
    wrong = bytearray(PROOF)
    wrong[-32] ^= 1
    assert zkmargin.verify(bytes(wrong), SCHEDULE, SNAPSHOT, market=digest).code == "InvalidProof"


def test_valid_with_its_account() -> None:
    digest = zkmargin.market_digest(SCHEDULE, SNAPSHOT)
    # The account's commitment stands in the statement; a verifier has it from whoever vouches for it.
    wrong = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, market=digest, commitment="00" * 32)
    commitment = wrong.verdict.split("account commitment ")[1].split(",")[0]
    report = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, market=digest, commitment=commitment)
    assert report.valid and report.verdict == "VALID" and report.code is None


@pytest.mark.parametrize(
    "arguments",
    [
        (b"", SCHEDULE, SNAPSHOT),
        (PROOF[:100], SCHEDULE, SNAPSHOT),
        (PROOF, b"{}", SNAPSHOT),
        (PROOF, SCHEDULE, b"\xff"),
    ],
)
def test_bad_files_are_value_errors(arguments: tuple[bytes, bytes, bytes]) -> None:
    with pytest.raises(ValueError):
        zkmargin.verify(*arguments)


def pinned(**demands: Any) -> zkmargin.Report:
    market = zkmargin.market_digest(SCHEDULE, SNAPSHOT)
    return zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, market=market, commitment=COMMITMENT, **demands)


def policy(**changes: Any) -> bytes:
    file = {
        "format": "zkmargin-policy/1",
        "name": "Python",
        "market": {"pinned": zkmargin.market_digest(SCHEDULE, SNAPSHOT)},
        "account": {"commitment": COMMITMENT},
        "claim": {"level": "10000", "floor": "0"},
    }
    return json.dumps(file | changes).encode()


def test_fault_1_3_a_report_is_its_verdict() -> None:
    assert pinned() and not zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT)
    assert bool(pinned(audience="somebody else")) is False
    found = pinned()
    assert found == pinned() and hash(found) == hash(pinned())
    assert pickle.loads(pickle.dumps(found)) == found and copy.copy(found) == found
    for text in ["VALID", "NOT CHECKED: venue's rule", "rules: binance", "rounding assumed"]:
        assert text in found.text
    assert json.loads(found.json)["rules"]["venue"] == "binance"


@pytest.mark.parametrize(
    ("demands", "changes", "code"),
    [
        ({}, {}, None),
        ({"audience": "desk-43"}, {"audience": "desk-43"}, "PolicyAudience"),
        ({"epoch": 9}, {"epoch": 9}, "PolicyEpoch"),
        ({"nonce": "ab" * 32}, {"nonce": "ab" * 32}, "PolicyNonce"),
        ({"level_bps": 12_000}, {"claim": {"level": "12000", "floor": "0"}}, "PolicyLevel"),
        ({"requirement": "initial"}, {"requirement": "initial"}, "PolicyRequirement"),
        ({"floor": "0.5"}, {"claim": {"level": "10000", "floor": "0.5"}}, "PolicyFloor"),
    ],
)
def test_fault_1_3_arguments_and_policy_files_decide_alike(
    demands: dict[str, Any], changes: dict[str, Any], code: str | None
) -> None:
    by_arguments = pinned(**demands)
    by_policy = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, policy=policy(**changes))
    assert by_arguments.code == by_policy.code == code
    assert by_arguments == by_policy


def test_fault_1_3_times_are_compared() -> None:
    assert pinned(max_age=600).code == "SnapshotStale"
    assert "snapshot-age" in pinned(max_age=2**64 - 1).not_checked
    later = json.loads(SNAPSHOT) | {"time": "2099-01-01T00:00:00Z"}
    found = zkmargin.verify(PROOF, SCHEDULE, json.dumps(later).encode())
    assert found.code == "SnapshotFromFuture"


def test_fault_1_3_demands_are_the_verifiers_own() -> None:
    for level in [0, 1, 9_999]:
        with pytest.raises(zkmargin.Error) as caught:
            pinned(level_bps=level)
        assert caught.value.code == "BadNumber"
    with pytest.raises(zkmargin.Error, match="no requirement is named"):
        zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, requirement="liquidation")  # type: ignore[arg-type]
    # Also a demand that says what is demanded anyway.
    demands: list[dict[str, Any]] = [
        {"audience": "desk-42"},
        {"requirement": "maintenance"},
        {"floor": "0"},
    ]
    for demand in demands:
        with pytest.raises(zkmargin.Error, match="policy says everything"):
            zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, policy=policy(), **demand)


def test_fault_1_6_memory(tmp_path: pathlib.Path) -> None:
    asks = policy(audience="desk-42", freshness={"challenge": True})
    seen = tmp_path / "seen.db"
    told = json.loads(zkmargin.challenge(asks, seen))
    assert told["audience"] == "desk-42" and told["level"] == "10000"
    # The golden proof answers no challenge.
    found = zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, policy=asks, seen=seen)
    assert not found and found.code == "EvidenceMissing"
    with pytest.raises(zkmargin.Error) as caught:
        zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, policy=asks, seen=":memory:")
    assert caught.value.code == "SeenStore"


def test_fault_7_12_errors_name_their_file_and_code(tmp_path: pathlib.Path) -> None:
    absent = tmp_path / "nothing.parquet"
    with pytest.raises(FileNotFoundError, match="nothing.parquet"):
        zkmargin.verify_many(PROOFS, absent, AUDIT / "manifest.json")
    with pytest.raises(zkmargin.Error) as caught:
        zkmargin.verify(PROOF, b"{}", SNAPSHOT)
    assert caught.value.code == "WrongFormat"
    judged = many([None, PROOFS[1]])
    assert [j.status for j in judged] == ["invalid", "valid"]
    assert pickle.loads(pickle.dumps(judged)) == judged and not judged[0] and judged[1]


def test_fault_4_4_an_interruption_waits_for_a_page() -> None:
    many(PROOFS)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupted)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            many(PROOFS * 2_000)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("option", ["market", "commitment", "ledger_root", "pseudonym", "nonce"])
def test_bad_options_are_value_errors(option: str) -> None:
    with pytest.raises(ValueError, match=option):
        options: Any = {option: "zz"}
        zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, **options)


def test_margin() -> None:
    figures = zkmargin.margin(ACCOUNT, SCHEDULE, SNAPSHOT)
    assert figures["currency"] == "USD" and figures["meets"] is True
    assert figures["equity"] is not None and figures["required"] is not None
    assert float(figures["equity"]) > float(figures["required"]) > 0
    assert figures["requirement"] == "maintenance"
    with pytest.raises(ValueError, match="account"):
        zkmargin.margin(b"{}", SCHEDULE, SNAPSHOT)


# A case of Derive's own tests, and what its contract leaves of the equity (`derive_pmrm2`, test_57).
OPTIONS_PROOF = read("golden/derive-options.zkm")
OPTIONS_SCHEDULE = read("venues/derive/examples/options.schedule.json")
OPTIONS_SNAPSHOT = read("venues/derive/examples/options.snapshot.json")
OPTIONS_ACCOUNT = read("venues/derive/examples/options.account.json")
OPTIONS_COMMITMENT = "6a63e86077b5efa3aca923bdf76e91c45410f7a9adfc15d1ccf9999419d6673b"


@pytest.mark.parametrize(("requirement", "excess"), [("maintenance", "4965.0508"), ("initial", "4314.5217")])
def test_margin_of_a_portfolio_account(requirement: str, excess: str) -> None:
    figures = zkmargin.margin(OPTIONS_ACCOUNT, OPTIONS_SCHEDULE, OPTIONS_SNAPSHOT, requirement=requirement)
    assert (figures["account"], figures["requirement"]) == ("portfolio", requirement)
    assert figures["meets"] is True and figures["currency"] == "USDC"
    assert figures["equity"] is not None and figures["required"] is not None
    found = decimal.Decimal(figures["equity"]) - decimal.Decimal(figures["required"])
    assert found.quantize(decimal.Decimal("0.0001")) == decimal.Decimal(excess)


def test_a_portfolio_account_has_stresses_and_no_books() -> None:
    def figures(**options: Any) -> Any:
        return zkmargin.margin(OPTIONS_ACCOUNT, OPTIONS_SCHEDULE, OPTIONS_SNAPSHOT, **options)

    # The worst loss of the scenarios named `tails`, by the same case.
    lost = decimal.Decimal(figures(requirement="stress:tails")["required"])
    assert lost.quantize(decimal.Decimal("0.0001")) == decimal.Decimal("126.0754")
    books: list[dict[str, Any]] = [
        {"settlement_asset": "USDC"},
        {"cross_alone": True},
        {"only_isolated": "BTC:long"},
        {"all_but_isolated": "BTC:long"},
    ]
    for of in books:
        with pytest.raises(ValueError, match="one book"):
            figures(**of)
    with pytest.raises(ValueError):
        figures(requirement="stress:nothing")
    # An account of the other kind.
    with pytest.raises(ValueError):
        zkmargin.margin(ACCOUNT, OPTIONS_SCHEDULE, OPTIONS_SNAPSHOT)
    with pytest.raises(ValueError):
        zkmargin.margin(OPTIONS_ACCOUNT, SCHEDULE, SNAPSHOT)


def options(proof: bytes = OPTIONS_PROOF, **demands: Any) -> zkmargin.Report:
    market = zkmargin.market_digest(OPTIONS_SCHEDULE, OPTIONS_SNAPSHOT)
    pins: dict[str, Any] = {"market": market, "commitment": OPTIONS_COMMITMENT}
    return zkmargin.verify(proof, OPTIONS_SCHEDULE, OPTIONS_SNAPSHOT, **(pins | demands))


@pytest.mark.parametrize(
    ("demands", "code"),
    [
        ({}, None),
        ({"audience": "desk-42", "requirement": "maintenance", "level_bps": 10_000}, None),
        ({"requirement": "initial"}, "PolicyRequirement"),
        ({"stress": "tails"}, "PolicyRequirement"),
        ({"stress": "nothing"}, "PolicyNoSuchStress"),
        ({"settlement_asset": "USDC"}, "PolicyNoSuchBook"),
        ({"only_isolated": "BTC:long"}, "PolicyNoSuchPosition"),
        ({"all_but_isolated": "BTC:long"}, "PolicyNoSuchPosition"),
        ({"audience": "desk-43"}, "PolicyAudience"),
        ({"commitment": "00" * 32}, "PolicyCommitment"),
        ({"market": None, "commitment": None}, "NotAnchored"),
    ],
)
def test_verify_of_a_portfolio_account(demands: dict[str, Any], code: str | None) -> None:
    found = options(**demands)
    assert (found.valid, found.code) == (code is None, code)
    assert json.loads(found.json)["rules"]["account"] == "portfolio"


def test_proofs_of_both_kinds_at_the_others_market() -> None:
    assert zkmargin.verify(OPTIONS_PROOF, SCHEDULE, SNAPSHOT).code == "PolicyOtherMarket"
    assert options(PROOF, market=None, commitment=None).code == "PolicyOtherMarket"
    wrong = bytearray(OPTIONS_PROOF)
    wrong[-32] ^= 1
    assert options(bytes(wrong)).code == "InvalidProof"
    # Without its confidence, no feed is to be trusted.
    doubtful = json.loads(OPTIONS_SNAPSHOT)
    del doubtful["indices"][0]["confidence"]
    with pytest.raises(zkmargin.Error) as caught:
        zkmargin.verify(OPTIONS_PROOF, OPTIONS_SCHEDULE, json.dumps(doubtful).encode())
    assert caught.value.code == "MissingConfidence"


def test_many() -> None:
    assert [j.status for j in many(PROOFS)] == ["valid", "valid"]
    assert many([]) == []
    wrong = bytearray(PROOFS[0])
    wrong[-32] ^= 1
    newer = bytearray(PROOFS[0])
    newer[14:16] = b"\xff\xff"
    found = many([bytes(wrong), PROOFS[1], PROOF, bytes(newer), b"?"], workers=2)
    assert [j.status for j in found] == ["invalid", "valid", "evidence-missing", "unsupported", "invalid"]
    assert found[0].code == "InvalidProof" and found[1].reason == ""
    assert bytes(found[1].digest) == bytes(zkmargin.digest(PROOFS[1]))
    swapped = many(PROOFS[::-1], submitters=[7, 8])
    assert [bytes(j.digest) for j in swapped] == [bytes(zkmargin.digest(p)) for p in PROOFS[::-1]]


def test_fault_many_judges_by_the_files_that_are_there(tmp_path: pathlib.Path) -> None:
    # Three folders down, as Spark partitions by columns.
    part = tmp_path / "venue=binance" / "epoch=1" / "part-0.parquet"
    part.parent.mkdir(parents=True)
    table = pyarrow.parquet.read_table(AUDIT / "evidence.parquet")
    pyarrow.parquet.write_table(table, part)

    def statuses() -> list[str]:
        return [j.status for j in zkmargin.verify_many(PROOFS, tmp_path, AUDIT / "manifest.json")]

    assert statuses() == ["valid", "valid"]
    pyarrow.parquet.write_table(table.slice(0, 1), part)
    assert statuses() == ["evidence-missing", "evidence-missing"]


def test_many_refuses_what_it_cannot_use() -> None:
    with pytest.raises(ValueError):
        many(PROOFS, submitters=[1])
    with pytest.raises(ValueError):
        many(PROOFS, workers=0)
    with pytest.raises(ValueError):
        zkmargin.verify_many(PROOFS, AUDIT / "manifest.json", AUDIT / "manifest.json")
    with pytest.raises(OSError):
        zkmargin.verify_many(PROOFS, AUDIT / "evidence.parquet", AUDIT / "nothing.json")


def test_the_interpreter_goes_on_meanwhile() -> None:
    many(PROOFS)
    ticks, done = 0, threading.Event()

    def work() -> None:
        many(PROOFS * 40)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.001):
        ticks += 1
    thread.join()
    # With the lock held, this thread would not run at all.
    assert ticks > 5


def test_build() -> None:
    assert zkmargin.build()["build"].startswith(zkmargin.__version__)
