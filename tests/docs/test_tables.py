"""A table ends where its page says: a line of text right below it would be shown as one more row."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=name_of)
def test_text_is_apart_from_a_table(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    below = [under for above, under in pairwise(lines) if above.startswith("|") and not under.startswith("|")]
    assert [line for line in below if line] == []
