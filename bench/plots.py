"""Draws what the benches kept: `python -m bench.plots`, from docs/benchmarks/*.json to the SVG files beside them."""

import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ai-conspects", "font.size": 10})

from matplotlib import pyplot  # noqa: E402  # after its back end was chosen

FOLDER = Path(__file__).parents[1] / "docs" / "benchmarks"


def main() -> None:
    """Each plot whose figures are there."""
    for name, draw in {"api": api, "throughput": throughput}.items():
        figures = FOLDER / f"{name}.json"
        if figures.exists():
            drawn, axes = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
            draw(json.loads(figures.read_text("utf-8")), axes)
            for each in axes:
                each.set_ylim(bottom=0)
                each.spines[["top", "right"]].set_visible(False)
            drawn.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
            print(f"{name}.svg")


def api(found: list[dict[str, Any]], axes: Any) -> None:
    """Throughput and p99 of each route as the number of clients grows."""
    for route in dict.fromkeys(one["route"] for one in found):
        taken = [one for one in found if one["route"] == route]
        clients = [one["clients"] for one in taken]
        axes[0].plot(clients, [one["per_second"] for one in taken], marker="o", label=route)
        axes[1].plot(clients, [one["p99_ms"] for one in taken], marker="o", label=route)
    for each, title in zip(axes, ("requests a second", "p99, ms"), strict=True):
        each.set(title=title, xlabel="clients at a time")
    axes[0].legend(frameon=False)


def throughput(found: list[dict[str, Any]], axes: Any) -> None:
    """Seconds by worker processes, and times one."""
    processes = [str(one["processes"]) for one in found]
    axes[0].bar(processes, [one["seconds"] for one in found])
    axes[1].bar(processes, [found[0]["seconds"] / one["seconds"] for one in found])
    for each, title in zip(axes, ("seconds for all", "times one process"), strict=True):
        each.set(title=title, xlabel="worker processes")


if __name__ == "__main__":
    main()
