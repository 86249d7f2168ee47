"""Single sign-on against a real OpenID Connect server: `oidc-provider` on loopback."""

import re
import subprocess
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import msgspec
import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem

from api.services import ApiSettings
from tenants.directory import Role
from tests.databases import Place

pytestmark = pytest.mark.peers("node")

SERVER = Path(__file__).resolve().parents[3] / "web/packages/identity-provider/server.mjs"
SECRET = "a secret of the desk"
AGENT = email(Role.AGENT, OURS)
PEOPLE: dict[str, dict[str, Any]] = {
    "agent": {"email": AGENT.upper(), "email_verified": True, "name": "Agnes Agent"},
    "unverified": {"email": email(Role.ADMIN, OURS), "email_verified": False},
    "theirs": {"email": email(Role.AGENT, THEIRS), "email_verified": True},
    "stranger": {"email": "stranger@elsewhere.example", "email_verified": True},
    "new": {"email": "nora@ours.example", "email_verified": True, "name": "Nora New"},
}
HTML = {"Accept": "text/html"}


@contextmanager
def running(**more: Any) -> Generator[str]:
    """The issuer of a provider with all the people."""
    settings = {"redirectUris": ["http://desk.test/v1/sign-on/callback"], "people": PEOPLE} | more
    command = ["node", str(SERVER), msgspec.json.encode(settings).decode()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(line.strip() for line in process.stdout if line.startswith("http"))
        finally:
            process.kill()


@pytest.fixture
async def centre(founded: Place, tmp_path: Path) -> AsyncIterator[Centre]:
    """At the present time, which the identity provider's clock has."""
    async with Centre(founded, tmp_path, ApiSettings(private_issuers=True)) as centre:
        centre.clock.moment = datetime.now(UTC)
        yield centre


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with running() as issuer:
        yield issuer


async def connect(centre: Centre, issuer: str, domain: str = OURS, **more: Any) -> dict[str, Any]:
    owner = await centre.client(Role.OWNER, domain)
    body = {"name": "Example ID", "issuer": issuer, "client_id": "cordboard", "client_secret": SECRET} | more
    answer = await owner.post("/v1/identity-providers", json={"domains": [domain]} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def at_the_provider(url: str, person: str | None) -> str:
    """What a browser does there; where it is sent back to. None: the person refuses."""
    async with httpx.AsyncClient(follow_redirects=False) as browser:
        page = await browser.get(url)
        for _ in range(12):
            if page.is_redirect:
                target = page.headers["location"]
                if target.startswith("http://desk.test/"):
                    return target
                page = await browser.get(str(page.url.join(target)))
            elif person is None:
                abort = re.search(r'href="([^"]*/abort)"', page.text)
                assert abort is not None, page.text
                page = await browser.get(abort.group(1))
            else:
                action, prompt = (
                    re.search(r'action="([^"]+)"', page.text),
                    re.search(r'"prompt" value="(\w+)"', page.text),
                )
                assert action is not None, page.text
                assert prompt is not None, page.text
                form = {"prompt": prompt.group(1), "login": person, "password": "any"}
                page = await browser.post(str(page.url.join(action.group(1))), data=form)
    raise AssertionError("the provider goes round in circles")


async def sign_on(
    centre: Centre, client: httpx.AsyncClient, provider: dict[str, Any], person: str | None
) -> httpx.Response:
    started = await client.get(f"/v1/sign-on/{provider['id']}/start")
    assert started.status_code == 302, started.text
    return await client.get(await at_the_provider(started.headers["location"], person))


def changed(url: str, **parameters: str | None) -> str:
    query = dict(parse_qsl(urlsplit(url).query)) | parameters
    return f"/v1/sign-on/callback?{urlencode({name: value for name, value in query.items() if value is not None})}"


class TestLogIn:
    @pytest.mark.parametrize("way", [{}, {"authentication": "client_secret_post"}, {"userinfo": False}], ids=str)
    async def test_a_known_person_comes_in_by_a_verified_address(self, centre: Centre, way: dict[str, Any]) -> None:
        with running(**way) as issuer:
            client = centre.stranger()
            back = await sign_on(centre, client, await connect(centre, issuer), "agent")
            assert (back.status_code, back.headers["location"]) == (303, "/"), back.text
            session = (await client.get("/v1/session")).json()
            assert session["user"]["email"] == AGENT
            assert (await client.get("/v1/sessions")).json()[0]["method"] == "sign_on"

    async def test_once_linked_the_person_is_known_whatever_the_address_becomes(
        self, centre: Centre, issuer: str
    ) -> None:
        provider, owner = await connect(centre, issuer), await centre.client()
        async with centre.stranger() as client:
            await sign_on(centre, client, provider, "agent")
            key = await centre.user(Role.AGENT)
            await owner.patch(f"/v1/users/{key}", json={"email": "renamed@ours.example"})
            back = await sign_on(centre, client, provider, "agent")
            assert back.status_code == 303
            assert (await client.get("/v1/session")).json()["user"]["email"] == "renamed@ours.example"
            await owner.patch(f"/v1/users/{key}", json={"active": False})
            problem(await sign_on(centre, client, provider, "agent"), 403, "sign_on_unknown")

    async def test_it_is_audited(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger("192.0.2.44") as client:
            await sign_on(centre, client, await connect(centre, issuer), "agent")
        entries = {entry.action: entry for entry in await centre.audit() if entry.origin.address == "192.0.2.44"}
        assert entries["session.opened"].detail == {"method": "sign_on"}
        assert entries["user.linked"].subject_id == await centre.user(Role.AGENT)

    async def test_an_unknown_person_becomes_a_user_only_where_that_is_wanted(
        self, centre: Centre, issuer: str
    ) -> None:
        provider, owner = await connect(centre, issuer), await centre.client()
        async with centre.stranger() as client:
            problem(await sign_on(centre, client, provider, "new"), 403, "sign_on_unknown")
            await owner.patch(f"/v1/identity-providers/{provider['id']}", json={"default_role": "agent"})
            assert (await sign_on(centre, client, provider, "new")).status_code == 303
            user = (await client.get("/v1/session")).json()["user"]
            assert (user["email"], user["name"], user["roles"]) == ("nora@ours.example", "Nora New", ["agent"])
            problem(await log_in(client, "nora@ours.example"), 401, "wrong_credentials")

    @pytest.mark.parametrize(
        ("person", "code"),
        [("unverified", "address_unverified"), ("theirs", "sign_on_unknown"), ("stranger", "sign_on_unknown")],
    )
    async def test_nobody_else_comes_in(self, centre: Centre, issuer: str, person: str, code: str) -> None:
        provider = await connect(centre, issuer, default_role="agent")
        async with centre.stranger() as client:
            problem(await sign_on(centre, client, provider, person), 403, code)
            problem(await client.get("/v1/session"), 401, "no_session")

    async def test_a_provider_of_one_tenant_lets_nobody_into_another(self, centre: Centre, issuer: str) -> None:
        """Not even with an address in a domain that it claims: whose people they are decides."""
        provider = await connect(centre, issuer, domains=[OURS, THEIRS])
        async with centre.stranger() as client:
            problem(await sign_on(centre, client, provider, "theirs"), 403, "sign_on_unknown")

    async def test_whoever_refuses_over_there_is_told_so(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger() as client:
            document = problem(
                await sign_on(centre, client, await connect(centre, issuer), None), 403, "sign_on_refused"
            )
            assert "Example ID says" in document["detail"]

    async def test_a_browser_gets_the_log_in_page_with_the_reason(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger() as client:
            client.headers.update(HTML)
            back = await sign_on(centre, client, await connect(centre, issuer), "stranger")
            assert (back.status_code, back.headers["location"]) == (303, "/?problem=sign_on_unknown")


class TestAnswers:
    """The way back is open to everybody: only what was begun here, in this browser, and once, goes on."""

    async def begun(self, centre: Centre, client: httpx.AsyncClient, issuer: str) -> str:
        provider = await connect(centre, issuer)
        started = await client.get(f"/v1/sign-on/{provider['id']}/start")
        return await at_the_provider(started.headers["location"], "agent")

    async def test_an_answer_is_good_once(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger() as client:
            back = await self.begun(centre, client, issuer)
            cookies = dict(client.cookies)
            assert (await client.get(back)).status_code == 303
            client.cookies.update(cookies)
            problem(await client.get(back), 400, "sign_on_expired")

    async def test_and_in_the_browser_that_began_it_only(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger() as client, centre.stranger() as victim:
            back = await self.begun(centre, client, issuer)
            problem(await victim.get(back), 400, "sign_on_expired")

    async def test_and_not_for_long(self, centre: Centre, issuer: str) -> None:
        async with centre.stranger() as client:
            back = await self.begun(centre, client, issuer)
            centre.clock.advance(600)
            problem(await client.get(back), 400, "sign_on_expired")

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"state": "guessed"}, 400, "sign_on_expired"),
            ({"state": None}, 400, "sign_on_expired"),
            ({"code": "guessed"}, 502, "sign_on_failed"),
            ({"code": None}, 403, "sign_on_refused"),
            ({"iss": "https://evil.example"}, 502, "sign_on_failed"),
        ],
        ids=str,
    )
    async def test_one_that_was_tampered_with_opens_nothing(
        self, centre: Centre, issuer: str, change: dict[str, str | None], status: int, code: str
    ) -> None:
        async with centre.stranger() as client:
            back = await self.begun(centre, client, issuer)
            problem(await client.get(changed(back, **change)), status, code)

    async def test_what_is_sent_over_there_says_what_the_standards_ask_for(self, centre: Centre, issuer: str) -> None:
        provider = await connect(centre, issuer)
        async with centre.stranger() as client:
            started = await client.get(f"/v1/sign-on/{provider['id']}/start")
            query = parse_qs(urlsplit(started.headers["location"]).query)
            assert query["response_type"] == ["code"]
            assert query["code_challenge_method"] == ["S256"]
            assert query["redirect_uri"] == ["http://desk.test/v1/sign-on/callback"]
            assert {len(query[name][0]) for name in ("state", "nonce", "code_challenge")} == {43}
            assert "HttpOnly" in started.headers["set-cookie"]


class TestFailures:
    async def test_a_wrong_secret_is_told_to_the_admin(self, centre: Centre, issuer: str) -> None:
        provider = await connect(centre, issuer, client_secret="wrong")
        async with centre.stranger() as client:
            document = problem(await sign_on(centre, client, provider, "agent"), 502, "sign_on_failed")
            assert "invalid_client" in document["detail"]
        (entry,) = [entry for entry in await centre.audit() if entry.action == "identity_provider.failed"]
        assert "invalid_client" in entry.detail["reason"]

    async def test_a_provider_that_is_not_there_is_told_at_once(self, centre: Centre) -> None:
        provider = await connect(centre, "http://127.0.0.1:1")
        async with centre.stranger() as client:
            problem(await client.get(f"/v1/sign-on/{provider['id']}/start"), 502, "sign_on_failed")

    async def test_one_that_says_it_is_another_is_not_believed(self, centre: Centre, issuer: str) -> None:
        provider = await connect(centre, issuer + "/")
        async with centre.stranger() as client:
            document = problem(await client.get(f"/v1/sign-on/{provider['id']}/start"), 502, "sign_on_failed")
            assert "says that its issuer is" in document["detail"]

    async def test_a_provider_that_is_unknown_is_not_found(self, centre: Centre) -> None:
        async with centre.stranger() as client:
            nobody = "0198c0de-0000-7000-8000-000000000001"
            problem(await client.get(f"/v1/sign-on/{nobody}/start"), 404, "not_found")


class TestPolicy:
    async def test_passwords_may_be_good_for_owners_alone(self, centre: Centre, issuer: str) -> None:
        provider, owner = await connect(centre, issuer), await centre.client()
        assert (await owner.patch("/v1/log-in-policy", json={"sign_on_only": True})).status_code == 200
        async with centre.stranger() as client:
            problem(await log_in(client, AGENT), 403, "sign_on_required")
            problem(await log_in(client, AGENT, "wrong password"), 401, "wrong_credentials")
            assert (await log_in(client, email(Role.OWNER, OURS), PASSWORD)).status_code == 200
            assert (await log_in(client, email(Role.AGENT, THEIRS))).status_code == 200
            assert (await sign_on(centre, client, provider, "agent")).status_code == 303
        problem(await owner.delete(f"/v1/identity-providers/{provider['id']}"), 409, "conflict")
        await owner.patch("/v1/log-in-policy", json={"sign_on_only": False})
        assert (await owner.delete(f"/v1/identity-providers/{provider['id']}")).status_code == 204


class TestProviders:
    async def test_people_of_a_domain_are_shown_where_they_log_in(self, centre: Centre) -> None:
        provider = await connect(centre, "https://id.example")
        async with centre.stranger() as client:
            found = (await client.get("/v1/sign-on", params={"email": "Anybody@OURS.example"})).json()["providers"]
            start = f"/v1/sign-on/{provider['id']}/start"
            assert found == [{"id": provider["id"], "name": "Example ID", "start": start}]
            none = (await client.get("/v1/sign-on", params={"email": "somebody@theirs.example"})).json()
            assert none == {"providers": []}

    async def test_the_secret_is_sealed_and_never_shown(self, centre: Centre) -> None:
        provider = await connect(centre, "https://id.example")
        assert provider["has_secret"] is True
        assert SECRET not in str(provider)

    async def test_a_domain_has_one_provider(self, centre: Centre) -> None:
        await connect(centre, "https://id.example")
        owner = await centre.client(Role.OWNER, THEIRS)
        body = {"name": "X", "issuer": "https://id.example", "client_id": "x", "domains": [OURS]}
        problem(await owner.post("/v1/identity-providers", json=body), 409, "domain_taken")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"issuer": "http://id.example"},
            {"issuer": "ftp://id.example"},
            {"issuer": "https://user@id.example"},
            {"issuer": "https://"},
            {"domains": []},
            {"domains": ["not a domain"]},
            {"domains": ["nodots"]},
            {"default_role": "owner"},
            {"client_id": ""},
            {"client_secret": ""},
        ],
        ids=str,
    )
    async def test_what_makes_no_sense_is_refused(self, centre: Centre, wrong: dict[str, Any]) -> None:
        body = {"name": "X", "issuer": "https://id.example", "client_id": "x", "domains": [OURS]} | wrong
        problem(await (await centre.client()).post("/v1/identity-providers", json=body), 422, "invalid_input")

    async def test_only_owners_say_who_is_believed(self, centre: Centre) -> None:
        """Whoever names the issuer can become anybody of the tenant."""
        body = {"name": "X", "issuer": "https://id.example", "client_id": "x", "domains": [OURS]}
        admin = await centre.client(Role.ADMIN)
        problem(await admin.post("/v1/identity-providers", json=body), 403, "forbidden")

    async def test_another_tenants_is_not_there(self, centre: Centre) -> None:
        provider = await connect(centre, "https://id.example", THEIRS)
        owner, path = await centre.client(), f"/v1/identity-providers/{provider['id']}"
        problem(await owner.get(path), 404, "not_found")
        problem(await owner.patch(path, json={"name": "Mine"}), 404, "not_found")
        problem(await owner.delete(path), 404, "not_found")
        assert (await owner.get("/v1/identity-providers")).json()["items"] == []

    async def test_it_is_changed_by_revision_and_another_issuer_forgets_who_was_linked(
        self, centre: Centre, issuer: str
    ) -> None:
        provider, owner = await connect(centre, issuer), await centre.client()
        path = f"/v1/identity-providers/{provider['id']}"
        with running(people={"agent": PEOPLE["new"]}) as other:
            client = centre.stranger()
            await sign_on(centre, client, provider, "agent")
            change = {"issuer": other, "default_role": "agent"}
            assert (await owner.patch(path, json=change, headers={"If-Match": '"1"'})).status_code == 200
            problem(await owner.patch(path, json=change, headers={"If-Match": '"1"'}), 412, "revision_mismatch")
            await sign_on(centre, client, provider, "agent")
            assert (await client.get("/v1/session")).json()["user"]["email"] == "nora@ours.example"
