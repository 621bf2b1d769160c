"""Tables, comparisons and liquidation prices."""

from __future__ import annotations

import decimal
import json
import pathlib
import subprocess
from typing import Any

import pyarrow
import pytest

import zkmargin
from notebook import program

PARAMS = pathlib.Path(__file__).parents[3] / "params"
SESSIONS = PARAMS.parent / "tests" / "cmd"
COMMAND = PARAMS.parent / "target" / "release" / "zkmargin"


def read(name: str) -> bytes:
    return (PARAMS / "venues" / name).read_bytes()


def example(venue: str, name: str) -> tuple[bytes, bytes, bytes]:
    account, schedule, snapshot = (
        read(f"{venue}/examples/{name}.{kind}.json") for kind in ("account", "schedule", "snapshot")
    )
    return account, schedule, snapshot


def test_positions_as_arrow() -> None:
    files = example("binance", "cross")
    table = pyarrow.table(zkmargin.margin_table(*files))
    assert table.num_rows == 6
    assert str(table.schema.field("required").type) == "decimal128(38, 12)"
    rows = {(row["instrument"], row["side"]): row for row in table.to_pylist()}
    short = rows[("WLDUSDT", "short")]
    # 849 at a mark of 2.3956; profit is entry less mark.
    assert short["size"] == -849 and short["notional"] == decimal.Decimal("2033.8644")
    assert short["settles"] == decimal.Decimal("1986.66") - decimal.Decimal("2033.8644")
    assert short["time"].isoformat() == "2024-07-01T18:01:40+00:00"


def test_books_over_time() -> None:
    account, schedule, snapshot = example("hyperliquid", "isolated")
    later = json.loads(snapshot)
    later["sequence"] += 1
    table = zkmargin.margin_table(account, schedule, [snapshot, json.dumps(later).encode()], of="books")
    assert len(table) == 4 and table.columns[:3] == ["time", "sequence", "book"]
    rows = pyarrow.table(table).to_pylist()
    assert [row["book"] for row in rows] == ["cross", "isolated ETH long"] * 2
    margin = zkmargin.margin(account, schedule, snapshot)
    cross = rows[0]
    assert str(cross["equity"].normalize()) == margin["equity"] and cross["met"] is margin["meets"]
    with pytest.raises(ValueError):
        zkmargin.margin_table(account, schedule, snapshot, of="nothing")  # type: ignore[arg-type]


def test_reconcile() -> None:
    answer = (SESSIONS / "reconcile.answer.json").read_bytes()
    _, schedule, snapshot = example("binance", "isolated")
    found = zkmargin.reconcile("binance", answer, schedule, snapshot)
    figures = {figure["place"]: figure for figure in found["figures"]}
    mark = figures["/positions/1/unrealizedProfit"]
    assert mark["outcome"] == "explained" and mark["causes"][0]["code"] == "other-mark"
    assert decimal.Decimal(mark["causes"][0]["effect"]) == decimal.Decimal(mark["difference"] or "nan")
    assert found["counts"]["unexplained"] == 0
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.reconcile("dydx", answer, schedule, snapshot)
    assert error.value.code == "ImportSource"


def test_liquidation_is_the_commands() -> None:
    files = example("binance", "cross")
    found = zkmargin.liquidation(*files)
    options: list[str] = []
    for kind in ("account", "schedule", "snapshot"):
        options += [f"--{kind}", str(PARAMS / "venues/binance/examples" / f"cross.{kind}.json")]
    ran = subprocess.run([COMMAND, "liquidation", "--json", *options], capture_output=True, check=True)
    expected: dict[str, Any] = json.loads(ran.stdout)["result"]
    assert found["account"] == "linear"
    assert len(found["positions"]) == len(expected["positions"]) == 6
    for own, other in zip(found["positions"], expected["positions"]):
        for way in ("falling", "rising"):
            assert own[way]["price"] == other[way]["price"]
    assert found["meets"] is True and found["joint"][0]["falling"]["percent"] == "54.82"


def test_portfolio_liquidation_is_the_commands() -> None:
    files = example("derive", "options")
    found = zkmargin.liquidation(*files, step="100", range_percent=20)
    options = ["--step", "100", "--range", "20"]
    for kind in ("account", "schedule", "snapshot"):
        options += [f"--{kind}", str(PARAMS / "venues/derive/examples" / f"options.{kind}.json")]
    ran = subprocess.run([COMMAND, "liquidation", "--json", *options], capture_output=True, check=True)
    expected: dict[str, Any] = json.loads(ran.stdout)["result"]
    assert found["account"] == "portfolio"
    assert found["underlyings"] == expected["underlyings"] and found["stays"] == expected["stays"]
    assert [(held["name"], held["code"]) for held in found["stays"]] == [("SPOT-BTC", "fixed"), ("SPOT-USDT", "fixed")]
    assert found["meets"] is True and found["requirement"] == "maintenance"
    with pytest.raises(ValueError):
        zkmargin.liquidation(*files, range_percent=100)
    with pytest.raises(ValueError):
        zkmargin.liquidation(*example("binance", "cross"), step="1")


def test_portfolio_reconcile() -> None:
    answer = read("derive/examples/answers/subaccount.json")
    account, schedule, snapshot = example("derive", "options")
    found = zkmargin.reconcile("derive", answer, schedule, snapshot)
    assert found["counts"]["unexplained"] == 0 and found["counts"]["equal"] + found["counts"]["explained"] > 0
    assert found["unlisted_there"] == found["unlisted_here"] == []
    other = json.loads(account)
    other["positions"] = [held for held in other["positions"] if held["instrument"] != "SPOT-BTC"]
    with_account = zkmargin.reconcile("derive", answer, schedule, snapshot, account=json.dumps(other).encode())
    assert with_account["unlisted_here"] == ["position SPOT-BTC"]
    with pytest.raises(ValueError):
        zkmargin.reconcile("derive", answer, schedule, snapshot, taker_fee="0.0005")


