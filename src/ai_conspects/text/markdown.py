"""Between plain text and Markdown: text that is shown as it is, and the words of what somebody wrote."""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_MARK = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+]))")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _LIST_MARK.sub(r"\1\\", _SPECIAL.sub(r"\\\1", " ".join(text.split())), count=1)


_CITATION = re.compile(r"(?<!\\)\[\d{1,4}\](?!\()")
_LINE_MARK = re.compile(r"(?:#{1,6} |> ?|[-*+] (?:\[[ xX]\] )?|\d{1,9}[.)] )+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def words_of(markdown: str) -> str:
    """The text without the marks of headings, lists and quotes, escapes and numbers of citations; for searching.

    White space is single, so that patterns which look for sentences meet no long run of it.
    """
    bare = (" ".join(_CITATION.sub("", _unmarked(" ".join(line.split()))).split()) for line in markdown.splitlines())
    return "\n".join(_ESCAPED.sub(r"\1", line) for line in bare if line)


def _unmarked(line: str) -> str:
    mark = _LINE_MARK.match(line)
    return line[mark.end() :] if mark else line
