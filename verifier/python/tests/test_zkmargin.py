"""The module against the repository's golden proofs."""

from __future__ import annotations

import pathlib
import threading
from typing import Any

import pyarrow.parquet
import pytest

import zkmargin

PARAMS = pathlib.Path(__file__).parents[3] / "params"
AUDIT = PARAMS / "golden" / "audit"


def read(name: str) -> bytes:
    return (PARAMS / name).read_bytes()


PROOF = read("golden/binance-cross-v1.zkm")
SCHEDULE = read("examples/binance-cross.schedule.json")
SNAPSHOT = read("examples/binance-cross.snapshot.json")
ACCOUNT = read("examples/binance-cross.account.json")
PROOFS = pyarrow.parquet.read_table(AUDIT / "proofs-00000.parquet").column("bytes").to_pylist()


def many(proofs: list[bytes], **options: Any) -> list[zkmargin.Judgement]:
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


@pytest.mark.parametrize("option", ["market", "commitment", "ledger_root", "pseudonym", "nonce"])
def test_bad_options_are_value_errors(option: str) -> None:
    with pytest.raises(ValueError, match=option):
        options: Any = {option: "zz"}
        zkmargin.verify(PROOF, SCHEDULE, SNAPSHOT, **options)


def test_margin() -> None:
    figures = zkmargin.margin(ACCOUNT, SCHEDULE, SNAPSHOT)
    assert figures["currency"] == "USD" and figures["meets_maintenance"] is True
    assert float(figures["equity"]) > float(figures["maintenance_margin"]) > 0
    with pytest.raises(ValueError, match="account"):
        zkmargin.margin(b"{}", SCHEDULE, SNAPSHOT)


def test_many() -> None:
    assert [j.status for j in many(PROOFS)] == ["valid", "valid"]
    assert many([]) == []
    wrong = bytearray(PROOFS[0])
    wrong[-32] ^= 1
    newer = bytearray(PROOFS[0])
    newer[14] = 99
    found = many([bytes(wrong), PROOFS[1], PROOF, bytes(newer), b"?"], workers=2)
    assert [j.status for j in found] == ["invalid", "valid", "evidence-missing", "unsupported", "invalid"]
    assert found[0].code == "InvalidProof" and found[1].reason == ""
    assert bytes(found[1].digest) == bytes(zkmargin.digest(PROOFS[1]))
    swapped = many(PROOFS[::-1], submitters=[7, 8])
    assert [bytes(j.digest) for j in swapped] == [bytes(zkmargin.digest(p)) for p in PROOFS[::-1]]


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
