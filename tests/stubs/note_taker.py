"""A scripted model that makes notes of what it is given, and of nothing else: it copies the lines that it keeps.

It reads the numbered lines between the last fence's tags, as a model would, and answers in the shape that is asked for.
"""

import re
from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]

_LINE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
_FENCE = re.compile(r"<(\w+-[0-9a-f]{16})>\n(.*?)\n</\1>", re.DOTALL)


def fences(body: JsonObject) -> dict[str, str]:
    """What stands between the tags of a request, by kind."""
    return {name.rpartition("-")[0]: text for name, text in _FENCE.findall(body["messages"][-1]["content"])}


def given(body: JsonObject) -> list[tuple[int, str]]:
    """The numbered lines of a request: sentences, or facts."""
    *_, text = fences(body).values()
    return [(int(number), line) for number, line in _LINE.findall(text)]


def asked_for(body: JsonObject) -> str:
    """The name of the shape that the answer shall have."""
    name: str = body["response_format"]["json_schema"]["name"]
    return name


def note_taker(keeps: Callable[[str], bool] = lambda line: True) -> Callable[[JsonObject], JsonObject]:
    """A model that keeps these lines."""

    def answer(body: JsonObject) -> JsonObject:
        lines = [(number, line) for number, line in given(body) if keeps(line)]
        claims = [{"text": line, "sentence_ids": [number]} for number, line in lines]
        if asked_for(body) == "PartFacts":
            return {"sections": [{"heading": "What was said", "claims": claims}] if claims else []}
        title = lines[0][1][:60] if lines else "Nothing"
        sections = [{"heading": "What was said", "claims": claims}]
        return {"notes": [a_note(title=title, summary=claims[:2], sections=sections)]}

    return answer


def a_note(**fields: Any) -> JsonObject:
    """A note of a model with these fields; the others are empty."""
    empty = {"title": "", "summary": [], "sections": [], "tags": [], "action_items": [], "related_topics": []}
    return empty | fields
