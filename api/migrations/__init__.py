"""The schema's history; it is brought up to date when the server starts."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine

from kernel.adapters.sqlite import BUSY_MILLISECONDS

FOLDER = Path(__file__).parent


def configuration(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Path) -> None:
    """Bring the file's schema to the newest revision in one transaction; a new file is made."""
    engine = create_engine(f"sqlite:///{database}", connect_args={"timeout": BUSY_MILLISECONDS / 1000})
    try:
        with engine.begin() as connection:
            command.upgrade(configuration(connection), "heads")
    finally:
        engine.dispose()
