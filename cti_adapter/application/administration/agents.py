"""Agents: made one by one or from a file, changed, shut out, signed out, and the tokens that they sign in with."""

import secrets
from collections.abc import Mapping
from typing import Any

from msgspec import structs

from ...domain.organization import AgentRecord, PersonalToken
from ..credentials import kept, new_personal_token
from ..registry_changes import Changes, Records
from .acting import Actor, AdministrationRefused, Subject, changer_only, seen
from .agent_file import AgentRow, read_agent_file
from .checking import changed, checked, checked_login, differences, refuse_unprintable

#: What can be set of an agent.
SETTABLE = ("login", "name")
#: Longest page of a list.
MOST_LISTED = 1000
#: Tokens of one agent at a time.
MOST_TOKENS = 10


class Agents(Subject):
    """All raise ``AdministrationRefused`` and ``RegistryUnavailable``. ``login`` is normalized here."""

    def all(
        self, actor: Actor, organization: str, *, contains: str = "", after: str = "", limit: int = MOST_LISTED
    ) -> list[AgentRecord]:
        """By login, behind ``after``, ``limit`` at most; with ``contains`` in login or name, in any case."""
        refuse_unprintable("contains", [contains, after])
        with self._registry.reading() as records:
            seen(records, actor, organization)
            limit = max(1, min(limit, MOST_LISTED))
            return records.agents(organization, contains=contains[:120], after=after, limit=limit)

    def one(self, actor: Actor, organization: str, login: str) -> AgentRecord:
        """The agent of this login."""
        with self._registry.reading() as records:
            return _found(records, actor, organization, login)

    def by_id(self, actor: Actor, organization: str, agent: str) -> AgentRecord:
        """The agent whose ``AgentRecord.id`` is ``agent``: for addresses, which must not name people."""
        with self._registry.reading() as records:
            seen(records, actor, organization)
            found = records.agent_by_id(organization, agent) if agent.isprintable() else None
        if found is None:
            raise AdministrationRefused("agent", f"{agent[:40]!r} is not an agent of organization {organization!r}")
        return found

    def make(self, actor: Actor, organization: str, login: str, name: str = "") -> AgentRecord:
        """A new one, who is bound to an identity with the first sign-in."""
        changer_only(actor)
        with self._registry.changing() as changes:
            seen(changes, actor, organization)
            agent = _new(organization, login, name)
            _refuse_taken(changes, organization, agent.login)
            changes.add(agent)
            self._told(changes, actor, "agent.made", agent)
        return agent

    def check_file(self, actor: Actor, organization: str, text: str) -> list[AgentRow]:
        """What ``import_file`` would make of ``text``; refuses like it, and changes nothing."""
        changer_only(actor)
        with self._registry.reading() as records:
            seen(records, actor, organization)
            return read_agent_file(text, records.logins(organization))

    def import_file(self, actor: Actor, organization: str, text: str) -> list[AgentRecord]:
        """All agents of ``text`` (see ``agent_file``), or none: then each wrong line is named."""
        changer_only(actor)
        with self._registry.changing() as changes:
            seen(changes, actor, organization)
            rows = read_agent_file(text, changes.logins(organization))
            agents = [_new(organization, row.login, row.name) for row in rows]
            changes.add(*agents)
            detail = f"{len(agents)} agents"
            self._tell(changes, actor, "agents.imported", organization, organization=organization, detail=detail)
        return agents

    def change(self, actor: Actor, organization: str, login: str, values: Mapping[str, Any]) -> AgentRecord:
        """Set fields of ``SETTABLE``. A new login is another agent for connectors: sessions end."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, login)
            if isinstance(values.get("login"), str):
                values = {**values, "login": checked_login(values["login"])}
            after = changed(before, values, SETTABLE)
            if after.login != before.login:
                _refuse_taken(changes, organization, after.login)
                after = self._signed_out(after)
            self._replace(changes, actor, "agent.changed", before, after)
        return after

    def deactivate(self, actor: Actor, organization: str, login: str) -> AgentRecord:
        """No sign-in any more; sessions end within five seconds, also where a reactivation follows at once."""
        return self._set_active(actor, organization, login, False)

    def activate(self, actor: Actor, organization: str, login: str) -> AgentRecord:
        """Take a deactivation back."""
        return self._set_active(actor, organization, login, True)

    def sign_out(self, actor: Actor, organization: str, login: str) -> AgentRecord:
        """End all sessions, on every node within five seconds. A new sign-in is possible at once."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, login)
            after = self._signed_out(before)
            changes.replace(after)
            self._told(changes, actor, "agent.signed_out", after)
        return after

    def release(self, actor: Actor, organization: str, login: str) -> AgentRecord:
        """Forget the identity: the next one that signs in with this login is bound. Sessions end."""
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, login)
            if not before.subject:
                raise AdministrationRefused("login", f"{before.login!r} is not bound to an identity")
            after = structs.replace(self._signed_out(before), issuer="", subject="")
            changes.replace(after)
            self._told(changes, actor, "agent.released", after)
        return after

    def remove(self, actor: Actor, organization: str, login: str) -> None:
        """With the agent's tokens, for good."""
        changer_only(actor)
        with self._registry.changing() as changes:
            found = _found(changes, actor, organization, login)
            changes.remove(found)
            self._told(changes, actor, "agent.removed", found)

    # --- personal tokens ---

    def tokens(self, actor: Actor, organization: str, login: str) -> list[PersonalToken]:
        """The oldest first; what is said of a token (``hash``) does not let anybody in."""
        with self._registry.reading() as records:
            return records.tokens(_found(records, actor, organization, login).id)

    def issue_token(
        self, actor: Actor, organization: str, login: str, ends_at: float | None = None
    ) -> tuple[str, PersonalToken]:
        """A new token, told now and never again; ``ends_at``: seconds since 1970, None: good until withdrawn."""
        changer_only(actor)
        now = self._now()
        if ends_at is not None and not now < ends_at < float("inf"):
            raise AdministrationRefused("ends_at", "must be in the future")
        token = new_personal_token()
        with self._registry.changing() as changes:
            agent = _found(changes, actor, organization, login)
            if len(_good(changes.tokens(agent.id), now)) >= MOST_TOKENS:
                raise AdministrationRefused("login", f"{agent.login!r} has {MOST_TOKENS} tokens; withdraw one first")
            for ended in set(changes.tokens(agent.id)) - _good(changes.tokens(agent.id), now):
                changes.remove(ended)
            new_id = f"t_{secrets.token_hex(6)}"
            record = PersonalToken(id=new_id, agent=agent.id, hash=kept(token), made_at=now, ends_at=ends_at)
            changes.add(record)
            self._told(changes, actor, "token.issued", agent, record.id)
        return token, record

    def withdraw_token(self, actor: Actor, organization: str, login: str, token: str) -> None:
        """``token`` is ``PersonalToken.id``. Sessions that were opened with it end within five seconds."""
        changer_only(actor)
        with self._registry.changing() as changes:
            agent = _found(changes, actor, organization, login)
            found = next((each for each in changes.tokens(agent.id) if each.id == token), None)
            if found is None:
                raise AdministrationRefused("token", f"{agent.login!r} has no token {token[:40]!r}")
            changes.remove(found)
            self._told(changes, actor, "token.withdrawn", agent, found.id)

    # --- what they share ---

    def _set_active(self, actor: Actor, organization: str, login: str, active: bool) -> AgentRecord:
        changer_only(actor)
        with self._registry.changing() as changes:
            before = _found(changes, actor, organization, login)
            after = before
            if before.active != active:
                after = structs.replace(before if active else self._signed_out(before), active=active)
            self._replace(changes, actor, f"agent.{'' if active else 'de'}activated", before, after)
        return after

    def _signed_out(self, agent: AgentRecord) -> AgentRecord:
        return structs.replace(agent, signed_out_before=self._now())

    def _replace(self, changes: Changes, actor: Actor, action: str, before: AgentRecord, after: AgentRecord) -> None:
        if after != before:
            changes.replace(after)
            visible = structs.replace(after, signed_out_before=before.signed_out_before, active=before.active)
            self._told(changes, actor, action, after, differences(before, visible))

    def _told(self, changes: Changes, actor: Actor, action: str, agent: AgentRecord, detail: str = "") -> None:
        self._tell(changes, actor, action, agent.login, organization=agent.organization, detail=detail)


def _new(organization: str, login: str, name: str) -> AgentRecord:
    values = {"login": checked_login(login), "name": name.strip()}
    return checked(AgentRecord, {"id": f"u_{secrets.token_urlsafe(12)}", "organization": organization, **values})


def _found(records: Records, actor: Actor, organization: str, login: str) -> AgentRecord:
    seen(records, actor, organization)
    agent = records.agent(organization, checked_login(login))
    if agent is None:
        raise AdministrationRefused("login", f"{login[:60]!r} is not an agent of organization {organization!r}")
    return agent


def _refuse_taken(records: Records, organization: str, login: str) -> None:
    if records.agent(organization, login) is not None:
        raise AdministrationRefused("login", f"{login!r} is an agent of organization {organization!r} already")


def _good(tokens: list[PersonalToken], now: float) -> set[PersonalToken]:
    return {each for each in tokens if each.ends_at is None or each.ends_at > now}
