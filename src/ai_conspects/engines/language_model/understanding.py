"""A model's text as the value that was asked for, or what is wrong with it, in words for the model."""

from dataclasses import dataclass, replace

from pydantic import ValidationError

from ai_conspects.engines.language_model.base import Completion, Message, T
from ai_conspects.engines.language_model.json_text import json_object

MAX_QUOTED = 4_000
"""Characters of a wrong answer that are shown to the model again."""
_MAX_FAULTS = 20


@dataclass(frozen=True)
class Wrong:
    """An answer that can't be used, and why."""

    text: str
    faults: str
    is_json: bool


def understood(text: str, output: type[T]) -> T | Wrong:
    """The value in an answer's text, or why there is none."""
    found = json_object(text)
    if found is None:
        return Wrong(text, "It holds no JSON object.", is_json=False)
    try:
        return output.model_validate(_unwrapped(found, output))
    except ValidationError as error:
        faults = [
            f"- {'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        return Wrong(text, "\n".join(faults[:_MAX_FAULTS]), is_json=True)


def corrected(request: Completion[T], wrong: Wrong) -> Completion[T]:
    """The request again, with the wrong answer and its faults."""
    complaint = f"That answer can't be used:\n{wrong.faults}\nGive the whole answer again, as one JSON object."
    quoted = wrong.text[:MAX_QUOTED] or "(nothing)"
    return replace(request, messages=(*request.messages, Message("assistant", quoted), Message("user", complaint)))


def _unwrapped(found: dict[str, object], output: type[T]) -> object:
    """Models like to put the answer under one more key: the schema's name, `answer`, `arguments`."""
    if len(found) == 1 and not found.keys() & output.model_fields.keys():
        (inside,) = found.values()
        return inside if isinstance(inside, dict) else found
    return found
