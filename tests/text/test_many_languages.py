"""Other languages than Russian and English: less is known of them, and nothing breaks."""

import pytest

from ai_conspects.engines.language_model.base import NoteMaterial
from ai_conspects.engines.language_model.extractive_notes import draft_notes
from ai_conspects.text.analyze import analyze
from ai_conspects.text.languages import detect
from ai_conspects.text.sentences import from_text

TEXTS = {
    "ru": "Кошка спит на подоконнике. Кошка любит солнце и тёплое молоко. Вечером кошка ловит мышей в саду.",
    "en": "The cat sleeps on the windowsill. The cat loves the sun and warm milk. At night the cat hunts mice.",
    "de": "Die Katze schläft am Fenster. Die Katze liebt die Sonne und warme Milch. Nachts jagt die Katze Mäuse.",
    "es": "El gato duerme en la ventana. El gato ama el sol y la leche caliente. De noche el gato caza ratones.",
    "fr": "Le chat dort à la fenêtre. Le chat aime le soleil et le lait chaud. La nuit le chat chasse des souris.",
    "it": "Il gatto dorme alla finestra. Il gatto ama il sole e il latte caldo. Di notte il gatto caccia topi.",
    "pt": "O gato dorme na janela. O gato adora o sol e o leite quente. À noite o gato caça ratos no jardim da casa.",
    "uk": "Кішка спить на підвіконні. Кішка любить сонце і тепле молоко. Увечері кішка ловить мишей у саду.",
    "pl": "Kot śpi na parapecie. Kot lubi słońce i ciepłe mleko. Wieczorem kot łapie myszy w ogrodzie sąsiada.",
    "tr": "Kedi pencerede uyuyor. Kedi güneşi ve sıcak sütü seviyor. Geceleri kedi bahçede fare avlıyor.",
    "nl": "De kat slaapt op de vensterbank. De kat houdt van zon en warme melk. Elke nacht jaagt de kat op muizen.",
    "ar": "القطة تنام على النافذة. القطة تحب الشمس والحليب الدافئ. في الليل القطة تصطاد الفئران في الحديقة.",
    "hi": "बिल्ली खिड़की पर सोती है। बिल्ली को धूप और गर्म दूध पसंद है। रात में बिल्ली बगीचे में चूहे पकड़ती है।",
    "zh": "猫在窗台上睡觉。猫喜欢阳光和热牛奶。晚上猫在花园里抓老鼠。",
    "ja": "猫は窓辺で眠っています。猫は太陽と温かいミルクが大好きです。夜になると猫は庭でネズミを捕まえます。",
    "el": "Η γάτα κοιμάται στο παράθυρο. Η γάτα αγαπά τον ήλιο και το ζεστό γάλα. Τη νύχτα η γάτα κυνηγά ποντίκια.",
    "ko": "고양이가 창가에서 잔다. 고양이는 햇빛과 따뜻한 우유를 좋아한다. 밤에는 고양이가 정원에서 쥐를 잡는다.",
    "he": "החתול ישן על אדן החלון. החתול אוהב את השמש וחלב חם. בלילה החתול צד עכברים בגינה.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_language_is_known_and_its_text_makes_a_note(language: str) -> None:
    text = TEXTS[language]
    assert detect(text)[0] == language
    sentences = from_text(text, language)
    assert len(sentences) == 3
    analysis = analyze(sentences, language, 3)
    assert analysis.key_phrases
    assert [topic.language for topic in analysis.topics] == [language]
    (note,) = draft_notes(NoteMaterial(sentences, analysis, 3, "deep", True)).notes
    assert note.title
    assert note.summary
    assert [claim for section in note.sections for claim in section.claims]
    assert note.action_items == []


def test_a_part_in_another_language_is_told() -> None:
    spoken = from_text(TEXTS["ru"] * 12 + "\n" + "\n".join([TEXTS["de"]] * 12), "ru")
    assert {topic.language for topic in analyze(spoken, "ru", 1).topics} == {"ru", "de"}


def test_of_an_unknown_language_nothing_is_made_up() -> None:
    sentences = from_text("Zqx vrt plk. Wrt zqx mnb.", "und")
    analysis = analyze(sentences, "und", 1)
    assert (analysis.named, analysis.suggested_notes) == ((), 1)
