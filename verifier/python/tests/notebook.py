"""The code of a notebook as one program: `python notebook.py FILE` prints it."""

from __future__ import annotations

import json
import pathlib
import sys


def program(path: pathlib.Path) -> str:
    """All code cells, in order; a notebook in the repository has no outputs."""
    cells = [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]
    if any(cell["outputs"] or cell["execution_count"] is not None for cell in cells):
        raise ValueError(f"{path} has outputs: clear them")
    return "\n\n".join("".join(cell["source"]) for cell in cells) + "\n"


if __name__ == "__main__":
    print(program(pathlib.Path(sys.argv[1])), end="")
