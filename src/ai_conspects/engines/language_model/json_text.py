"""Finds the JSON object in what a model wrote around it: fences, a preface, its thoughts. It doesn't repair JSON."""

import json
import re

MAX_TRIES = 50

_THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)


def json_object(text: str) -> dict[str, object] | None:
    """The longest JSON object in `text`, None where there is none.

    Thoughts between `<think>` tags don't count. The longest is the answer: shorter ones are examples or parts of it.
    """
    answer = _THOUGHTS.sub("", text)
    decoder, best, best_length, position = json.JSONDecoder(), None, 0, answer.find("{")
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
    return best
