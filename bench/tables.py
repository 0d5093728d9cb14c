"""The page of the benches: goals beside what was measured, then each bench's plot and table, from what they kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench import kept
from bench.goals import GOALS, Rows
from bench.kept import Row

BEGIN, END = "<!-- made by bench.plots -->", "<!-- to here -->"


@dataclass(frozen=True)
class Section:
    """A bench's part of the page; `columns` name a figure and tell it from a row."""

    bench: str
    title: str
    plot: str
    columns: dict[str, Callable[[Row], str]]
    rows: Callable[[Rows], Rows] = list


def renewed(page: str) -> str:
    """The page with what stands between the marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = "\n\n".join([goals_table(), *sections()])
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def goals_table() -> str:
    """The table of goals; a bench that kept nothing says so."""
    lines = []
    for goal in GOALS:
        told = kept.load(goal.bench)
        judged = goal.judge(told["figures"]) if told else None
        measured, verdict = (judged[0], "yes" if judged[1] else "**no**") if judged else ("not measured", "–")
        lines.append([goal.what, f"`{goal.bench}`", goal.wanted, measured, verdict])
    return _table(["what", "bench", "goal", "measured", "met"], lines)


def sections() -> Iterator[str]:
    """Of each bench that kept something."""
    for section in SECTIONS:
        told = kept.load(section.bench)
        if told:
            run = f"`{told['command']}` on {told['cpus']} cores, with a load of {told['load_before']} before it began."
            lines = [[tell(row) for tell in section.columns.values()] for row in section.rows(told["figures"])]
            plot = [f"![{section.plot}]({section.bench}.svg)"] if section.plot else []
            yield "\n\n".join([f"## {section.title}", run, *plot, _table([*section.columns], lines)])


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


THEIRS = {"theirs": "`faster_whisper.decode_audio`", "baseline": "FastAPI and pydantic"}
ROUTES, WAYS = ("bare", "status", "notes", "search"), ("hybrid", "text", "semantic")


def _by_clients(found: Rows) -> Rows:
    """A row for each number of clients: of each route requests a second, the share of the bare one's, p50 and p99."""
    rows: dict[int, Row] = {}
    for one in found:
        row = rows.setdefault(one["clients"], {"clients": str(one["clients"]), "bare_per_s": one["per_second"]})
        share = f" ({one['per_second'] / row['bare_per_s']:.2f} ×)" if one["route"] != "bare" else ""
        row[one["route"]] = f"{one['per_second']:,.0f}/s{share}, {one['p50_ms']:.1f} / {one['p99_ms']:.1f} ms"
    return list(rows.values())


def _with_first(found: Rows) -> Rows:
    return [one | {"first_s": found[0]["seconds"]} for one in found]


def _by_way(found: Rows) -> Rows:
    """A row for each size: of each way p50 and p99."""
    return [one | {way: f"{ms['p50_ms']:.1f} / {ms['p99_ms']:.1f}" for way, ms in one["ways"].items()} for one in found]


def _by_run(found: Rows) -> Rows:
    return [one[run] | {"clip": one["clip"], "run": run} for one in found for run in ("first", "median")]


def _times(kind: str = "") -> Callable[[Row], str]:
    return lambda row: " / ".join(f"{row[f'{kind}{one}_ms']:.1f}" for one in ("p50", "p99", "max"))


def _named(key: str) -> Callable[[Row], str]:
    return lambda row: THEIRS.get(str(row[key]), str(row[key]))


def _of(key: str, form: str = "") -> Callable[[Row], str]:
    return lambda row: format(row[key], form)


SECTIONS = [
    Section("api", "The API beside a bare route", "Requests a second and the 99th percentile by clients, four routes", {
        "clients": _of("clients"), **{route: _of(route) for route in ROUTES},
    }, _by_clients),
    Section("throughput", "Workers on work that waits", "Throughput by worker processes", {
        "processes": _of("processes"), "seconds": _of("seconds"),
        "times one": lambda one: f"{one['first_s'] / one['seconds']:.2f}",
        "of the engine's own speed": lambda one: f"{one['ideal_s'] / one['seconds']:.2f}",
    }, _with_first),
    Section("events", "Events, from commit to client", "Latency and memory of a client by waiting clients", {
        "clients": _of("clients", ","), "events arrived": _of("arrived", ","), "p50 / p99 / longest, ms": _times(),
        "Redis alone, ms": _times("raw_"), "kB a client": _of("client_kb"),
    }),
    Section("search_scale", "Search as all grow", "99th percentile and recall by the chunks of all users", {
        "chunks of all, p50 / p99 in ms": _of("chunks", ","), "both legs in SQL": _of("SQL: both legs"),
        "pgvector alone": _of("SQL: vectors"), **{way: _of(f"search: {way}") for way in WAYS},
        "recall@10": _of("recall", ".3f"),
    }, _by_way),
    Section("decoding", "Decoding by length", "Memory and seconds by hours of audio", {
        "hours": _of("hours"), "decoder": _named("decoder"), "peak MB": _of("peak_mb", ",.0f"),
        "seconds": _of("seconds", ".1f"),
    }),
    Section("analysis", "Analysis and notes by length", "Seconds and memory by words", {
        "words": _of("words", ","), "plain pass s": _of("plain_s", ".2f"), "analysis s": _of("analysis_s", ".2f"),
        "notes s": _of("notes_s", ".2f"), "MiB": _of("memory_mib", ".0f"),
    }),
    Section("submit", "Submits", "", {
        "bodies": lambda one: f"{one['bodies']} × {one['body_mb']} MB", "server": _named("server"),
        "grows by MB": _of("growth_mb", ",.0f"), "MB/s": _of("mb_per_s", ".0f"),
    }),
    Section("overhead", "The pipeline beside its engines", "", {
        "clip": _of("clip"), "run": _of("run"), "audio s": _of("audio_s", ".1f"), "wall s": _of("wall_s", ".2f"),
        "engines s": _of("engines_s", ".2f"),
        "beside them ms": lambda one: f"{1000 * (one['wall_s'] - one['engines_s']):.0f}",
    }, _by_run),
    Section("search", "Search's quality", "", {
        "notes": _of("notes"), "by": _of("by"), "R@1": _of("r1"), "R@5": _of("r5"), "MRR@10": _of("mrr"),
        "p50 ms": _of("p50_ms"), "p99 ms": _of("p99_ms"),
    }),
    Section("chat", "Answers of the extractive engine", "", {
        "XQuAD": _of("language"), "questions": _of("questions"), "answered %": _of("answered", ".1f"),
        "gold words quoted %": _of("held", ".1f"), "false answers %": _of("false", ".1f"),
    }),
    Section("page", "The page beside a hello-world of its stack", "", {
        "page": _of("page"), "scripts ms": _of("scripts_ms"), "all tasks ms": _of("tasks_ms"),
    }),
]  # fmt: skip
