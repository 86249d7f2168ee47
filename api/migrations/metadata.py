"""All tables of all modules, for comparing them with the schema's history."""

from collections.abc import Iterator
from types import ModuleType

from sqlalchemy import MetaData, Table

import api.auth.tables
import desk.contacts.tables
import gateway.app.tables
import gateway.traces.tables
import insight.tables
import kernel.adapters.tables
import media.recordings.tables
import routing.library.tables
import routing.tables
import tenants.audit.tables
import tenants.billing.invoices.tables
import tenants.billing.tables
import tenants.directory.tables
import tenants.limits.tables
import tenants.privacy.tables
import tenants.webhooks.tables
from kernel.ports.rows import Row

MODULES = (
    api.auth.tables,
    desk.contacts.tables,
    gateway.app.tables,
    gateway.traces.tables,
    insight.tables,
    kernel.adapters.tables,
    media.recordings.tables,
    routing.library.tables,
    routing.tables,
    tenants.audit.tables,
    tenants.billing.invoices.tables,
    tenants.billing.tables,
    tenants.directory.tables,
    tenants.limits.tables,
    tenants.privacy.tables,
    tenants.webhooks.tables,
)
"""Every module that has tables."""


def _tables(module: ModuleType) -> Iterator[Table]:
    for value in vars(module).values():
        if isinstance(value, Table):
            yield value
        elif isinstance(value, type) and issubclass(value, Row) and hasattr(value, "__table__"):
            yield value.table()


def all_tables() -> MetaData:
    """The product's tables and no others, whatever else this process has imported."""
    product = MetaData()
    for table in {table for module in MODULES for table in _tables(module)}:
        table.to_metadata(product)
    return product
