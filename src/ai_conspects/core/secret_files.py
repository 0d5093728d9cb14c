"""Settings whose values stand in files: `NAME_FILE=/run/secrets/name` instead of `NAME=…`.

Docker and Kubernetes hand secrets over as files, for an environment can be read from outside and is inherited.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic_settings import EnvSettingsSource

from ai_conspects.core.errors import ConfigurationError

SUFFIX = "_file"


class FileSettingsSource(EnvSettingsSource):
    """Reads what `NAME_FILE` points at as the value of `NAME`, for every setting and without the line's end.

    A variable that has a value of its own wins. Raises `ConfigurationError` for a file that can't be read.
    """

    def _load_env_vars(self) -> Mapping[str, str | None]:
        given = {name.lower(): value for name, value in os.environ.items()}
        named = {name.removesuffix(SUFFIX): path for name, path in given.items() if name.endswith(SUFFIX)}
        ours = {
            self._apply_case_sensitive(name): path for name, path in named.items() if path and self._is_setting(name)
        }
        return {name: _content(name, path) for name, path in ours.items() if not given.get(name)}

    def _is_setting(self, name: str) -> bool:
        """Whether it is one of ours: `GIT_INDEX_FILE` of somebody else's is not looked at."""
        aliases = {each for field in self.settings_cls.model_fields for each in self._names(field)}
        return name in aliases or name.startswith(tuple(f"{each}__" for each in aliases))

    def _names(self, field: str) -> set[str]:
        return {env_name for _, env_name, _ in self._extract_field_info(self.settings_cls.model_fields[field], field)}


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name.upper()}_FILE: {path} can't be read ({type(error).__name__}).") from error
