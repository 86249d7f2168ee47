"""The doors into events of the log that are stored already."""

from kernel.adapters.callback_numbers import EventLogCallbacks
from kernel.adapters.message_notes import EventLogMessageNotes
from kernel.adapters.redaction import EventLogRedaction
from kernel.ports.redaction import LogDoors
from kernel.ports.unit_of_work import Database


def log_doors(database: Database) -> LogDoors:
    return LogDoors(EventLogRedaction(), EventLogCallbacks(database), EventLogMessageNotes(database))
