"""Prompts are files: `<name>.<language>.md` in a package, with `$fields`. Text that isn't ours goes into a fence.

A prompt's first line may say its version, which notes remember: `<!-- version 3 -->`. A changed text is a new version.
"""

import re
import secrets
import tomllib
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

FALLBACK_LANGUAGE = "en"


_VERSION = re.compile(r"<!-- version (\d+) -->\n")

Words = dict[str, dict[str, str]]


@cache
def prompt(package: str, name: str, language: str) -> Template:
    """The prompt in that language (a BCP 47 tag), in English where there is none."""
    return Template(_VERSION.sub("", _text(package, name, language, "md"), count=1))


@cache
def prompt_version(package: str, name: str, language: str) -> str:
    """Which text it is: `note.ru@3`; the language is that of the text, not the one asked for."""
    stated = _VERSION.match(_text(package, name, language, "md"))
    return f"{name}.{_language(package, name, language, 'md')}@{stated.group(1) if stated else 0}"


@cache
def words(package: str, name: str, language: str) -> Words:
    """Short words for prompts, by table and key: a TOML file beside them."""
    return tomllib.loads(_text(package, name, language, "toml"))


def _text(package: str, name: str, language: str, suffix: str) -> str:
    chosen = f"{name}.{_language(package, name, language, suffix)}.{suffix}"
    return (files(package) / chosen).read_text(encoding="utf-8")


def _language(package: str, name: str, language: str, suffix: str) -> str:
    own = language.split("-")[0]
    return own if (files(package) / f"{name}.{own}.{suffix}").is_file() else FALLBACK_LANGUAGE


def fenced(kind: str, text: str) -> str:
    """Data between tags that the data can't know, so that nothing said in it can close them."""
    tag = f"{kind}-{secrets.token_hex(8)}"
    return f"<{tag}>\n{text}\n</{tag}>"


def estimated_tokens(text: str) -> int:
    """About how many tokens a model makes of the text, rather too many: no tokenizer is at hand without a download.

    A third of its UTF-8 bytes where most letters are Latin or Cyrillic (a token is about 4 bytes of English, 5 of
    Russian), half of them in other scripts.
    """
    return len(text.encode("utf-8", "replace")) // (3 if script(text) != "other" else 2) + 1


def script(text: str) -> Literal["latin", "cyrillic", "other"]:
    """What most of a text's letters are, as far as tokenizers treat them differently."""
    sample = text[:2_000]
    ascii_letters = sum(character.isascii() for character in sample)
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in sample)
    if 3 * cyrillic > len(sample):
        return "cyrillic"
    return "latin" if 2 * ascii_letters >= len(sample) else "other"
