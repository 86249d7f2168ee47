"""The parts of the door, told the time: bans that decay, rates, sources, admission."""

from itertools import pairwise

import pytest

from gateway.guard import rates
from gateway.guard.admission import LOOK_SECONDS, MAX_SHARE, PATIENCE, STALE_SECONDS, Admission
from gateway.guard.bans import HALF_LIFE, MAX_SOURCES, THRESHOLD, Bans
from gateway.guard.rates import SourceRates
from gateway.guard.sources import source_key

SCANNER, OFFICE, TRUNK = "203.0.113.9", "198.51.100.7", "192.0.2.1"


class TestBans:
    def test_a_scanner_is_banned_and_others_are_not(self) -> None:
        bans = Bans()
        told = [bans.strike(SCANNER, 1.0, 0.0) for _ in range(int(THRESHOLD))]
        assert told == [False] * (len(told) - 1) + [True], "the ban is told once"
        assert bans.is_banned(SCANNER, 0.0)
        assert not bans.is_banned(OFFICE, 0.0)
        assert bans.count(0.0) == 1

    def test_a_ban_ends_by_keeping_still(self) -> None:
        bans = Bans()
        bans.strike(SCANNER, THRESHOLD * 4, 0.0)
        assert bans.seconds_left(SCANNER, 0.0) == pytest.approx(2 * HALF_LIFE)
        assert bans.is_banned(SCANNER, 2 * HALF_LIFE - 1)
        assert not bans.is_banned(SCANNER, 2 * HALF_LIFE + 1)

    def test_the_shortest_ban_holds_one_half_life(self) -> None:
        bans = Bans()
        bans.strike(SCANNER, THRESHOLD, 0.0)
        assert bans.is_banned(SCANNER, HALF_LIFE - 1)
        assert not bans.is_banned(SCANNER, HALF_LIFE + 1)

    def test_slow_mistakes_never_add_up_to_a_ban(self) -> None:
        bans = Bans()
        for number in range(1_000):
            bans.strike(OFFICE, 5.0, number * HALF_LIFE)
            assert not bans.is_banned(OFFICE, number * HALF_LIFE)

    def test_an_endless_scanner_is_free_an_hour_after_it_ended(self) -> None:
        bans = Bans()
        for second in range(1_000):
            bans.strike(SCANNER, 1_000.0, float(second))
        assert bans.is_banned(SCANNER, 1_000.0 + 3_500)
        assert not bans.is_banned(SCANNER, 1_000.0 + 3_700)

    def test_a_trunk_is_never_banned_for_forged_datagrams(self) -> None:
        bans = Bans(lambda host: host == TRUNK)
        assert not bans.strike(TRUNK, 10_000, 0.0)
        assert not bans.is_banned(TRUNK, 0.0)

    def test_a_right_password_forgives(self) -> None:
        bans = Bans()
        bans.strike(OFFICE, THRESHOLD, 0.0)
        bans.forgive(OFFICE)
        assert not bans.is_banned(OFFICE, 0.0)

    def test_a_flood_of_forged_sources_keeps_memory_bounded(self) -> None:
        bans = Bans()
        for number in range(MAX_SOURCES + 10):
            bans.strike(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", THRESHOLD, 0.0)
        assert bans.count(0.0) == MAX_SOURCES


class TestRates:
    def test_a_burst_then_the_rate(self) -> None:
        limits = SourceRates(per_second=10, burst=5)
        assert [limits.take(OFFICE, 0.0) for _ in range(6)] == [True] * 5 + [False]
        assert limits.take(SCANNER, 0.0), "each source has its own"
        assert [limits.take(OFFICE, 0.2) for _ in range(3)] == [True, True, False]

    def test_a_flood_of_forged_sources_keeps_memory_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rates, "MAX_SOURCES", 3)
        flooded = SourceRates(per_second=10, burst=5)
        for number in range(100):
            assert flooded.take(f"10.0.0.{number}", 0.0)
            assert len(flooded._buckets) <= 3  # pyright: ignore


class TestSources:
    @pytest.mark.parametrize(
        ("host", "key"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("fe80::1%eth0", "fe80::/64"),
        ],
    )
    def test_an_ipv6_customer_is_one_source(self, host: str, key: str) -> None:
        assert source_key(host) == key


class TestAdmission:
    def refused(self, admission: Admission, now: float, calls: int = 1_000) -> int:
        return sum(admission.refuses(now) is not None for _ in range(calls))

    def test_nothing_is_refused_at_ease(self) -> None:
        admission = Admission()
        admission.note(0.8, 0.01, 0.0)
        assert self.refused(admission, 0.0) == 0

    def test_a_hiccup_refuses_nobody(self) -> None:
        admission = Admission()
        for look in range(10 * PATIENCE):
            admission.note(0.99 if look % PATIENCE else 0.5, 0.5 if look % PATIENCE else 0.0, 0.0)
            assert self.refused(admission, 0.0) == 0

    def test_a_full_core_where_nothing_waits_refuses_nobody(self) -> None:
        admission = Admission()
        for _ in range(10 * PATIENCE):
            admission.note(1.0, 0.02, 0.0)
        assert self.refused(admission, 0.0) == 0

    @pytest.mark.parametrize(("cpu", "delay"), [(0.99, 0.05), (0.2, 0.5)])
    def test_either_sign_of_overload_refuses_a_growing_share(self, cpu: float, delay: float) -> None:
        admission, shares = Admission(), list[int]()
        for look in range(20):
            now = look * LOOK_SECONDS
            admission.note(cpu, delay, now)
            shares.append(self.refused(admission, now))
        assert all(later >= sooner - 1 for sooner, later in pairwise(shares)), "but for rounding"
        assert shares[: PATIENCE - 1] == [0] * (PATIENCE - 1)
        assert 50 <= shares[PATIENCE - 1] <= 400, "what begins refuses some calls, not most"
        assert shares[-1] == pytest.approx(MAX_SHARE * 1_000, abs=2), "some are tried always"

    def test_the_share_shrinks_when_the_load_is_gone(self) -> None:
        admission = Admission()
        for _ in range(20):
            admission.note(1.0, 0.05, 0.0)
        for _ in range(20):
            admission.note(0.5, 0.0, 0.0)
        assert self.refused(admission, 0.0) == 0

    def test_looks_of_long_ago_refuse_nobody(self) -> None:
        admission = Admission()
        for _ in range(PATIENCE):
            admission.note(1.0, 1.0, 0.0)
        assert admission.is_shedding(STALE_SECONDS)
        assert not admission.is_shedding(STALE_SECONDS + 1)

    def test_those_refused_together_do_not_come_back_together(self) -> None:
        admission = Admission()
        admission.share = MAX_SHARE
        admission.note(0.9, 0.0, 0.0)
        asked = {admission.refuses(0.0) for _ in range(20)} - {None}
        assert len(asked) > 2
