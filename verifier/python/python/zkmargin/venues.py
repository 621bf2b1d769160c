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


@dataclass(frozen=True)
class _Venue:
    """An exchange of ccxt, its credentials by variable of the environment, and requests: prices and account last."""

    exchange: str
    credentials: Mapping[str, str]
    requests: tuple[_Request, ...]


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
        ),
    ),
    "dydx": _Venue("dydx", {}, (_Request("perpetualMarkets.json", "indexerGetPerpetualMarkets"),)),
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
    `HYPERLIQUID_WALLETADDRESS`. When each answer came is noted in `fetched.json`. All answers are saved, or none.

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
        for request in described.requests:
            text = _answer(exchange, request, _parameters(request, environ))
            noted[request.file] = {"time": int(now() * 1000)}
            (work / request.file).write_bytes(text.encode())
        fetched = {"format": "zkmargin-fetched/1", "venue": venue, "answers": noted}
        (work / "fetched.json").write_text(json.dumps(fetched, indent=2) + "\n")
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return target
