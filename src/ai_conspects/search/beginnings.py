"""How the beginnings of words that were typed go on in the texts that have them."""

import re
from collections import Counter
from collections.abc import Sequence

from ai_conspects.text.words import fold

MOST = 5
"""Words that one beginning may stand for; the most frequent ones are taken."""


def continued(beginnings: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words of the texts that begin so."""
    folded = [fold(text) for text in texts]
    found: list[str] = []
    for beginning in beginnings:
        like = re.compile(rf"(?<!\w){re.escape(beginning)}\w*")
        times = Counter(word for text in folded for word in like.findall(text))
        found += [word for word, _ in times.most_common(MOST)]
    return found
