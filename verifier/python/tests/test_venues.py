"""Folders of answers: read as the command reads them, and fetched through an exchange that replays recorded ones."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

import pytest

import zkmargin
from zkmargin import venues

VENUES = pathlib.Path(__file__).parents[3] / "params" / "venues"
BINANCE = VENUES / "binance" / "examples" / "answers"
ENVIRON = {
    "BINANCE_APIKEY": "an-api-key-of-the-tests",
    "BINANCE_SECRET": "a-secret-of-the-tests",
    "HYPERLIQUID_WALLETADDRESS": "0x5e9ee1089755c3435139848e47e6635505d5a13a",
}
BINANCE_METHODS = {
    "fapiPrivateGetLeverageBracket": "leverageBracket.json",
    "fapiPublicGetExchangeInfo": "exchangeInfo.json",
    "fapiPrivateGetMultiAssetsMargin": "multiAssetsMargin.json",
    "fapiPublicGetAssetIndex": "assetIndex.json",
    "fapiPrivateV3GetAccount": "account.json",
    "fapiPrivateV3GetPositionRisk": "positionRisk.json",
    "fapiPublicGetPremiumIndex": "premiumIndex.json",
}


class Replay:
    """Stands in for an exchange of ccxt: its answers are files, and it keeps the text of the last one."""

    verbose = False

    def __init__(self, answers: dict[str, pathlib.Path], failing: str = "") -> None:
        self.answers = answers
        self.failing = failing
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.last_http_response: str | None = None

    def __getattr__(self, method: str) -> Any:
        def call(parameters: dict[str, str]) -> Any:
            self.asked.append((method, parameters))
            if method == self.failing:
                self.last_http_response = '{"code": -2015, "msg": "Invalid API-key"}'
                raise RuntimeError("GET https://fapi.example/?signature=0123 " + ENVIRON["BINANCE_APIKEY"])
            name = parameters.get("type", method)
            self.last_http_response = self.answers[name].read_text()
            # As ccxt does, the caller gets something else than the text.
            return json.loads(self.last_http_response, parse_float=str, parse_int=str)

        return call


def binance(**options: Any) -> Replay:
    return Replay({method: BINANCE / file for method, file in BINANCE_METHODS.items()}, **options)


def test_import_account() -> None:
    files = zkmargin.import_account("binance", BINANCE)
    snapshot, account = files["snapshot"], files["account"]
    assert snapshot is not None and account is not None
    assert files["market"] == zkmargin.market_digest(files["schedule"], snapshot)
    assert files["warnings"] == []
    report = json.loads(files["report"])
    assert [read["file"] for read in report["read"]] == sorted(BINANCE_METHODS.values())
    assert report["left_out"] == [{"symbol": "OLDUSDT", "reason": "not trading"}]
    # By hand: 1287.8892075 * 0.99921089 - 150.25 * 1.00103 + 0.01 * 64552.975, and 25.55160475 * 1.00121132.
    figures = zkmargin.margin(account, files["schedule"], snapshot)
    assert figures["equity"] == "1781.997913747469675"
    assert figures["required"] == "25.58255591986577"
    assert figures["meets"]


def test_a_real_account_has_the_venues_own_figures() -> None:
    files = zkmargin.import_account("hyperliquid", VENUES / "hyperliquid" / "examples" / "answers")
    snapshot, account = files["snapshot"], files["account"]
    assert snapshot is not None and account is not None
    figures = zkmargin.margin(account, files["schedule"], snapshot)
    assert (figures["equity"], figures["required"]) == ("1182.312496", "34.348153")


def test_a_subset_says_so() -> None:
    files = zkmargin.import_account("hyperliquid", VENUES / "hyperliquid" / "examples" / "answers", held_and=1)
    assert json.loads(files["report"])["subset_of"] == 28
    assert len(json.loads(files["schedule"])["instruments"]) == 13
    assert any("is a subset" in what for what in json.loads(files["schedule"])["leaves_out"])


def test_bad_folders_have_codes(tmp_path: pathlib.Path) -> None:
    def code(venue: str, folder: pathlib.Path, **options: Any) -> str:
        with pytest.raises(zkmargin.Error) as error:
            zkmargin.import_account(venue, folder, **options)
        return error.value.code

    assert code("bybitt", BINANCE) == "Usage"
    assert code("binance", tmp_path / "nowhere") == "CannotRead"
    assert code("binance", tmp_path) == "MissingAnswer"
    assert code("binance", BINANCE, account_id="1") == "Usage"
    assert code("hyperliquid", BINANCE) == "OtherVenue"
    assert code("extended", VENUES / "extended" / "examples" / "answers") == "ImportRule"
    (tmp_path / "premiumIndex.json").write_text("[")
    assert code("binance", tmp_path) == "CutShort"


def test_fetch_saves_what_the_venue_sent(tmp_path: pathlib.Path) -> None:
    exchange = binance()
    times = iter(1722062678.0 + n / 10 for n in range(100))
    folder = venues.fetch("binance", tmp_path / "answers", exchange=exchange, environ=ENVIRON, now=lambda: next(times))
    assert [method for method, _ in exchange.asked] == list(BINANCE_METHODS)
    for file in BINANCE_METHODS.values():
        assert (folder / file).read_bytes() == (BINANCE / file).read_bytes(), file
    assert folder.stat().st_mode & 0o777 == 0o700
    fetched = json.loads((folder / "fetched.json").read_text())
    assert fetched["answers"]["premiumIndex.json"] == {"time": 1722062678600}
    files = zkmargin.import_account("binance", folder)
    assert files["account"] == zkmargin.import_account("binance", BINANCE)["account"]
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not any(value.encode() in written for value in ENVIRON.values())
    with pytest.raises(FileExistsError):
        venues.fetch("binance", folder, exchange=exchange, environ=ENVIRON)


def test_fetch_takes_the_address_from_the_environment(tmp_path: pathlib.Path) -> None:
    answers = VENUES / "hyperliquid" / "examples" / "answers"
    names = ["metaAndAssetCtxs", "clearinghouseState"]
    mode = tmp_path / "mode.json"
    mode.write_text('"default"')
    exchange = Replay({name: answers / f"{name}.json" for name in names} | {"userAbstraction": mode})
    folder = venues.fetch("hyperliquid", tmp_path / "answers", exchange=exchange, environ=ENVIRON)
    assert [asked[1]["user"] for asked in exchange.asked[1:]] == 2 * [ENVIRON["HYPERLIQUID_WALLETADDRESS"]]
    assert zkmargin.import_account("hyperliquid", folder)["account"] is not None


class Paged(Replay):
    """Answers of a folder by their files, those of several pages or contracts one by one."""

    def __init__(self, venue: str, methods: dict[str, str]) -> None:
        folder = VENUES / venue.replace("-", "_") / "examples" / "answers"
        super().__init__({method: folder / file for method, file in methods.items()})

    def __getattr__(self, method: str) -> Any:
        def call(parameters: dict[str, str]) -> Any:
            earlier = sum(asked == method for asked, _ in self.asked)
            self.asked.append((method, parameters))
            answer = json.loads(self.answers[method].read_text())
            many = method in ("publicGetV5MarketRiskLimit", "publicGetPublicPositionTiers", "publicGetTicker")
            self.last_http_response = json.dumps(answer[earlier] if many else answer)
            return None

        return call


@pytest.mark.parametrize(
    ("venue", "environ", "methods", "asked"),
    [
        (
            "bybit",
            {"BYBIT_APIKEY": "k", "BYBIT_SECRET": "s"},
            {
                "publicGetV5MarketInstrumentsInfo": "instruments-info.json",
                "publicGetV5MarketRiskLimit": "risk-limit.json",
                "privateGetV5AccountInfo": "account-info.json",
                "privateGetV5AccountWalletBalance": "wallet-balance.json",
                "privateGetV5PositionList": "position-list.json",
                "publicGetV5MarketTickers": "tickers.json",
            },
            ("publicGetV5MarketRiskLimit", {"category": "linear", "cursor": "2"}),
        ),
        (
            "deribit",
            {"DERIBIT_APIKEY": "k", "DERIBIT_SECRET": "s"},
            {
                "publicGetGetInstruments": "get_instruments.json",
                "privateGetGetAccountSummaries": "get_account_summaries.json",
                "privateGetGetPositions": "get_positions.json",
                "publicGetTicker": "ticker.json",
            },
            ("publicGetTicker", {"instrument_name": "SOL_USDC-PERPETUAL"}),
        ),
        (
            "binance-pm",
            ENVIRON,
            {
                "papiGetUmLeverageBracket": "leverageBracket.json",
                "fapiPublicGetExchangeInfo": "exchangeInfo.json",
                "sapiGetPortfolioCollateralRate": "collateralRate.json",
                "papiGetBalance": "balance.json",
                "papiGetUmAccount": "umAccount.json",
                "papiGetAccount": "account.json",
                "sapiGetPortfolioAssetIndexPrice": "assetIndexPrice.json",
                "fapiPublicGetPremiumIndex": "premiumIndex.json",
            },
            ("papiGetAccount", {}),
        ),
        (
            "lighter",
            {"LIGHTER_ACCOUNT": "702384"},
            {"publicGetAccount": "account.json", "publicGetOrderBookDetails": "orderBookDetails.json"},
            ("publicGetAccount", {"by": "index", "value": "702384"}),
        ),
    ],
)
def test_fetch_asks_for_pages_and_contracts(
    tmp_path: pathlib.Path,
    venue: str,
    environ: dict[str, str],
    methods: dict[str, str],
    asked: tuple[str, dict[str, str]],
) -> None:
    exchange = Paged(venue, methods)
    folder = venues.fetch(venue, tmp_path / "answers", exchange=exchange, environ=environ)
    assert asked in exchange.asked
    original = VENUES / venue.replace("-", "_") / "examples" / "answers"
    for file in methods.values():
        assert json.loads((folder / file).read_text()) == json.loads((original / file).read_text()), file
    # What is noted is when the test ran, which is no time of the recorded prices.
    files = zkmargin.import_account(venue, folder, max_skew=10_000_000_000)
    assert files["account"] == zkmargin.import_account(venue, original)["account"]


def test_fetch_asks_for_five_families_at_a_time(tmp_path: pathlib.Path) -> None:
    methods = {
        "publicGetPublicInstruments": "instruments.json",
        "publicGetPublicPositionTiers": "position-tiers.json",
        "privateGetAccountConfig": "config.json",
        "privateGetAccountBalance": "balance.json",
        "privateGetAccountPositions": "positions.json",
        "publicGetPublicMarkPrice": "mark-price.json",
        "privateGetAccountTradeFee": "config.json",
    }
    environ = {"OKX_APIKEY": "k", "OKX_SECRET": "s", "OKX_PASSWORD": "p"}
    exchange = Paged("okx", methods)
    folder = venues.fetch("okx", tmp_path / "answers", exchange=exchange, environ=environ)
    tiers = [parameters for method, parameters in exchange.asked if method == "publicGetPublicPositionTiers"]
    assert tiers == [{"instType": "SWAP", "tdMode": "cross", "instFamily": "BTC-USDT,ETH-USDT"}]
    assert len(json.loads((folder / "position-tiers.json").read_text())) == 1


def test_fetch_leaves_nothing_and_tells_no_key(tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture) -> None:
    exchange = binance(failing="fapiPrivateV3GetAccount")
    with pytest.raises(venues.FetchError, match="account.json: RuntimeError: .*Invalid API-key") as error:
        venues.fetch("binance", tmp_path / "answers", exchange=exchange, environ=ENVIRON)
    told = "".join([str(error.value), repr(error.value), caplog.text])
    assert "signature" not in told and not any(value in told for value in ENVIRON.values())
    assert error.value.__cause__ is None and error.value.__suppress_context__
    exchange.verbose = True
    with pytest.raises(venues.FetchError, match="verbose"):
        venues.fetch("binance", tmp_path / "answers", exchange=exchange, environ=ENVIRON)
    with pytest.raises(venues.FetchError, match="no BINANCE_APIKEY"):
        venues.fetch("binance", tmp_path / "answers", environ={})
    with pytest.raises(venues.FetchError, match="no venue"):
        venues.fetch("nowhere", tmp_path / "answers", environ={})
    assert list(tmp_path.iterdir()) == []


def test_ccxt_is_not_needed_here() -> None:
    assert "ccxt" not in sys.modules
