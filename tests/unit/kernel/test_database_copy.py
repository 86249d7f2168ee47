"""PostgreSQL's own programs get our URL without the password, which any user of the machine could read."""

import pytest

from kernel.adapters.database_copy import without_password
from kernel.primitives.secret import Secret


@pytest.mark.parametrize(
    ("url", "bare", "password"),
    [
        ("postgresql://me:s%40fe@db.example:5433/cord", "postgresql://me@db.example:5433/cord", "s@fe"),
        ("postgresql://me@/cord?host=%2Frun%2Fpg", "postgresql://me@/cord?host=%2Frun%2Fpg", None),
        ("postgresql://db/cord?user=me&password=safe", "postgresql://db/cord?user=me", "safe"),
        ("postgresql://db/cord?sslmode=require", "postgresql://db/cord?sslmode=require", None),
    ],
)
def test_the_password_goes_another_way(url: str, bare: str, password: str | None) -> None:
    expected = {} if password is None else {"PGPASSWORD": password}
    assert without_password(Secret(url)) == (bare, expected)
