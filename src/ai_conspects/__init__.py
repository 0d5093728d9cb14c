"""AI Conspects: recordings in, linked and cited notes out."""

__version__ = "0.1.0"
