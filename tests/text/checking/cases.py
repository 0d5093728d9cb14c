"""Claims over sentences, true and false: those of `claims.jsonl`, made by hand, and true ones that were spoilt.

A claim is spoilt by another number, name or day, by a negation more or fewer, or by evidence of something else.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAMES = {
    "ru": {"Анна": "Ольга", "Петров": "Сидоров", "Москв": "Вологд", "Игор": "Степан", "Казан": "Самар", "Лев": "Антон",
           "Юрий": "Семён", "Кодзасов": "Трубецк"},
    "en": {"Anna": "Helen", "Peter": "Walter", "London": "Vienna", "Oliver": "Philip", "Berlin": "Dublin",
           "Morgan": "Becker", "IBM": "SAP"},
}  # fmt: skip
DAYS = {
    "ru": {"марта": "мая", "пятниц": "суббот", "вторник": "четверг", "июн": "июл"},
    "en": {"March": "May", "Friday": "Sunday", "Tuesday": "Thursday", "June": "August"},
}


@dataclass(frozen=True)
class Case:
    """`kind` says how it was made: `by hand`, `number`, `name`, `day`, `negation`, `other evidence`."""

    language: str
    evidence: str
    claim: str
    holds: bool
    kind: str


def cases() -> list[Case]:
    """All of them."""
    rows = [json.loads(line) for line in (Path(__file__).parent / "claims.jsonl").read_text("utf-8").splitlines()]
    found: list[Case] = []
    for row, other in zip(rows, [*rows[1:], rows[0]], strict=True):
        language, evidence = row["language"], row["evidence"]
        found += [Case(language, evidence, claim, True, "by hand") for claim in row["true"]]
        found += [Case(language, evidence, claim, False, "by hand") for claim in row["false"]]
        for claim in row["true"]:
            spoilt = dict.fromkeys(_spoilt(claim, language))
            found += [Case(language, evidence, wrong, False, kind) for wrong, kind in spoilt]
            if other["language"] == language:
                found.append(Case(language, other["evidence"], claim, False, "other evidence"))
    return found


def _spoilt(claim: str, language: str) -> Iterator[tuple[str, str]]:
    if re.search(r"\d", claim):
        yield re.sub(r"\d+", lambda number: str(int(number.group()) + 3), claim, count=1), "number"
    for kind, swaps in (("name", NAMES[language]), ("day", DAYS[language])):
        for right, wrong in swaps.items():
            if right in claim:
                yield claim.replace(right, wrong), kind
    negated = _negated(claim, language)
    if negated != claim:
        yield negated, "negation"


def _negated(claim: str, language: str) -> str:
    """The claim with its first negation taken away, or with one put before its verb."""
    if language == "ru":
        if re.search(r"\bне ", claim):
            return re.sub(r"\bне ", "", claim, count=1)
        return re.sub(r"\b(\w{3,}(?:ла|ли|ит|ет|ют|ся))\b", r"не \1", claim, count=1)
    if re.search(r"n't |\bnot ", claim):
        return re.sub(r"n't |\bnot ", lambda m: " " if m.group() == "n't " else "", claim, count=1)
    return re.sub(r"\b(is|was|were|will|should|must)\b", r"\1 not", claim, count=1)
