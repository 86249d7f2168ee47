"""Row-level security: PostgreSQL shows and takes the rows of the tenant that a unit of work names, and no others.

The walls do not depend on queries: a repository that forgot its WHERE gets its own tenant's rows all the same.
"""

from uuid import UUID

from sqlalchemy import Connection, text

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

_TENANT_TABLES = text(
    "SELECT quote_ident(relname) FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid "
    "WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') "
    "AND attname = :column AND NOT attisdropped ORDER BY relname"
)


def setting_of(scope: TenantScope | None) -> str:
    """The SQL expression that names whose rows this transaction works on."""
    whose = EVERY_TENANT if scope is None else str(UUID(bytes=scope.tenant.bytes))  # a UUID's text needs no quoting
    return f"set_config('{SETTING}', '{whose}', true)"


def restate(connection: Connection) -> None:
    """Put the policy, in its present wording, on every table of the schema that has a tenant."""
    for table in connection.scalars(_TENANT_TABLES, {"column": TENANT_COLUMN}).all():
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",  # for the tables' owner too, who is the one that works
            f"DROP POLICY IF EXISTS {POLICY} ON {table}",
            f"CREATE POLICY {POLICY} ON {table} USING ({_MINE}) WITH CHECK ({_MINE})",
        ):
            connection.execute(text(statement))
