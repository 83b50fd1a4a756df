"""Logging of calls in place of the softphones, where that is wanted."""

from collections.abc import Callable, Coroutine
from typing import Any
from zoneinfo import ZoneInfo

from ..application.ports import ConnectorMisconfigured
from ..application.relay import Relay
from ..application.server_log import ServerLog
from ..config import Config
from ..salesforce.call_log import RestCallLog
from ..salesforce.token import Login
from .site import Site


def server_log(config: Config, relay: Relay) -> list[Callable[[], Coroutine[Any, Any, None]]]:
    """What logs calls in place of the softphones, where that is wanted. Raises ``ConnectorMisconfigured``."""
    wanted = config.server_logging
    if wanted is None:
        return []
    if wanted.after_s >= config.keep_unlogged_minutes * 60:
        raise ConnectorMisconfigured("server_logging.after_s: must be shorter than keep_unlogged_minutes")
    try:
        key = wanted.private_key_file.read_text("utf-8")
    except OSError as error:
        raise ConnectorMisconfigured(f"server_logging.private_key_file: {error.strerror}") from None
    try:
        login = Login(wanted.login_url, wanted.client_id, wanted.username, key, wanted.audience)
    except ValueError as error:
        raise ConnectorMisconfigured(f"server_logging.private_key_file: {error}") from None
    writer = RestCallLog(login, config.open_cti_version, str(wanted.ca_file) if wanted.ca_file else None)
    zone = ZoneInfo(wanted.time_zone)
    return [ServerLog(relay, writer, Site(config).settings, wanted.after_s, zone).run]
