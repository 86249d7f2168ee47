"""A tenant's customers: who they are, how they are reached, and what is known of them."""

from desk.contacts.csv_form import COLUMNS, CsvExport, LineProblem, ReadLine, read_csv
from desk.contacts.errors import ExternalIdTaken
from desk.contacts.model import Contact, ContactFilter, Draft
from desk.contacts.personal import ContactData
from desk.contacts.repository import ContactRepository
from desk.contacts.service import ContactService, ContactUnit, ImportReport

__all__ = [
    "COLUMNS",
    "Contact",
    "ContactData",
    "ContactFilter",
    "ContactRepository",
    "ContactService",
    "ContactUnit",
    "CsvExport",
    "Draft",
    "ExternalIdTaken",
    "ImportReport",
    "LineProblem",
    "ReadLine",
    "read_csv",
]
