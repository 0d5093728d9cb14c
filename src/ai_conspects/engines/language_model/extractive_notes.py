"""Notes of the speaker's own sentences: parted by topic, the telling ones kept, each with its id."""

import math
from collections.abc import Sequence

from ai_conspects.engines.language_model.base import Claim, NoteDraft, NoteDrafts, NoteMaterial, Section
from ai_conspects.engines.language_model.extractive_form import shaped
from ai_conspects.text import summary
from ai_conspects.text.analysis import Topic
from ai_conspects.text.fluent import quoted
from ai_conspects.text.joining import groups
from ai_conspects.text.key_phrases import key_phrases
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.titles import title
from ai_conspects.text.told.actions import actions, distinct

_SUMMARY = 3
_TAGS = 5
_KEPT = {"brief": (0.25, 4), "detailed": (0.5, 10), "deep": (0.8, 25)}
"""By depth: the share of a section's sentences that are kept, and the most of them."""
_AT_THE_END = {"brief": 3, "detailed": 6, "deep": 10}
"""By depth: sentences of the last minute that are kept however little they have to do with the rest: it is there that
people say what they nearly forgot."""
_LAST_WORDS = 130
"""A minute's."""


def draft_notes(material: NoteMaterial) -> NoteDrafts:
    """As many notes as the analysis suggests and the material allows, each over its own topics; none without a
    sentence."""
    if not material.sentences:
        return NoteDrafts(notes=[])
    analysis = material.analysis
    wanted = max(1, min(material.max_notes, analysis.suggested_notes))
    found = analysis.topics or (Topic(first=0, last=len(material.sentences) - 1, heading="", key_phrases=()),)
    parts = groups(material.sentences, found, analysis.language, wanted)
    return NoteDrafts(notes=[shaped(_note(material, topics), material, _stretch(material, topics)) for topics in parts])


def _stretch(material: NoteMaterial, topics: list[Topic]) -> tuple[Sentence, ...]:
    return material.sentences[topics[0].first : topics[-1].last + 1]


def as_said(sentence: Sentence, language: str) -> Claim:
    """The sentence in its own words, without the hesitations and stutters between them."""
    return Claim(text=quoted(sentence.text, language), sentence_ids=[sentence.id])


def _note(material: NoteMaterial, topics: list[Topic]) -> NoteDraft:
    language = material.analysis.language
    first, last = topics[0].first, topics[-1].last
    ranked = summary.rank(material.sentences[first : last + 1], language)
    phrases = key_phrases(ranked.sentences, language, _TAGS)
    texts = [sentence.text for sentence in ranked.sentences]
    to_do = actions(texts, language)
    rest = summary.without(ranked, to_do)
    return NoteDraft(
        title=title(ranked.sentences, phrases, language),
        summary=_said(summary.summarise(ranked, _summary_length(len(ranked.sentences))), language),
        sections=[_section(material, rest, topic, first) for topic in topics],
        tags=[phrase.text for phrase in phrases] if material.with_tags else [],
        action_items=_said([ranked.sentences[at] for at in distinct(texts, to_do)], language),
    )


def _section(material: NoteMaterial, ranked: summary.Ranked, topic: Topic, offset: int) -> Section:
    share, most = _KEPT[material.depth]
    places = range(topic.first - offset, topic.last - offset + 1)
    kept = min(most, max(2, math.ceil(share * len(places))))
    chosen = summary.choose(ranked, kept, among=places)
    if places.stop == len(ranked.sentences):
        last = _last_minute(ranked, places, _AT_THE_END[material.depth], material.analysis.language)
        chosen = tuple(sorted({*chosen, *last}, key=lambda sentence: sentence.id))
    heading = topic.heading[:1].upper() + topic.heading[1:]
    return Section(heading=heading, claims=_said(chosen, material.analysis.language))


def _last_minute(ranked: summary.Ranked, places: range, limit: int, language: str) -> tuple[Sentence, ...]:
    """The best of the last minute, weighed among themselves: beside an hour, what is said once counts for little."""
    spoken, first = 0, places.stop
    while first > places.start and spoken + ranked.lengths[first - 1] <= _LAST_WORDS:
        first -= 1
        spoken += int(ranked.lengths[first])
    closing = [ranked.sentences[place] for place in range(first, places.stop) if ranked.weights[place] > 0]
    return summary.choose(summary.rank(closing, language), limit)


def _said(sentences: Sequence[Sentence], language: str) -> list[Claim]:
    return [as_said(sentence, language) for sentence in sentences]


def _summary_length(sentences: int) -> int:
    return 1 if sentences <= 3 else 2 if sentences <= 8 else _SUMMARY
