"""Content analysis: everything that is known about a text without a model."""

from collections.abc import Sequence

from ai_conspects.text.analysis import ContentAnalysis, Topic
from ai_conspects.text.complexity import complexity
from ai_conspects.text.joining import suggested_notes
from ai_conspects.text.key_phrases import heaviest, occurrences
from ai_conspects.text.languages import base, detect
from ai_conspects.text.names import named
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.topics import topics

_KEY_PHRASES = 15
OTHER_SURE = 0.9
OTHER_CHARS = 200
"""The probability and the characters from which on a part's own language is believed."""


def analyze(sentences: Sequence[Sentence], language: str, max_notes: int = 1) -> ContentAnalysis:
    """The analysis of a text in `language`, a BCP 47 tag. `suggested_notes` is 0 only where there is no sentence."""
    phrases = occurrences(sentences, language)
    found = tuple(_in_its_language(topic, sentences, language) for topic in topics(sentences, language, phrases))
    return ContentAnalysis(
        language=language,
        sentences=tuple(sentences),
        topics=found,
        key_phrases=heaviest(sentences, phrases, _KEY_PHRASES),
        complexity_level=complexity([sentence.text for sentence in sentences], language),
        suggested_notes=suggested_notes(sentences, found, language, max_notes),
        named=named(sentences, language),
    )


def _in_its_language(topic: Topic, sentences: Sequence[Sentence], language: str) -> Topic:
    """The part with its own language, where that is surely another than the whole text's."""
    text = " ".join(sentence.text for sentence in sentences[topic.first : topic.last + 1])
    own, probability = detect(text)
    is_other = probability >= OTHER_SURE and len(text) >= OTHER_CHARS and own != base(language)
    return topic.model_copy(update={"language": own if is_other else language})
