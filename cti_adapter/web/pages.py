"""The start page, the softphone page and the page of the simulated phones. They hold no state."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, render_template

from ..domain.organization import DEFAULT_ORGANIZATION, Organization
from .assets import Assets
from .texts import texts

#: Origins of the Salesforce stand-in: browsers take every name under .localhost for this machine. The last one is for
#: Salesforce's own client script in its place, which wants a Salesforce name (browsers speak only https to force.com).
STANDIN_ORIGINS = ("http://*.localhost:*", "http://localhost:*", "http://127.0.0.1:*", "http://*.salesforce.ms:*")


@dataclass(frozen=True)
class PageOptions:
    """What the pages show."""

    relay_url: str
    organization: Callable[[str], Organization | None]
    """The active organization of an id."""
    open_cti_version: str
    frame_ancestors: tuple[str, ...]
    """Who may show the softphone of an organization that names nobody."""
    demonstration: bool
    simulated_phones: bool
    version: str
    console: bool = False
    """Whether there is an admin console."""


def create_blueprint(options: PageOptions) -> Blueprint:
    """The pages as one blueprint."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/")
    def start() -> Response:
        return render_page("start.html", "'none'", options=options)

    @blueprint.get("/softphone")
    @blueprint.get("/t/<organization>/softphone")
    def softphone(organization: str = DEFAULT_ORGANIZATION) -> tuple[Response, int] | Response:
        found = options.organization(organization)
        if found is None:
            return render_page("no_organization.html", "'none'", options=options), 404
        return softphone_page(options, found)

    @blueprint.get("/phones")
    def phones() -> tuple[Response, int] | Response:
        if not options.simulated_phones:
            return render_page("no_phones.html", "'none'", options=options), 404
        return render_page("phones.html", "'none'", options=options)

    @blueprint.get("/sign-in/done")
    def sign_in_done() -> Response:
        return sign_in_done_page(options)

    return blueprint


def softphone_page(options: PageOptions, organization: Organization) -> Response:
    """The softphone; the only page that others (Salesforce) may frame, and of these only the organization's own."""
    config = {
        "relay_url": options.relay_url,
        "organization": organization.id,
        "sign_in": organization.sign_in,
        "api_version": options.open_cti_version,
        "demo": options.demonstration,
        "version": options.version,
        "languages": _languages(),
    }
    ancestors = (organization.frame_hosts or options.frame_ancestors) + (
        STANDIN_ORIGINS if options.demonstration else ()
    )
    # The Open CTI script comes from the Salesforce host that frames the page.
    return render_page(
        "softphone.html",
        " ".join(ancestors),
        scripts=" ".join(ancestors),
        connect=options.relay_url,
        config=config,
    )


def sign_in_done_page(options: PageOptions) -> Response:
    """Where an identity provider sends its window back to. It must be able to reach the page that has opened it.

    So it never carries a Cross-Origin-Opener-Policy: any value of it but ``unsafe-none`` would cut the two apart.
    """
    config = {"relay_url": options.relay_url}
    return render_page("sign_in_done.html", "'none'", connect=options.relay_url, config=config)


def _languages() -> dict[str, str]:
    """Language -> address of its texts: every file ``static/js/messages/<language>.js``."""
    assets: Assets = current_app.extensions["assets"]
    version = assets.version
    return {Path(name).stem: assets.address(name, version) for name in assets.modules("js/messages")}


def render_page(template: str, ancestors: str, scripts: str = "", connect: str = "", **context: object) -> Response:
    """Render ``template`` under a content security policy that allows no inline script or style but by nonce."""
    nonce = secrets.token_urlsafe(16)
    response = make_response(render_template(template, csp_nonce=nonce, t=texts(), **context))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' {scripts}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {connect}; base-uri 'none'; form-action 'self'; frame-ancestors {ancestors}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
