"""One relay node: registry, sign-in, relay and its HTTP face, joined."""

import asyncio
import logging
import os
import secrets
import ssl
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from starlette.types import ASGIApp

from ..application.administration.audit import KEPT_S
from ..application.dial_rules import DialRules
from ..application.limits import Rate
from ..application.picture import Picture
from ..application.pool.node import PoolNode
from ..application.registry import RegistryUnavailable, Snapshot
from ..application.registry_changes import ChangeableRegistry
from ..application.relay import Relay
from ..application.relay_settings import RelaySettings
from ..application.sign_in import SignInDesk
from ..config import Config, ConfigurationError
from ..domain.organization import DEFAULT_ORGANIZATION, Admission, Organization, SignInMode
from ..relay.app import RelayParts, create_relay_app
from ..relay.bus.nats import NatsBus, NatsOptions
from ..relay.credentials import ConnectorCredentials, hashed_keys
from ..relay.gate import Gate
from ..relay.sign_in.oidc import OidcProviders
from ..relay.sign_in.proofs import Proofs
from ..relay.sign_in.vouchers import Vouchers
from .clock import SystemClock
from .site import Site

log = logging.getLogger("cti.registry")

#: How often old entries of the audit are looked for, in seconds.
FORGET_EVERY_S = 3600.0
#: Name of the registry's secret with which nonces and tickets are signed.
VOUCHER_SECRET = "vouchers"  # nosec B105 - a name, not the secret
#: Begin of environment variables with client secrets of OpenID Connect, followed by the organization.
OIDC_SECRET = "CTI_SECRET_OIDC_"  # nosec B105 - the begin of a name
#: The organization of a server whose registry knows none.
DEMONSTRATION = Organization(
    id=DEFAULT_ORGANIZATION, name="Default", sign_in=SignInMode.ID, admission=Admission.EVERYBODY
)


class RelayNode:
    """``site`` tells this server's URL and definition. Raises ``ConfigurationError``, ``RegistryUnavailable``."""

    def __init__(self, config: Config, registry: ChangeableRegistry, site: Site) -> None:
        self._config = config
        self._site = site
        self._registry = registry
        self._clock = clock = SystemClock()
        self.picture = Picture(registry, self._changed, DEMONSTRATION)
        _refuse_names_in_public(config, self.picture())
        self.relay = Relay(
            clock, settings=_relay_settings(config), may_dial=DialRules(self.picture, site.settings, clock).check
        )
        self._inside = {(entry.organization, entry.id) for entry in config.connectors}
        proofs = Proofs(
            Vouchers(registry.secret(VOUCHER_SECRET), clock),
            OidcProviders(clock),
            clock,
            site.url,
            config.allowed_origins,
            oidc_secrets(os.environ, self.picture()),
        )
        self._sign_in = SignInDesk(
            self.picture, registry, proofs, clock, self.picture.refresh, by_name_allowed=_names_allowed(config)
        )
        keys = {connector: key.get_secret_value() for connector, key in config.connector_keys.items()}
        self._connectors = ConnectorCredentials(self.picture, clock, hashed_keys(DEFAULT_ORGANIZATION, keys))
        gate = Gate(clock, self.relay.settings)
        self._bus = _bus(config)
        self.pool = PoolNode(self.relay, clock, secrets.token_hex(8), self._bus, proofs.heard)
        proofs.tell = self.pool.word_used
        self._parts = RelayParts(self.pool, self._sign_in, proofs, self._connectors, gate)

    def app(self, ready: Callable[[], bool] = lambda: True) -> ASGIApp:
        """The relay's HTTP face as the configuration wants it."""
        return create_relay_app(
            self._parts, allowed_origins=self._config.allowed_origins, ready=ready, site=self._site.settings
        )

    def background(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What has to run beside."""
        carrying = [self._bus.run, self.pool.run] if self._bus is not None else []
        return [self.relay.run, self.picture.run, self._forget_audit, *carrying]

    async def _forget_audit(self) -> None:
        """Once an hour what is too old goes; every node may do it."""
        while True:
            try:
                await asyncio.to_thread(self._registry.forget_audit, self._clock.now() - KEPT_S)
            except RegistryUnavailable as error:
                log.info("old audit entries stay for now: %s", error)
            await asyncio.sleep(FORGET_EVERY_S)

    def _changed(self) -> None:
        """The registry has: what does not stand any more ends now."""
        self.relay.end_sessions(self._sign_in.stands)
        self.relay.drop_connectors(
            lambda org, connector: (org, connector) in self._inside or self._connectors.stands(org, connector)
        )


def _bus(config: Config) -> NatsBus | None:
    if not config.bus:
        return None
    options = NatsOptions(
        servers=config.bus,
        cell=config.bus_cell,
        user=config.bus_user,
        password=config.bus_password.get_secret_value(),
        ca=config.bus_ca,
        cert=config.bus_cert,
        key=config.bus_key,
    )
    try:
        return NatsBus(options)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"bus_ca, bus_cert and bus_key cannot be used: {error}") from None


def oidc_secrets(environ: Mapping[str, str], picture: Snapshot) -> dict[str, str]:
    """Client secrets by organization, for providers that insist on one."""
    names = {
        organization: OIDC_SECRET + organization.upper().replace("-", "_") for organization in picture.organizations
    }
    return {organization: environ[name] for organization, name in names.items() if environ.get(name)}


def _relay_settings(config: Config) -> RelaySettings:
    limits = config.limits
    return RelaySettings(
        keep_unlogged_s=config.keep_unlogged_minutes * 60.0,
        colleague_states=config.colleague_states,
        strangers=Rate(limits.address_per_s, limits.address_burst),
        session=Rate(limits.session_per_s, limits.session_burst),
        agent=Rate(limits.agent_per_s, limits.agent_burst),
        organization=Rate(limits.organization_per_s, limits.organization_burst),
    )


def _names_allowed(config: Config) -> bool:
    return not config.listens_publicly or config.sign_in_by_id_on_public_address


def _refuse_names_in_public(config: Config, picture: Snapshot) -> None:
    if _names_allowed(config):
        return
    way = "trusted_proxies are set" if config.trusted_proxies else f"host is {config.host!r}"
    for organization in picture.organizations.values():
        if organization.active and organization.sign_in is SignInMode.ID:
            raise ConfigurationError(
                f"{way}, so others can reach this server, and sign_in of organization {organization.id!r} is "
                '"id": anybody who knows a login name could see that person\'s calls. Listen on 127.0.0.1 without a '
                "proxy, let the organization sign in otherwise (cti org set), or set "
                "sign_in_by_id_on_public_address = true if you accept that"
            )
