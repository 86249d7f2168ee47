"""Commands about records that hold: `cordboard audit | keys | backup | restore`."""

# click leaves a type argument of its parameter types open:
# pyright: reportUnknownMemberType=false

import sys
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import msgspec
import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from api.command_line import config_option, in_words, load, run
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret

tenant_option = click.option("--tenant", type=click.UUID, help="One tenant; all of them if absent.")
passphrase_option = click.option(
    "--passphrase", envvar="CORDBOARD_BACKUP_PASSPHRASE", help="Opens the backup's keys; better as the variable."
)


class Stages:
    """A bar on the terminal for each stage of a long command."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def told(self, stage: str, done: int, total: int) -> None:
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(stage, total=total or None, count="")
        self._progress.update(self._tasks[stage], completed=done, total=total or None, count=f"{done:,} of {total:,}")


@click.group()
def audit() -> None:
    """The chained account of who did what."""


@audit.command("verify")
@config_option
@tenant_option
@click.option("--head", help="A head of the tenant that was kept elsewhere: the chain must pass through it.")
def audit_verify(config: Path | None, tenant: UUID | None, head: str | None) -> None:
    """Walk the chain; prints each tenant's head, and ends with 1 and the first broken entry if there is one."""
    from api.records import verify_audit

    if head is not None and tenant is None:
        raise click.UsageError("--head is one tenant's: name it with --tenant.")
    whole = True
    for result in run(verify_audit(load(config), None if tenant is None else TenantId(tenant), head)):
        click.echo(f"{result.tenant} {result.head}")
        if result.broken is not None:
            whole = False
            place, entry, reason = msgspec.structs.astuple(result.broken)
            named = "" if entry is None else f", entry {entry}"
            click.echo(f"{result.tenant} is broken at {place}{named}: {reason}", err=True)
    if not whole:
        sys.exit(1)


@click.group()
def keys() -> None:
    """The keys that seal recordings."""


@keys.command("rotate")
@config_option
@tenant_option
@click.option("--server", is_flag=True, help="The server's key in place of tenants' keys; stop the server first.")
def keys_rotate(config: Path | None, tenant: UUID | None, server: bool) -> None:
    """Make new keys, and put everything that is sealed under them; what was never sealed is sealed."""
    from api.records import rotate_server_key, rotate_tenant_keys

    settings = load(config)
    if server:
        if tenant is not None:
            raise click.UsageError("The server has one key for all tenants: leave --tenant out.")
        count = run(rotate_server_key(settings))
        click.echo(f"{count} keys and credentials of tenants are sealed with the server's new key.")
        return
    with Stages() as stages:
        count = run(rotate_tenant_keys(settings, None if tenant is None else TenantId(tenant), stages.told))
    click.echo(f"{count} recordings are under new keys.")


@click.command()
@config_option
@click.argument("target", type=click.Path(path_type=Path))
@passphrase_option
@click.option("--plain-keys", is_flag=True, help="Leave the keys readable for whoever has the backup.")
def backup(config: Path | None, target: Path, passphrase: str | None, plain_keys: bool) -> None:
    """Save database, recordings, prompts and keys into TARGET, a new folder or .tar file; the server may run."""
    from api.records import make_backup

    settings = load(config)
    secret = None
    if not plain_keys:
        asked = passphrase or click.prompt("Passphrase for the keys", hide_input=True, confirmation_prompt=True)
        secret = Secret(asked)
    with Stages() as stages:
        manifest = run(make_backup(settings, target, secret, stages.told))
    size = sum(entry.bytes for entry in manifest.files.values())
    click.echo(f"{target}: {len(manifest.files)} files, {size:,} bytes.")
    for key in manifest.missing:
        click.echo(f"deleted or lost before it was copied: {key}", err=True)
    if manifest.unstored:
        click.echo(f"{manifest.unstored} recordings are not stored yet: they will be in the next backup.", err=True)


@click.command()
@config_option
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@passphrase_option
def restore(config: Path | None, source: Path, passphrase: str | None) -> None:
    """Put a backup into the empty storage folder and the empty database that the settings name."""
    from api.records import needs_passphrase, restore_backup

    settings = load(config)
    secret = Secret(passphrase) if passphrase else None
    with in_words():
        needed = needs_passphrase(source)
    if secret is None and needed:
        secret = Secret(click.prompt("Passphrase of the keys", hide_input=True))
    with Stages() as stages:
        manifest = run(restore_backup(settings, source, secret, stages.told))
    click.echo(f"Restored what was saved at {manifest.made_at:%Y-%m-%d %H:%M} UTC: {len(manifest.files)} files.")


COMMANDS = (audit, keys, backup, restore)
