"""Which of a recording's sources stand at which of its notes."""

from ai_conspects.pipeline.note_sources import shared_out
from ai_conspects.pipeline.research_augmentation import FoundSource
from ai_conspects.text.sentences import from_text
from tests.scripted import LECTURE

NETWORK = FoundSource(
    title="Нейронная сеть",
    url="https://a.example/net",
    quote="Нейронная сеть учится на примерах: каждый нейрон складывает взвешенные входы.",
    relevance=0.8,
)
CONCRETE = FoundSource(
    title="Бетон",
    url="zim://ru.zim/beton",
    quote="Бетон получают из цемента, песка и воды, бетон твердеет месяц.",
    relevance=0.9,
    type="encyclopedia",
)
ON_NETWORKS = from_text(" ".join(LECTURE), "ru")
ON_CONCRETE = from_text("Бетон мешают из цемента, песка и воды. Бетон твердеет месяц. Цемент берут свежий.", "ru")


def test_each_note_has_the_sources_about_what_it_is_about() -> None:
    networks, concrete = shared_out([CONCRETE, NETWORK], [ON_NETWORKS, ON_CONCRETE], "ru", 0.7)
    assert [source.url for source in networks] == [NETWORK.url]
    assert [source.title for source in concrete] == ["Бетон"]
    assert concrete[0].url is None  # a file on the server leads its reader nowhere


def test_the_only_note_has_them_all_as_they_were_rated() -> None:
    (kept,) = shared_out([CONCRETE, NETWORK], [ON_NETWORKS], "ru", 0.7)
    assert [(source.title, source.relevance) for source in kept] == [("Бетон", 0.9), ("Нейронная сеть", 0.8)]
    assert shared_out([], [ON_NETWORKS, ON_CONCRETE], "ru", 0.7) == [(), ()]
