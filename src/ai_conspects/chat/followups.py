"""Questions that lean on what was said before: “And who treats it?” means nothing to a search.

By rules, the last question's telling words are carried over; a model, where there is one, puts it in its own words.
Either way the search looks for both forms, so that a wrong guess costs little.
"""

from collections.abc import Sequence

from pydantic import BaseModel

from ai_conspects.core.prompts import fenced, prompt
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.language_model.base import AnswerMaterial, Completion, LanguageModel, Message, Meter
from ai_conspects.text.plain import Plain
from ai_conspects.text.words import content_words, fold, surfaces, terms, words

PROMPTS = "ai_conspects.chat.prompts"
FEW = 2
"""A question with fewer telling words than this leans on the one before."""
LONGEST = 1_000
_POINTING = {
    "ru": "он она оно они его ее её им ей ему их него нее ней нем ним ними них этот эта это эти этого этой этому этим "
    "этих там тогда туда оттуда тот та те того той тому тем тех такой такая такие",
    "en": "it its he him his she her hers they them their theirs this that these those there then one ones",
}
_POINTERS = frozenset(fold(word) for listed in _POINTING.values() for word in listed.split())
_OPENERS = frozenset({"а", "и", "and", "but", "но", "so"})


class Standalone(BaseModel):
    """The question as it would be asked with nothing before it."""

    question: Plain


def leans(question: str, language: str) -> bool:
    """Whether the question seems to need the one before: it points at something, or tells hardly anything itself."""
    asked = words(question)
    return (
        len(set(content_words(question, language)) - _POINTERS) < FEW
        or not _POINTERS.isdisjoint(asked)
        or (bool(asked) and asked[0] in _OPENERS)
    )


def carried(question: str, earlier: Sequence[str], language: str) -> str | None:
    """The question with the telling words of the latest earlier one that has any; None where it stands by itself."""
    if not earlier or not leans(question, language):
        return None
    own = {term for word in words(question) for term in terms(word, language)}
    for before in reversed(earlier):
        telling = set(content_words(before, language)) - _POINTERS
        more = [
            surface
            for surface in dict.fromkeys(surfaces(before))
            if fold(surface) in telling and own.isdisjoint(terms(fold(surface), language))
        ]
        if more:
            return f"{question} {' '.join(more)}"[:LONGEST]
    return None


def rewritten(
    model: LanguageModel, question: str, language: str, history: Sequence[Message], meter: Meter
) -> str | None:
    """The question as the model would ask it with nothing before it. None where it fails: there are the rules.

    Raises what the meter raises.
    """
    said = "\n".join(f"{turn.role}: {turn.content}" for turn in history)
    asked = f"{fenced('conversation', said)}\n\n{fenced('question', question)}"
    instructions = prompt(PROMPTS, "standalone", language).substitute(language=language)
    messages = (Message("system", instructions), Message("user", asked))
    try:
        request = Completion(Standalone, messages, AnswerMaterial(question, language, ()), 300, meter)
        told = model.complete(request)
    except EngineError:
        return None
    return " ".join(told.question.split())[:LONGEST] or None
