"""A process that delivers webhooks from the database of its first argument until it is killed."""

import asyncio
import sys
from pathlib import Path

from webhook_stage import PRIVATE, Stage

from kernel.adapters import GuardedWeb, InProcessBus, LocalLease, SqliteDatabase, SystemClock, SystemIds
from tenants.webhooks import WebhookPorts, WebhookWorker


async def main(file: Path) -> None:
    clock = SystemClock()
    database = SqliteDatabase(file, clock)
    stage = Stage(database, clock, SystemIds())
    bus = InProcessBus(database.bury)
    worker = WebhookWorker(WebhookPorts(stage.ports(GuardedWeb(PRIVATE)), bus, LocalLease(clock)))
    await worker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
