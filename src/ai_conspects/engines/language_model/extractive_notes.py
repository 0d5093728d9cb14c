"""Notes of the speaker's own sentences: parted by topic, the telling ones kept, each with its id."""

import math

from ai_conspects.engines.language_model.base import Claim, NoteDraft, NoteDrafts, NoteMaterial, Section
from ai_conspects.text import summary
from ai_conspects.text.analysis import Topic
from ai_conspects.text.joining import groups
from ai_conspects.text.key_phrases import key_phrases
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.told.actions import actions

_SUMMARY = 3
_TAGS = 5
_TITLE_CHARS = 80
_KEPT = {"brief": (0.25, 4), "detailed": (0.5, 10), "deep": (0.8, 25)}
"""By depth: the share of a section's sentences that are kept, and the most of them."""


def draft_notes(material: NoteMaterial) -> NoteDrafts:
    """As many notes as the analysis suggests and the material allows, each over its own topics; none without a
    sentence."""
    if not material.sentences:
        return NoteDrafts(notes=[])
    analysis = material.analysis
    wanted = max(1, min(material.max_notes, analysis.suggested_notes))
    found = analysis.topics or (Topic(first=0, last=len(material.sentences) - 1, heading="", key_phrases=()),)
    parts = groups(material.sentences, found, analysis.language, wanted)
    return NoteDrafts(notes=[_note(material, topics) for topics in parts])


def as_said(sentence: Sentence) -> Claim:
    """The sentence word for word; only its first letter and its white space are put right."""
    text = " ".join(sentence.text.split())
    return Claim(text=text[:1].upper() + text[1:], sentence_ids=[sentence.id])


def _note(material: NoteMaterial, topics: list[Topic]) -> NoteDraft:
    language = material.analysis.language
    first, last = topics[0].first, topics[-1].last
    ranked = summary.rank(material.sentences[first : last + 1], language)
    phrases = [phrase.text for phrase in key_phrases(ranked.sentences, language, _TAGS)]
    return NoteDraft(
        title=_title(phrases, ranked.sentences),
        summary=[as_said(sentence) for sentence in summary.choose(ranked, _summary_length(len(ranked.sentences)))],
        sections=[_section(material, ranked, topic, first) for topic in topics],
        tags=phrases if material.with_tags else [],
        action_items=[
            as_said(ranked.sentences[at]) for at in actions([said.text for said in ranked.sentences], language)
        ],
    )


def _section(material: NoteMaterial, ranked: summary.Ranked, topic: Topic, offset: int) -> Section:
    share, most = _KEPT[material.depth]
    places = range(topic.first - offset, topic.last - offset + 1)
    kept = min(most, max(2, math.ceil(share * len(places))))
    chosen = summary.choose(ranked, kept, among=places)
    return Section(heading=_capital(topic.heading), claims=[as_said(sentence) for sentence in chosen])


def _summary_length(sentences: int) -> int:
    return 1 if sentences <= 3 else 2 if sentences <= 8 else _SUMMARY


def _title(phrases: list[str], sentences: tuple[Sentence, ...]) -> str:
    """The two heaviest phrases; of a text without any, the beginning of its first sentence."""
    if phrases:
        return _capital(", ".join(phrases[:2]))
    said = " ".join(sentences[0].text.split())
    if len(said) <= _TITLE_CHARS:
        return _capital(said)
    return _capital(said[:_TITLE_CHARS].rsplit(" ", 1)[0]) + "…"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
