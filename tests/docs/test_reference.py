"""The reference of the settings is what the generator prints, names every variable, and shows no secret."""

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from ai_conspects.cli import reference
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.environment import of_settings
from tests.docs.pages import DOCS


def test_the_page_is_what_the_generator_prints() -> None:
    page = (DOCS / "configuration.md").read_text("utf-8")
    assert page == reference.reference(), "run: python -m ai_conspects.cli.reference > docs/configuration.md"


def test_every_variable_that_is_read_stands_there_once() -> None:
    read = of_settings(Settings(_env_file=None)).keys() | {"AI_CONSPECTS_HOME"}  # left out where it is unset
    assert sorted(reference.variables()) == sorted(read)


def test_the_protocols_names_come_first() -> None:
    named = reference.variables()
    assert named[0] == "DATABASE_URL"
    assert [name.startswith("AI_CONSPECTS_") for name in named] == sorted(
        name.startswith("AI_CONSPECTS_") for name in named
    )


def test_every_setting_says_what_it_is_for() -> None:
    rows = [line for line in reference.reference().splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.endswith("|  |")] == []


def test_bounds_and_choices_are_told() -> None:
    page = reference.reference()
    assert "| `AI_CONSPECTS_LIMITS__MAX_AUDIO_HOURS` | `12` | number > 0, ≤ 72 |" in page
    assert "| `AI_CONSPECTS_LANGUAGE_MODEL__ENGINE` | `auto` | `auto`, `openai`, `extractive` |" in page


def test_a_secrets_default_is_not_shown() -> None:
    row = reference.row(
        "", "api_key", FieldInfo(annotation=SecretStr, default=SecretStr("hidden"), description="A key.")
    )
    assert row == "| `API_KEY` | – | secret | A key. |"
