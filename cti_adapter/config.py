"""Configuration: one TOML file and ``CTI_…`` environment variables become one checked record. It alone reads them.

Precedence: command line, environment, file, default. A key or variable that nobody knows is refused by its name, so
that a typing error never passes for a default.
"""

import difflib
import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

ENV_PREFIX = "CTI_"
#: Salesforce's hosts that may frame the softphone and serve the Open CTI script (Lightning and Visualforce).
SALESFORCE_HOSTS = (
    "https://*.lightning.force.com",
    "https://*.my.salesforce.com",
    "https://*.vf.force.com",
    "https://*.visualforce.com",
)


class ConfigurationError(Exception):
    """The configuration cannot be used; the message names key, value and rule."""


Digits = Annotated[str, Field(min_length=1, max_length=10, pattern=r"^[0-9*#+]+$")]


class AgentConfig(BaseModel):
    """Which extension an agent has at a connector's phone system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agent: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^\S+$")]
    extension: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^\S+$")]
    name: Annotated[str, Field(max_length=80)] = ""
    """The person's name, for colleagues who look for them; empty: the login name stands for it."""


class NumbersConfig(BaseModel):
    """What a phone system does to the numbers that it shows; see docs/salesforce-admin/numbers.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    truncate_at: Annotated[str, Field(max_length=10)] = ""
    """Characters from which on the rest of a number is cut."""
    strip_caller: tuple[Digits, ...] = ()
    strip_called: tuple[Digits, ...] = ()
    strip_connected: tuple[Digits, ...] = ()
    strip_forwarded: tuple[Digits, ...] = ()
    """Prefixes that the phone system puts in front, by party; the first that fits is taken away."""
    add_prefix: Annotated[str, Field(max_length=10, pattern=r"^\+?[0-9]*$")] = ""
    """What the phone system leaves away: ``0`` or ``+``."""
    longest_internal: Annotated[int, Field(ge=1, le=9)] = 5
    """Digits up to which a number is an extension and is not touched."""


class ConnectorConfig(BaseModel):
    """One connector. Keys beyond these belong to the connector's own settings, which check them."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: Annotated[str, Field(min_length=1)]
    id: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    organization: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")] = "default"
    """Whose agents these are."""
    agents: tuple[AgentConfig, ...] = ()
    numbers: NumbersConfig = NumbersConfig()

    @property
    def options(self) -> dict[str, Any]:
        """The keys that are the connector's own."""
        return dict(self.model_extra or {})


DEMONSTRATION = ConnectorConfig(
    kind="simulator",
    id="demo",
    agents=(
        AgentConfig(agent="alice@acme.example", extension="101", name="Alice Adler"),
        AgentConfig(agent="bob@acme.example", extension="102", name="Bob Brandt"),
        AgentConfig(agent="carol@acme.example", extension="103", name="Carol Cruz"),
    ),
)


class ServerLoggingConfig(BaseModel):
    """How the server logs calls itself, by Salesforce's REST API."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    login_url: Annotated[str, Field(pattern=r"^https://[^/\s]+$")]
    """Where to sign in: ``https://`` and the org's My Domain, without a path."""
    client_id: Annotated[str, Field(min_length=1, max_length=300)]
    """Consumer key of the External Client App."""
    username: Annotated[str, Field(min_length=1, max_length=120)]
    """Salesforce user in whose name the server signs in."""
    private_key_file: Path
    """File with the private key (PEM), whose certificate the app has."""
    audience: str = ""
    """Whom the sign-in is for, where it is not ``login_url``: ``https://login.salesforce.com``, or a sandbox's."""
    after_s: Annotated[int, Field(ge=10, le=3600)] = 60
    """How long after its end a call belongs to the softphones, in seconds."""
    time_zone: str = "UTC"
    """Where the day and time of a call are told, such as ``Europe/Berlin``."""
    ca_file: Path | None = None
    """Certificates to trust instead of the usual ones."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{value!r} is no time zone such as Europe/Berlin") from None
        return value


class AdminOidcConfig(BaseModel):
    """The identity provider of administrators (OpenID Connect)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=255)]
    """As it names itself: its address followed by ``/.well-known/openid-configuration`` describes it."""
    client_id: Annotated[str, Field(min_length=1, max_length=300)]
    """What it calls this server."""
    name: Annotated[str, Field(max_length=40)] = ""
    """What administrators read on the button; empty: the issuer's host."""

    @field_validator("issuer")
    @classmethod
    def _not_in_clear(cls, value: str) -> str:
        here = urlsplit(value).hostname in ("localhost", "127.0.0.1", "::1")
        if not value.startswith("https://") and not here:
            raise ValueError(f"{value!r} has to begin with https:// (http is for localhost alone)")
        return value


