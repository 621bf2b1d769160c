# %% [markdown]
# # From a venue's answers to a proof
#
# A folder of a venue's raw answers becomes schedule, snapshot and account; the account's figures are compared with the
# venue's own and with its boundary, and proven. Each `# %%` begins a cell in Jupyter (with jupytext), VS Code or Spyder.
# The folder is the repository's example.

# %%
from __future__ import annotations

import decimal
import json
import pathlib

import pyarrow

import zkmargin

ANSWERS = pathlib.Path(__file__).parents[3] / "params" / "venues" / "hyperliquid" / "examples" / "answers"

files = zkmargin.import_account("hyperliquid", ANSWERS)
account, schedule, snapshot = files["account"], files["schedule"], files["snapshot"]
assert account and snapshot
print(json.loads(files["report"])["assumed"])

# %% [markdown]
# The margin table: a row for each position, as Arrow, which pandas, Polars and DuckDB take without a copy.

# %%
positions = pyarrow.table(zkmargin.margin_table(account, schedule, snapshot))
for row in positions.to_pylist()[:5]:
    print(f"{row['instrument']:8} {row['side']:5} {row['size']:>14} {row['required']:>16}")
margin = zkmargin.margin(account, schedule, snapshot)
print(margin["equity"], margin["required"], margin["currency"])

# %% [markdown]
# Every figure of the venue is the rule's to the last digit, or its cause is named.

# %%
answer = (ANSWERS / "clearinghouseState.json").read_bytes()
reconciled = zkmargin.reconcile("hyperliquid", answer, schedule, snapshot)
print(reconciled["counts"])
for figure in reconciled["figures"]:
    if figure["outcome"] != "equal":
        print(figure["figure"], figure["of"], figure["outcome"], [cause["code"] for cause in figure["causes"]])

# %% [markdown]
# How far the account is from its boundary when all prices move together.

# %%
liquidation = zkmargin.liquidation(account, schedule, snapshot)
print(liquidation["joint"])

# %% [markdown]
# The buffer over time. A desk has a folder for each time; here every mark moves by half a percent an hour instead.


# %%
class Plot:
    """A line of numbers as SVG, which notebooks show."""

    def __init__(self, values: list[decimal.Decimal], title: str) -> None:
        self.values, self.title = values, title

    def _repr_svg_(self) -> str:
        width, height, edge = 640, 240, 24
        low, high = min([*self.values, decimal.Decimal(0)]), max(self.values)
        across = decimal.Decimal(width - 2 * edge) / max(len(self.values) - 1, 1)
        up = decimal.Decimal(height - 2 * edge) / ((high - low) or 1)
        points = " ".join(
            f"{edge + at * across:.1f},{height - edge - (value - low) * up:.1f}" for at, value in enumerate(self.values)
        )
        zero = height - edge + low * up
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
            f'<text x="{edge}" y="16" font-size="12">{self.title}</text>'
            f'<line x1="{edge}" x2="{width - edge}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="#999"/>'
            f'<polyline points="{points}" fill="none" stroke="#06c"/></svg>'
        )


def moved(hours: int) -> bytes:
    """The snapshot some hours later, one half of a percent lower for each."""
    later = json.loads(snapshot or b"")
    later["sequence"] += hours
    later["time"] = f"{later['time'][:11]}{hours:02}:00:00Z"
    for price in later["instruments"]:
        mark = decimal.Decimal(price["mark"])
        price["mark"] = str((mark * (1 - decimal.Decimal(hours) / 200)).quantize(mark))
    return json.dumps(later).encode()


books = pyarrow.table(zkmargin.margin_table(account, schedule, [moved(hours) for hours in range(12)], of="books"))
buffer = [row["equity"] - row["required"] for row in books.to_pylist() if row["book"] == "cross"]
plot = Plot(buffer, f"buffer of the cross book, {margin['currency']}")
plot

# %% [markdown]
# The proof. It is of an account that nobody has vouched for yet: keep `proven["account"]`, which has its secrets, and let
# the venue or an attester vouch for `proven["commitment"]`. With that, and the market pinned, it is VALID.

# %%
proven = zkmargin.prove(account, schedule, snapshot, audience="desk-42")
alone = zkmargin.verify(proven["proof"], schedule, snapshot, audience="desk-42")
vouched = zkmargin.verify(
    proven["proof"], schedule, snapshot, audience="desk-42", market=proven["market"], commitment=proven["commitment"]
)
print(alone.verdict)
print(vouched.verdict)
