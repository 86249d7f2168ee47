"""Commands about money: `cordboard billing`."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

import sys
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import rich_click as click

from api.command_line import config_option, load, run
from api.invoice_commands import COMMANDS


@click.group()
def billing() -> None:
    """What providers pay, and whether the billing entries agree with the log."""


@billing.command("plans")
@config_option
def billing_plans(config: Path | None) -> None:
    """List the plans of all providers, with what each side pays now."""
    from api.pricing import list_plans

    for line in run(list_plans(load(config))):
        click.echo(line)


@billing.command("wholesale")
@config_option
@click.argument("plan", type=click.UUID)
@click.argument("prices", nargs=-1, required=True, metavar="CODE=MINOR...")
@click.option("--outbound-deck", type=click.UUID, help="The wholesale deck of outgoing calls.")
@click.option("--inbound-deck", type=click.UUID, help="The wholesale deck of incoming calls.")
def billing_wholesale(
    config: Path | None, plan: UUID, prices: tuple[str, ...], outbound_deck: UUID | None, inbound_deck: UUID | None
) -> None:
    """Set what a plan's provider pays from now on, such as seats.named=3100."""
    from api.pricing import set_wholesale

    run(set_wholesale(load(config), plan, prices, (outbound_deck, inbound_deck)))


@billing.command("deck")
@config_option
@click.argument("provider", type=click.UUID)
@click.argument("name")
@click.argument("file", type=click.File("rb"))
@click.option("--currency", default="EUR", show_default=True)
def billing_deck(config: Path | None, provider: UUID, name: str, file: BinaryIO, currency: str) -> None:
    """Fill a provider's wholesale rate deck from a CSV file; it is made if there is none of this name."""
    from api.pricing import set_wholesale_deck

    click.echo(run(set_wholesale_deck(load(config), provider, name, currency, file.read())))


@billing.command("recount")
@config_option
def billing_recount(config: Path | None) -> None:
    """Compare the billing entries of all tenants with the log; fails when they differ."""
    from api.pricing import recount

    found = run(recount(load(config)))
    for tenant, differences in found.items():
        for one in differences:
            click.echo(f"{tenant}: kept {one.kept}, the log tells {one.told}")
    if any(found.values()):
        sys.exit(1)
    click.echo(f"The billing entries of {len(found)} tenants agree with the log.")


for command in COMMANDS:
    billing.add_command(command)