class LimitsConfig(BaseModel):
    """How many requests are answered; more get HTTP 429 and are told when to come back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address_per_s: Annotated[float, Field(gt=0, le=100_000)] = 50.0
    """Requests a second from one address that does not show who it is: sign-ins above all."""
    address_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 5_000
    """… and at once: a whole office may have one address."""
    session_per_s: Annotated[float, Field(gt=0, le=100_000)] = 20.0
    """Requests a second of one tab."""
    session_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """… and at once."""
    agent_per_s: Annotated[float, Field(gt=0, le=100_000)] = 40.0
    """Requests a second of all tabs of one agent."""
    agent_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 400
    """… and at once."""
    organization_per_s: Annotated[float, Field(gt=0, le=100_000)] = 1_000.0
    """Requests a second of all agents and connectors of one organization."""
    organization_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """… and at once."""


class Config(BaseSettings):
    """All settings. Each is documented in docs/operator/configuration.md."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """TCP port to listen on; 0 picks a free one."""
    tls_cert: Path | None = None
    """File with the server's certificate and those between it and its root (PEM); none: plain HTTP."""
    tls_key: Path | None = None
    """File with the private key of that certificate (PEM, without a passphrase)."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses and networks of proxies that are believed when they say who the client is."""
    connections_per_address: Annotated[int, Field(ge=10, le=1_000_000)] = 2_000
    """Connections from one address at a time; trusted proxies may have any number."""
    public_url: str = ""
    """URL under which browsers reach this server; empty: localhost and the port."""
    relay_url: str = ""
    """URL of the relay for softphones and connectors; empty: the relay is part of this server."""
    bus: Annotated[tuple[str, ...], NoDecode] = ()
    """NATS servers that join this relay with others, such as ``nats://10.0.0.1:4222``; empty: it is alone."""
    bus_cell: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] = "main"
    """Relays of one cell are one; those of another on the same NATS are not."""
    bus_user: str = ""
    """User name at the NATS servers."""
    bus_password: SecretStr = SecretStr("")
    """… and password."""
    bus_ca: Path | None = None
    """File with the certificates that those of the NATS servers come from (PEM); TLS is insisted on then."""
    bus_cert: Path | None = None
    """File with this relay's own certificate, where the NATS servers want one (PEM)."""
    bus_key: Path | None = None
    """… and its private key."""
    sign_in: Literal["id"] = "id"
    """How agents sign in as long as the registry knows no organization. ``id`` trusts the name alone."""
    sign_in_by_id_on_public_address: bool = False
    """Allow sign-in mode ``id`` although the server listens on an address that others can reach."""
    database_url: SecretStr = SecretStr("sqlite:///cti-adapter.sqlite3")
    """Where the registry is."""
    standby_url: str = ""
    """Softphone URL that Salesforce loads when this server does not answer; needs standby_timeout_ms."""
    standby_timeout_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    """How long Salesforce waits before it takes the standby URL, in milliseconds."""
    call_center_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,39}$")] = "CtiAdapter"
    """Internal name of the call center in Salesforce."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "DE"
    """Country of the office (ISO 3166), for the call center definition that this server writes."""
    open_cti_version: Annotated[str, Field(pattern=r"^[0-9]{2,3}\.0$")] = "66.0"
    """API version of the Open CTI script that the page loads from Salesforce."""
    frame_ancestors: tuple[str, ...] = SALESFORCE_HOSTS
    """Origins whose pages may show the softphone."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of softphone pages that are served elsewhere and call this relay."""
    demonstration: bool = True
    """Offer the Salesforce stand-in under /salesforce."""
    standin_script_dir: Path | None = None
    """Folder with an ``opencti_min.js`` that the stand-in serves instead of its own."""
    admin_console: bool = True
    """Offer the admin console under /admin."""
    admin_networks: tuple[str, ...] = ()
    """Networks from which the admin console can be reached, such as ``10.0.0.0/8``; empty: from everywhere."""
    admin_oidc: AdminOidcConfig | None = None
    """How administrators sign in besides their passwords."""
    connectors: tuple[ConnectorConfig, ...] = (DEMONSTRATION,)
    """Connectors that run inside this process."""
    connector_keys: dict[str, SecretStr] = {}
    """Keys of connectors that attach from outside: connector id -> key of at least 24 characters."""
    connector_key: SecretStr = SecretStr("")
    """For ``cti connect``: the key with which its connector attaches."""
    connector_private_key_file: Path | None = None
    """For ``cti connect``: file with the private key (``cti connector keygen``) with which it signs instead."""
    keep_unlogged_minutes: Annotated[int, Field(ge=0, le=24 * 60)] = 15
    """How long an ended call that no softphone has logged is kept in memory for the next one that opens; 0: not."""
    colleague_states: bool = True
    """Whether agents see of each other who is free, away or on a call; never with whom."""
    server_logging: ServerLoggingConfig | None = None
    """Log calls of agents who have no softphone open; none: only softphones log."""
    limits: LimitsConfig = LimitsConfig()
    """How many requests are answered."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level of log lines."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                network = ipaddress.ip_network(proxy)
            except ValueError:
                raise ValueError(f"{proxy[:80]!r} is no IP address or network such as 10.0.0.0/24") from None
            if network.prefixlen == 0:
                raise ValueError(f"{proxy!r} is everybody; then anybody could claim to be somebody else")
        return value

    @field_validator("public_url", "relay_url", "standby_url")
    @classmethod
    def _absolute_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must be an absolute URL such as https://cti.example.com")
        return value.rstrip("/")

    @field_validator("bus", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return [each.strip() for each in value.split(",")] if isinstance(value, str) else value

    @field_validator("bus")
    @classmethod
    def _nats_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in ("nats", "tls") or not parts.hostname or parts.username:
                raise ValueError(
                    f"{parts.scheme}://{parts.hostname} is no NATS server such as nats://10.0.0.1:4222 or "
                    "tls://nats.example.com:4222 (user and password have keys of their own)"
                )
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://[^/]+/.", value.get_secret_value()):
            raise ValueError("must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE")
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if "*" in origin or origin != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
                raise ValueError(f"{origin!r} is not one origin such as https://cti.example.com (no path, no *)")
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _header_safe(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for source in value:
            # It becomes part of a header (CSP 3, host-source): nothing may end the directive.
            if not re.fullmatch(r"https?://[A-Za-z0-9*.-]+(:([0-9]+|\*))?", source):
                raise ValueError(f"{source!r} is not a host such as https://acme.lightning.force.com")
        return value

    @field_validator("admin_networks")
    @classmethod
    def _admin_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"{network!r} is not a network such as 10.0.0.0/8: {error}") from None
        return value

    @field_validator("connector_keys")
    @classmethod
    def _long_keys(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for connector, key in value.items():
            if len(key.get_secret_value()) < 24:
                raise ValueError(f"the key of connector {connector!r} has fewer than 24 characters")
        return value

    @property
    def url(self) -> str:
        """URL under which browsers reach this server, without a slash at its end."""
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """The same, where ``port`` is the one in use."""
        return self.public_url or f"{'https' if self.tls_cert else 'http'}://localhost:{port}"

    @property
    def listens_publicly(self) -> bool:
        """Whether somebody outside this machine can connect, be it through a proxy."""
        return not _is_this_machine(self.host) or bool(self.trusted_proxies)


def load(path: Path | None = None, **overrides: Any) -> Config:
    """Read the configuration; ``overrides`` are options of the command line (None = not given).

    Raises ``ConfigurationError`` that names each wrong key.
    """
    _refuse_unknown_variables(os.environ)
    content = _read_file(path) if path else {}
    _refuse_unknown_keys(content, path)
    try:
        config = _with_file(content)(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise ConfigurationError(_sentences(error, path)) from None
    except SettingsError as error:
        raise ConfigurationError(f"environment: {error}; lists and tables are written as JSON there") from None
    check(config)
    return _with_place(config, path)


def _with_file(content: dict[str, Any]) -> type[Config]:
    """``Config`` with the file's ``content`` as its weakest source; .env files and secret folders are not read."""

    class FromFile(Config):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, content)

    return FromFile


