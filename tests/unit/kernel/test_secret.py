"""A secret is seen only when asked for."""

from kernel.primitives.secret import Secret


def test_no_way_of_printing_shows_it() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} { ({'password': secret}) }"


def test_reveal_gives_it_back() -> None:
    assert Secret("hunter2").reveal() == "hunter2"


def test_equal_secrets_compare_equal() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
