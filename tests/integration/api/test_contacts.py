"""Contacts over HTTP."""

from typing import Any

import httpx
import pytest
from api_server import THEIRS, Centre, problem

from desk.contacts import ContactData
from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, Person, PersonalRecord
from kernel.primitives.phone import PhoneNumber
from tenants.directory import Role

ANN = {
    "name": "Ann Ångström",
    "numbers": ["+44 20 7183 8750"],
    "emails": ["Ann@Example.org"],
    "company": "Example",
    "language": "en",
    "notes": "Prefers mornings.",
    "tags": ["vip"],
    "fields": {"city": "London"},
    "external_id": "crm-1",
}
NUMBER = "+442071838750"


async def add(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/contacts", json={"name": "Somebody"} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def names(client: httpx.AsyncClient, **sought: str) -> list[str]:
    answer = await client.get("/v1/contacts", params=sought)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def bring_in(client: httpx.AsyncClient, text: str, **headers: str) -> httpx.Response:
    return await client.post(
        "/v1/contacts/import", content=text.encode(), headers={"Content-Type": "text/csv"} | headers
    )


async def test_a_contact_is_kept_as_it_was_told_and_found_by_what_it_is_known_by(centre: Centre) -> None:
    client = await centre.client(Role.AGENT)
    new = await add(client, **ANN)
    assert {key: new[key] for key in ANN} == ANN | {"numbers": [NUMBER]}
    assert (await client.get(f"/v1/contacts/{new['id']}")).json() == new
    await add(client, name="Bob")
    for sought in (
        {"number": NUMBER},
        {"email": "ann@example.ORG"},
        {"name": "ann å"},
        {"external_id": "crm-1"},
        {"name": "A", "number": "+44 2071838750"},
    ):
        assert await names(client, **sought) == ["Ann Ångström"], sought
    assert await names(client, name="B", number=NUMBER) == []
    assert await names(client) == ["Ann Ångström", "Bob"]


async def test_the_list_goes_on_where_the_page_ended(centre: Centre) -> None:
    client = await centre.client()
    for name in ("b", "A", "c", "a", "B"):
        await add(client, name=name)
    seen: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        page = (await client.get("/v1/contacts", params=params)).json()
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == ["A", "a", "b", "B", "c"]


async def test_who_shares_a_number_is_named(centre: Centre) -> None:
    client = await centre.client()
    first = await add(client, numbers=[NUMBER])
    await add(await centre.client(Role.OWNER, THEIRS), numbers=[NUMBER])
    second = await add(client, numbers=["+442079460018", NUMBER])
    assert (first["duplicate_ids"], second["duplicate_ids"]) == ([], [first["id"]])
    assert (await client.get(f"/v1/contacts/{first['id']}")).json()["duplicate_ids"] == [second["id"]]


async def test_a_change_is_found_by_its_new_keys_only(centre: Centre) -> None:
    client = await centre.client()
    new = await add(client, **ANN)
    path = f"/v1/contacts/{new['id']}"
    tag = (await client.get(path)).headers["etag"]
    changed = await client.patch(path, json={"numbers": ["+442079460018"]}, headers={"If-Match": tag})
    assert changed.json() | {"numbers": [], "updated_at": ""} == new | {"numbers": [], "updated_at": ""}
    assert await names(client, number=NUMBER) == []
    assert await names(client, number="+442079460018") == ["Ann Ångström"]
    problem(await client.patch(path, json={"name": "x"}, headers={"If-Match": tag}), 412, "revision_mismatch")
    assert (await client.delete(path)).status_code == 204
    problem(await client.get(path), 404, "not_found")
    assert await names(client, number="+442079460018") == []


async def test_an_external_id_is_of_one_contact(centre: Centre) -> None:
    client = await centre.client()
    first = await add(client, external_id="1")
    second = await add(client, external_id="2")
    await add(await centre.client(Role.OWNER, THEIRS), external_id="1")
    taken = problem(await client.post("/v1/contacts", json={"name": "x", "external_id": "1"}), 409, "external_id_taken")
    assert taken["contact"] == first["id"]
    path = f"/v1/contacts/{second['id']}"
    problem(await client.patch(path, json={"external_id": "1"}), 409, "external_id_taken")
    assert (await client.patch(path, json={"external_id": "2"})).status_code == 200


@pytest.mark.parametrize(
    "wrong", [{"numbers": ["5"]}, {"name": " "}, {"fields": {"A": "x"}}, {"notes": "\x00"}, {"language": "x"}]
)
async def test_wrong_fields_are_named(centre: Centre, wrong: dict[str, Any]) -> None:
    answer = await (await centre.client()).post("/v1/contacts", json={"name": "x"} | wrong)
    (error,) = problem(answer, 422, "invalid_input")["errors"]
    assert [error["field"]] == list(wrong)


@pytest.mark.parametrize("sought", [{"number": "5"}, {"name": "\x00"}, {"email": "a\nb"}])
async def test_what_cannot_be_sought(centre: Centre, sought: dict[str, str]) -> None:
    problem(await (await centre.client()).get("/v1/contacts", params=sought), 422, "invalid_input")


async def test_a_file_is_taken_line_by_line_and_changes_who_is_known(centre: Centre) -> None:
    client = await centre.client()
    old = await add(client, **ANN)
    report = await bring_in(
        client,
        "external_id,name,numbers,field:street\n"
        f"crm-1,Ann A.,{NUMBER},Main St\n"
        "crm-2,Bob,+442079460018,\n"
        "crm-3,,12,\n"
        f",Carol,{NUMBER},\n",
    )
    assert report.status_code == 200, report.text
    told = report.json()
    assert (told["created"], told["updated"]) == (2, 1)
    assert [(one["line"], one["field"]) for one in told["refused"]] == [(4, "name"), (4, "numbers")]
    assert [(one["line"], len(one["duplicate_ids"])) for one in told["duplicates"]] == [(2, 1), (5, 1)]
    now = (await client.get(f"/v1/contacts/{old['id']}")).json()
    assert (now["name"], now["fields"]) == ("Ann A.", {"city": "London", "street": "Main St"})
    assert (now["emails"], now["notes"]) == (ANN["emails"], ANN["notes"])
    assert await names(client) == ["Ann A.", "Bob", "Carol"]


async def test_a_file_of_many_lines(centre: Centre) -> None:
    client = await centre.client()
    text = "name,numbers\n" + "".join(f"Person {n},+4420718{n:05}\n" for n in range(2_000))
    told = (await bring_in(client, text)).json()
    assert (told["created"], told["refused"], told["duplicates"]) == (2_000, [], [])
    assert await names(client, name="person 1999") == ["Person 1999"]
    exported = (await client.get("/v1/contacts/export")).text.splitlines()
    assert len(exported) == 2_001


async def test_a_file_sent_again_with_its_key_is_taken_once(centre: Centre) -> None:
    client = await centre.client()
    first = await bring_in(client, "name\nAnn\n", **{"Idempotency-Key": "one"})
    again = await bring_in(client, "name\nAnn\n", **{"Idempotency-Key": "one"})
    assert (first.json(), again.headers["idempotent-replayed"]) == (again.json(), "true")
    assert await names(client) == ["Ann"]


async def test_a_file_that_is_no_csv(centre: Centre) -> None:
    client = await centre.client()
    problem(await bring_in(client, "no heading"), 422, "invalid_input")
    problem(await client.post("/v1/contacts/import", json={"name": "Ann"}), 415, "unsupported_media_type")


async def test_what_is_taken_out_can_be_brought_in_elsewhere(centre: Centre) -> None:
    ours, theirs = await centre.client(), await centre.client(Role.OWNER, THEIRS)
    await add(ours, **ANN)
    await add(ours, name='=HYPERLINK("x")', notes="a,b\n'c")
    exported = await ours.get("/v1/contacts/export")
    assert exported.headers["content-type"].startswith("text/csv")
    assert "'=HYPERLINK" in exported.text
    assert (await bring_in(theirs, exported.text)).json()["created"] == 2
    mine, other = [(await client.get("/v1/contacts")).json()["items"] for client in (ours, theirs)]
    assert [{key: one[key] for key in ANN} for one in mine] == [{key: one[key] for key in ANN} for one in other]


async def test_looking_searching_and_taking_out_are_audited_without_personal_data(centre: Centre) -> None:
    client = await centre.client()
    new = await add(client, **ANN)
    await client.get(f"/v1/contacts/{new['id']}")
    await client.get("/v1/contacts", params={"number": NUMBER})
    await client.get("/v1/contacts/export")
    written = {entry.action: entry for entry in await centre.audit()}
    assert {"contact.created", "contact.seen", "contact.searched", "contact.exported"} <= set(written)
    assert written["contact.searched"].detail == {"by": ["number"], "found": 1}
    assert not any(word in str(written) for word in (NUMBER, "Ann"))


class TestPersonalData:
    async def test_a_person_is_found_by_any_key_with_all_that_is_kept(self, centre: Centre) -> None:
        new = await add(await centre.client(), **ANN)
        await add(await centre.client(Role.OWNER, THEIRS), **ANN)
        data, scope = ContactData(centre.database), TenantScope(await centre.tenant())
        person = await data.known_as(scope, Person(emails=("ann@example.org",)))
        assert (person.phones, person.emails) == ((PhoneNumber(NUMBER),), ("ann@example.org",))
        (record,) = [one async for one in data.find(scope, person)]
        assert (record.kind, str(record.id), record.data["notes"]) == (DataKind.CONTACTS, new["id"], ANN["notes"])

    async def test_what_is_erased_is_gone_for_that_tenant_only(self, centre: Centre) -> None:
        ours, theirs = await centre.client(), await centre.client(Role.OWNER, THEIRS)
        await add(ours, **ANN)
        await add(theirs, **ANN)
        data, scope = ContactData(centre.database), TenantScope(await centre.tenant())
        records: list[PersonalRecord] = [one async for one in data.find(scope, Person(phones=(PhoneNumber(NUMBER),)))]
        for _ in range(2):
            await data.erase(scope, records, Erasure.PERSON)
        assert await names(ours, number=NUMBER) == []
        assert await names(theirs, number=NUMBER) == [ANN["name"]]

    async def test_contacts_are_told_by_when_they_were_added(self, centre: Centre) -> None:
        client, start = await centre.client(), centre.clock.now()
        first = await add(client)
        centre.clock.advance(60)
        await add(client)
        data, scope = ContactData(centre.database), TenantScope(await centre.tenant())
        told = [one async for one in data.between(scope, DataKind.CONTACTS, start, centre.clock.now())]
        assert [str(one.id) for one in told] == [first["id"]]
        assert [one async for one in data.between(scope, DataKind.CALLS, start, centre.clock.now())] == []
