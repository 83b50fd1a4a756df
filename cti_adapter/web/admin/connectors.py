"""Pages of an organization's connectors, and their keys."""

from flask import Blueprint, Response, request

from ...application.administration import AdministrationRefused
from ...application.registry import good
from ...domain.organization import ConnectorKey, ConnectorRecord
from .access import ConsoleOptions, actor, for_changers, the_connector
from .answers import go, notice, render, secret_once
from .forms import KEY_KINDS, OVERLAPS, ConnectorForm, KeyForm, refusals_in


def add_routes(blueprint: Blueprint, options: ConsoleOptions) -> None:
    """Routes of this file's subject."""
    service = options.administration.connectors

    @blueprint.get("/organizations/<organization>/connectors")
    def list_connectors(organization: str) -> Response:
        return render("connectors.html", found=service.all(actor(), organization), usable=usable)

    def usable(connector: ConnectorRecord) -> list[ConnectorKey]:
        return [key for key in connector.keys if good(key, options.clock.now())]

    @blueprint.route("/organizations/<organization>/new-connector", methods=["GET", "POST"])
    @for_changers
    def new_connector(organization: str) -> Response:
        form = ConnectorForm()
        if request.method == "POST":
            with refusals_in(form):
                made = service.make(actor(), organization, (form.connector.data or "").strip())
                notice("connector_made", id=made.id)
                return go("show_connector", organization=organization, connector=made.id)
        return render("connector_form.html", form.status, form=form)

    @blueprint.get("/organizations/<organization>/connectors/<connector>")
    def show_connector(organization: str, connector: str) -> Response:
        return render("connector.html", connector=the_connector(), usable=usable)

    @blueprint.route("/organizations/<organization>/connectors/<connector>/new-key", methods=["GET", "POST"])
    @for_changers
    def new_key(organization: str, connector: str) -> Response:
        form = KeyForm()
        form.choices_in_words()
        if request.method == "POST":
            with refusals_in(form):
                return _made(organization, connector, form)
        return render("key_form.html", form.status, form=form, connector=the_connector(), usable=usable)

    def _made(organization: str, connector: str, form: KeyForm) -> Response:
        who = (actor(), organization, connector)
        overlap_s = _overlap(form.overlap_s.data or "keep")
        public = form.public_key.data or ""
        if form.kind.data == "ed25519":
            if overlap_s is None:
                service.add_public_key(*who, public)
            else:
                service.rotate_public_key(*who, public, overlap_s)
            notice("key_registered")
            return go("show_connector", organization=organization, connector=connector)
        if form.kind.data not in KEY_KINDS:
            raise AdministrationRefused("kind", f"must be one of {', '.join(KEY_KINDS)}")
        secret, _ = service.add_api_key(*who) if overlap_s is None else service.rotate_api_key(*who, overlap_s)
        return secret_once(kind="api_key", secret=secret, connector=connector)


def _overlap(text: str) -> float | None:
    if text not in OVERLAPS:
        raise AdministrationRefused("overlap_s", f"must be one of {', '.join(OVERLAPS)}")
    return None if text == "keep" else float(text)