def statement(proof: pathlib.Path) -> dict[str, Any]:
    ran = subprocess.run([COMMAND, "inspect", "--json", proof], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)["result"]
    # The file's digest and the commitment to its figures are random.
    return {name: value for name, value in found.items() if name not in ("digest", "margin_commitment")}


def test_a_proof_is_the_commands(tmp_path: pathlib.Path) -> None:
    files = example("hyperliquid", "cross")
    proven = zkmargin.prove(*files, audience="desk-42", purpose="weekly", floor="1000", level_bps=11000, epoch=3)
    own, other = tmp_path / "own.zkm", tmp_path / "other.zkm"
    own.write_bytes(proven["proof"])
    account = tmp_path / "account.json"
    account.write_bytes(proven["account"])
    options = ["--account", str(account), "--audience", "desk-42", "--purpose", "weekly", "--epoch", "3"]
    options += ["--floor", "1000", "--claim", "buffer-10", "-o", str(other)]
    for kind in ("schedule", "snapshot"):
        options += [f"--{kind}", str(PARAMS / "venues/hyperliquid/examples" / f"cross.{kind}.json")]
    subprocess.run([COMMAND, "prove", *options], capture_output=True, check=True)
    first, second = statement(own), statement(other)
    assert first == second
    assert first["commitment"] == proven["commitment"] and first["claim"]["level_bps"] == 11000
    valid = zkmargin.verify(
        proven["proof"], *files[1:], audience="desk-42", market=proven["market"], commitment=proven["commitment"],
        floor="1000", level_bps=11000,
    )
    assert valid.valid, valid.text


def test_a_claim_names_an_isolated_position() -> None:
    files, name = example("binance", "isolated"), "BTCUSDT:long"
    figures = zkmargin.margin(*files, only_isolated=name)
    assert figures["equity"] is None and figures["required"] is None
    assert figures["meets"] is True and figures["books"] == 'the isolated long position in "BTCUSDT" alone'
    proven = zkmargin.prove(*files, audience="desk-42", only_isolated=name)
    pins: dict[str, Any] = {"market": proven["market"], "commitment": proven["commitment"]}

    def verified(**demands: Any) -> str | None:
        return zkmargin.verify(proven["proof"], *files[1:], **(pins | demands)).code

    assert verified(only_isolated=name) is None
    others: list[dict[str, Any]] = [
        {}, {"cross_alone": True}, {"only_isolated": "SOLUSDT:short"}, {"all_but_isolated": name},
    ]  # fmt: skip
    for other in others:
        assert verified(**other) == "PolicyIsolatedPosition", other
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.prove(*files, audience="desk-42", all_but_isolated="WLDUSDT:short")
    assert error.value.code == "NoSuchPosition"


def test_no_proof_has_a_code() -> None:
    files = example("hyperliquid", "cross")
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.prove(*files, audience="desk-42", floor="10000")
    assert error.value.code == "ClaimNotMet"
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.prove(*files, audience="desk-42", floor="3")
    assert error.value.code == "OffMenu"
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.prove(*files, audience="desk-42", market="00" * 32)
    assert error.value.code == "PolicyMarket"
    with pytest.raises(ValueError):
        zkmargin.prove(*files, audience="desk-42", stress="tails")


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = PARAMS.parent / "verifier/python/examples"
    monkeypatch.chdir(folder)
    cells: dict[str, Any] = {}
    exec(compile(program(folder / "desk.ipynb"), "desk.ipynb", "exec"), cells)
    assert cells["plot"]._repr_svg_().startswith("<svg")
    assert cells["alone"].verdict.startswith("PROOF OK, NOT ANCHORED") and cells["vouched"].verdict == "VALID"
    assert cells["reconciled"]["counts"]["unexplained"] == 0
    # 1182.312496 of equity less 34.348153: the account at the folder's own marks.
    assert str(cells["buffer"][0].normalize()) == "1147.964343" and len(cells["buffer"]) == 12
    assert cells["plot"]._repr_svg_().startswith("<svg")


def test_a_portfolio_folder_takes_the_rule(tmp_path: pathlib.Path) -> None:
    _, schedule, snapshot = example("derive", "options")
    result = {
        "margin_type": "PM2", "is_under_liquidation": False, "open_orders": [], "subaccount_id": 42, "positions": [],
        "positions_value": "0", "positions_maintenance_margin": "0", "collaterals_value": "299.88",
        "subaccount_value": "299.88",
        "collaterals": [
            {"asset_name": "USDC", "amount": "0", "pending_interest": "0", "mark_price": "1", "mark_value": "0"},
            {"asset_name": "SPOT-USDT", "amount": "300", "pending_interest": "0", "mark_price": "0.9996", "mark_value": "299.88"},
        ],
    }  # fmt: skip
    (tmp_path / "subaccount.json").write_text(json.dumps({"id": "1", "result": result}))
    files = zkmargin.import_account("derive", tmp_path, schedule=schedule, snapshot=snapshot, account_id="42")
    assert json.loads(files["account"] or b"")["positions"][0]["size"] == "300"
    assert json.loads(files["report"])["given"] == ["portfolio-schedule", "portfolio-snapshot"]
    with pytest.raises(zkmargin.Error) as error:
        zkmargin.import_account("derive", tmp_path)
    assert error.value.code == "MissingAnswer"
    with pytest.raises(ValueError):
        zkmargin.import_account("derive", tmp_path, schedule=schedule, snapshot=snapshot, settle=["USDC"])
