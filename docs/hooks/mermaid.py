"""Fetches the diagrams' script, pinned by its hash, for `make docs`: no page loads it from elsewhere."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "mermaid@11.17.2"
SHA256 = "6ad2f42c3fc26bbf9e45cbb6d11898972573ea52b33a5f4ff51952899f950ffd"


def main() -> None:
    """Where npm or its registry is not at hand, the diagrams stay text."""
    npm = shutil.which("npm", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if npm is None:
        print("npm is not at hand: the site's diagrams stay text")
        return
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run([npm, "pack", "--silent", PACKAGE], cwd=folder, check=False, stdout=subprocess.DEVNULL)
        if packed.returncode:
            print("the package was not to be had: the site's diagrams stay text")
            return
        (package,) = Path(folder).glob("*.tgz")
        if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
            sys.exit(f"{PACKAGE} is not what it was when it was pinned")
        with tarfile.open(package) as archive:
            script = archive.extractfile("package/dist/mermaid.min.js")
            if script:
                Path(sys.prefix, "mermaid.min.js").write_bytes(script.read())


if __name__ == "__main__":
    main()
