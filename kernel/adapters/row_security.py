"""Row-level security: PostgreSQL shows and takes the rows of the tenant that a unit of work names, and no others.

The walls do not depend on queries: a repository that forgot its WHERE gets its own tenant's rows all the same.
"""

from uuid import UUID

from sqlalchemy import Connection, MetaData, Table, text

from kernel.contracts.base import TenantScope

SETTING = "cordboard.tenant"
EVERY_TENANT = "*"  # said by the operator's work; saying nothing shows nothing
TENANT_COLUMN = "tenant_id"
POLICY = "tenant_rows"

# Sub-selects are computed once per statement; a bare current_setting() would be called for every row.
_MINE = (
    f"(SELECT current_setting('{SETTING}', true) = '{EVERY_TENANT}') OR {TENANT_COLUMN} = "
    f"(SELECT nullif(nullif(current_setting('{SETTING}', true), '{EVERY_TENANT}'), '')::uuid)"
)


def setting_of(scope: TenantScope | None) -> str:
    """The SQL expression that names whose rows this transaction works on."""
    whose = EVERY_TENANT if scope is None else str(UUID(bytes=scope.tenant.bytes))  # a UUID's text needs no quoting
    return f"set_config('{SETTING}', '{whose}', true)"


def walled(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.sorted_tables if TENANT_COLUMN in table.columns]


def restate(connection: Connection, metadata: MetaData) -> None:
    """Put the policy on every table with a tenant, in its present wording."""
    for table in walled(metadata):
        name = connection.dialect.identifier_preparer.format_table(table)
        for statement in (
            f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",  # for the tables' owner too, who is the one that works
            f"DROP POLICY IF EXISTS {POLICY} ON {name}",
            f"CREATE POLICY {POLICY} ON {name} USING ({_MINE}) WITH CHECK ({_MINE})",
        ):
            connection.execute(text(statement))
