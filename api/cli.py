"""The command line: `cordboard serve | init | call | audit | keys | backup | restore | demo | engine | openapi`."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click

from api.billing_commands import billing
from api.call_commands import call
from api.command_line import config_option, load, run
from api.records_commands import COMMANDS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cordboard")
def main() -> None:
    """Cordboard: a hosted, multi-tenant call centre."""


@main.command()
@config_option
def serve(config: Path | None) -> None:
    """Run all roles; calls survive the end of this process."""
    gc.disable()  # a fifth of the start would go into looking for garbage among what stays: `api/collector.py`
    from api.serve import serve as serve_until_signal

    settings = load(config)
    run(serve_until_signal(settings))


@main.command()
@config_option
@click.option("--tenant", "name", required=True, help="The new tenant's name.")
@click.option("--email", required=True, help="Its owner's e-mail address.")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Its owner's password.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True, help="An IANA name, such as Europe/Paris.")
@click.option("--price-minor", default=4900, show_default=True, help="Price per seat and month, in minor units.")
def init(config: Path | None, name: str, email: str, password: str, **terms: Any) -> None:
    """Make a tenant with its first owner."""
    from api.founding import found

    tenant = run(found(load(config), name, email, password, terms))
    click.echo(f"{name} is ready: log in as {email}. Tenant {tenant}.")


@main.group()
def engine() -> None:
    """The media engine of this storage folder."""


@engine.command("stop")
@config_option
def engine_stop(config: Path | None) -> None:
    """End the media engine; its calls lose their sound, its recordings are finished."""
    from api.composition import engine_slots

    stopped = asyncio.run(engine_slots(load(config)).stop())
    click.echo("The media engine has ended." if stopped else "There is no media engine to stop.")


@engine.command("upgrade")
@config_option
def engine_upgrade(config: Path | None) -> None:
    """Start the installed engine beside the one that runs: it takes new calls, the former one ends with its last."""
    from api.composition import engine_slots

    beside = run(engine_slots(load(config)).upgrade())
    click.echo("The new engine takes what is new." if beside else "An engine was started: none ran before.")


@main.command()
@click.option("--once", is_flag=True, help="Place a fixed number of calls without a person, check them, and end.")
@click.option("--json", "as_json", is_flag=True, help="With --once: print one JSON document.")
def demo(once: bool, as_json: bool) -> None:
    """A call centre with simulated callers, on this machine."""
    from api.demo import run as run_demo

    sys.exit(run_demo(once=once, as_json=as_json))


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API."""
    from api.openapi import openapi_document

    click.echo(msgspec.json.format(msgspec.json.encode(openapi_document()), indent=2).decode())


for command in (*COMMANDS, billing, call):
    main.add_command(command)
