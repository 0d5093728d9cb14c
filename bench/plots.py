"""Draws what the benches kept and writes their tables: `python -m bench.plots`, from docs/benchmarks/*.json.

The plots are SVG files without a ground of their own, in greys that stand on white and on black: the site has both. The
tables stand in docs/benchmarks/index.md between two marks; no figure there is typed by hand.
"""

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

from bench import goals, kept, tables  # noqa: E402
from bench.kept import FOLDER, Row  # noqa: E402


def main() -> None:
    """Each plot whose figures are there, and the page."""
    for name, draw in DRAWN.items():
        if told := kept.load(name):
            drawn, axes = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
            draw(told["figures"], axes)
            for each in axes:
                each.spines[["top", "right"]].set_visible(False)
                each.grid(axis="y", alpha=0.25)
            drawn.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
            pyplot.close(drawn)
            print(f"{name}.svg")
    page = FOLDER / "index.md"
    page.write_text(tables.renewed(page.read_text("utf-8")), "utf-8")
    print("index.md")


def api(found: list[Row], axes: Any) -> None:
    """Throughput and p99 of each route as the number of clients grows, on scales that multiply."""
    clients = list(dict.fromkeys(one["clients"] for one in found))
    for route in dict.fromkeys(one["route"] for one in found):
        taken = [one for one in found if one["route"] == route]
        axes[0].plot(clients, [one["per_second"] for one in taken], marker="o", label=route)
        axes[1].plot(clients, [one["p99_ms"] for one in taken], marker="o")
    for each, title in zip(axes, ("requests a second", "99th percentile, ms"), strict=True):
        each.set(title=title, yscale="log")
        each.yaxis.set_major_formatter("{x:g}")
        doubling(each, "clients at a time", clients)
    axes[0].figure.legend(loc="outside lower center", ncols=4, frameon=False)


def throughput(found: list[Row], axes: Any) -> None:
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


def events(found: list[Row], axes: Any) -> None:
    """Latency and memory by waiting clients."""
    clients = [one["clients"] for one in found]
    for name, key in (("99th percentile", "p99_ms"), ("median", "p50_ms"), ("Redis alone, 99th", "raw_p99_ms")):
        axes[0].plot(clients, [one[key] for one in found], marker="o", label=name)
    goal(axes[0], goals.EVENT_MS, "goal")
    axes[0].set(title="commit to client, ms")
    axes[1].plot(clients, [one["client_kb"] for one in found], marker="o")
    axes[1].set(title="kB of the API process a client")
    for each in axes:
        doubling(each, "waiting clients", clients)
        each.set_ylim(bottom=0)
    axes[0].legend(frameon=False)


def search_scale(found: list[Row], axes: Any) -> None:
    """99th percentile of each way and recall, by everybody's chunks."""
    chunks = [one["chunks"] for one in found]
    for way in ("search: hybrid", "SQL: both legs", "search: semantic", "SQL: vectors"):
        axes[0].plot(chunks, [one["ways"][way]["p99_ms"] for one in found], marker="o", label=way)
    goal(axes[0], goals.SEARCH_MS, "goal, hybrid")
    axes[0].set(title="99th percentile, ms")
    axes[0].set_ylim(bottom=0)
    axes[1].plot(chunks, [one["recall"] for one in found], marker="o")
    goal(axes[1], goals.RECALL, "goal")
    axes[1].set(title="recall@10 beside exact scan")
    axes[1].set_ylim(0.9, 1.005)
    for each in axes:
        doubling(each, "chunks of all users", chunks)
    axes[0].figure.legend(loc="outside lower center", ncols=3, frameon=False)


def decoding(found: list[Row], axes: Any) -> None:
    """Memory and time by hours, ours beside one that keeps all."""
    hours = [one["hours"] for one in found if one["decoder"] == "ours"]
    for name, label in (("ours", "ours, streamed"), ("theirs", "faster_whisper.decode_audio")):
        taken = [one for one in found if one["decoder"] == name]
        axes[0].plot(hours, [one["peak_mb"] for one in taken], marker="o", label=label)
        axes[1].plot(hours, [one["seconds"] for one in taken], marker="o")
    for each, title in zip(axes, ("peak memory, MB", "seconds"), strict=True):
        each.set(title=title, xlabel="hours of m4a")
        each.set_ylim(bottom=0)
    axes[0].legend(frameon=False)


def analysis(found: list[Row], axes: Any) -> None:
    """Seconds and memory by words."""
    words = [one["words"] / 1_000 for one in found]
    for name, key in (("analysis", "analysis_s"), ("an extractive note", "notes_s"), ("a plain pass", "plain_s")):
        axes[0].plot(words, [one[key] for one in found], marker="o", label=name)
    axes[1].plot(words, [one["memory_mib"] for one in found], marker="o")
    for each, title in zip(axes, ("seconds", "MiB beside the text"), strict=True):
        each.set(title=title, xlabel="thousand words", ylim=(0, 1.1 * each.dataLim.ymax))
    axes[0].legend(frameon=False)


def goal(axes: Any, at: float, label: str) -> None:
    """A dashed line."""
    axes.axhline(at, linestyle="--", color=GREY, label=label)


def doubling(axes: Any, label: str, at: list[int]) -> None:
    """A scale that multiplies, with a mark at each figure."""
    axes.set(xlabel=label, xscale="log")
    axes.set_xticks(at, [f"{count:,}" for count in at])
    axes.minorticks_off()


DRAWN = {
    "api": api,
    "throughput": throughput,
    "events": events,
    "search_scale": search_scale,
    "decoding": decoding,
    "analysis": analysis,
}


if __name__ == "__main__":
    main()
