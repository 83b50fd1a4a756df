"""Pages of administrators: who may use this console. For owners."""

from flask import Blueprint, Response, g, request
from wtforms.fields.choices import SelectChoice

from ...application.administration import AdministrationRefused
from ...domain.organization import Role
from .access import ConsoleOptions, actor, administrator_key, for_owners, the_administrator
from .answers import go, notice, render
from .forms import NewAdministratorForm, ReachForm, SetPasswordForm, refusals_in
from .sign_in import Passwords
from .texts import Texts


def add_routes(blueprint: Blueprint, options: ConsoleOptions, passwords: Passwords) -> None:
    """Routes of this file's subject."""
    service = options.administration.administrators
    provided = options.provider is not None

    @blueprint.get("/administrators")
    @for_owners
    def list_administrators() -> Response:
        return render("administrators.html", found=service.all(actor()), key=administrator_key)

    @blueprint.route("/new-administrator", methods=["GET", "POST"])
    @for_owners
    def new_administrator() -> Response:
        form = NewAdministratorForm()
        _fill_choices(form)
        if request.method == "POST":
            with refusals_in(form):
                passwords.check_again(form)
                # Without a password somebody signs in by the provider; where there is none, everybody needs one.
                login, password = form.login.data or "", form.password.data or (None if provided else "")
                made = service.make(actor(), login, _role(form), form.organization.data or None, password)
                notice("administrator_made", login=made.login)
                return go("list_administrators")
        return render("administrator_form.html", form.status, form=form, provided=provided)

    @blueprint.get("/administrators/<administrator>")
    @for_owners
    def show_administrator(administrator: str) -> Response:
        return render("administrator.html", administrator=the_administrator(), key=administrator)

    @blueprint.route("/administrators/<administrator>/role", methods=["GET", "POST"])
    @for_owners
    def change_administrator(administrator: str) -> Response:
        found = the_administrator()
        form = ReachForm(data={"role": found.role.value, "organization": found.organization or ""})
        _fill_choices(form)
        if request.method == "POST":
            with refusals_in(form):
                passwords.check_again(form)
                values = {"role": _role(form), "organization": form.organization.data or None}
                service.change(actor(), found.login, values)
                notice("administrator_changed")
                return go("show_administrator", administrator=administrator)
        return render("administrator_form.html", form.status, form=form, administrator=found, key=administrator)

    @blueprint.route("/administrators/<administrator>/password", methods=["GET", "POST"])
    @for_owners
    def set_password(administrator: str) -> Response:
        found = the_administrator()
        form = SetPasswordForm()
        if request.method == "POST":
            with refusals_in(form):
                passwords.check_again(form)
                service.set_password(actor(), found.login, form.password.data or "")
                notice("password_set", login=found.login)
                return go("show_administrator", administrator=administrator)
        return render("password_form.html", form.status, form=form, administrator=found, key=administrator)

    def _fill_choices(form: ReachForm) -> None:
        texts: Texts = g.texts
        form.choices_in_words()
        organizations = options.administration.organizations.all(actor())
        every = SelectChoice("", texts("administrator_organization_all"))
        form.organization.choices = [
            every,
            *(SelectChoice(each.id, f"{each.name} ({each.id})") for each in organizations),
        ]


def _role(form: ReachForm) -> Role:
    try:
        return Role(form.role.data or "")
    except ValueError:
        raise AdministrationRefused("role", f"must be one of {', '.join(Role)}") from None
