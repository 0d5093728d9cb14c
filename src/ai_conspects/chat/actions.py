"""What somebody might do next, each as a call of this API that works as it is given. Nothing is suggested for show."""

from urllib.parse import quote, urlencode

from ai_conspects.chat.phrases import phrase
from ai_conspects.chat.schemas import ChatAnswer, SuggestedAction

SEARCHED_CHARS = 400
TITLE_CHARS = 120


def suggested(
    shown: ChatAnswer, question: str, language: str, searched: str, failed_batch: str | None
) -> list[SuggestedAction]:
    """Open each cited note where it was said, and keep the answer as a note; where nothing was found, search by the
    same words, and try again the batch that failed: the answer may be in it."""
    if not shown.found:
        return [_search(searched, language), *([_retry(failed_batch, language)] if failed_batch else [])]
    first = {citation.note_id: citation for citation in reversed(shown.citations)}
    opened = [
        SuggestedAction(
            type="open_note",
            label=phrase("open", language, title=citation.title),
            method="GET",
            path=f"/v1/notes/{citation.note_id}",
            note_id=citation.note_id,
            recording_id=citation.recording_id,
            start=citation.start,
        )
        for citation in reversed(first.values())
    ]
    return [*opened, _note(shown, question, language)]


def _note(shown: ChatAnswer, question: str, language: str) -> SuggestedAction:
    sources = [
        f"{one.position}. {one.title}{'' if one.start is None else f' ({_clock(one.start)})'}: “{one.quote}”"
        for one in shown.citations
    ]
    body: dict[str, object] = {
        "title": question[:TITLE_CHARS],
        "content": "\n\n".join([shown.message, "\n".join(sources)]),
    }
    return SuggestedAction(
        type="create_note", label=phrase("keep", language), method="POST", path="/v1/notes", body=body
    )


def _search(searched: str, language: str) -> SuggestedAction:
    asked = searched[:SEARCHED_CHARS]
    label = phrase("search", language, words=asked)
    return SuggestedAction(type="search", label=label, method="GET", path=f"/v1/search?{urlencode({'q': asked})}")


def _retry(batch_id: str, language: str) -> SuggestedAction:
    path = f"/v1/batches/{quote(batch_id, safe='')}/retry"
    return SuggestedAction(type="retry_batch", label=phrase("retry", language), method="POST", path=path)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
