"""What a model is asked on the way to notes: instructions of ours, and beside them, fenced, what was said."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal

from pydantic import BaseModel

from ai_conspects.core.prompts import Words, fenced, prompt, prompt_version, words
from ai_conspects.engines.language_model.base import (
    Completion,
    Message,
    Meter,
    NoteDrafts,
    NoteForm,
    NoteMaterial,
    PartFacts,
    T,
)
from ai_conspects.pipeline.note_parts import Line, part_of, written
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.languages import base

PROMPTS = "ai_conspects.pipeline.prompts"


class Asked(BaseModel):
    """The part of a batch's settings that says what notes shall be like."""

    analysis_depth: Literal["brief", "detailed", "deep"]
    generate_tags: bool
    max_notes_per_recording: int
    include_related_topics: bool = True
    template: str | None = None


@dataclass(frozen=True)
class Question(Generic[T]):
    """A request for a `T` before it is sent. `data` are texts that are not ours, each with the name of its fence."""

    output: type[T]
    instructions: str
    data: tuple[tuple[str, str], ...]
    material: NoteMaterial
    max_output_tokens: int

    def digest(self, engine: str) -> str:
        """Equal for questions that are the same to the engine; the fences' random tags are not in it."""
        content = [engine, self.output.__name__, self.instructions, *self.data]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()

    def completion(self, meter: Meter) -> Completion[T]:
        """As it is sent: all data in the user's role, between tags that nobody can guess."""
        shown = "\n\n".join(fenced(kind, text) for kind, text in self.data)
        messages = (Message("system", self.instructions), Message("user", shown))
        return Completion(self.output, messages, self.material, self.max_output_tokens, meter)


@dataclass(frozen=True)
class Questions:
    """Makes the questions about one recording."""

    analysis: ContentAnalysis
    asked: Asked
    form: NoteForm | None
    answer_tokens: int

    def notes(self, lines: Sequence[Line]) -> Question[NoteDrafts]:
        """Notes out of these sentences."""
        return self._drafts("note", "transcript", lines, (lines[0].id, lines[-1].id))

    def joined(self, facts: Sequence[Line]) -> Question[NoteDrafts]:
        """Notes out of the facts of all parts."""
        return self._drafts("join", "facts", facts, None)

    def facts(self, lines: Sequence[Line], part: int, parts: int) -> Question[PartFacts]:
        """What one part says."""
        depth = self._words["depth"]["detailed" if self.asked.analysis_depth == "brief" else self.asked.analysis_depth]
        instructions = self._prompt("facts", part=part, parts=parts, language=self._language, depth=depth)
        material = self._material((lines[0].id, lines[-1].id))
        return Question(PartFacts, instructions, (("transcript", written(lines)),), material, self.answer_tokens)

    @property
    def prompt_version(self) -> str:
        """The text by which notes are asked for."""
        return prompt_version(PROMPTS, "note", self.analysis.language)

    def _drafts(
        self, name: str, kind: str, lines: Sequence[Line], span: tuple[int, int] | None
    ) -> Question[NoteDrafts]:
        said = self._words
        shape = self._prompt(
            "note_shape",
            language=self._language,
            max_notes=self.asked.max_notes_per_recording,
            depth=said["depth"][self.asked.analysis_depth],
            tags=said["tags"]["on" if self.asked.generate_tags else "off"],
            related=said["related"]["on" if self.asked.include_related_topics else "off"],
            form=self._form(said) if self.form else "",
        )
        form = (("form", _shown(self.form)),) if self.form else ()
        data = (*form, (kind, written(lines)))
        return Question(NoteDrafts, self._prompt(name, shape=shape), data, self._material(span), self.answer_tokens)

    def _form(self, said: Words) -> str:
        translate = self.form is not None and self.form.translate
        return "\n\n" + self._prompt("note_form", headings=said["headings"]["translated" if translate else "own"])

    def _material(self, span: tuple[int, int] | None) -> NoteMaterial:
        part = self.analysis if span is None else part_of(self.analysis, *span)
        asked = self.asked
        return NoteMaterial(
            part.sentences, part, asked.max_notes_per_recording, asked.analysis_depth, asked.generate_tags, self.form
        )

    def _prompt(self, name: str, **fields: object) -> str:
        return prompt(PROMPTS, name, self.analysis.language).substitute(fields).strip()

    @property
    def _words(self) -> Words:
        return words(PROMPTS, "words", self.analysis.language)

    @property
    def _language(self) -> str:
        """The note's language as the prompt names it: `German (de)`; the bare tag where it has no word for it."""
        tag = self.analysis.language
        name = self._words["languages"].get(base(tag))
        return f"{name} ({tag})" if name else tag


def _shown(form: NoteForm) -> str:
    """The form as JSON: nobody's heading can look like another field."""
    sections = [section.model_dump(exclude={"kind"}) for section in form.sections]
    return json.dumps({"sections": sections, "wishes": form.wishes}, ensure_ascii=False, indent=1)
