"""What the extractive engine can honestly do of a form: sections for decisions and questions, by the words said.

Action items it finds anyway. What belongs under any other heading takes understanding: there its topics stand instead.
"""

import regex

from ai_conspects.engines.language_model.base import Claim, NoteDraft, NoteForm, NoteMaterial, Section
from ai_conspects.text.fluent import quoted
from ai_conspects.text.languages import base
from ai_conspects.text.sentences import Sentence

_DECIDED = {
    "ru": regex.compile(
        r"(?<!не )\b(?:мы |давайте )?(?:решили|договорились|решено|постановили|утвердили|сошлись на)\b", regex.I
    ),
    "en": regex.compile(
        r"\b(?:we|they|it was|have|has) (?:have |all )?(?:decided|agreed|resolved|settled on)\b|\bdecision is\b",
        regex.I,
    ),
}
_MOST = 12
"""Sentences under one heading."""


def shaped(note: NoteDraft, material: NoteMaterial, sentences: tuple[Sentence, ...]) -> NoteDraft:
    """The note with the form's sections for which `sentences` have something, before its topics."""
    if material.form is None:
        return note
    found = [
        Section(heading=section.heading, claims=claims)
        for section in material.form.sections
        if (claims := _claims(sentences, section.kind, material.analysis.language))
    ]
    return note.model_copy(update={"sections": [*found, *note.sections]})


def unheard(form: NoteForm) -> list[str]:
    """The headings that this engine can't fill."""
    return [section.heading for section in form.sections if section.kind == "free"]


def _claims(sentences: tuple[Sentence, ...], kind: str, language: str) -> list[Claim]:
    decided = _DECIDED.get(base(language))
    chosen = [
        sentence
        for sentence in sentences
        if (kind == "questions" and sentence.text.rstrip().endswith("?") and len(sentence.text.split()) > 2)
        or (kind == "decisions" and decided is not None and decided.search(sentence.text))
    ]
    return [Claim(text=quoted(one.text, language), sentence_ids=[one.id]) for one in chosen[:_MOST]]
