"""Certificates of telephone domains over HTTP: sealed keys, clear refusals, whose names they are; two tenants."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_server import THEIRS, Centre, problem
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from api.services import ApiSettings
from gateway.io.certificates import TlsFiles
from kernel.primitives.secret import Secret
from tenants.directory.operator import OperatorDomains
from tests.certificates import DAY, Authority
from tests.databases import Place

DOMAIN = "phones.ours.example"
OPERATORS = "pbx.operator.example"


def body(files: TlsFiles, key: str = "") -> dict[str, Any]:
    return {"certificate": Path(files.certificate).read_text(), "key": Path(key or files.key).read_text()}


def locked(key: str) -> str:
    """The same key under a passphrase."""
    read = load_pem_private_key(key.encode(), None)
    return read.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()


class Papers:
    """Certificates as of the centre's clock."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.age = datetime.now(UTC) - now
        self.authority = Authority(folder)
        self.root = Path(self.authority.file).read_text()
        self.stranger = Path(Authority(folder, "stranger", age=self.age).file).read_text()

    def issue(self, *names: str, file: str = "", late: timedelta = timedelta()) -> TlsFiles:
        return self.authority.issue(*names, file=file, age=self.age + late)


@pytest.fixture
def papers(centre: Centre, tmp_path: Path) -> Papers:
    return Papers(tmp_path, centre.services.clock.now())


async def made(client: Any, domain: str) -> str:
    """The place of the certificate of a new domain."""
    answer = await client.post("/v1/phone-domains", json={"domain": domain})
    assert answer.status_code == 201, answer.text
    return f"/v1/phone-domains/{answer.json()['id']}/certificate"


async def test_the_gateway_learns_the_key_and_nobody_else_does(centre: Centre, papers: Papers) -> None:
    client = await centre.client()
    place = await made(client, DOMAIN)
    problem(await client.get(place), 404, "not_found")
    put = await client.put(place, json=body(papers.issue(DOMAIN, "sip.ours.example")))
    assert put.status_code == 200, put.text
    assert (put.json()["names"], put.json()["shown_for"]) == ([DOMAIN, "sip.ours.example"], [DOMAIN])
    assert put.json()["issuer"] == "CN=authority"
    assert datetime.fromisoformat(put.json()["valid_from"]) < centre.services.clock.now()
    ends = datetime.fromisoformat(put.json()["expires_at"])
    assert timedelta() < ends - centre.services.clock.now() <= DAY
    (listed,) = (await client.get("/v1/phone-domains")).json()["items"]
    assert datetime.fromisoformat(listed["certificate_expires_at"]) == ends
    key = body(papers.issue(DOMAIN, "sip.ours.example", file="again"))["key"]
    secret = Path(papers.issue(DOMAIN).key).read_text()
    renewed = body(papers.issue(DOMAIN, file="renewed"))
    assert (await client.put(place, json=renewed)).status_code == 200
    told = put.text + (await client.get(place)).text + str(await centre.audit())
    assert not {line for one in (key, secret, renewed["key"]) for line in one.splitlines()[1:-2]} & set(told.split())
    assert "PRIVATE" not in told
    directory, ours = OperatorDomains(centre.database, centre.services.secrets), await centre.tenant()
    (config,) = await directory.domains(ours)
    assert (config.domain, config.certificate, config.key) == (DOMAIN, renewed["certificate"], Secret(renewed["key"]))
    assert await directory.domains(await centre.tenant(THEIRS)) == []
    assert (await client.delete(place)).status_code == 204
    problem(await client.get(place), 404, "not_found")
    (config,) = await directory.domains(ours)
    assert (config.certificate, config.key) == ("", None)
    (listed,) = (await client.get("/v1/phone-domains")).json()["items"]
    assert listed["certificate_expires_at"] is None


async def test_it_is_shown_for_the_tenants_other_domains_without_their_own(centre: Centre, papers: Papers) -> None:
    client = await centre.client()
    place, _ = await made(client, DOMAIN), await made(client, "second.ours.example")
    wide = papers.issue(DOMAIN, "second.ours.example", "phones.theirs.example")
    put = await client.put(place, json=body(wide))
    assert put.json()["shown_for"] == [DOMAIN, "second.ours.example"]
    other = await made(client, "third.other.example")
    wild = await client.put(other, json=body(papers.issue("*.other.example", file="wild")))
    assert (wild.status_code, wild.json()["shown_for"]) == (200, ["third.other.example"])


async def test_a_domain_of_another_tenant_is_none(centre: Centre, papers: Papers) -> None:
    place = await made(await centre.client(domain=THEIRS), DOMAIN)
    client = await centre.client()
    problem(await client.put(place, json=body(papers.issue(DOMAIN))), 404, "not_found")
    problem(await client.get(place), 404, "not_found")
    problem(await client.delete(place), 404, "not_found")


async def test_the_operators_names_are_the_operators(founded: Place, tmp_path: Path) -> None:
    settings = ApiSettings(own_names=frozenset({OPERATORS, "*.calls.operator.example"}))
    async with Centre(founded, tmp_path, settings) as centre:
        papers, client = Papers(tmp_path, centre.services.clock.now()), await centre.client()
        for domain in (OPERATORS, "ours.calls.operator.example"):
            place = await made(client, domain)
            document = problem(await client.put(place, json=body(papers.issue(domain))), 422, "invalid_input")
            found = [(error["field"], error["code"]) for error in document["errors"]]
            assert found == [("certificate", "operators_name")]


WRONG = {
    "no certificate": [("certificate", "bad_certificate")],
    "another key": [("key", "other_key")],
    "no key": [("key", "bad_key")],
    "a key with a passphrase": [("key", "encrypted_key")],
    "ended": [("certificate", "expired")],
    "not begun": [("certificate", "not_yet_valid")],
    "another name": [("certificate", "other_name")],
    "broken chain": [("certificate", "broken_chain")],
}


@pytest.mark.parametrize(("what", "found"), WRONG.items(), ids=WRONG)
async def test_what_no_telephone_would_take_is_refused(
    centre: Centre, papers: Papers, what: str, found: list[tuple[str, str]]
) -> None:
    own, month = papers.issue(DOMAIN), timedelta(days=30)
    right = body(own)
    bodies = {
        "no certificate": right | {"certificate": "paper"},
        "another key": body(own, papers.issue(DOMAIN, file="other").key),
        "no key": right | {"key": "key"},
        "a key with a passphrase": right | {"key": locked(right["key"])},
        "ended": body(papers.issue(DOMAIN, file="late", late=month)),
        "not begun": body(papers.issue(DOMAIN, file="early", late=-month)),
        "another name": body(papers.issue("elsewhere.example")),
        "broken chain": right | {"certificate": right["certificate"] + papers.stranger},
    }
    client = await centre.client()
    place = await made(client, DOMAIN)
    document = problem(await client.put(place, json=bodies[what]), 422, "invalid_input")
    assert [(error["field"], error["code"]) for error in document["errors"]] == found
    problem(await client.get(place), 404, "not_found")


async def test_a_chain_up_to_its_authority_is_taken(centre: Centre, papers: Papers, tmp_path: Path) -> None:
    papers.authority = Authority(tmp_path, "current", age=papers.age)
    right = body(papers.issue(DOMAIN))
    client = await centre.client()
    whole = right["certificate"] + Path(papers.authority.file).read_text()
    noted = {"certificate": f"subject=CN = {DOMAIN}\x00\n{whole}\nthe end"}
    put = await client.put(await made(client, DOMAIN), json=right | noted)
    assert (put.status_code, put.json()["certificate"]) == (200, whole)
