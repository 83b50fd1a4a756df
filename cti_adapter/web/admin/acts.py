"""Acts without fields, such as withdrawing a token: a page asks first, a POST does it. A table says which there are."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, abort, request

from ...application.administration import Administration
from ...application.administration.certificates import read_certificate
from ...domain.organization import Role
from .access import ConsoleOptions, actor, the_administrator, the_agent, the_connector, the_organization
from .answers import address, go, notice, render
from .forms import ConsoleForm, PasswordAgainForm, refusals_in
from .sign_in import Passwords


@dataclass(frozen=True)
class Act:
    """One act. Its texts are ``NAME`` (the button), ``NAME_title``, ``NAME_text`` and ``NAME_done``."""

    name: str
    """Its endpoint."""
    path: str
    do: Callable[[Administration, str], object]
    """With what the last part of ``path`` that is not the act's own names."""
    target: Callable[[Administration, str], str | None]
    """What people call that; None: it is not there."""
    page: tuple[str, ...]
    """Where it is shown: an endpoint, and the names of its parts."""
    after: tuple[str, ...] = ()
    """Where to go when it is done, if that page is gone then."""
    for_owners: bool = False
    grave: bool = False
    """The password is asked for again."""


ORGANIZATION = "/organizations/<organization>"
AGENT = f"{ORGANIZATION}/agents/<agent>"
CONNECTOR = f"{ORGANIZATION}/connectors/<connector>"
ADMINISTRATOR = "/administrators/<administrator>"
OF_ORGANIZATION = ("show_organization", "organization")
OF_AGENT = ("show_agent", "organization", "agent")
OF_CONNECTOR = ("show_connector", "organization", "connector")
OF_ADMINISTRATOR = ("show_administrator", "administrator")


def _organization_title(service: Administration, _: str) -> str:
    return the_organization().name


def _agent_login(service: Administration, _: str) -> str:
    return the_agent().login


def _connector_id(service: Administration, _: str) -> str:
    return the_connector().id


def _administrator_login(service: Administration, _: str) -> str:
    return the_administrator().login


def _certificate(service: Administration, fingerprint: str) -> str | None:
    for pem in the_organization().certificates:
        found = read_certificate(pem)
        if found.sha256.replace(":", "") == fingerprint:
            return found.subject
    return None


def _token(service: Administration, token: str) -> str | None:
    agent = the_agent()
    found = service.agents.tokens(actor(), agent.organization, agent.login)
    return token if token in [each.id for each in found] else None


def _key(service: Administration, key: str) -> str | None:
    return key if key in [each.id for each in the_connector().keys] else None


def _of_organization(verb: str) -> Callable[[Administration, str], object]:
    return lambda service, _: getattr(service.organizations, verb)(actor(), the_organization().id)


def _of_agent(verb: str) -> Callable[[Administration, str], object]:
    return lambda service, _: getattr(service.agents, verb)(actor(), the_agent().organization, the_agent().login)


def _of_connector(verb: str) -> Callable[[Administration, str], object]:
    return lambda service, _: getattr(service.connectors, verb)(
        actor(), the_connector().organization, the_connector().id
    )


def _of_administrator(verb: str) -> Callable[[Administration, str], object]:
    return lambda service, _: getattr(service.administrators, verb)(actor(), the_administrator().login)


def _remove_certificate(service: Administration, fingerprint: str) -> object:
    return service.organizations.remove_certificate(actor(), the_organization().id, fingerprint)


def _withdraw_token(service: Administration, token: str) -> None:
    service.agents.withdraw_token(actor(), the_agent().organization, the_agent().login, token)


def _withdraw_key(service: Administration, key: str) -> object:
    return service.connectors.withdraw_key(actor(), the_connector().organization, the_connector().id, key)


def _acts() -> tuple[Act, ...]:
    def organization(name: str, verb: str, *, after: tuple[str, ...] = (), grave: bool = False) -> Act:
        path = f"{ORGANIZATION}/{verb}"
        do, page = _of_organization(verb), OF_ORGANIZATION
        return Act(name, path, do, _organization_title, page, after, for_owners=True, grave=grave)

    def agent(name: str, verb: str, after: tuple[str, ...] = ()) -> Act:
        return Act(name, f"{AGENT}/{verb.replace('_', '-')}", _of_agent(verb), _agent_login, OF_AGENT, after)

    def connector(name: str, verb: str, after: tuple[str, ...] = ()) -> Act:
        return Act(name, f"{CONNECTOR}/{verb}", _of_connector(verb), _connector_id, OF_CONNECTOR, after)

    def administrator(name: str, verb: str, *, after: tuple[str, ...] = (), grave: bool = False) -> Act:
        path = f"{ADMINISTRATOR}/{verb.replace('_', '-')}"
        do, page = _of_administrator(verb), OF_ADMINISTRATOR
        return Act(name, path, do, _administrator_login, page, after, for_owners=True, grave=grave)

    certificate = f"{ORGANIZATION}/certificates/<fingerprint>/remove"
    return (
        organization("activate_organization", "activate"),
        organization("deactivate_organization", "deactivate"),
        organization("remove_organization", "remove", after=("overview",), grave=True),
        Act("remove_certificate", certificate, _remove_certificate, _certificate, OF_ORGANIZATION),
        agent("activate_agent", "activate"),
        agent("deactivate_agent", "deactivate"),
        agent("sign_out_agent", "sign_out"),
        agent("release_agent", "release"),
        agent("remove_agent", "remove", ("list_agents", "organization")),
        Act("withdraw_token", f"{AGENT}/tokens/<token>/withdraw", _withdraw_token, _token, OF_AGENT),
        connector("activate_connector", "activate"),
        connector("deactivate_connector", "deactivate"),
        connector("remove_connector", "remove", ("list_connectors", "organization")),
        Act("withdraw_key", f"{CONNECTOR}/keys/<key>/withdraw", _withdraw_key, _key, OF_CONNECTOR),
        administrator("activate_administrator", "activate"),
        administrator("deactivate_administrator", "deactivate"),
        administrator("sign_out_administrator", "sign_out"),
        administrator("release_administrator", "release"),
        administrator("remove_administrator", "remove", after=("list_administrators",), grave=True),
    )


ACTS = _acts()


def add_routes(blueprint: Blueprint, options: ConsoleOptions, passwords: Passwords) -> None:
    """A page and a POST for each act."""
    for act in ACTS:
        view = _view(act, options.administration, passwords)
        blueprint.add_url_rule(act.path, act.name, view, methods=["GET", "POST"])


def _view(act: Act, service: Administration, passwords: Passwords) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        part = next(reversed(parts.values()))
        target = act.target(service, part)
        if target is None:
            abort(404)
        _refuse_by_role(act)
        form = PasswordAgainForm() if act.grave else ConsoleForm()
        if request.method == "POST":
            with refusals_in(form):
                if isinstance(form, PasswordAgainForm):
                    passwords.check_again(form)
                act.do(service, part)
                notice(f"{act.name}_done", target=target)
                return _to(act.after or act.page, parts)
        back = address(act.page[0], **{name: parts[name] for name in act.page[1:]})
        return render("confirm.html", form.status, form=form, act=act.name, grave=act.grave, target=target, back=back)

    return view


def _refuse_by_role(act: Act) -> None:
    if actor().role is Role.AUDITOR or (act.for_owners and actor().role is not Role.OWNER):
        abort(403)


def _to(page: tuple[str, ...], parts: dict[str, str]) -> Response:
    return go(page[0], **{name: parts[name] for name in page[1:]})
