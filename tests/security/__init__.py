import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in ("auth_machine", "batch_machine", "fuzzing")))
