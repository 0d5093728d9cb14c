"""Content analysis: everything that is known about a text without a model."""

from collections.abc import Sequence

from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.complexity import complexity
from ai_conspects.text.joining import suggested_notes
from ai_conspects.text.key_phrases import heaviest, occurrences
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.topics import topics

_KEY_PHRASES = 15


def analyze(sentences: Sequence[Sentence], language: str, max_notes: int = 1) -> ContentAnalysis:
    """The analysis of a text in `language`, a BCP 47 tag. `suggested_notes` is 0 only where there is no sentence."""
    phrases = occurrences(sentences, language)
    found = topics(sentences, language, phrases)
    return ContentAnalysis(
        language=language,
        sentences=tuple(sentences),
        topics=found,
        key_phrases=heaviest(sentences, phrases, _KEY_PHRASES),
        complexity_level=complexity([sentence.text for sentence in sentences], language),
        suggested_notes=suggested_notes(sentences, found, language, max_notes),
    )
