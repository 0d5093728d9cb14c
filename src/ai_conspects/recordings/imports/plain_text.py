"""A text without times: each paragraph becomes a segment."""

from ai_conspects.recordings.imports.imported import ImportedSegment
from ai_conspects.recordings.imports.lines import lines, with_speaker

_ENDS = (".", "!", "?", "…", ":", "。", "！", "？")


def txt(content: str) -> list[ImportedSegment]:
    """Paragraphs end at an empty line, or with a line that ends a sentence: many tools break lines anywhere."""
    paragraphs: list[list[str]] = [[]]
    for line in lines(content):
        said = " ".join(line.split())
        if said:
            paragraphs[-1].append(said)
        if paragraphs[-1] and (not said or said.endswith(_ENDS)):
            paragraphs.append([])
    return [_segment(" ".join(paragraph)) for paragraph in paragraphs if paragraph]


def _segment(paragraph: str) -> ImportedSegment:
    speaker, text = with_speaker(paragraph)
    return ImportedSegment(None, None, text, speaker=speaker)
