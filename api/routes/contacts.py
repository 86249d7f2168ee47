"""Contacts: the tenant's customers. Looking at them is audited."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from litestar.response import Stream

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.common import Page
from api.schemas.contacts import (
    ContactBody,
    ContactChange,
    ContactInput,
    ContactsImported,
    DuplicateLine,
    RefusedLine,
)
from api.telephone_numbers import read_number
from api.work import Unit, Work
from desk.contacts import Contact, ContactFilter, ContactRepository, CsvExport, Draft, ImportReport, read_csv
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import ContactId

COLLECTION = "/v1/contacts"
CSV = "text/csv"
CSV_BYTES = 4 << 20  # 10,000 lines of 400 characters
EXPORT_PAGE = 1_000  # contacts held at once: some 1 MB

Others = Mapping[ContactId, tuple[ContactId, ...]]


def _body(contact: Contact, others: Others) -> ContactBody:
    return ContactBody(
        id=contact.id,
        name=contact.name,
        numbers=tuple(number.e164 for number in contact.numbers),
        emails=contact.emails,
        company=contact.company,
        language=contact.language,
        notes=contact.notes,
        tags=contact.tags,
        fields=dict(contact.fields),
        external_id=contact.external_id,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
        duplicate_ids=others[contact.id],
    )


def _sought(field: str, text: str | None) -> str | None:
    """InvalidInput for what no stored text can hold."""
    if text is not None and not text.isprintable():
        problem = {"field": field, "code": "not_one_line", "detail": "characters that can be printed"}
        raise InvalidInput("Search for one line of text.", errors=[problem])
    return text


@get(COLLECTION, operation_id="list_contacts", tags=["Contacts"])
async def list_contacts(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    name: Annotated[str | None, QueryParameter(description="The beginning of the name.", max_length=200)] = None,
    number: Annotated[str | None, QueryParameter(description="One of the numbers, E.164.", max_length=32)] = None,
    email: Annotated[str | None, QueryParameter(description="One of the e-mail addresses.", max_length=254)] = None,
    external_id: Annotated[str | None, QueryParameter(description="The external id.", max_length=100)] = None,
) -> Page[ContactBody]:
    """Contacts by name of which all that is given holds; the search is audited."""
    wanted = ContactFilter(
        limit=paging.one_more,
        after=None if paging.after is None else ContactId(paging.after),
        name=_sought("name", name),
        number=None if number is None else read_number(number),
        email=_sought("email", email),
        external_id=_sought("external_id", external_id),
    )
    async with work.write() as unit:
        found = await unit.contacts.find(wanted)
        others = await unit.contacts.sharing_numbers(found)
    return paging.page(found, lambda one: _body(one, others))


@post(COLLECTION, operation_id="create_contact", status_code=201, tags=["Contacts"])
async def create_contact(data: JSONBody[ContactInput], work: NamedDependency[Work]) -> Response[ContactBody]:
    """Add a contact; one who has the same number is named in `duplicate_ids`."""
    draft = Draft(**msgspec.structs.asdict(data))

    async def add(unit: Unit) -> Response[ContactBody]:
        contact = await unit.contacts.create(draft)
        others = await unit.contacts.sharing_numbers([contact])
        return created(_body(contact, others), contact.revision, COLLECTION, contact.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_contact", tags=["Contacts"])
async def get_contact(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[ContactBody]:
    """One contact; who looks is written down."""
    async with work.write() as unit:
        contact = await unit.contacts.look_at(ContactId(key))
        others = await unit.contacts.sharing_numbers([contact])
    return shown(_body(contact, others), contact.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_contact", tags=["Contacts"])
async def update_contact(
    key: NamedDependency[UUID],
    data: JSONBody[ContactChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[ContactBody]:
    """Change a contact."""
    changes: dict[str, Any] = given(data)
    async with work.write() as unit:
        contact = await unit.contacts.change(ContactId(key), changes, expected)
        others = await unit.contacts.sharing_numbers([contact])
    return shown(_body(contact, others), contact.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_contact", status_code=204, tags=["Contacts"])
async def delete_contact(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a contact for good; call records keep the number."""
    async with work.write() as unit:
        await unit.contacts.remove(ContactId(key), expected)


def _imported(report: ImportReport) -> ContactsImported:
    return ContactsImported(
        created=report.created,
        updated=report.updated,
        refused=tuple(
            RefusedLine(line=one.line, field=one.field, code=one.code, detail=one.detail) for one in report.problems
        ),
        duplicates=tuple(
            DuplicateLine(line=one.line, contact_id=one.contact, duplicate_ids=one.others) for one in report.duplicates
        ),
    )


@post(
    f"{COLLECTION}/import",
    operation_id="import_contacts",
    status_code=200,
    request_max_body_size=CSV_BYTES,
    opt={"body": CSV},
    tags=["Contacts"],
)
async def import_contacts(request: Request[Any, Any, Any], work: NamedDependency[Work]) -> Response[ContactsImported]:
    """Bring in a CSV file as `export_contacts` writes it. Lines that are right are taken, the others are reported."""
    lines, problems = await asyncio.to_thread(read_csv, await request.body())

    async def bring_in(unit: Unit) -> Response[ContactsImported]:
        return Response(_imported(await unit.contacts.bring_in(lines, problems)), status_code=200)

    return await work.create(bring_in)


@get(f"{COLLECTION}/export", operation_id="export_contacts", media_type=CSV, tags=["Contacts"])
async def export_contacts(work: NamedDependency[Work]) -> Stream:
    """All contacts as CSV, in the order in which they were added; who exports is written down."""
    async with work.write() as unit:
        await unit.tenant_unit.audit("contact.exported", None)
    async with work.read() as unit:
        fields = sorted(await ContactRepository(unit.uow.session, work.principal.scope).field_codes())
    headers = {"Content-Disposition": 'attachment; filename="contacts.csv"'}
    return Stream(_exported(work, CsvExport(fields)), media_type=CSV, headers=headers)


async def _exported(work: Work, form: CsvExport) -> AsyncIterator[bytes]:
    yield form.heading()
    after: ContactId | None = None
    while True:
        async with work.read() as unit:
            page = await ContactRepository(unit.uow.session, work.principal.scope).by_age(after, EXPORT_PAGE)
        if not page:
            return
        yield form.lines(page)
        after = page[-1].id


HANDLERS = [
    list_contacts,
    create_contact,
    import_contacts,
    export_contacts,
    get_contact,
    update_contact,
    delete_contact,
]
