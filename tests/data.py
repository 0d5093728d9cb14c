"""Where the real recordings and texts are that tests measure by; they aren't part of the repository."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def test_data() -> Path:
    """The folder named by `AI_CONSPECTS_TEST_DATA`, else the one beside the checkout. Skips the test without one."""
    folder = Path(os.environ.get("AI_CONSPECTS_TEST_DATA") or _BESIDE)
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"no test data in {folder}: set AI_CONSPECTS_TEST_DATA to the folder with manifest.json")
    return folder


test_data.__test__ = False  # type: ignore[attr-defined]  # its name begins as a test's does; pytest reads this


def russian_notes() -> list[tuple[str, str]]:
    """A question and the everyday note that answers it in other words, thirty times."""
    lines = (test_data() / "ru_notes.jsonl").read_text("utf-8").splitlines()
    return [(row["q"], row["p"]) for row in map(json.loads, lines)]


def xquad(language: str) -> tuple[list[str], list[tuple[str, int]]]:
    """Paragraphs, and questions with the place of their paragraph."""
    document: dict[str, Any] = json.loads((test_data() / "xquad" / f"xquad.{language}.json").read_text("utf-8"))
    paragraphs: list[str] = []
    questions: list[tuple[str, int]] = []
    for article in document["data"]:
        for paragraph in article["paragraphs"]:
            questions += [(asked["question"], len(paragraphs)) for asked in paragraph["qas"]]
            paragraphs.append(paragraph["context"])
    return paragraphs, questions


def xquad_articles(language: str) -> list[list[str]]:
    """The paragraphs of each article."""
    document: dict[str, Any] = json.loads((test_data() / "xquad" / f"xquad.{language}.json").read_text("utf-8"))
    return [[paragraph["context"] for paragraph in article["paragraphs"]] for article in document["data"]]


def xquad_answers(language: str) -> list[tuple[str, list[str], int]]:
    """Each question with its answers' texts and the place of its article."""
    document: dict[str, Any] = json.loads((test_data() / "xquad" / f"xquad.{language}.json").read_text("utf-8"))
    return [
        (asked["question"], [answer["text"] for answer in asked["answers"]], place)
        for place, article in enumerate(document["data"])
        for paragraph in article["paragraphs"]
        for asked in paragraph["qas"]
    ]


def meeting(name: str) -> str:
    """What was said in a meeting of QMSum, a turn a line, without the marks of noises (`{vocalsound}`)."""
    document: dict[str, Any] = json.loads((test_data() / "qmsum" / f"{name}.json").read_text("utf-8"))
    return "\n".join(re.sub(r"\{\w+\}", "", turn["content"]) for turn in document["meeting_transcripts"])
