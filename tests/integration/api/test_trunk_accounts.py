"""Accounts of trunks' peers, and keys that calls are signed by, over HTTP: sealed, the tenant's own; two tenants."""

from typing import Any

import pytest
from api_server import THEIRS, Centre, problem
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.contracts.trunks import Signing
from kernel.primitives.secret import Secret
from tenants.directory import Role
from tenants.directory.operator import OperatorPhones, OperatorTrunks

PASSWORD = "a password for two machines"
PBX: dict[str, Any] = {"name": "PBX", "sources": []}


def account(domain: str, **more: Any) -> dict[str, Any]:
    return {"domain": domain, "username": "headquarters", "registers": True} | more


async def with_domain(centre: Centre, name: str, whose: str = "") -> Any:
    client = await centre.client(Role.OWNER, whose) if whose else await centre.client()
    made = await client.post("/v1/phone-domains", json={"domain": name})
    assert made.status_code == 201, made.text
    return client, made.json()["id"]


async def test_the_gateway_learns_the_account_and_nobody_else_the_password(centre: Centre) -> None:
    client, domain = await with_domain(centre, "pbx.ours.example")
    body = PBX | {"inbound": account("pbx.ours.example", algorithm="SHA-256"), "inbound_password": PASSWORD}
    made = await client.post("/v1/trunks", json=body)
    assert made.status_code == 201, made.text
    assert PASSWORD not in made.text + (await client.get("/v1/trunks")).text + str(await centre.audit())
    directory = OperatorPhones(centre.database, centre.services.secrets)
    (config,) = await directory.phones()
    assert (config.name, config.domain, config.algorithm) == ("headquarters", "pbx.ours.example", "SHA-256")
    assert (config.secret, config.agent, str(config.trunk)) == (Secret(PASSWORD), None, made.json()["id"])
    assert await directory.phones(await centre.tenant(THEIRS)) == []
    problem(await client.delete(f"/v1/phone-domains/{domain}"), 409, "still_in_use")
    place = f"/v1/trunks/{made.json()['id']}"
    problem(await client.patch(place, json={"inbound_password": None}), 422, "invalid_input")
    gone = await client.patch(place, json={"inbound": None, "inbound_password": None, "host": "sip.example.com"})
    assert gone.is_success, gone.text
    assert await directory.phones() == []
    assert (await client.delete(f"/v1/phone-domains/{domain}")).status_code == 204


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"inbound": account("pbx.theirs.example")}, "inbound"),
        ({"inbound": account("pbx.ours.example", username="a b")}, "inbound"),
        ({"inbound": account("pbx.ours.example", registers=False)}, "host"),
        ({"inbound_password": "short"}, "inbound_password"),
        ({"inbound_password": None}, "inbound_password"),
        ({"host": "sip.example.com", "health": {"interval_seconds": 30}}, "inbound"),
    ],
)
async def test_what_no_peer_can_use_is_refused(centre: Centre, changes: dict[str, Any], field: str) -> None:
    client, _ = await with_domain(centre, "pbx.ours.example")
    await with_domain(centre, "pbx.theirs.example", THEIRS)
    body = PBX | {"inbound": account("pbx.ours.example"), "inbound_password": PASSWORD} | changes
    document = problem(await client.post("/v1/trunks", json=body), 422, "invalid_input")
    assert field in {error["field"] for error in document["errors"]}


async def test_a_name_stands_for_one_trunk_or_one_telephone(centre: Centre) -> None:
    client, domain = await with_domain(centre, "pbx.ours.example")
    body = PBX | {"inbound": account("pbx.ours.example"), "inbound_password": PASSWORD}
    assert (await client.post("/v1/trunks", json=body)).status_code == 201
    problem(await client.post("/v1/trunks", json=body | {"name": "Other"}), 422, "invalid_input")
    agent = str(await centre.user(Role.AGENT))
    telephone = {"user_id": agent, "domain_id": domain, "name": "headquarters"}
    problem(await client.post("/v1/phones", json=telephone), 422, "invalid_input")
    assert (await client.post("/v1/phones", json=telephone | {"name": "alice"})).status_code == 201
    other = body | {"inbound": account("pbx.ours.example", username="alice")}
    problem(await client.post("/v1/trunks", json=other), 422, "invalid_input")


URL = "https://certificates.ours.example/shaken.pem"
SIGNED: dict[str, Any] = {"name": "Signed", "sources": [], "host": "sip.example.com"}


def key(curve: ec.EllipticCurve) -> str:
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return ec.generate_private_key(curve).private_bytes(pem, pkcs8, serialization.NoEncryption()).decode()


async def test_the_gateway_learns_the_key_that_calls_are_signed_by_and_nobody_else(centre: Centre) -> None:
    client, text = await centre.client(), key(ec.SECP256R1())
    made = await client.post("/v1/trunks", json=SIGNED | {"signing": {"certificate_url": URL}, "signing_key": text})
    assert made.status_code == 201, made.text
    assert made.json()["signing"] == {"certificate_url": URL}
    assert text[60:90] not in made.text + (await client.get("/v1/trunks")).text + str(await centre.audit())
    directory = OperatorTrunks(centre.database, centre.services.secrets)
    place, ours = f"/v1/trunks/{made.json()['id']}", await centre.tenant()
    (config,) = [one for one in await directory.trunks(ours) if str(one.trunk) == made.json()["id"]]
    assert (config.signing_key, config.options.signing) == (Secret(text), Signing(certificate_url=URL))
    theirs = await directory.trunks(await centre.tenant(THEIRS))
    assert [one.signing_key for one in theirs if one.signing_key is not None] == []
    problem(await client.patch(place, json={"signing_key": None}), 422, "invalid_input")
    gone = await client.patch(place, json={"signing": None, "signing_key": None})
    assert gone.is_success, gone.text
    assert [one.signing_key for one in await directory.trunks(ours) if one.signing_key is not None] == []


@pytest.mark.parametrize(
    ("url", "text", "field"),
    [
        ("http://certificates.ours.example/a", key(ec.SECP256R1()), "signing"),
        ("https://certificates.ours.example/a>,<x", key(ec.SECP256R1()), "signing"),
        (f"https://certificates.ours.example/{'a' * 500}", key(ec.SECP256R1()), "signing"),
        (URL, key(ec.SECP384R1()), "signing_key"),
        (URL, "no key", "signing_key"),
        (URL, None, "signing_key"),
    ],
)
async def test_what_no_call_can_be_signed_by_is_refused(centre: Centre, url: str, text: str | None, field: str) -> None:
    client = await centre.client()
    body = SIGNED | {"signing": {"certificate_url": url}, "signing_key": text}
    document = problem(await client.post("/v1/trunks", json=body), 422, "invalid_input")
    assert [one["field"] for one in document["errors"]] == [field]
