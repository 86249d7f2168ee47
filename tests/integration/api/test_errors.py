"""Every error is a problem document, whoever raises it."""

import msgspec
import pytest
from api_server import Centre, problem

from api.app import BODY_BYTES
from kernel.primitives.ids import CallId
from tenants.directory import Role


async def test_an_unknown_address(centre: Centre) -> None:
    async with centre.stranger() as client:
        for path in ("/v1/nothing", "/v1", "/v1/session/more", "/nothing", "/"):
            problem(await client.get(path), 404, "not_found")


async def test_a_name_that_is_no_identifier(centre: Centre) -> None:
    problem(await (await centre.client()).get("/v1/queues/not-a-uuid"), 404, "not_found")


async def test_an_unknown_method_says_which_there_are(centre: Centre) -> None:
    answer = await (await centre.client()).put("/v1/queues")
    problem(answer, 405, "method_not_allowed")
    assert {"GET", "POST"} <= {method.strip() for method in answer.headers["allow"].split(",")}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"nonsense"])
async def test_a_body_that_is_no_json(centre: Centre, body: bytes) -> None:
    client = await centre.client()
    answer = await client.post("/v1/queues", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed_body")


async def test_a_body_of_another_type(centre: Centre) -> None:
    client = await centre.client()
    answer = await client.post("/v1/queues", content=b'{"name": "S"}', headers={"Content-Type": "text/plain"})
    problem(answer, 415, "unsupported_media_type")
    problem(await client.post("/v1/queues", data={"name": "S"}), 415, "unsupported_media_type")


async def test_a_body_that_is_too_large(centre: Centre) -> None:
    client = await centre.client()
    body = msgspec.json.encode({"name": "x" * BODY_BYTES})
    answer = await client.post("/v1/queues", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 413, "body_too_large")

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield b" " * 8192

    answer = await client.post("/v1/queues", content=chunks(), headers={"Content-Type": "application/json"})
    problem(answer, 413, "body_too_large")


async def test_an_unexpected_error_tells_an_incident_and_nothing_else(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the number +442071838750 is in this text")

    monkeypatch.setattr(centre.insight, "get_call", broken)
    answer = await (await centre.client(Role.OWNER)).get(f"/v1/calls/{CallId(centre.ids.new())}")
    document = problem(answer, 500, "internal_error")
    assert document["incident"]
    assert "+442071838750" not in answer.text


async def test_every_answer_tells_browsers_to_be_strict(centre: Centre) -> None:
    async with centre.stranger() as client:
        for answer in (await client.get("/healthz"), await client.get("/nothing"), await client.get("/v1/session")):
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/v1/session")).headers["cache-control"] == "no-store"
