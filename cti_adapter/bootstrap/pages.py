"""The Flask pages of a configuration."""

import ipaddress
import os
from importlib.metadata import version

from flask import Flask

from ..application.administration import Administration
from ..application.picture import Picture
from ..application.registry_changes import ChangeableRegistry
from ..config import Config
from ..web.admin.access import ConsoleOptions
from ..web.app import WebOptions, create_app
from ..web.pages import PageOptions
from ..web.salesforce_standin.blueprint import StandinDependencies
from .clock import SystemClock
from .console_provider import ConsoleProvider
from .site import Site

#: Environment variable with the client secret of the console's identity provider.
CONSOLE_SECRET = "CTI_SECRET_ADMIN_OIDC"  # nosec B105 - a name


def create_pages(
    config: Config, site: Site, registry: ChangeableRegistry, picture: Picture, *, simulated_phones: bool = False
) -> Flask:
    """The Flask application. Raises ``NotBuilt`` where the icons are missing."""
    pages = PageOptions(
        relay_url=config.relay_url,
        organization=lambda organization: picture().organization(organization),
        open_cti_version=config.open_cti_version,
        frame_ancestors=config.frame_ancestors,
        demonstration=config.demonstration,
        console=config.admin_console,
        simulated_phones=simulated_phones,
        version=version("cti-adapter"),
    )
    standin = StandinDependencies(
        call_center=site.settings,
        adapter_url=lambda: f"{site.url()}/softphone",
        public_origin=site.url,
        script_dir=config.standin_script_dir,
    )
    return create_app(
        WebOptions(
            pages,
            site.definition,
            site.settings,
            standin if config.demonstration else None,
            allowed_origins=config.allowed_origins,
            console=_console(config, site, registry) if config.admin_console else None,
        )
    )


def _console(config: Config, site: Site, registry: ChangeableRegistry) -> ConsoleOptions:
    networks = tuple(ipaddress.ip_network(network) for network in config.admin_networks)
    clock = SystemClock()
    provider = None
    if config.admin_oidc is not None:
        provider = ConsoleProvider(config.admin_oidc, os.environ.get(CONSOLE_SECRET, ""), clock)
    return ConsoleOptions(Administration(registry), clock, site.url, networks, provider)
