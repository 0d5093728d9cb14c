"""The page of the benches says what they kept, plots it, and tells a goal that was missed."""

from typing import Any

import pytest

from bench import goals, kept, plots, tables
from tests.docs.pages import DOCS

PAGE = DOCS / "benchmarks" / "index.md"


def test_no_figure_is_typed_by_hand() -> None:
    assert tables.renewed(PAGE.read_text("utf-8")) == PAGE.read_text("utf-8")


def test_what_can_be_drawn_is() -> None:
    drawn = [section.bench for section in tables.SECTIONS if section.plot]
    assert set(drawn) == plots.DRAWN.keys()
    assert [name for name in drawn if kept.load(name) and not (kept.FOLDER / f"{name}.svg").exists()] == []


@pytest.mark.parametrize(("p99_ms", "met"), [(49.9, "yes"), (50.0, "**no**")])
def test_a_goal_that_is_missed_is_told(monkeypatch: pytest.MonkeyPatch, p99_ms: float, met: str) -> None:
    few = {"clients": 10, "p99_ms": 1.0, "raw_p99_ms": 1.0, "client_kb": 40}
    kept_now: dict[str, Any] = {"events": {"figures": [few, few | {"clients": 1_000, "p99_ms": p99_ms}]}}
    monkeypatch.setattr(kept, "load", kept_now.get)
    lines = tables.goals_table().splitlines()
    (told,) = [line for line in lines if "`events`" in line]
    assert told.endswith(f"{p99_ms} ms (Redis alone 1.0) at 1,000, 40 kB each | {met} |")
    assert len([line for line in lines if line.endswith("| not measured | – |")]) == len(goals.GOALS) - 1
