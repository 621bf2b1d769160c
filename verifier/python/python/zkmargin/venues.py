"""Saves a venue's API answers into a folder that `zkmargin.import_account` and `zkmargin import` read.

ccxt is the transport alone: it signs requests, and what is saved is the text of each response as it came, before ccxt
reads it. Keys are taken from the environment, and neither logged nor written; use one that can only read. Use with a
live venue is untried.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["FetchError", "fetch", "venues"]


class FetchError(Exception):
    """A venue's answer was not saved."""


@dataclass(frozen=True)
class _Request:
    """A file, and the method of ccxt's exchange whose answer it is."""

    file: str
    method: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the request; a value in braces is the variable of the environment with that name."""
    paged: bool = False
    """Whether an answer says that there are more pages: the file is the list of them then."""
    each: Callable[[Mapping[str, str]], list[dict[str, str]]] | None = None
    """More parameters of several requests, by the files that were saved before: the file is the list of their answers."""


@dataclass(frozen=True)
class _Venue:
    """An exchange of ccxt, its credentials by variable of the environment, and requests: prices and account last."""

    exchange: str
    credentials: Mapping[str, str]
    requests: tuple[_Request, ...]


_MOST_PAGES = 100


def _families(saved: Mapping[str, str]) -> list[dict[str, str]]:
    """OKX answers for five families at a time."""
    listed = json.loads(saved["instruments.json"])["data"]
    taken = [i for i in listed if (i["ctType"], i["settleCcy"], i["state"]) == ("linear", "USDT", "live")]
    families = sorted({i["instFamily"] for i in taken})
    return [{"instFamily": ",".join(families[at : at + 5])} for at in range(0, len(families), 5)]


def _perpetuals(saved: Mapping[str, str]) -> list[dict[str, str]]:
    """Deribit answers for one contract at a time."""
    listed = json.loads(saved["get_instruments.json"])["result"]
    taken = [i for i in listed if (i["instrument_type"], i["settlement_period"]) == ("linear", "perpetual")]
    return [{"instrument_name": i["instrument_name"]} for i in taken if i["is_active"]]


_LINEAR = {"category": "linear"}

_VENUES = {
    "binance": _Venue(
        "binanceusdm",
        {"apiKey": "BINANCE_APIKEY", "secret": "BINANCE_SECRET"},
        (
            _Request("leverageBracket.json", "fapiPrivateGetLeverageBracket"),
            _Request("exchangeInfo.json", "fapiPublicGetExchangeInfo"),
            _Request("multiAssetsMargin.json", "fapiPrivateGetMultiAssetsMargin"),
            _Request("assetIndex.json", "fapiPublicGetAssetIndex"),
            _Request("account.json", "fapiPrivateV3GetAccount"),
            _Request("positionRisk.json", "fapiPrivateV3GetPositionRisk"),
            _Request("premiumIndex.json", "fapiPublicGetPremiumIndex"),
        ),
    ),
    "hyperliquid": _Venue(
        "hyperliquid",
        {},
        (
            _Request("metaAndAssetCtxs.json", "publicPostInfo", {"type": "metaAndAssetCtxs"}),
            _Request(
                "clearinghouseState.json",
                "publicPostInfo",
                {"type": "clearinghouseState", "user": "{HYPERLIQUID_WALLETADDRESS}"},
            ),
            _Request(
                "userAbstraction.json",
                "publicPostInfo",
                {"type": "userAbstraction", "user": "{HYPERLIQUID_WALLETADDRESS}"},
            ),
        ),
    ),
    "dydx": _Venue(
        "dydx",
        {},
        (
            _Request(
                "subaccount.json",
                "indexerGetAddressesAddressSubaccountNumberSubaccountNumber",
                {"address": "{DYDX_ADDRESS}", "subaccountNumber": "{DYDX_SUBACCOUNT}"},
            ),
            _Request("perpetualMarkets.json", "indexerGetPerpetualMarkets"),
            _Request("time.json", "indexerGetTime"),
        ),
    ),
    "binance-coinm": _Venue(
        "binancecoinm",
        {"apiKey": "BINANCE_APIKEY", "secret": "BINANCE_SECRET"},
        (
            _Request("exchangeInfo.json", "dapiPublicGetExchangeInfo"),
            _Request("leverageBracket.json", "dapiPrivateV2GetLeverageBracket"),
            _Request("account.json", "dapiPrivateGetAccount"),
            _Request("premiumIndex.json", "dapiPublicGetPremiumIndex"),
        ),
    ),
    "binance-pm": _Venue(
        "binance",
        {"apiKey": "BINANCE_APIKEY", "secret": "BINANCE_SECRET"},
        (
            _Request("leverageBracket.json", "papiGetUmLeverageBracket"),
            _Request("exchangeInfo.json", "fapiPublicGetExchangeInfo"),
            _Request("collateralRate.json", "sapiGetPortfolioCollateralRate"),
            _Request("balance.json", "papiGetBalance"),
            _Request("umAccount.json", "papiGetUmAccount"),
            _Request("account.json", "papiGetAccount"),
            _Request("assetIndexPrice.json", "sapiGetPortfolioAssetIndexPrice"),
            _Request("premiumIndex.json", "fapiPublicGetPremiumIndex"),
        ),
    ),
    "bybit": _Venue(
        "bybit",
        {"apiKey": "BYBIT_APIKEY", "secret": "BYBIT_SECRET"},
        (
            _Request("instruments-info.json", "publicGetV5MarketInstrumentsInfo", {**_LINEAR, "limit": "1000"}, paged=True),
            _Request("risk-limit.json", "publicGetV5MarketRiskLimit", _LINEAR, paged=True),
            _Request("account-info.json", "privateGetV5AccountInfo"),
            _Request("wallet-balance.json", "privateGetV5AccountWalletBalance", {"accountType": "UNIFIED"}),
            _Request(
                "position-list.json",
                "privateGetV5PositionList",
                {**_LINEAR, "settleCoin": "USDT", "limit": "200"},
                paged=True,
            ),
            _Request("tickers.json", "publicGetV5MarketTickers", _LINEAR),
        ),
    ),
    "okx": _Venue(
        "okx",
        {"apiKey": "OKX_APIKEY", "secret": "OKX_SECRET", "password": "OKX_PASSWORD"},
        (
            _Request("instruments.json", "publicGetPublicInstruments", {"instType": "SWAP"}),
            _Request(
                "position-tiers.json",
                "publicGetPublicPositionTiers",
                {"instType": "SWAP", "tdMode": "cross"},
                each=_families,
            ),
            _Request("trade-fee.json", "privateGetAccountTradeFee", {"instType": "SWAP"}),
            _Request("config.json", "privateGetAccountConfig"),
            _Request("balance.json", "privateGetAccountBalance"),
            _Request("positions.json", "privateGetAccountPositions"),
            _Request("mark-price.json", "publicGetPublicMarkPrice", {"instType": "SWAP"}),
        ),
    ),
    "deribit": _Venue(
        "deribit",
        {"apiKey": "DERIBIT_APIKEY", "secret": "DERIBIT_SECRET"},
        (
            _Request("get_instruments.json", "publicGetGetInstruments", {"currency": "USDC", "kind": "future"}),
            _Request("get_account_summaries.json", "privateGetGetAccountSummaries"),
            _Request("get_positions.json", "privateGetGetPositions", {"currency": "USDC"}),
            _Request("ticker.json", "publicGetTicker", each=_perpetuals),
        ),
    ),
    "lighter": _Venue(
        "lighter",
        {},
        (
            _Request("account.json", "publicGetAccount", {"by": "index", "value": "{LIGHTER_ACCOUNT}"}),
            _Request("orderBookDetails.json", "publicGetOrderBookDetails"),
        ),
    ),
    "kraken": _Venue(
        "krakenfutures",
        {"apiKey": "KRAKEN_APIKEY", "secret": "KRAKEN_SECRET"},
        (
            _Request("instruments.json", "publicGetInstruments"),
            _Request("accounts.json", "privateGetAccounts"),
            _Request("openpositions.json", "privateGetOpenpositions"),
            _Request("tickers.json", "publicGetTickers"),
        ),
    ),
    "bitmex": _Venue(
        "bitmex",
        {"apiKey": "BITMEX_APIKEY", "secret": "BITMEX_SECRET"},
        (
            _Request("margin.json", "privateGetUserMargin", {"currency": "XBt"}),
            _Request("position.json", "privateGetPosition"),
            _Request("instrument.json", "publicGetInstrumentActive"),
        ),
    ),
    "gate": _Venue(
        "gate",
        {"apiKey": "GATE_APIKEY", "secret": "GATE_SECRET"},
        (
            _Request("risk_limit_tiers.json", "publicFuturesGetSettleRiskLimitTiers", {"settle": "usdt"}),
            _Request("accounts.json", "privateFuturesGetSettleAccounts", {"settle": "usdt"}),
            _Request("positions.json", "privateFuturesGetSettlePositions", {"settle": "usdt"}),
            _Request("contracts.json", "publicFuturesGetSettleContracts", {"settle": "usdt"}),
            _Request("time.json", "publicSpotGetTime"),
        ),
    ),
}


def venues() -> list[str]:
    """Names of the venues whose answers can be fetched."""
    return sorted(_VENUES)


def _variable(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise FetchError(f"the environment has no {name}")
    return value


def _exchange(venue: _Venue, environ: Mapping[str, str]) -> Any:
    credentials = {name: _variable(environ, source) for name, source in venue.credentials.items()}
    try:
        import ccxt
    except ImportError:
        raise FetchError("ccxt is not installed: pip install 'zkmargin[venues]'") from None
    return getattr(ccxt, venue.exchange)({**credentials, "enableRateLimit": True})


def _parameters(request: _Request, environ: Mapping[str, str]) -> dict[str, str]:
    def value(text: str) -> str:
        is_variable = text.startswith("{") and text.endswith("}")
        return _variable(environ, text[1:-1]) if is_variable else text

    return {name: value(text) for name, text in request.parameters.items()}


def _answers(exchange: Any, request: _Request, parameters: dict[str, str], saved: Mapping[str, str]) -> str:
    """The text of the answer, or of the list of all answers, each as it came."""
    texts: list[str] = []
    for more in request.each(saved) if request.each else [{}]:
        cursor: dict[str, str] = {}
        while True:
            texts.append(_answer(exchange, request, {**parameters, **more, **cursor}))
            # What is not an answer of several pages is refused when the folder is read.
            page = json.loads(texts[-1]) if request.paged else None
            result = page.get("result") if isinstance(page, dict) else None
            following = result.get("nextPageCursor") if isinstance(result, dict) else None
            if not following:
                break
            if len(texts) == _MOST_PAGES:
                raise FetchError(f"{request.file}: has more than {_MOST_PAGES} pages")
            cursor = {"cursor": following}
    is_one = len(texts) == 1 and request.each is None
    return texts[0] if is_one else "[" + ",\n".join(texts) + "]"


def _answer(exchange: Any, request: _Request, parameters: dict[str, str]) -> str:
    exchange.last_http_response = None
    try:
        getattr(exchange, request.method)(parameters)
    except Exception as error:
        # Its own message can have the signed address of the request.
        words = str(exchange.last_http_response or "")[:200]
        raise FetchError(f"{request.file}: {type(error).__name__}: {words or 'no answer'}") from None
    text = exchange.last_http_response
    if not isinstance(text, str) or not text:
        raise FetchError(f"{request.file}: the exchange does not keep the text of the response")
    return text


def fetch(
    venue: str,
    folder: str | os.PathLike[str],
    *,
    exchange: Any = None,
    environ: Mapping[str, str] | None = None,
    now: Callable[[], float] = time.time,
) -> pathlib.Path:
    """Saves the venue's answers into a new folder, readable by its owner only, and returns it.

    `exchange` is one of ccxt's, made from the environment if absent: `BINANCE_APIKEY` and `BINANCE_SECRET`, or
    `HYPERLIQUID_WALLETADDRESS`, and so on. When each answer came is noted in `fetched.json`. All answers are saved, or none.

    Raises `FetchError` for an answer that did not come, FileExistsError for a folder that exists.
    """
    if venue not in _VENUES:
        raise FetchError(f"no venue is named {venue!r}; there are {', '.join(venues())}")
    described = _VENUES[venue]
    environ = os.environ if environ is None else environ
    target = pathlib.Path(folder)
    if target.exists():
        raise FileExistsError(f"{target} exists; nothing was fetched")
    if exchange is None:
        exchange = _exchange(described, environ)
    if getattr(exchange, "verbose", False):
        raise FetchError("a verbose exchange logs its key; set verbose to False")
    # Made with mode 0700.
    work = pathlib.Path(tempfile.mkdtemp(prefix=".zkmargin-", dir=target.parent))
    try:
        noted = {}
        saved: dict[str, str] = {}
        for request in described.requests:
            text = _answers(exchange, request, _parameters(request, environ), saved)
            saved[request.file] = text
            noted[request.file] = {"time": int(now() * 1000)}
            (work / request.file).write_bytes(text.encode())
        fetched = {"format": "zkmargin-fetched/1", "venue": venue, "answers": noted}
        (work / "fetched.json").write_text(json.dumps(fetched, indent=2) + "\n")
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return target
