"""What is kept of a text's words is read in years to come, by releases that were not there when it was made."""

import pytest

from ai_conspects.text.read import parted, read, unpacked

KEPT = {
    ("Сети учатся. Она читала книги!", "ru"): (
        [268382114, 594779041, 0, 910890417, 567487770, 220317690, 0],
        [15445, 43863, 16214, 3849, 43440, 17900, 27736, 39152, 22537, 57246],
    ),
    ("Networks learn. Who read the books?", "en"): (
        [619298237, 745787997, 0, 738581666, 555855208, 11183079, 420824370, 0],
        [3722, 35673, 61818, 26752, 5789, 54426, 11793, 15009, 16743, 28134, 41777, 9918],
    ),
}


@pytest.mark.parametrize(("text", "language"), KEPT)
def test_words_have_the_numbers_that_they_had(text: str, language: str) -> None:
    """Where this fails, a migration must forget `note_chunks.words` and `tokens`: searches make them anew."""
    made = unpacked([read(parted(text), language).packed()])
    assert (made.forms.tolist(), made.pieces.tolist()) == KEPT[text, language]
