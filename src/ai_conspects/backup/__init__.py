"""Backup and restore: the whole of a server, rows and audio, as one file that checks itself."""
