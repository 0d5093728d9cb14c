"""YAML before Markdown, as Obsidian has it: written by a dumper, never by hand, and read as plain data."""

from typing import Any

import yaml

LONGEST = 256 * 1024
"""Characters of front matter that are read."""

_FENCE = "---\n"


class BadFrontMatter(Exception):
    """It can't be read; the message says why."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML ships no types
    """Plain data without aliases, by which a few lines could become gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise BadFrontMatter("aliases are not allowed")
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # as above
    """Plain data; what YAML takes for the end of a line is escaped, or it would come back as another."""

    def represent_words(self, words: str) -> yaml.Node:
        style = '"' if _LINE_ENDS & set(words) else None
        return self.represent_scalar("tag:yaml.org,2002:str", words, style=style)


_LINE_ENDS = set("\r\x85\u2028\u2029\ufeff")
_Dumper.add_representer(str, _Dumper.represent_words)


def joined(fields: dict[str, Any], body: str) -> str:
    """A file with these fields before its body."""
    dumped = yaml.dump(fields, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    return f"{_FENCE}{dumped}{_FENCE}{body}"


def parted(text: str) -> tuple[dict[str, Any], str]:
    """The fields and the body; no fields where the file begins otherwise. Raises `BadFrontMatter`."""
    if text.startswith(_FENCE.replace("\n", "\r\n")):
        text = text.replace("\r\n", "\n")  # an editor's doing: this server writes none
    if not text.startswith(_FENCE):
        return {}, text
    end = text.find(f"\n{_FENCE}", len(_FENCE) - 1)
    if end < 0 or end > LONGEST:
        raise BadFrontMatter("it has no end" if end < 0 else "it is too long")
    try:
        fields = yaml.load(text[len(_FENCE) : end + 1], Loader=_Loader)  # noqa: S506  # derived from SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadFrontMatter(f"it is no YAML ({type(error).__name__})") from None
    if not isinstance(fields or {}, dict):
        raise BadFrontMatter("it is no mapping")
    return fields or {}, text[end + 1 + len(_FENCE) :]
