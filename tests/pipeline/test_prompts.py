"""A prompt whose words have changed has a new version, and both languages say the same things."""

import re
from hashlib import sha256
from importlib.resources import files

import pytest

from ai_conspects.core.prompts import prompt, prompt_version, words
from ai_conspects.pipeline.note_questions import PROMPTS

NAMES = ("note", "note_shape", "note_form", "facts", "join", "entailment", "relationships")
KNOWN = {
    "note.en": (3, "f910147d52da"),
    "note.ru": (3, "02cfb6598601"),
    "note_shape.en": (1, "271dc4ff29ac"),
    "note_shape.ru": (1, "847ab6b0015e"),
    "note_form.en": (1, "02a4a1559575"),
    "note_form.ru": (1, "495a77ceea8a"),
    "facts.en": (1, "fbab907bc6a8"),
    "facts.ru": (1, "cfb05f867b82"),
    "join.en": (1, "1e08ef34fe52"),
    "join.ru": (1, "04baee8166c9"),
    "entailment.en": (1, "b21f45c6cbfe"),
    "entailment.ru": (1, "58c9023e5919"),
    "relationships.en": (1, "cac6f5382245"),
    "relationships.ru": (1, "6d73ade1e954"),
}


def text(name: str, language: str) -> str:
    return (files(PROMPTS) / f"{name}.{language}.md").read_text("utf-8")


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_prompt_has_a_new_version(name: str, language: str) -> None:
    version, digest = KNOWN[f"{name}.{language}"]
    assert prompt_version(PROMPTS, name, language) == f"{name}.{language}@{version}"
    assert sha256(text(name, language).encode()).hexdigest()[:12] == digest, (
        "new words: raise the version in both places"
    )


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_fields(name: str) -> None:
    fields = [set(re.findall(r"\$(\w+)", text(name, language))) for language in ("en", "ru")]
    assert fields[0] == fields[1]
    assert not prompt(PROMPTS, name, "ru").template.startswith("<!--")


def test_words_for_settings_are_there_in_both_languages() -> None:
    english, russian = (words(PROMPTS, "words", language) for language in ("en", "ru"))
    assert english.keys() == russian.keys()
    for table in english.keys() - {"languages"}:
        assert english[table].keys() == russian[table].keys()


def test_another_language_gets_the_english_prompt() -> None:
    assert prompt_version(PROMPTS, "note", "de-AT") == prompt_version(PROMPTS, "note", "en")
