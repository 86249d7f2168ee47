"""What can go wrong with privacy, in words that can be shown."""

from kernel.primitives.errors import CordboardError


class PersonOnHold(CordboardError):
    """Carries `holds`, the ids of the holds."""

    code = "person_on_hold"
    status = 409
    title = "What is kept of this person is held by law and cannot be erased"


class ThingOnHold(CordboardError):
    """Carries `holds`, the ids of the holds."""

    code = "thing_on_hold"
    status = 409
    title = "It is held by law and cannot be erased"


class JobNotDone(CordboardError):
    code = "job_not_done"
    status = 409
    title = "The job has nothing to show yet"


class ExportGone(CordboardError):
    code = "export_gone"
    status = 410
    title = "The export was kept for a week and is gone"
