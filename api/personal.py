"""The modules that keep people's data, put together for privacy."""

from desk.contacts import ContactData
from insight import InsightService
from insight.personal import CallData
from kernel.ports.redaction import LogRedaction
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import Ids
from media.recordings import RecordingLibrary, Vault
from media.recordings.personal import RecordingData
from tenants.privacy import Keeper


class PersonalParts:
    """What stands below."""

    def __init__(self, database: Database, redaction: LogRedaction, clock: Clock, ids: Ids) -> None:
        self.database = database
        self.redaction = redaction
        self.clock = clock
        self.ids = ids


def keeper(parts: PersonalParts, insight: InsightService, vault: Vault) -> Keeper:
    """A contact's e-mail address leads to numbers, these to calls, and calls to recordings: in this order."""
    database, clock, ids = parts.database, parts.clock, parts.ids
    calls = CallData(database=database, insight=insight, redaction=parts.redaction, clock=clock, ids=ids)
    library = RecordingLibrary(database, vault)
    recordings = RecordingData(database=database, vault=vault, library=library, clock=clock, ids=ids)
    return Keeper([ContactData(database), calls, recordings], calls)
