"""`GET /search`."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep
from ai_conspects.batches.schemas import Moment
from ai_conspects.core import pagination
from ai_conspects.core.http import PlainText, storable
from ai_conspects.core.openapi import documented
from ai_conspects.search.schemas import SearchPage, search_page
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import Search
from ai_conspects.search.service import Mode

router = APIRouter(prefix="/search", tags=["search"])

Asked = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"\S"), AfterValidator(storable)]


class SearchParameters(BaseModel):
    """What is looked for, and in which notes."""

    model_config = ConfigDict(extra="forbid")

    q: Asked = Field(
        description='Words in any form; `"a phrase"`; `begin*`. A last word with nothing after it may be unfinished.',
        examples=["переобучение нейронной сети", '"gradient descent" rate*'],
    )
    mode: Mode = Mode.HYBRID
    tag: list[PlainText] = Field(default_factory=list, max_length=50, description="Notes with any of these tags.")
    created_after: Moment | None = Field(None, description="Notes made at this moment or later.")
    created_before: Moment | None = Field(None, description="Notes made before this moment.")
    is_favorite: bool | None = None
    recording_id: PlainText | None = Field(None, max_length=128, description="The client's id of the recording.")
    type: PlainText | None = Field(None, max_length=20, description="`recording` or `manual`.")
    limit: int = Field(20, ge=1, le=50, description="Notes on a page, at most.")
    cursor: str | None = Field(None, max_length=4_000, description="The `next_cursor` of the page before.")


@router.get("", summary="Search your notes", responses=documented(401, 422, 503))
def search(asked: Annotated[SearchParameters, Query()], user: CurrentUser, parts: PartsDep) -> SearchPage:
    """Notes by words, by meaning or by both, best first, each with the piece that answers and the second it was said.

    It looks at the 100 best pieces by words and the 50 nearest by meaning: there are no more hits than that.
    """
    scope = Scope(
        user.id,
        tags=tuple(asked.tag),
        created_after=asked.created_after,
        created_before=asked.created_before,
        is_favorite=asked.is_favorite,
        recording_id=asked.recording_id,
        type=asked.type,
    )
    listed = f"search {asked.model_dump_json(exclude={'cursor', 'limit'})}"
    offset = pagination.decode(listed, asked.cursor, int)[0] if asked.cursor else 0
    found = Search(parts.database, parts.embeddings).search(scope, asked.q, asked.mode, offset, asked.limit)
    seen = offset + len(found.items)
    more = bool(found.items) and seen < found.total
    return search_page(found, pagination.encode(listed, [str(seen)]) if more else None)
