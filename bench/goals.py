"""The goals of the benches, and how the figures that a bench kept tell of each."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.kept import Row

EVENT_MS = 50.0
SEARCH_MS = 30.0
RECALL = 0.98
PAGE_TIMES = 1.5
BARE_SHARE = 0.6

Rows = list[Row]
Judged = tuple[str, bool]
"""What was measured, in words, and whether the goal is met."""


@dataclass(frozen=True)
class Goal:
    """A goal of one bench, and how its figures tell of it."""

    bench: str
    what: str
    wanted: str
    judge: Callable[[Rows], Judged | None]


def submit(found: Rows) -> Judged:
    ours, theirs = (next(one for one in found if one["server"] == name) for name in ("ours", "baseline"))
    told = f"{ours['body_mb']} MB: grows by {ours['growth_mb']:.0f} MB (the other by {theirs['growth_mb']:,.0f})"
    speed = ours["mb_per_s"] / theirs["mb_per_s"]
    return f"{told}, {speed:.2f} × its speed", ours["growth_mb"] <= theirs["growth_mb"] / 10


def overhead(found: Rows) -> Judged:
    beside = [(one["wall_s"] - one["engines_s"], one["wall_s"]) for one in (each["median"] for each in found)]
    worst_s, share = max(over for over, _ in beside), max(over / wall for over, wall in beside)
    return f"{1000 * worst_s:.0f} ms, {share:.1%} of the shortest", worst_s < 0.3 and share < 0.05


def shares_of_bare(found: Rows) -> list[float]:
    """Status beside the bare route, at each number of clients."""
    bare = {one["clients"]: one["per_second"] for one in found if one["route"] == "bare"}
    return [one["per_second"] / bare[one["clients"]] for one in found if one["route"] == "status"]


def api(found: Rows) -> Judged:
    shares = shares_of_bare(found)
    return f"{min(shares):.2f} to {max(shares):.2f} ×, by clients", min(shares) >= BARE_SHARE


def two_processes(found: Rows) -> Judged:
    seconds = {one["processes"]: one["seconds"] for one in found}
    return f"{seconds[1] / seconds[2]:.2f} ×", seconds[1] / seconds[2] >= 1.8


def own_speed(found: Rows) -> Judged:
    share = next(one["ideal_s"] / one["seconds"] for one in found if one["processes"] == 1)
    return f"{share:.2f}", share >= 0.95


def events(found: Rows) -> Judged:
    most = max(found, key=lambda one: int(one["clients"]))
    told = f"{most['p99_ms']:.1f} ms (Redis alone {most['raw_p99_ms']:.1f}) at {most['clients']:,}"
    return f"{told}, {most['client_kb']} kB each", most["p99_ms"] < EVENT_MS


def recall(found: Rows) -> Judged:
    return _by_size(found, lambda one: f"{one['recall']:.3f}"), min(one["recall"] for one in found) >= RECALL


def times_pgvector(found: Rows) -> Judged:
    times = [_p99(one, "search: semantic") / _p99(one, "SQL: vectors") for one in found]
    told = iter(times)
    return _by_size(found, lambda _: f"{next(told):.1f} ×"), max(times) <= 2


def search_p99(found: Rows) -> Judged:
    told = _by_size(found, lambda one: f"{_p99(one, 'search: hybrid'):.0f} ({_p99(one, 'SQL: both legs'):.0f}) ms")
    return told, max(_p99(one, "search: hybrid") for one in found) <= SEARCH_MS


def quality(language: str, wanted: tuple[float, ...]) -> Callable[[Rows], Judged | None]:
    def judge(found: Rows) -> Judged | None:
        mine = [one for one in found if one["notes"].startswith(f"XQuAD {language}") and one["by"] == "search: hybrid"]
        if not mine:
            return None
        best = mine[0]
        shares = [best[key] for key in ("r1", "r5", "mrr")]
        return " / ".join(map(str, shares)), all(have >= want for have, want in zip(shares, wanted, strict=True))

    return judge


def times_sql(found: Rows) -> Judged:
    """The median of hybrid search beside that of the same page as one statement, by the language of the notes."""
    median = {(one["notes"], one["by"]): float(one["p50_ms"]) for one in found if one["notes"].startswith("XQuAD")}
    sizes = list(dict.fromkeys(notes for notes, _ in median))
    times = [median[one, "search: hybrid"] / median[one, "SQL: a page of both, fused by rank"] for one in sizes]
    told = [f"{notes.split()[1].rstrip(',')} {one:.2f} ×" for notes, one in zip(sizes, times, strict=True)]
    return ", ".join(told), max(times) <= PAGE_TIMES


def chat(found: Rows) -> Judged:
    told = [f"{one['language']} {one['held']:.1f} %, {one['false']:.1f} %" for one in found]
    return "; ".join(told), all(one["held"] >= 75 and one["false"] <= 15 for one in found)


def decoding(found: Rows) -> Judged:
    ours, theirs = (max(one["peak_mb"] for one in found if one["decoder"] == name) for name in ("ours", "theirs"))
    hours = max(one["hours"] for one in found)
    return f"{ours:.0f} beside {theirs:,.0f} MB at {hours:g} h: {ours / theirs:.2f}", ours <= theirs / 10


def analysis(found: Rows) -> Judged:
    first, last = found[0], found[-1]
    grown = last["words"] / first["words"]
    slower = last["analysis_s"] / first["analysis_s"] / grown
    return f"{slower:.2f} × the time a word, with {grown:.0f} × the words", slower <= 1.2


def _by_size(found: Rows, tell: Callable[[Row], str]) -> str:
    return ", ".join(f"{tell(one)} of {one['chunks']:,}" for one in found)


def _p99(one: Row, way: str) -> float:
    return float(one["ways"][way]["p99_ms"])


GOALS = [
    Goal("submit", "a submit beside FastAPI and pydantic", "a tenth of the memory", submit),
    Goal("overhead", "the pipeline beside its engines", "< 300 ms and < 5 %", overhead),
    Goal("api", "status beside a bare route, requests a second", f"≥ {BARE_SHARE} ×", api),
    Goal("throughput", "two worker processes on work that waits", "≥ 1.8 × one", two_processes),
    Goal("throughput", "one, beside the engine's own speed", "≥ 0.95", own_speed),
    Goal("events", "an event from commit to client, p99; memory of a client", f"< {EVENT_MS:.0f} ms at 1,000", events),
    Goal("search_scale", "recall@10 beside exact scan, by chunks", f"≥ {RECALL}", recall),
    Goal("search_scale", "search by vectors beside pgvector alone, p99", "≤ 2 ×", times_pgvector),
    Goal("search_scale", "hybrid search, p99 (both legs in plain SQL)", f"≤ {SEARCH_MS:.0f} ms", search_p99),
    Goal("search", "hybrid, Russian: R@1, R@5, MRR@10", "93 / 99 / 95.5", quality("ru", (93, 99, 95.5))),
    Goal("search", "hybrid, English", "95 / 99 / 97", quality("en", (95, 99, 97))),
    Goal(
        "search",
        "hybrid among 300 chunks beside the same page as one SQL statement, p50",
        f"≤ {PAGE_TIMES} ×",
        times_sql,
    ),
    Goal("chat", "extractive answers: gold words quoted, false answers", "≥ 75 %, ≤ 15 %", chat),
    Goal("decoding", "memory of decoding beside keeping all", "≤ 0.1", decoding),
    Goal("analysis", "analysis of a text as it grows", "evenly", analysis),
]
