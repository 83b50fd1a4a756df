"""Pages of organizations: all of them, one, its settings and its certificates."""

from flask import Blueprint, Response, request

from ...application.administration.organizations import OWNERS_ALONE, lacking
from ...domain.organization import Role
from .access import ConsoleOptions, actor, for_changers, for_owners, the_organization
from .answers import go, notice, render
from .forms import CertificateForm, NewOrganizationForm, OrganizationForm, refusals_in, settings_of, uploaded

#: Certificates are named that end within so many seconds.
SOON_S = 30 * 24 * 3600.0


def add_routes(blueprint: Blueprint, options: ConsoleOptions) -> None:
    """Routes of this file's subject."""
    service = options.administration

    @blueprint.get("", strict_slashes=False)
    def overview() -> Response:
        found = service.overview.all(actor())
        return render("overview.html", found=found, lacking=lacking, soon=options.clock.now() + SOON_S)

    @blueprint.route("/new-organization", methods=["GET", "POST"])
    @for_owners
    def new_organization() -> Response:
        form = NewOrganizationForm()
        form.choices_in_words()
        if request.method == "POST":
            with refusals_in(form):
                values = form.values()
                made = service.organizations.make(actor(), form.id.data or "", values.pop("name"), values)
                notice("organization_made", name=made.name)
                return go("show_organization", organization=made.id)
        else:
            form.dials_per_minute.data = "30"
        return render("organization_form.html", form.status, form=form)

    @blueprint.get("/organizations/<organization>")
    def show_organization(organization: str) -> Response:
        found = service.overview.one(actor(), organization)
        return render("organization.html", found=found, lacking=lacking, soon=options.clock.now() + SOON_S)

    @blueprint.route("/organizations/<organization>/settings", methods=["GET", "POST"])
    @for_changers
    def change_organization(organization: str) -> Response:
        form = _settings_form()
        if request.method == "POST":
            with refusals_in(form):
                service.organizations.change(actor(), organization, form.values())
                notice("settings_saved")
                return go("show_organization", organization=organization)
        return render("organization_form.html", form.status, form=form)

    @blueprint.route("/organizations/<organization>/new-certificate", methods=["GET", "POST"])
    @for_changers
    def new_certificate(organization: str) -> Response:
        form = CertificateForm()
        if request.method == "POST":
            with refusals_in(form):
                pem = uploaded(form.file) or form.certificate.data or ""
                added = service.organizations.add_certificate(actor(), organization, pem)
                notice("certificate_added", subject=added.subject)
                return go("show_organization", organization=organization)
        return render("certificate_form.html", form.status, form=form)


def _settings_form() -> OrganizationForm:
    """Without the fields that only owners may set, for others."""
    found = the_organization()
    form = OrganizationForm(data=settings_of(found))
    form.choices_in_words()
    if actor().role is not Role.OWNER:
        for name in OWNERS_ALONE:
            del form[name]
    return form
