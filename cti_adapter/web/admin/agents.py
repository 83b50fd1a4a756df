"""Pages of an organization's agents: the list, one agent, the import of a file, and tokens."""

from flask import Blueprint, Response, abort, request, session

from ...application.administration import AdministrationRefused
from .access import ConsoleOptions, actor, for_changers, the_agent
from .answers import go, notice, render, secret_once
from .forms import TOKEN_DAYS, AgentForm, ImportForm, SearchForm, TokenForm, refusals_in, uploaded

#: Agents on one page.
PAGE = 50
#: Agents of a file that the preview shows.
SHOWN = 20
DAY_S = 24 * 3600.0


def add_routes(blueprint: Blueprint, options: ConsoleOptions) -> None:
    """Routes of this file's subject."""
    service = options.administration

    @blueprint.get("/organizations/<organization>/agents")
    def list_agents(organization: str) -> Response:
        contains = session.get(_search(organization), "")
        after = _login_of(organization, request.args.get("after", ""))
        found = service.agents.all(actor(), organization, contains=contains, after=after, limit=PAGE + 1)
        form = SearchForm(formdata=None, data={"contains": contains})
        more = found[PAGE - 1].id if len(found) > PAGE else None
        return render("agents.html", form=form, found=found[:PAGE], contains=contains, more=more, first=not after)

    def _login_of(organization: str, agent_id: str) -> str:
        """Pages begin behind an agent, who is named by id: addresses do not name people."""
        if not agent_id:
            return ""
        try:
            return service.agents.by_id(actor(), organization, agent_id[:60]).login
        except AdministrationRefused:
            abort(404)

    @blueprint.post("/organizations/<organization>/agents/search")
    def search_agents(organization: str) -> Response:
        # Kept in the session, since what is searched for is mostly a name.
        session[_search(organization)] = (SearchForm().contains.data or "").replace("\x00", "").strip()[:120]
        return go("list_agents", organization=organization)

    @blueprint.route("/organizations/<organization>/new-agent", methods=["GET", "POST"])
    @for_changers
    def new_agent(organization: str) -> Response:
        form = AgentForm()
        if request.method == "POST":
            with refusals_in(form):
                made = service.agents.make(actor(), organization, form.login.data or "", form.name.data or "")
                notice("agent_made", login=made.login)
                return go("show_agent", organization=organization, agent=made.id)
        return render("agent_form.html", form.status, form=form)

    @blueprint.get("/organizations/<organization>/agents/<agent>")
    def show_agent(organization: str, agent: str) -> Response:
        return _agent_page(TokenForm())

    def _agent_page(form: TokenForm) -> Response:
        found = the_agent()
        tokens = service.agents.tokens(actor(), found.organization, found.login)
        form.choices_in_words()
        return render("agent.html", form.status, form=form, agent=found, tokens=tokens, now=options.clock.now())

    @blueprint.route("/organizations/<organization>/agents/<agent>/change", methods=["GET", "POST"])
    @for_changers
    def change_agent(organization: str, agent: str) -> Response:
        found = the_agent()
        form = AgentForm(data={"login": found.login, "name": found.name})
        if request.method == "POST":
            with refusals_in(form):
                values = {"login": form.login.data or "", "name": (form.name.data or "").strip()}
                service.agents.change(actor(), organization, found.login, values)
                notice("agent_changed")
                return go("show_agent", organization=organization, agent=agent)
        return render("agent_form.html", form.status, form=form, agent=found)

    @blueprint.post("/organizations/<organization>/agents/<agent>/tokens")
    @for_changers
    def issue_token(organization: str, agent: str) -> Response:
        form = TokenForm()
        found = the_agent()
        with refusals_in(form):
            days = _days(form.ends_at.data or "")
            ends_at = options.clock.now() + days * DAY_S if days else None
            token, _ = service.agents.issue_token(actor(), organization, found.login, ends_at)
            return secret_once(kind="token", secret=token, login=found.login, ends_at=ends_at)
        return _agent_page(form)

    @blueprint.route("/organizations/<organization>/import-agents", methods=["GET", "POST"])
    @for_changers
    def import_agents(organization: str) -> Response:
        form = ImportForm()
        if request.method == "POST":
            with refusals_in(form):
                text = uploaded(form.file) or form.text.data or ""
                rows = service.agents.check_file(actor(), organization, text)
                carried = ImportForm(formdata=None, data={"text": text})
                return render("import_preview.html", form=carried, rows=rows[:SHOWN], count=len(rows))
        return render("import.html", form.status, form=form)

    @blueprint.post("/organizations/<organization>/import-agents/run")
    @for_changers
    def run_import(organization: str) -> Response:
        form = ImportForm()
        with refusals_in(form):
            made = service.agents.import_file(actor(), organization, form.text.data or "")
            notice("agents_imported", count=len(made))
            return go("list_agents", organization=organization)
        return render("import.html", form.status, form=form)


def _days(text: str) -> int:
    if text not in TOKEN_DAYS:
        raise AdministrationRefused("ends_at", f"must be one of {', '.join(TOKEN_DAYS)}")
    return int(text)


def _search(organization: str) -> str:
    return f"search {organization}"
