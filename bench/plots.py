"""Draws what the benches kept: `python -m bench.plots`, from docs/benchmarks/*.json to the SVG files beside them.

Without a ground of their own and in greys that stand on white and on black: the site has both.
"""

import json
from pathlib import Path
from typing import Any

import matplotlib
from cycler import cycler

matplotlib.use("svg")
GREY = "#808080"
matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "ai-conspects",
        "font.family": "sans-serif",
        "font.size": 10,
        "savefig.transparent": True,
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), GREY),
        "axes.prop_cycle": cycler(color=["#4c7fd9", "#d9822b", "#2f9e6e", "#c2529b"]),
    }
)

from matplotlib import pyplot  # noqa: E402  # after its back end was chosen

FOLDER = Path(__file__).parents[1] / "docs" / "benchmarks"


def main() -> None:
    """Each plot whose figures are there."""
    for name, draw in {"api": api, "throughput": throughput}.items():
        figures = FOLDER / f"{name}.json"
        if figures.exists():
            drawn, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
            draw(json.loads(figures.read_text("utf-8")), axes)
            for each in axes:
                each.spines[["top", "right"]].set_visible(False)
                each.grid(axis="y", alpha=0.25)
            drawn.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
            print(f"{name}.svg")


def api(found: list[dict[str, Any]], axes: Any) -> None:
    """Throughput and p99 of each route as the number of clients grows, on scales that multiply."""
    clients = list(dict.fromkeys(one["clients"] for one in found))
    for route in dict.fromkeys(one["route"] for one in found):
        taken = [one for one in found if one["route"] == route]
        axes[0].plot(clients, [one["per_second"] for one in taken], marker="o", label=route)
        axes[1].plot(clients, [one["p99_ms"] for one in taken], marker="o")
    for each, title in zip(axes, ("requests a second", "99th percentile, ms"), strict=True):
        each.set(title=title, xlabel="clients at a time", xscale="log", yscale="log")
        each.set_xticks(clients, [str(count) for count in clients])
        each.minorticks_off()
        each.yaxis.set_major_formatter("{x:g}")
    drawn = axes[0].figure
    drawn.legend(loc="outside lower center", ncols=4, frameon=False)


def throughput(found: list[dict[str, Any]], axes: Any) -> None:
    """Times one process and the share of the engine's own speed, by worker processes."""
    processes = [one["processes"] for one in found]
    axes[0].plot(processes, processes, linestyle="--", color=GREY, label="as many times")
    axes[0].plot(processes, [found[0]["seconds"] / one["seconds"] for one in found], marker="o", label="measured")
    axes[1].axhline(1, linestyle="--", color=GREY)
    axes[1].plot(processes, [one["ideal_s"] / one["seconds"] for one in found], marker="o")
    for each, title in zip(axes, ("times one process", "of the engine's own speed"), strict=True):
        each.set(title=title, xlabel="worker processes")
        each.set_ylim(bottom=0)
        each.set_xticks(processes)
    axes[0].legend(frameon=False)


if __name__ == "__main__":
    main()
