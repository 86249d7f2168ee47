"""The schema's history; it is brought up to date when the server starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from kernel.adapters import PostgresDatabase
from kernel.adapters.sqlite_journal import LOCKED_SECONDS

FOLDER = Path(__file__).parent


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> frozenset[str]:
    """All that this version can bring up to date."""
    return frozenset(script.revision for script in ScriptDirectory(str(FOLDER)).walk_revisions())


def to_newest(connection: Connection) -> None:
    command.upgrade(configuration(connection), "head")


async def upgrade_postgres(database: PostgresDatabase) -> None:
    """Bring the schema to the newest revision in one transaction, with the walls between tenants as they are now.

    DatabaseUnusable says what to do about a database that is not set up for us.
    """
    await database.change_schema(to_newest)


def upgrade(database: Path) -> None:
    """Bring the file's schema to the newest revision in one transaction; a new file is made."""
    engine = create_engine(f"sqlite:///{database}", connect_args={"timeout": LOCKED_SECONDS})
    try:
        with engine.begin() as connection:
            to_newest(connection)
    finally:
        engine.dispose()
