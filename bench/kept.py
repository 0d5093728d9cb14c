"""The figures of a bench as JSON, for the plots and tables of `bench.plots`: docs/benchmarks/NAME.json."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "benchmarks"
_LOAD = os.getloadavg()[0]  # when the bench began: later it is the bench's own

Row = dict[str, Any]


def option(parser: argparse.ArgumentParser) -> None:
    """`--json PATH`."""
    parser.add_argument("--json", type=Path, help="keep the figures in this file")


def keep(path: Path | None, figures: Sequence[Row]) -> None:
    """Write them down, with the command and how busy the machine was before; nothing where no path was given."""
    if path is not None:
        told = {"command": _command(), "cpus": os.cpu_count(), "load_before": round(_LOAD, 1), "figures": list(figures)}
        path.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def load(name: str) -> Row | None:
    """What a bench kept, None where it kept nothing."""
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _command() -> str:
    """As it was typed, without `--json` and without paths, which are this machine's own."""
    words, spec = sys.argv[1:], sys.modules["__main__"].__spec__
    if "--json" in words:
        del words[words.index("--json") : words.index("--json") + 2]
    shown = ["…" if "/" in word else word for word in words]
    return " ".join(["python -m", spec.name if spec else Path(sys.argv[0]).stem, *shown])
