"""The Flask application: registers the blueprints and says which headers every page carries. No page is made here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response

from ..domain.call_center.definition import DefinitionOptions
from .assets import use_assets
from .call_center import create_blueprint as call_center_blueprint
from .numbers_page import create_blueprint as numbers_blueprint
from .pages import PageOptions
from .pages import create_blueprint as pages_blueprint
from .salesforce_standin.blueprint import StandinDependencies
from .salesforce_standin.blueprint import create_blueprint as standin_blueprint

ROOT = Path(__file__).resolve().parents[2]
ICONS = ("icons/softphone.svg", "icons/standin.svg")


@dataclass(frozen=True)
class WebOptions:
    """What the pages need to know. ``standin`` is None where the Salesforce stand-in is not offered."""

    pages: PageOptions
    definition: Callable[[], DefinitionOptions]
    settings: Callable[[], Mapping[str, str]]
    """That definition as ``getCallCenterSettings`` returns it."""
    standin: StandinDependencies | None


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
    app.after_request(_headers)
    return app


def _headers(response: Response) -> Response:
    """Headers for every page; a page that sets one of them itself keeps its own."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    # Everything else is revalidated at each load: an upgrade must not leave half of an old page in a browser's cache.
    if response.headers.get("Cache-Control") is None:
        response.headers["Cache-Control"] = "no-cache"
    return response
