"""What every command shares: settings, and errors in words."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

import sys
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rich_click as click
import uvloop

from api import settings as configuration
from api.settings import Settings, WrongSettings
from kernel.contracts.engine import EngineLost
from kernel.primitives.errors import CordboardError

config_option = click.option(
    "--config", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A TOML file with settings."
)


def load(config: Path | None) -> Settings:
    try:
        return configuration.load(config)
    except WrongSettings as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def in_words() -> Generator[None]:
    """Say in one line what a person can do about a business error."""
    try:
        yield
    except CordboardError as error:
        raise click.ClickException(f"{error.title}: {error.detail}") from error
    except EngineLost as error:
        raise click.ClickException(f"cannot start: {error}") from error
    except OSError as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        sys.exit(130)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    with in_words():
        return uvloop.run(work)
