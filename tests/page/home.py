"""What somebody has on the server whom the tests of looks, keys and words visit, and how it is sent there."""

from dataclasses import dataclass
from typing import Any

HOSTILE = '"><img src=//evil.test/x onerror=alert(1)><script>alert(2)</script>'
LECTURES = {
    "Обучение сети": "Нейронная сеть учится на примерах. Обучение нейронной сети идёт методом обратного "
    "распространения ошибки. Градиентный спуск меняет веса в сторону уменьшения ошибки.",
    "Переобучение": "Переобучение нейронной сети лечат регуляризацией и новыми данными. Регуляризация держит веса "
    "малыми. Градиентный спуск с ранней остановкой помогает против переобучения нейронной сети.",
    "Планёрка": "На следующей неделе выходит новая версия. Анна готовит список изменений до среды. Встречу перенесли.",
}


@dataclass
class Home:
    """Somebody's notes, by their recordings' names, and the browser state that opens them."""

    url: str
    state: Any
    notes: dict[str, str]

    @property
    def screens(self) -> dict[str, str]:
        return {
            "library": "/",
            "record": "/record",
            "note": f"/note/{self.notes['speech']}",
            "ask": "/ask",
            "graph": "/graph",
            "graph-list": "/graph?list=1",
            "settings": "/settings",
        }


def lecture(recording_id: str, name: str, said: str) -> dict[str, str]:
    cues = [
        f"{at + 1}\n00:00:{at * 6:02},000 --> 00:00:{at * 6 + 6:02},000\n{one}.\n"
        for at, one in enumerate(said.rstrip(".").split(". "))
    ]
    return {"id": recording_id, "filename": f"{name}.srt", "language": "ru", "content": "\n".join(cues)}


def hostile_note() -> dict[str, Any]:
    return {
        "title": HOSTILE,
        "summary": HOSTILE,
        "tags": [HOSTILE[:40], "javascript:alert(3)"],
        "content": f"# {HOSTILE}\n\n{HOSTILE}\n\n![x](http://evil.test/pixel.png) [go](javascript:alert(4)) "
        "<iframe src=//evil.test></iframe>\n\n<style>@import url(//evil.test/x.css)</style>\n\n"
        "| a |\n|---|\n| <svg onload=alert(5)> |\n\n[ok](https://example.org) &lt;b&gt;",
    }
