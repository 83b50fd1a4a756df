"""The Asterisk connector's keys in the configuration; documented in docs/connectors/asterisk.md."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from ...application.ports import ConnectorMisconfigured
from ...domain.features import ForwardingKind
from ..secrets import find_secret

#: A path below Asterisk's monitor folder with {call} in its name, and an ending that Asterisk can write.
RECORDING_FILE = r"^([\w./-]*\{call\}[\w.-]*\.(wav|wav49|gsm|sln))?$"
#: A family of Asterisk's database, or a context of voicemail.conf: what goes into an AMI action without quotes.
Family = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[\w.-]+$")]
#: A telephone number as the dial plan shall get it.
Shown = Annotated[str, Field(max_length=32, pattern=r"^\+?[0-9]+$")]
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AsteriskSettings(BaseModel):
    """How to reach Asterisk's manager interface and how this site dials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Text
    """Name or address of Asterisk."""
    port: Annotated[int, Field(ge=1, le=65535)] = 5038
    """Port of the manager interface."""
    username: Text
    """User of manager.conf."""
    secret: SecretStr = SecretStr("")
    """Its secret; better by secret_env or secret_file."""
    secret_env: str = ""
    """Environment variable with the secret; its name begins with CTI_SECRET_."""
    secret_file: Path | None = None
    """File whose first line is the secret."""
    secret_keyring: str = ""
    """Entry of the operating system's keyring with the secret: service/user."""
    tls: bool = False
    """Speak TLS (manager.conf: tlsenable)."""
    tls_ca_file: Path | None = None
    """Certificates that Asterisk's must be signed by; none: those of the system."""
    tls_server_name: str = ""
    """Name in Asterisk's certificate where it differs from host."""
    context: Text = "internal"
    """Context of the dial plan in which agents dial."""
    technology: Literal["PJSIP", "SIP"] = "PJSIP"
    """Channel technology of the phones; remote control works with PJSIP only."""
    devices: dict[str, Text] = {}
    """Extension -> device such as PJSIP/alice-desk, where it is not technology/extension."""
    trunks: tuple[str, ...] = ()
    """Endpoints that are trunks although they are named like extensions."""
    recording_file: Annotated[str, Field(max_length=200, pattern=RECORDING_FILE)] = ""
    """File of a recording at Asterisk, with {call} in it; empty: the panel does not offer recording."""
    queues: tuple[Text, ...] = ()
    """Queues that agents may log in to and out of from the panel."""
    call_data: Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")], ...], Field(max_length=20)] = ()
    """Channel variables that are shown with a call; manager.conf names them too (channelvars)."""
    parking_lot: Annotated[str, Field(max_length=80, pattern=r"^[\w.-]*$")] = ""
    """Parking lot of res_parking.conf for calls that agents park; empty: the panel does not offer it."""
    forwarding: dict[ForwardingKind, Family] = {}
    """Kind of forwarding -> family of Asterisk's database in which the dial plan keeps it, such as immediate = CF."""
    do_not_disturb: Annotated[str, Field(max_length=40, pattern=r"^[\w.-]*$")] = ""
    """Family of Asterisk's database in which the dial plan keeps do-not-disturb; empty: it is set at the phone only."""
    voicemail_number: Annotated[str, Field(max_length=16, pattern=r"^[0-9*#]*$")] = ""
    """What to dial to hear one's messages; empty: the panel does not tell of messages."""
    voicemail_context: Family = "default"
    """Context of the mailboxes, which are named like the extensions."""
    outbound_numbers: Annotated[dict[Shown, Annotated[str, Field(max_length=80)]], Field(max_length=50)] = {}
    """Numbers that agents may show to whom they call, with the name of each."""
    outbound_number_variable: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")] = "CTI_OUTBOUND_NUMBER"
    """Channel variable in which the dial plan finds the number to show."""
    extension_pattern: str = r"[0-9]{2,5}"
    """Regular expression of what an extension looks like."""
    dial_timeout_s: Annotated[int, Field(ge=5, le=120)] = 30
    """How long the own phone rings after click-to-dial."""
    remote_control: Literal["auto", "off"] = "auto"
    """Answer, hold and retrieve from the panel by NOTIFY to the phone (event packages talk and hold)."""
    connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Longest time for connection and login."""
    answer_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Longest time for the answer to an action."""
    ping_s: Annotated[float, Field(ge=1, le=300)] = 10.0
    """How often the connection is tested when nothing comes."""
    resync_s: Annotated[float, Field(ge=5, le=3600)] = 60.0
    """How often the picture is compared with Asterisk's list of channels."""

    @field_validator("extension_pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        return pattern

    def device(self, extension: str) -> str:
        """Device of an extension as Asterisk names it, such as ``PJSIP/101``."""
        return self.devices.get(extension, f"{self.technology}/{extension}")

    def tls_context(self) -> ssl.SSLContext | None:
        """How to check Asterisk's certificate; None without TLS. Raises ``ConnectorMisconfigured``."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=str(self.tls_ca_file) if self.tls_ca_file else None)
        except (OSError, ssl.SSLError) as error:
            raise ConnectorMisconfigured(f"tls_ca_file: {self.tls_ca_file}: {error.strerror or error}") from None


def asterisk_settings(options: Mapping[str, Any]) -> AsteriskSettings:
    """Checked settings with the secret filled in. Raises ``ConnectorMisconfigured`` that names the key."""
    try:
        settings = AsteriskSettings(**options)
    except ValidationError as error:
        raise ConnectorMisconfigured("; ".join(_sentence(problem) for problem in error.errors())) from None
    plain = settings.secret.get_secret_value()
    secret = find_secret(plain, settings.secret_env, settings.secret_file, settings.secret_keyring)
    if not secret:
        raise ConnectorMisconfigured("secret_env, secret_file or secret_keyring is missing: Asterisk wants a login")
    if any(character < " " or character == "\x7f" for character in secret):
        raise ConnectorMisconfigured("secret: holds a line break or another control character")
    settings.tls_context()  # a certificate file that is missing shows at the start, not at night
    return settings.model_copy(update={"secret": SecretStr(secret)})


def _sentence(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    return f"unknown key {key!r}" if problem["type"] == "extra_forbidden" else f"{key}: {problem['msg']}"
