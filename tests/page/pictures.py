"""The documentation's pictures, made of the tests' own screenshots: `make pictures`.

A run's screenshots are build output and stay out of git. These few are committed, small, for the README is read where
nothing is built.
"""

from PIL import Image

from tests.page.people import ROOT, SCREENSHOTS

TAKEN = {"note": "note", "ask": "ask", "graph": "graph-light-390"}
MOST_BYTES = 100_000
FOLDER = ROOT / "docs" / "images"


def main() -> None:
    """Make them; the tests of the page must have run."""
    FOLDER.mkdir(exist_ok=True)
    for name, shot in TAKEN.items():
        target = FOLDER / f"{name}.webp"
        with Image.open(SCREENSHOTS / f"{shot}.png") as image:
            image.save(target, quality=80, method=6)
        size = target.stat().st_size
        assert size <= MOST_BYTES, f"{target.name} has {size} bytes"
        print(f"{target.relative_to(ROOT)}: {size:,} bytes")


if __name__ == "__main__":
    main()
