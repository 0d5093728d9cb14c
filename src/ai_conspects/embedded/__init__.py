"""The production topology on one machine, out of PyPI wheels: PostgreSQL, Valkey, Celery workers and the API."""
