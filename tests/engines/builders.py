"""Requests for language engines, made of a few sentences."""

from typing import Any

from ai_conspects.engines.language_model.base import (
    AnswerDraft,
    AnswerMaterial,
    Completion,
    Message,
    NoteDrafts,
    NoteMaterial,
)
from ai_conspects.text.analysis import ContentAnalysis, KeyPhrase, Topic
from ai_conspects.text.sentences import Sentence

SAID = (
    "Photosynthesis turns light into chemical energy.",
    "Chlorophyll in the leaves absorbs red and blue light.",
    "The plant stores the energy as glucose.",
    "Oxygen leaves the leaves as a by-product.",
)


def sentences(said: tuple[str, ...] = SAID) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(id=number, text=text, start_s=number * 5.0, end_s=number * 5.0 + 4) for number, text in enumerate(said)
    )


def note_request(said: tuple[str, ...] = SAID) -> Completion[NoteDrafts]:
    """A request for notes on what was said."""
    numbered = sentences(said)
    analysis = ContentAnalysis(
        language="en",
        sentences=numbered,
        topics=(Topic(first=0, last=len(said) - 1, heading="Photosynthesis", key_phrases=("light", "energy")),),
        key_phrases=(KeyPhrase(text="light", weight=1.0, sentence_ids=(0, 1)),),
        complexity_level="basic",
        suggested_notes=1,
    )
    material = NoteMaterial(numbered, analysis, max_notes=1, depth="detailed", with_tags=True)
    return Completion(NoteDrafts, _messages("Write notes.", numbered), material)


def answer_request(question: str = "What does chlorophyll absorb?") -> Completion[AnswerDraft]:
    """A question on what was said."""
    numbered = sentences()
    return Completion(AnswerDraft, _messages(question, numbered), AnswerMaterial(question, "en", (numbered,)))


def _messages(task: str, numbered: tuple[Sentence, ...]) -> tuple[Message, ...]:
    text = "\n".join(f"[{sentence.id}] {sentence.text}" for sentence in numbered)
    return Message("system", "Use only the sentences given."), Message("user", f"{task}\n{text}")


NOTES: dict[str, Any] = {
    "notes": [
        {
            "title": "Photosynthesis",
            "summary": [{"text": "Light becomes chemical energy.", "sentence_ids": [0]}],
            "sections": [{"heading": "Light", "claims": [{"text": "Red and blue are absorbed.", "sentence_ids": [1]}]}],
            "tags": ["biology"],
            "action_items": [],
            "related_topics": [],
        }
    ]
}
ANSWER: dict[str, Any] = {
    "found": True,
    "claims": [{"text": "Red and blue light.", "sentence_ids": [1]}],
    "missing": [],
}
