"""What a text is about, short enough to be compared with a page: the sentences with its heaviest key phrases."""

from ai_conspects.text.analysis import ContentAnalysis

LONGEST = 1_200
"""Characters: about what a note's own summary and points hold; longer texts would have a word of everything."""


def gist(analysis: ContentAnalysis, longest: int = LONGEST) -> str:
    """The sentences that hold most key phrases by weight, in their order, of at most `longest` characters together."""
    weights: dict[int, float] = {}
    for phrase in analysis.key_phrases:
        for sentence_id in phrase.sentence_ids:
            weights[sentence_id] = weights.get(sentence_id, 0.0) + phrase.weight
    chosen, used = [], 0
    for sentence in sorted(analysis.sentences, key=lambda one: (-weights.get(one.id, 0.0), one.id)):
        if used + len(sentence.text) <= longest:
            chosen.append(sentence)
            used += len(sentence.text) + 1
    return " ".join(sentence.text for sentence in sorted(chosen, key=lambda one: one.id))
