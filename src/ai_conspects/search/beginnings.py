"""How the beginnings of words that were typed go on in the texts that were found."""

import re
from collections import Counter
from collections.abc import Sequence

from ai_conspects.search.asked import Asked
from ai_conspects.text.words import fold, terms

MOST = 5
"""Words that one beginning may stand for; the most frequent ones are taken."""


def continued(asked: Asked, texts: Sequence[str], language: str) -> list[str]:
    """The words of the texts that begin so. An unfinished last word is left alone if a text has it as it is."""
    begun = list(asked.beginnings)
    folded = [fold(text) for text in texts]
    if asked.unfinished and not said(asked.unfinished, folded, language):
        begun.append(asked.unfinished)
    found: list[str] = []
    for beginning in begun:
        like = re.compile(rf"(?<!\w){re.escape(beginning)}\w*")
        times = Counter(word for text in folded for word in like.findall(text))
        found += [word for word, _ in times.most_common(MOST)]
    return found


def said(word: str, folded: Sequence[str], language: str) -> bool:
    """Whether one of the folded texts has the folded word in any form."""
    forms = set(terms(word, language))
    begun = re.compile(rf"(?<!\w){re.escape(word[:3])}\w*")
    return any(not forms.isdisjoint(terms(one, language)) for text in folded for one in set(begun.findall(text)))
