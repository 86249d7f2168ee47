"""Digest as a server: what is asked, what is believed, and what a guesser learns."""

import pytest

from gateway.registrar import nonces
from gateway.registrar.admission import NEIGHBOURS_SHARE, WRONG_PASSWORD
from gateway.registrar.nonces import NONCE_SECONDS, WINDOW, Nonces
from gateway.sip.auth_value import AuthValue
from gateway.sip.message import Request, Response
from kernel.contracts.directory import PhoneConfig
from tests.unit.gateway.registrar.rig import ALICE, BOB, OTHER_ALICE, Site, authorize, flow, register

FLOW = flow()


def a_register(site: Site, config: PhoneConfig, cseq: int = 1) -> Request:
    address = f"{config.name}@{config.domain}"
    return site.request("REGISTER", f"sip:{config.domain}", address, address, cseq, contact="<sip:a@198.51.100.7>")


def challenged(site: Site, config: PhoneConfig = ALICE) -> tuple[Request, Response]:
    request = a_register(site, config)
    (answer,) = site.send(request, FLOW)
    assert answer.status == 401
    return request, answer


def params(answer: Response) -> dict[str, str]:
    return AuthValue.parse(answer.headers.get("www-authenticate") or "").params


@pytest.mark.parametrize("config", [ALICE, OTHER_ALICE, BOB], ids=lambda config: config.algorithm)
@pytest.mark.parametrize("qop", ["auth", "auth-int", ""])
def test_each_algorithm_and_protection_is_accepted(config: PhoneConfig, qop: str) -> None:
    site = Site()
    request, challenge = challenged(site, config)
    assert params(challenge)["algorithm"] == config.algorithm
    assert site.send(authorize(request, challenge, config, qop=qop), FLOW)[0].status == 200


@pytest.mark.parametrize("config", [OTHER_ALICE, BOB], ids=lambda config: config.algorithm)
def test_who_knows_more_than_md5_may_protect_the_body(config: PhoneConfig) -> None:
    _, challenge = challenged(Site(), config)
    assert params(challenge)["qop"] == "auth,auth-int"


def test_a_body_that_was_changed_on_its_way_proves_nothing() -> None:
    site = Site()
    request, challenge = challenged(site, BOB)
    changed = authorize(request, challenge, BOB, qop="auth-int")
    changed.body = b"another"
    changed.headers.set("Content-Length", str(len(changed.body)))
    assert site.send(changed, FLOW)[0].status == 401
    assert site.registrations.of(BOB.phone) == ()


def test_credentials_for_another_address_are_none() -> None:
    site = Site()
    request, challenge = challenged(site)
    (answer,) = site.send(authorize(request, challenge, ALICE, uri="sip:bob@one.example"), FLOW)
    assert answer.status == 401
    assert site.strikes.all == [], "nobody guessed"


def test_credentials_are_found_among_those_of_other_realms() -> None:
    site = Site()
    request, challenge = challenged(site)
    right = authorize(request, challenge, ALICE)
    ours = right.headers.get("authorization") or ""
    right.headers.remove("authorization")
    for value in (ours.replace("one.example", "elsewhere.example"), "Basic eDp5", ours):
        right.headers.add("Authorization", value)
    assert site.send(right, FLOW)[0].status == 200


def test_a_telephone_that_knows_md5_only_gets_one_challenge_with_one_protection() -> None:
    _, challenge = challenged(Site())
    assert len(challenge.headers.get_all("www-authenticate")) == 1
    assert params(challenge)["qop"] == "auth"


def test_a_wrong_password_is_challenged_again_and_strikes() -> None:
    site = Site()
    request, challenge = challenged(site)
    (answer,) = site.send(authorize(request, challenge, ALICE, secret="guess"), FLOW)
    assert answer.status == 401
    assert "stale" not in params(answer)
    assert site.strikes.all == [("198.51.100.7", WRONG_PASSWORD)]


def test_where_telephones_are_registered_a_wrong_password_weighs_little() -> None:
    site = Site()
    register(site, BOB, FLOW)
    request, challenge = challenged(site)
    site.send(authorize(request, challenge, ALICE, secret="guess"), FLOW)
    assert site.strikes.all == [("198.51.100.7", WRONG_PASSWORD * NEIGHBOURS_SHARE)]


def test_the_other_tenants_telephone_of_the_same_name_is_another_user() -> None:
    site = Site()
    request, challenge = challenged(site, OTHER_ALICE)
    (answer,) = site.send(authorize(request, challenge, OTHER_ALICE, secret=ALICE.secret.reveal()), FLOW)
    assert answer.status == 401


def test_credentials_of_one_telephone_do_not_register_another() -> None:
    site = Site()
    request = a_register(site, BOB)
    (challenge,) = site.send(a_register(site, ALICE), FLOW)
    (answer,) = site.send(authorize(request, challenge, ALICE), FLOW)
    assert answer.status == 403
    assert site.registrations.of(BOB.phone) == ()


