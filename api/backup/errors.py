"""What can go wrong with a backup, in words that can be shown."""

from kernel.primitives.errors import CordboardError


class BadBackup(CordboardError):
    """Files are missing, changed, or of another kind or version."""

    code = "bad_backup"
    status = 422
    title = "This backup cannot be restored"


class WrongPassphrase(CordboardError):
    code = "wrong_passphrase"
    status = 403
    title = "The passphrase does not open the keys of this backup"
