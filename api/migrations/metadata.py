"""All tables of all modules, for comparing them with the schema's history."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

import api.auth.tables
import gateway.app.tables
import insight.tables
import kernel.adapters.tables
import media.recordings.tables
import routing.tables
import tenants.audit.tables
import tenants.billing.tables
import tenants.directory.tables

MODULES = (
    api.auth.tables,
    gateway.app.tables,
    insight.tables,
    kernel.adapters.tables,
    media.recordings.tables,
    routing.tables,
    tenants.audit.tables,
    tenants.billing.tables,
    tenants.directory.tables,
)
"""Whose import fills the metadata."""


def all_tables() -> MetaData:
    return SQLModel.metadata
