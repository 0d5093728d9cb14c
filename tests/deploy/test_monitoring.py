"""The dashboard and the alerts ask for what `/metrics` really tells: every name, every label, every status."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser
import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from ai_conspects.core.settings import MetricsSettings, Settings
from ai_conspects.main import create_app
from tests.accounts.devices import register
from tests.bench import Bench
from tests.deploy.paths import DEPLOY

ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "ai-conspects.json").read_text("utf-8"))
TARGETS = [target for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
OF_PROMETHEUS = {"up": {"job", "instance"}}
GIVEN_BY_PROMETHEUS = {"job", "instance"}
TOKEN = "a-token-for-prometheus"
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}

QUERIES = [*(rule["expr"] for rule in ALERTS), *(target["expr"] for target in TARGETS)]

Labels = dict[str, set[str]]


@dataclass
class Asked:
    """What one query names: (metric, label matched) and the labels it groups by, with the metrics inside."""

    metrics: set[str]
    matched: set[tuple[str, str]]
    grouped: set[tuple[str, str]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics": MetricsSettings(token=SecretStr(TOKEN))})


@pytest.fixture
def told(bench: Bench, parts: Any) -> Labels:
    """The page's names, each with its labels, after a recording was worked on."""
    bench.submit()
    bench.run_all()
    with TestClient(create_app(parts)) as client:
        register(client)
        text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    found: Labels = {}
    for family in text_string_to_metric_families(text):
        for suffix in SUFFIXES.get(family.type, ()):
            found[family.name + suffix] = declared(family.name) | ({"le"} if suffix == "_bucket" else set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def declared(name: str) -> set[str]:
    """The labels with which a metric is declared, for those without a sample yet."""
    collector: Any = REGISTRY._names_to_collectors.get(name)
    return set(getattr(collector, "_labelnames", ()))


def test_every_query_names_what_is_told_and_whatever_is_told_is_shown(told: Labels) -> None:
    assert [fault for expr in QUERIES for fault in faults(expr, told)] == []
    shown = {family(metric) for target in TARGETS for metric in asks(target["expr"]).metrics}
    ours = {family(name) for name in told if not name.startswith(("python_", "process_"))}
    assert ours - shown == set()


@pytest.mark.parametrize(
    ("slip", "fault"),
    [
        ("rate(api_request_total[5m])", "api_request_total"),
        ("max by (quue) (queue_depth)", "quue"),
        ('api_requests_total{metod="GET"}', "metod"),
        ("sum(queue_depth)", "max"),
    ],
)
def test_a_slip_is_seen(slip: str, fault: str) -> None:
    known = {"api_requests_total": {"method", "endpoint"}, "queue_depth": {"queue"}}
    assert fault in " ".join(faults(slip, known))


def faults(expr: str, told: Labels) -> list[str]:
    """What a query names that isn't told, and gauges that are summed though every API process tells the same."""
    known, asked = told | OF_PROMETHEUS, asks(expr)
    unknown = asked.metrics - known.keys()
    odd = {
        f"{metric}: {label}"
        for metric, label in asked.matched | asked.grouped
        if metric in known and label not in known[metric] | GIVEN_BY_PROMETHEUS
    }
    of_rows = any(metric.startswith(("queue_", "active_", "database_up")) for metric in asked.metrics)
    summed = [f"max, not sum: {expr}"] if of_rows and "sum" in expr else []
    return [*sorted(unknown), *sorted(odd), *summed]


def family(metric: str) -> str:
    """A metric without what its type adds."""
    return re.sub(r"_(total|bucket|sum|count|created)$", "", metric)


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "what"}
    shown = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    assert shown <= {label for _, label in asks(rule["expr"]).grouped} | GIVEN_BY_PROMETHEUS


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target["expr"][:60])
def test_a_legend_shows_labels_that_are_left(target: dict[str, Any]) -> None:
    shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
    assert shown <= {label for _, label in asks(target["expr"]).grouped}


def test_panels_do_not_lie_over_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def asks(expr: str) -> Asked:
    """Reads a query with a parser of PromQL. Raises `ValueError` where it is none."""
    asked = Asked(set(), set(), set())
    for metric, labels, groups in _selectors(promql_parser.parse(expr), frozenset()):
        asked.metrics.add(metric)
        asked.matched |= {(metric, label) for label in labels}
        asked.grouped |= {(metric, label) for label in groups}
    return asked


def _selectors(node: Any, groups: frozenset[str]) -> Iterator[tuple[str, set[str], frozenset[str]]]:
    match node:
        case promql_parser.VectorSelector():
            yield node.name or "", {matcher.name for matcher in node.matchers.matchers}, groups
        case promql_parser.MatrixSelector():
            yield from _selectors(node.vector_selector, groups)
        case promql_parser.AggregateExpr():
            by = frozenset(node.modifier.labels) if node.modifier else frozenset()
            yield from _selectors(node.expr, groups | by)
        case promql_parser.BinaryExpr():
            yield from _selectors(node.lhs, groups)
            yield from _selectors(node.rhs, groups)
        case promql_parser.Call():
            for each in node.args:
                yield from _selectors(each, groups)
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr():
            yield from _selectors(node.expr, groups)
        case promql_parser.NumberLiteral() | promql_parser.StringLiteral():
            return
        case _:
            raise AssertionError(f"unread: {type(node).__name__}")
