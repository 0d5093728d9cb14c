"""Puts a note's sections into the order and under the headings of its form, as far as they are there."""

from collections.abc import Sequence
from dataclasses import replace

from ai_conspects.engines.language_model.base import NoteForm
from ai_conspects.notes.grounding import GroundedNote, GroundedSection
from ai_conspects.text.told.headings import to_do


def arranged(note: GroundedNote, form: NoteForm | None, language: str) -> GroundedNote:
    """The form's sections first, in its order; what it doesn't name after them, in the order in which it was said.

    Action items, which stand first without a form, take the place and the heading of the form's section for them.
    """
    if form is None or not form.sections:
        return note
    places = {section.heading.casefold(): at for at, section in enumerate(form.sections)}
    actions = next((section.heading for section in form.sections if section.kind == "actions"), None)
    sections = [_renamed(section, to_do(language), actions) for section in _merged(note.sections)]
    last = len(places)
    ordered = sorted(
        sections, key=lambda s: places.get(s.heading.casefold(), -1 if s.heading == to_do(language) else last)
    )
    return replace(note, sections=tuple(_merged(ordered)))


def _renamed(section: GroundedSection, was: str, heading: str | None) -> GroundedSection:
    return replace(section, heading=heading) if heading and section.heading == was else section


def _merged(sections: Sequence[GroundedSection]) -> list[GroundedSection]:
    """Neighbours and others with one heading become one: parts of a long recording each bring theirs."""
    found: dict[str, GroundedSection] = {}
    for section in sections:
        key = section.heading.casefold()
        known = found.get(key)
        found[key] = replace(known, claims=tuple(dict.fromkeys((*known.claims, *section.claims)))) if known else section
    return list(found.values())