def _with_place(config: Config, path: Path | None) -> Config:
    """A relative file of the database lies in the folder of the configuration, else in the working directory."""
    url = config.database_url.get_secret_value()
    file = url.removeprefix("sqlite:///")
    if file == url or Path(unquote(file)).is_absolute():
        return config
    folder = (path.parent if path else Path()).absolute().as_posix()
    return config.model_copy(update={"database_url": SecretStr(f"sqlite:///{quote(folder, safe='/:')}/{file}")})


def check(config: Config) -> None:
    """Rules between several keys; raises ``ConfigurationError``."""
    if bool(config.standby_url) != bool(config.standby_timeout_ms):
        raise ConfigurationError("standby_url and standby_timeout_ms go together: set both or neither")
    if bool(config.bus_cert) != bool(config.bus_key):
        raise ConfigurationError("bus_cert and bus_key go together: set both or neither")
    if bool(config.tls_cert) != bool(config.tls_key):
        raise ConfigurationError("tls_cert and tls_key go together: set both or neither")
    public = urlsplit(config.public_url)
    if public.scheme == "http" and config.tls_cert:
        raise ConfigurationError(
            f"public_url: {config.public_url!r} is plain http, but with tls_cert this server is not"
        )
    if public.scheme == "http" and not _is_this_machine(public.hostname or ""):
        raise ConfigurationError(
            f"public_url: {config.public_url!r} is plain http, which Salesforce does not show; use https"
        )
    ids = [connector.id for connector in config.connectors]
    if len(set(ids)) != len(ids):
        raise ConfigurationError("connectors: every connector needs an id of its own")


def _is_this_machine(host: str) -> bool:
    """Whether ``host`` is a loopback name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None


def _refuse_unknown_keys(content: Mapping[str, Any], path: Path | None) -> None:
    for key in content:
        if key not in Config.model_fields:
            raise ConfigurationError(f"{path}: unknown key {key!r}{_did_you_mean(key, list(Config.model_fields))}")


def _refuse_unknown_variables(environ: Mapping[str, str]) -> None:
    known = [ENV_PREFIX + name.upper() for name in Config.model_fields] + ["CTI_CONFIG"]
    for name in environ:
        # Names with two underscores are secrets that a connector's setting refers to (secret_env).
        if (
            name.startswith(ENV_PREFIX)
            and name not in known
            and not name.startswith(("CTI_SECRET_", "CTI_ASTERISK_ROOT"))
        ):
            raise ConfigurationError(f"environment: unknown variable {name}{_did_you_mean(name, known)}")


def _did_you_mean(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _sentences(error: ValidationError, path: Path | None) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in problem["loc"])
        lines.append(f"{key}: {problem['msg'].removeprefix('Value error, ')}")
    return (f"{path}: " if path else "") + "; ".join(lines)
