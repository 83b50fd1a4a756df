"""The Flask application: registers the blueprints and says which headers every page carries. No page is made here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response
from flask_cors import CORS

from ..domain.call_center.definition import DefinitionOptions
from .admin.access import ConsoleOptions
from .admin.blueprint import use_console
from .admin.sessions import PREFIX as CONSOLE
from .assets import use_assets
from .call_center import create_blueprint as call_center_blueprint
from .numbers_page import create_blueprint as numbers_blueprint
from .pages import PageOptions
from .pages import create_blueprint as pages_blueprint
from .salesforce_standin.blueprint import StandinDependencies
from .salesforce_standin.blueprint import create_blueprint as standin_blueprint

ROOT = Path(__file__).resolve().parents[2]
ICONS = ("icons/softphone.svg", "icons/standin.svg")


#: What a browser may do with an answer that says nothing else: nothing. No page needs a device of the machine.
CAREFUL = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class WebOptions:
    """What the pages need to know. ``standin`` is None where the Salesforce stand-in is not offered."""

    pages: PageOptions
    definition: Callable[[str], DefinitionOptions]
    """Of an organization."""
    settings: Callable[[], Mapping[str, str]]
    """That definition as ``getCallCenterSettings`` returns it."""
    standin: StandinDependencies | None
    allowed_origins: Sequence[str] = ()
    """Other origins whose pages may read what is public here; the relay has the same list."""
    console: ConsoleOptions | None = None
    """None: no admin console."""


def create_app(options: WebOptions) -> Flask:
    """Build the Flask application. Raises ``NotBuilt`` where the icons are missing."""
    app = Flask("cti_adapter", root_path=str(ROOT), template_folder="templates", static_folder="static")
    use_assets(app, ROOT / "static", built=ICONS)
    app.register_blueprint(pages_blueprint(options.pages))
    app.register_blueprint(call_center_blueprint(options.definition))
    app.register_blueprint(
        numbers_blueprint(options.settings, options.pages.relay_url, demonstration=options.standin is not None)
    )
    if options.standin is not None:
        app.register_blueprint(standin_blueprint(options.standin))
    if options.console is not None:
        use_console(app, options.console)
    public = {rf"^(?!{CONSOLE}(/|$)).*": {"origins": list(options.allowed_origins)}}
    CORS(app, resources=public, methods=["GET"], send_wildcard=False)
    app.after_request(_headers)
    return app


def _headers(response: Response) -> Response:
    """Headers for every page, also of an error; a page that sets one of them itself keeps its own."""
    for name, value in CAREFUL.items():
        response.headers.setdefault(name, value)
    # The older header knows no list of hosts, so it must not be there where the newer one has one.
    if "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]:
        response.headers["X-Frame-Options"] = "DENY"
    # Everything else is revalidated at each load: an upgrade must not leave half of an old page in a browser's cache.
    if response.headers.get("Cache-Control") is None:
        response.headers["Cache-Control"] = "no-cache"
    return response
