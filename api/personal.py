"""The modules that keep people's data, put together for privacy."""

from collections.abc import Sequence

from desk.contacts import ContactData
from gateway.traces.archive import TraceArchive
from insight import InsightService
from insight.personal import CallData
from kernel.contracts.base import TenantScope
from kernel.contracts.personal import DataKind, Erasure, PersonalRecord
from kernel.ports.redaction import CallbackNumbers, LogRedaction
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, Ids
from media.recordings import RecordingLibrary, Vault
from media.recordings.personal import RecordingData
from routing.personal import CallbackData
from tenants.directory.personal import MarkedCallerData
from tenants.privacy import Keeper


class TracedCalls(CallData):
    """Calls with their signalling, in which captured packets hold numbers: it goes when the number does."""

    async def erase(self, scope: TenantScope, records: Sequence[PersonalRecord], reason: Erasure) -> None:
        """The signalling first: killed in between, the number is still there to have it done again."""
        calls = [CallId(record.id) for record in records if record.kind is DataKind.CALLS]
        await TraceArchive(self._database).erase(scope, calls)
        await super().erase(scope, records, reason)


class PersonalParts:
    """What stands below."""

    def __init__(
        self, database: Database, redaction: LogRedaction, callbacks: CallbackNumbers, clock: Clock, ids: Ids
    ) -> None:
        self.database = database
        self.redaction = redaction
        self.callbacks = callbacks
        self.clock = clock
        self.ids = ids


def keeper(parts: PersonalParts, insight: InsightService, vault: Vault) -> Keeper:
    """A contact's e-mail address leads to numbers, these to calls, and calls to recordings: in this order."""
    database, clock, ids = parts.database, parts.clock, parts.ids
    calls = TracedCalls(database=database, insight=insight, redaction=parts.redaction, clock=clock, ids=ids)
    library = RecordingLibrary(database, vault)
    recordings = RecordingData(database=database, vault=vault, library=library, clock=clock, ids=ids)
    callbacks = CallbackData(database=database, numbers=parts.callbacks, clock=clock, ids=ids)
    marked = MarkedCallerData(database=database, clock=clock, ids=ids)
    return Keeper([ContactData(database), calls, recordings, callbacks, marked], calls)
