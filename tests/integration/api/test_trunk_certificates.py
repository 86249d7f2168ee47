"""Certificates of trunks over HTTP: sealed keys, clear refusals, the end that is shown; two tenants."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from api_server import THEIRS, Centre, problem

from kernel.primitives.secret import Secret
from tenants.directory.operator import OperatorTrunks
from tests.certificates import DAY, Authority

TRUNK: dict[str, Any] = {"name": "Carrier", "sources": [], "host": "sip.example.com", "transport": "tls"}


class Papers:
    """A certificate with its key, another key, an old certificate, and who signed them."""

    def __init__(self, folder: Path, now: datetime) -> None:
        age, month = datetime.now(UTC) - now, timedelta(days=30)
        authority = Authority(folder)
        files, other = authority.issue("pbx.ours.example", age=age), authority.issue("other.example", age=age)
        self.certificate, self.key = Path(files.certificate).read_text(), Path(files.key).read_text()
        self.other_key = Path(other.key).read_text()
        self.authority = Path(authority.file).read_text()
        late = authority.issue("pbx.ours.example", file="late", age=age + month)
        self.late, self.late_key = Path(late.certificate).read_text(), Path(late.key).read_text()
        early = authority.issue("pbx.ours.example", file="early", age=age - month)
        self.early, self.early_key = Path(early.certificate).read_text(), Path(early.key).read_text()


@pytest.fixture
def papers(centre: Centre, tmp_path: Path) -> Papers:
    return Papers(tmp_path, centre.services.clock.now())


async def test_the_gateway_learns_the_key_and_nobody_else_does(centre: Centre, papers: Papers) -> None:
    client = await centre.client()
    tls = {"certificate": papers.certificate, "trusted_ca": papers.authority, "peer_names": ["pbx.example.com"]}
    tls["client_ca"] = papers.authority
    made = await client.post("/v1/trunks", json=TRUNK | {"tls": tls, "tls_key": papers.key})
    assert made.status_code == 201, made.text
    assert made.json()["tls"] == tls
    ends = datetime.fromisoformat(made.json()["tls_expires_at"])
    told = made.json()["tls_certificate"]
    assert (told["issuer"], datetime.fromisoformat(told["expires_at"])) == ("CN=authority", ends)
    assert timedelta() < ends - centre.services.clock.now() <= DAY
    secret = papers.key.splitlines()[2]
    assert secret not in made.text + (await client.get("/v1/trunks")).text + str(await centre.audit())
    directory = OperatorTrunks(centre.database, centre.services.secrets)
    place, ours = f"/v1/trunks/{made.json()['id']}", await centre.tenant()
    (config,) = [one for one in await directory.trunks(ours) if str(one.trunk) == made.json()["id"]]
    assert config.tls_key == Secret(papers.key)
    assert [one.tls_key for one in await directory.trunks(await centre.tenant(THEIRS)) if one.tls_key] == []
    problem(await client.patch(place, json={"tls_key": None}), 422, "invalid_input")
    problem(await client.patch(place, json={"tls_key": papers.other_key}), 422, "invalid_input")
    gone = await client.patch(place, json={"tls": None, "tls_key": None})
    assert (gone.json()["tls"], gone.json()["tls_expires_at"]) == (None, None)
    assert [one.tls_key for one in await directory.trunks(ours) if one.tls_key] == []


WRONG = {
    "no certificate": ("tls", "bad_certificate"),
    "another key": ("tls_key", "other_key"),
    "no key": ("tls_key", "bad_key"),
    "without key": ("tls_key", "missing"),
    "ended": ("tls", "expired"),
    "not begun": ("tls", "not_yet_valid"),
    "no authority": ("tls", "bad_authority"),
    "another transport": ("tls", "not_tls"),
    "no authority of clients": ("tls", "bad_client_authority"),
    "any certificate of an authority": ("tls", "no_names"),
}


@pytest.mark.parametrize(("what", "found"), WRONG.items(), ids=WRONG)
async def test_what_no_carrier_would_take_is_refused(
    centre: Centre, papers: Papers, what: str, found: tuple[str, str]
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "no certificate": {"tls": {"certificate": "paper"}, "tls_key": papers.key},
        "another key": {"tls": {"certificate": papers.certificate}, "tls_key": papers.other_key},
        "no key": {"tls": {"certificate": papers.certificate}, "tls_key": "key"},
        "without key": {"tls": {"certificate": papers.certificate}},
        "ended": {"tls": {"certificate": papers.late}, "tls_key": papers.late_key},
        "not begun": {"tls": {"certificate": papers.early}, "tls_key": papers.early_key},
        "no authority": {"tls": {"trusted_ca": papers.certificate}},
        "another transport": {"tls": {"trusted_ca": papers.authority}, "transport": "tcp"},
        "no authority of clients": {"tls": {"client_ca": papers.certificate, "peer_names": ["pbx.example.com"]}},
        "any certificate of an authority": {"tls": {"client_ca": papers.authority}},
    }
    client = await centre.client()
    document = problem(await client.post("/v1/trunks", json=TRUNK | bodies[what]), 422, "invalid_input")
    assert [(error["field"], error["code"]) for error in document["errors"]] == [found]
