"""Finds the JSON object in what a model wrote around it: fences, a preface, its thoughts; and mends small slips.

What was cut is not mended: half an answer would be a loss that nobody sees.
"""

import json
import re

MAX_TRIES = 50

_THOUGHTS = re.compile(r"<(think(?:ing)?|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_END_OF_THOUGHTS = re.compile(r"</(?:think(?:ing)?|thought|reasoning)>", re.IGNORECASE)
_SLIPS = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])|\b(?:True|False|None)\b', re.DOTALL)
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}


def json_object(text: str) -> dict[str, object] | None:
    """The longest JSON object in `text`, None where there is none.

    Thoughts between `<think>` tags don't count. The longest is the answer: shorter ones are examples or parts of it.
    Where none is whole, commas before a closing bracket, comments and Python's constants are put right first.
    """
    answer = without_thoughts(text)
    found, length = _longest(answer)
    if length * 2 > len(answer.strip()):
        return found
    mended, mended_length = _longest(_SLIPS.sub(_mended, answer))
    return mended if mended_length > length else found


def without_thoughts(text: str) -> str:
    """What a model wrote after it had thought. Where the chat template opens the thoughts, only their end shows."""
    answer = _THOUGHTS.sub("", text)
    ends = list(_END_OF_THOUGHTS.finditer(answer))
    return answer[ends[-1].end() :] if ends else answer


def has_thoughts(text: str) -> bool:
    """Whether the model thought aloud."""
    return re.match(r"\s*<(think|thought|reasoning)", text, re.IGNORECASE) is not None or bool(
        _END_OF_THOUGHTS.search(text)
    )


def _mended(slip: re.Match[str]) -> str:
    return slip.group(1) or _CONSTANTS.get(slip.group(), "")


def _longest(answer: str) -> tuple[dict[str, object] | None, int]:
    decoder = json.JSONDecoder(strict=False)  # a line break inside a string is a slip that harms nobody
    best, best_length, position = None, 0, answer.find("{")
    for _ in range(MAX_TRIES):
        if position < 0:
            break
        try:
            found, end = decoder.raw_decode(answer, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(found, dict) and end - position > best_length:
                best, best_length = found, end - position
        position = answer.find("{", end)
    return best, best_length
