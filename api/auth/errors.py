"""What can go wrong when somebody, or a machine, shows who it is."""

from kernel.primitives.errors import CordboardError


class SecondFactorRequired(CordboardError):
    """`extra`: ticket, and expires_in in seconds."""

    code = "second_factor_required"
    status = 401
    title = "The password is right; the second factor is still needed"


class EnrolmentRequired(CordboardError):
    """`extra`: ticket, and expires_in in seconds."""

    code = "second_factor_enrolment_required"
    status = 401
    title = "A second factor must be set up first"


class TicketEnded(CordboardError):
    code = "ticket_ended"
    status = 401
    title = "The log-in took too long"


class WrongCode(CordboardError):
    code = "wrong_code"
    status = 401
    title = "The code is wrong, too old, or was used already"


class NoEnrolment(CordboardError):
    code = "no_enrolment"
    status = 409
    title = "No second factor is being set up"


class SecondFactorOn(CordboardError):
    code = "second_factor_on"
    status = 409
    title = "There is a second factor already"


class SecondFactorOff(CordboardError):
    code = "second_factor_off"
    status = 409
    title = "There is no second factor"


class SecondFactorNeeded(CordboardError):
    code = "second_factor_needed"
    status = 409
    title = "The tenant asks for a second factor"


class WrongPassword(CordboardError):
    code = "wrong_password"
    status = 403
    title = "The password is wrong"


class SignOnRequired(CordboardError):
    """`extra`: providers, a list of {id, name}."""

    code = "sign_on_required"
    status = 403
    title = "People of this tenant log in by single sign-on"


class InvalidToken(CordboardError):
    """RFC 6750 3.1."""

    code = "invalid_token"
    status = 401
    title = "The key or token is not valid"


class SessionNeeded(CordboardError):
    code = "session_needed"
    status = 403
    title = "Only people who are logged in may do this"


class DomainTaken(CordboardError):
    code = "domain_taken"
    status = 409
    title = "Another identity provider has this e-mail domain"


class NoSignOn(CordboardError):
    code = "no_sign_on"
    status = 409
    title = "There is no identity provider to log in with"


class SignOnFailed(CordboardError):
    """What the identity provider said or did makes a log-in impossible; the detail says which, for an admin."""

    code = "sign_on_failed"
    status = 502
    title = "The identity provider did not confirm who you are"


class SignOnExpired(CordboardError):
    code = "sign_on_expired"
    status = 400
    title = "The sign-on took too long, or was begun in another browser"


class SignOnRefused(CordboardError):
    """The identity provider refused, in its own words."""

    code = "sign_on_refused"
    status = 403
    title = "The identity provider refused"


class SignOnUnknown(CordboardError):
    code = "sign_on_unknown"
    status = 403
    title = "The identity provider knows you, but this tenant does not"


class AddressUnverified(CordboardError):
    code = "address_unverified"
    status = 403
    title = "The identity provider has not verified your e-mail address"
