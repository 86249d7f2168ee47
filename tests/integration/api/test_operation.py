"""Health, metrics, documents and pages."""

from pathlib import Path

import msgspec
import pytest
from api_server import PASSWORD, Centre, problem

from api.openapi import openapi_document
from api.problem_kinds import PROBLEMS
from api.services import ApiSettings
from tenants.billing.plans import Side
from tests.databases import Place

ROOT = Path(__file__).parents[3]


async def test_a_server_whose_database_answers_is_well(centre: Centre) -> None:
    async with centre.stranger() as client:
        answer = await client.get("/healthz")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_server_without_its_database_is_not(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_scope: object = None) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(centre.database, "read", broken)
    async with centre.stranger() as client:
        problem(await client.get("/healthz"), 503, "unhealthy")


async def test_metrics_are_told_in_prometheus_words_on_this_machine_only(centre: Centre) -> None:
    async with centre.stranger() as client:
        answer = await client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert answer.text.splitlines() == [
            "# HELP cordboard_sip_dropped_total Datagrams of strangers",
            "# TYPE cordboard_sip_dropped_total counter",
            'cordboard_sip_dropped_total{reason="not \\"known\\""} 3.0',
            "# HELP cordboard_calls Calls in progress",
            "# TYPE cordboard_calls gauge",
            "cordboard_calls 2.0",
        ]
    async with centre.stranger("192.0.2.1") as client:
        problem(await client.get("/metrics"), 404, "not_found")


async def test_metrics_with_a_token(founded: Place, tmp_path: Path) -> None:
    async with Centre(founded, tmp_path, ApiSettings(metrics_token="word")) as centre, centre.stranger() as client:
        problem(await client.get("/metrics"), 404, "not_found")
        problem(await client.get("/metrics", headers={"Authorization": "Bearer other"}), 404, "not_found")
        assert (await client.get("/metrics", headers={"Authorization": "Bearer word"})).status_code == 200


async def test_the_api_describes_itself(centre: Centre) -> None:
    async with centre.stranger() as client:
        assert (await client.get("/v1/openapi.json")).json() == openapi_document()
        page = await client.get("/v1/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "create_queue" in page.text
        assert "<script" not in page.text
        problems = (await client.get("/v1/problems")).json()
        assert {kind["code"] for kind in problems} == {error.code for error in PROBLEMS}


def test_the_committed_copy_is_current() -> None:
    """Written by `cordboard openapi > api/openapi.json`."""
    assert msgspec.json.decode((ROOT / "api/openapi.json").read_bytes()) == openapi_document()


def test_a_shared_enumeration_takes_no_words_of_one_of_its_uses() -> None:
    """Whose it took followed the order in memory, so that two starts described themselves differently."""
    shared = [schema for schema in openapi_document()["components"]["schemas"].values() if "enum" in schema]
    assert [schema["title"] for schema in shared if "default" in schema] == []
    assert {schema["title"]: schema.get("description") for schema in shared}["Side"] == Side.__doc__


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>desk</title>")
    (folder / "assets/app-1234.js").write_text("export {};")
    (folder / ".secret").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    return folder


async def test_pages_and_their_files(founded: Place, tmp_path: Path, web: Path) -> None:
    async with Centre(founded, tmp_path, ApiSettings(web=web)) as centre, centre.stranger() as client:
        for path in ("/", "/index.html", "/calls/some-id", "/log-in"):
            answer = await client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8"), path
            assert answer.headers["cache-control"] == "no-cache"
        script = await client.get("/assets/app-1234.js")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
        known = await client.get("/", headers={"If-None-Match": (await client.get("/")).headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    ["/assets/gone.js", "/gone.png", "/.secret", "/../outside.txt", "/%2e%2e/outside.txt", "/v1/gone", "/v1/calls/x/y"],
)
async def test_what_is_no_page_is_not_found(founded: Place, tmp_path: Path, web: Path, path: str) -> None:
    async with Centre(founded, tmp_path, ApiSettings(web=web)) as centre, centre.stranger() as client:
        problem(await client.get(path), 404, "not_found")


async def test_over_https_cookies_and_headers_say_so(founded: Place, tmp_path: Path) -> None:
    async with Centre(founded, tmp_path, ApiSettings(secure=True)) as centre, centre.stranger() as client:
        answer = await client.post("/v1/session", json={"email": "owner@ours.example", "password": PASSWORD})
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"].startswith("max-age=")
