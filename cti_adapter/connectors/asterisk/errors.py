"""What can go wrong between the connector and Asterisk."""


class AsteriskUnreachable(Exception):
    """No connection, or it broke. ``reason`` is the stable code for the panel; waiting may help."""

    reason = "phone_system_unreachable"


class LoginRefused(AsteriskUnreachable):
    """Asterisk does not accept username and secret."""

    reason = "login_refused"


class ActionRefused(Exception):
    """Asterisk answered an action with an error; the message is Asterisk's sentence."""