class TestUnknownUsers:
    def answers(self, site: Site, name: str) -> tuple[dict[str, str], list[str]]:
        address = f"{name}@one.example"
        request = site.request("REGISTER", "sip:one.example", address, address)
        (first,) = site.send(request, FLOW)
        (second,) = site.send(authorize(request, first, ALICE, secret="guess"), FLOW)
        return params(first), [f"{field}" for field, _ in second.headers] + [str(second.status)]

    def test_are_answered_like_known_ones_with_a_wrong_password(self) -> None:
        site = Site(ALICE)
        known, unknown = self.answers(site, "alice"), self.answers(site, "nobody")
        assert known[1] == unknown[1]
        for fields, _ in (known, unknown):
            del fields["nonce"]
        assert known[0] == unknown[0]

    def test_are_challenged_by_the_algorithms_of_known_ones(self) -> None:
        site = Site()
        asked = {name: self.answers(site, name)[0]["algorithm"] for name in map(str, range(20))}
        assert set(asked.values()) == {"MD5", "SHA-512-256"}  # of the telephones in this domain
        assert asked == {name: self.answers(site, name)[0]["algorithm"] for name in asked}


class TestNonces:
    def test_are_used_again_with_a_higher_count(self) -> None:
        site = Site()
        _, challenge = challenged(site)
        for count in (1, 2, 3):
            again = a_register(site, ALICE, cseq=count * 10)
            assert site.send(authorize(again, challenge, ALICE, nc=count), FLOW)[0].status == 200

    def test_a_replayed_request_is_stale_and_no_strike(self) -> None:
        site = Site()
        request, challenge = challenged(site)
        assert site.send(authorize(request, challenge, ALICE), FLOW)[0].status == 200
        replay = authorize(a_register(site, ALICE), challenge, ALICE)
        (answer,) = site.send(replay, flow(6000, "203.0.113.9"))
        assert answer.status == 401
        assert params(answer)["stale"] == "true"
        assert site.strikes.all == []

    def test_without_qop_a_nonce_is_good_once(self) -> None:
        site = Site()
        _, challenge = challenged(site)
        statuses = [
            site.send(authorize(a_register(site, ALICE, cseq), challenge, ALICE, qop=""), FLOW)[0].status
            for cseq in (10, 20)
        ]
        assert statuses == [200, 401]

    def test_an_old_one_is_stale(self) -> None:
        site = Site()
        request, challenge = challenged(site)
        site.now += NONCE_SECONDS + 1
        assert params(site.send(authorize(request, challenge, ALICE), FLOW)[0])["stale"] == "true"

    def test_one_of_another_process_is_stale_for_who_knows_the_password(self) -> None:
        request, challenge = challenged(Site())
        other = Site()
        other.digest._nonces = Nonces(b"another key")  # pyright: ignore[reportPrivateUsage]
        assert params(other.send(authorize(request, challenge, ALICE), FLOW)[0])["stale"] == "true"

    def test_counts_may_come_late_within_the_window_but_once(self) -> None:
        some = Nonces(b"key")
        nonce = some.issue("realm", "MD5", 1.0)
        assert some.take(nonce, "realm", "MD5", WINDOW + 5, 1.0)
        assert some.take(nonce, "realm", "MD5", 5, 1.0)
        assert not some.take(nonce, "realm", "MD5", 5, 1.0)
        assert not some.take(nonce, "realm", "MD5", 4, 1.0)
        assert some.take(nonce, "realm", "MD5", 6, 1.0)
        assert not some.take(nonce, "realm", "MD5", WINDOW + 5, 1.0)

    def test_each_count_is_taken_once_in_any_order(self) -> None:
        some = Nonces(b"key")
        nonce = some.issue("realm", "MD5", 1.0)
        order = [3, 1, 2, 8, 5, 4, 7, 6]
        assert all(some.take(nonce, "realm", "MD5", count, 1.0) for count in order)
        assert not any(some.take(nonce, "realm", "MD5", count, 1.0) for count in order)

    def test_are_bound_to_realm_and_algorithm(self) -> None:
        some = Nonces(b"key")
        nonce = some.issue("realm", "MD5", 1.0)
        assert not some.take(nonce, "other", "MD5", 1, 1.0)
        assert not some.take(nonce, "realm", "SHA-256", 1, 1.0)

    def test_what_is_forgotten_for_want_of_room_cannot_be_replayed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(nonces, "MAX_USED", 2)
        some = Nonces(b"key")
        issued = [some.issue("realm", "MD5", float(second)) for second in range(1, 5)]
        assert all(some.take(nonce, "realm", "MD5", 1, 9.0) for nonce in issued)
        assert not any(some.take(nonce, "realm", "MD5", 1, 9.0) for nonce in issued)

    @pytest.mark.parametrize("nonce", ["", ".", "a.b.c", "0.0." + "0" * 32, "\udc80.1.x"])
    def test_foreign_ones_are_refused(self, nonce: str) -> None:
        assert not Nonces(b"key").take(nonce, "realm", "MD5", 1, 1.0)
