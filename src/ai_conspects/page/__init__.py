"""The web page: built from `web/` (see `hatch_build.py`), served on the API's own origin. It has no door of its own."""
