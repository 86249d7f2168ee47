"""Peers of trunks: accounts whose INVITEs name other callers than themselves."""

from uuid import UUID

import msgspec
import pytest

from gateway.registrar.admission import WRONG_PASSWORD
from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import Algorithm
from gateway.sip.message import Request, Response
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import TenantId, TrunkId
from tests.unit.gateway.registrar.rig import ALICE, ONE, OTHER_ALICE, TWO, Site, authorize, flow, phone, register

FLOW, ELSEWHERE = flow(), flow(host="203.0.113.200")


def peer(number: int, tenant: TenantId, name: str, domain: str, algorithm: Algorithm = "MD5") -> PhoneConfig:
    config = phone(number, tenant, name, domain, algorithm)
    return msgspec.structs.replace(config, agent=None, trunk=TrunkId(UUID(int=number)))


PBX = peer(5, ONE, "headquarters", "one.example", "SHA-256")
THEIR_PBX = peer(6, TWO, "headquarters", "two.example")
ALL = (ALICE, PBX, OTHER_ALICE, THEIR_PBX)


def invite(site: Site, host: str = "one.example", caller: str = "+442079460018") -> Request:
    to = f"+442071838750@{host}"
    return site.request("INVITE", f"sip:{to}", f"{caller}@pbx.example", to, contact="<sip:pbx@198.51.100.7>")


def last_challenge(site: Site, request: Request, config: PhoneConfig) -> Response:
    """The challenge of the account's own algorithm: the first one cannot know whose INVITE it is."""
    (challenge,) = site.send(request, FLOW)
    for _ in range(2):
        assert challenge.status == 407
        asked = AuthValue.parse(challenge.headers.get("proxy-authenticate") or "").params
        if asked["algorithm"] == config.algorithm:
            return challenge
        (challenge,) = site.send(authorize(request, challenge, config, nc=7), FLOW)
        again = AuthValue.parse(challenge.headers.get("proxy-authenticate") or "").params
        assert again["stale"] == "true"
    raise AssertionError("never asked by the account's algorithm")


@pytest.mark.parametrize("config", [PBX, THEIR_PBX])
def test_who_proves_to_be_the_peer_may_name_any_caller(config: PhoneConfig) -> None:
    site = Site(*ALL)
    request = invite(site, config.domain)
    challenge = last_challenge(site, request, config)
    assert [one.status for one in site.send(authorize(request, challenge, config), FLOW)] == [100]
    assert site.admission.caller(site.invites[0].request) == config


def test_a_telephone_may_not() -> None:
    site = Site(*ALL)
    request = invite(site)
    challenge = last_challenge(site, request, ALICE)
    assert [one.status for one in site.send(authorize(request, challenge, ALICE), FLOW)] == [403]


def test_a_wrong_password_strikes_and_is_challenged_again() -> None:
    site = Site(*ALL)
    request = invite(site)
    challenge = last_challenge(site, request, PBX)
    (answer,) = site.send(authorize(request, challenge, PBX, secret="guessed"), FLOW)
    assert answer.status == 407
    assert site.strikes.all == [(FLOW.remote.host, WRONG_PASSWORD)]
    assert site.invites == []


def test_the_other_tenants_password_opens_nothing() -> None:
    site = Site(*ALL)
    request = invite(site)
    challenge = last_challenge(site, request, PBX)
    secret = THEIR_PBX.secret.reveal()
    assert [one.status for one in site.send(authorize(request, challenge, PBX, secret=secret), FLOW)] == [407]


def test_a_replayed_nonce_is_stale_from_wherever_it_comes() -> None:
    site = Site(*ALL)
    request = invite(site)
    answered = authorize(request, last_challenge(site, request, PBX), PBX)
    assert [one.status for one in site.send(answered, FLOW)] == [100]
    replay = answered.copy()
    replay.headers.set("Via", "SIP/2.0/UDP 203.0.113.200;branch=z9hG4bKreplayed;rport")
    replay.headers.set("Call-ID", "another")
    (answer,) = site.send(replay, ELSEWHERE)
    assert answer.status == 407
    assert "stale=true" in (answer.headers.get("proxy-authenticate") or "")
    assert len(site.invites) == 1


def test_a_source_in_a_realm_is_challenged_whatever_it_dials() -> None:
    site = Site(*ALL)
    request = invite(site, "192.0.2.1")
    assert site.admission.screen(request, FLOW, site.now) is None
    refusal = site.admission.screen(request, FLOW, site.now, "two.example")
    assert not isinstance(refusal, bool)
    assert refusal is not None
    assert refusal.status == 407
    answer = Response.to_request(request, 407, "t")
    answer.headers.add(*refusal.headers[0])
    answered = authorize(request, answer, THEIR_PBX)
    assert site.admission.screen(answered, FLOW, site.now, "two.example") is True
    assert site.admission.caller(answered, "two.example") == THEIR_PBX


def test_an_account_that_is_gone_lets_nobody_in() -> None:
    site = Site(ALICE)
    refusal = site.admission.screen(invite(site, "192.0.2.1"), FLOW, site.now, "gone.example")
    assert not isinstance(refusal, bool)
    assert refusal is not None


def test_it_registers_and_is_no_telephone_that_can_be_called_by_name() -> None:
    site = Site(*ALL)
    assert register(site, PBX, FLOW).status == 200
    assert [place.destination for place in site.registrations.places_of(PBX.phone)] == [FLOW]
    assert site.registrations.places(ONE, PBX.name) == []
    assert site.registrations.places_of(THEIR_PBX.phone) == []
