"""Token buckets: how many requests are let through, and what is told about them."""

import re

from hypothesis import given
from hypothesis import strategies as st

from api.auth.rate_limit import BUCKETS, Claim, Rate, RateLimiter, limit_headers, rate, take_all

GAPS = st.lists(st.floats(0, 10), max_size=50)


class TestRateLimit:
    def test_a_burst_then_a_steady_rate(self) -> None:
        limiter = RateLimiter(Rate(3, 2.0))
        assert [limiter.take("a", 0.0).wait for _ in range(4)] == [0, 0, 0, 0.5]
        assert limiter.take("a", 0.5).wait == 0
        assert limiter.take("a", 0.5).wait == 0.5

    def test_callers_do_not_disturb_each_other(self) -> None:
        limiter = RateLimiter(Rate(1, 1.0))
        assert [limiter.take(caller, 0.0).wait for caller in "aabb"] == [0, 1, 0, 1]

    def test_only_so_many_callers_are_remembered(self) -> None:
        limiter = RateLimiter(Rate(1, 1.0))
        assert all(limiter.take(str(number), 0.0).wait == 0 for number in range(BUCKETS + 1))
        assert limiter.take("0", 0.0).wait == 0  # the first one was forgotten
        assert limiter.take(str(BUCKETS), 0.0).wait == 1

    @given(st.lists(st.floats(0, 10), max_size=50))
    def test_never_more_than_burst_and_rate_allow(self, gaps: list[float]) -> None:
        limiter, now, passed = RateLimiter(Rate(5, 2.0)), 0.0, 0
        for gap in gaps:
            now += gap
            passed += limiter.take("a", now).wait == 0
        assert passed <= 5 + 2.0 * now + 1e-6

    @given(GAPS)
    def test_who_waits_as_long_as_told_is_let_through(self, gaps: list[float]) -> None:
        limiter, now = RateLimiter(Rate(2, 0.7)), 0.0
        for gap in gaps:
            now += gap
            wait = limiter.take("a", now).wait
            if wait > 0:
                now += wait + 1e-6
                assert limiter.take("a", now).wait == 0

    @given(GAPS)
    def test_what_is_told_is_true(self, gaps: list[float]) -> None:
        """`left` more go through at once, and after `full_in` the whole burst does."""
        limiter, now = RateLimiter(Rate(4, 1.5)), sum(gaps)
        for count in range(len(gaps)):
            limiter.take("a", sum(gaps[:count]))
        taken = limiter.take("a", now)
        assert [limiter.take("a", now).wait == 0 for _ in range(taken.left + 1)] == [True] * taken.left + [False]
        later = now + limiter.look("a", now).full_in + 4 / 1.5
        assert [limiter.take("a", later).wait == 0 for _ in range(5)] == [True] * 4 + [False]

    @given(GAPS)
    def test_to_be_refused_costs_nothing(self, gaps: list[float]) -> None:
        """Whoever goes on asking is let through as often as one who asks only when it helps."""
        eager, patient, now = RateLimiter(Rate(2, 1.0)), RateLimiter(Rate(2, 1.0)), 0.0
        for gap in gaps:
            now += gap
            let_through = eager.take("a", now).wait == 0
            assert let_through == (patient.look("a", now).wait == 0)
            if let_through:
                patient.take("a", now)

    def test_looking_uses_nothing_up(self) -> None:
        limiter = RateLimiter(Rate(1, 1.0))
        assert [limiter.look("a", 0.0).wait for _ in range(3)] == [0, 0, 0]
        assert limiter.take("a", 0.0).wait == 0


class TestSeveralLimits:
    def test_who_is_over_the_own_limit_uses_up_nothing_of_what_is_shared(self) -> None:
        own, shared = RateLimiter(Rate(1, 1.0)), RateLimiter(Rate(3, 1.0))

        def ask(caller: str) -> float:
            return max(one.wait for one in take_all([Claim(own, caller), Claim(shared, "tenant")], 0.0))

        assert [ask("a") for _ in range(5)] == [0, 1, 1, 1, 1]
        assert [ask("b"), ask("c"), ask("d")] == [0, 0, 1]

    def test_the_headers_are_those_of_the_draft(self) -> None:
        own, shared = RateLimiter(rate(60, 30), "credential"), RateLimiter(rate(100, 60), "tenant")
        claims = [Claim(own, "a"), Claim(shared, "t")]
        headers = limit_headers(claims, take_all(claims, 0.0))
        assert headers == {
            "RateLimit-Policy": '"credential";q=60;w=30, "tenant";q=100;w=60',
            "RateLimit": '"credential";r=59;t=1, "tenant";r=99;t=1',
        }

    @given(st.integers(1, 10_000), st.integers(1, 3_600))
    def test_a_rate_is_told_as_it_was_set(self, requests: int, seconds: int) -> None:
        claims = [Claim(RateLimiter(rate(requests, seconds), "x"), "a")]
        policy = limit_headers(claims, take_all(claims, 0.0))["RateLimit-Policy"]
        assert re.fullmatch(rf'"x";q={requests};w={seconds}', policy)
