"""Prompts are files: `<name>.<language>.md` in a package, with `$fields`. Text that isn't ours goes into a fence."""

import secrets
from functools import cache
from importlib.resources import files
from string import Template
from typing import Literal

FALLBACK_LANGUAGE = "en"


@cache
def prompt(package: str, name: str, language: str) -> Template:
    """The prompt in that language (a BCP 47 tag), in English where there is none."""
    folder = files(package)
    own = folder / f"{name}.{language.split('-')[0]}.md"
    chosen = own if own.is_file() else folder / f"{name}.{FALLBACK_LANGUAGE}.md"
    return Template(chosen.read_text(encoding="utf-8"))


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
