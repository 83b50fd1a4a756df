"""The admin console under ``/admin``: organizations, agents, connectors, administrators and the audit log.

Pages and forms only: what is allowed, checked and written down is ``application.administration``'s. Works without
JavaScript. Sessions live in this process (see ``sessions``).
"""
