"""Tokens are taken from the system by the handful, and each is given once."""

from gateway.io.tokens import AT_ONCE, TOKEN_BYTES, SystemTokens


def test_no_token_is_given_twice() -> None:
    tokens, others = SystemTokens(), SystemTokens()
    given = [one.token() for one in (tokens, others) for _ in range(2 * AT_ONCE + 1)]
    assert len(set(given)) == len(given)
    assert {len(bytes.fromhex(token)) for token in given} == {TOKEN_BYTES}
