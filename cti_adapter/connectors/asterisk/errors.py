"""What can go wrong between the connector and Asterisk."""


class AsteriskUnreachable(Exception):
    """No connection, or it broke. ``reason`` is the stable code for the panel; waiting may help."""

    reason = "phone_system_unreachable"


class NotSent(AsteriskUnreachable):
    """There was no connection any more when an action was to be sent: it was certainly not carried out."""


class LoginRefused(AsteriskUnreachable):
    """Asterisk does not accept username and secret."""

    reason = "login_refused"


class RightsMissing(AsteriskUnreachable):
    """The login works, but the user of manager.conf may not see what the connector has to see."""

    reason = "rights_missing"


class ActionRefused(Exception):
    """Asterisk answered an action with an error; the message is Asterisk's sentence."""
