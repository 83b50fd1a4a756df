"""Rows become records. Rules are not checked here: what an earlier release has stored stays readable."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, exists, func, or_, select

from ..application.registry_changes import NumberedEntry
from ..domain.organization import (
    Administrator,
    AgentRecord,
    AuditEntry,
    ConnectorKey,
    ConnectorRecord,
    Organization,
    PersonalToken,
)
from .tables import Administrators, Agents, Audit, Connectors, Keys, Organizations, Table, Tokens

Some = TypeVar("Some", bound=Struct)

#: Record -> table whose columns have the names of its fields.
TABLES: Mapping[type[Struct], type[Table]] = {
    Organization: Organizations,
    AgentRecord: Agents,
    PersonalToken: Tokens,
    Administrator: Administrators,
}


def all_of(connection: Connection, kind: type[Some]) -> list[Some]:
    """Every record of one kind in ``TABLES``, in no order."""
    return _records(connection, kind, _fields(kind))


def all_connectors(connection: Connection, *where: ColumnElement[bool]) -> list[ConnectorRecord]:
    """Those ``where`` the columns of ``Connectors`` are so, by organization and id, with their keys."""
    keys = defaultdict(list)
    wanted = select(Keys.organization, Keys.connector, *_columns(Keys, ConnectorKey)).order_by(Keys.made_at, Keys.id)
    if where:
        same = (Keys.organization == Connectors.organization) & (Keys.connector == Connectors.id)
        wanted = wanted.join(Connectors, same).where(*where)
    for organization, connector, *values in connection.execute(wanted):
        fields = dict(zip(ConnectorKey.__struct_fields__, values, strict=True))
        keys[organization, connector].append(ConnectorKey(**fields))
    rows = select(Connectors.organization, Connectors.id, Connectors.active).where(*where)
    return [
        ConnectorRecord(
            organization=row.organization, id=row.id, active=row.active, keys=tuple(keys[row.organization, row.id])
        )
        for row in connection.execute(rows.order_by(Connectors.organization, Connectors.id))
    ]


@dataclass(frozen=True)
class StoredRecords:
    """Implements ``application.registry_changes.Records`` within a transaction of ``connection``."""

    connection: Connection

    def organizations(self) -> list[Organization]:
        """See ``Records``."""
        return _records(self.connection, Organization, _fields(Organization).order_by(Organizations.id))

    def organization(self, organization: str) -> Organization | None:
        """See ``Records``."""
        return self._one(Organization, Organizations.id == organization)

    def agents(self, organization: str, *, contains: str, after: str, limit: int) -> list[AgentRecord]:
        """See ``Records``."""
        wanted = _fields(AgentRecord).where(Agents.organization == organization, Agents.login > after)
        if contains:
            in_login = Agents.login.contains(contains.casefold(), autoescape=True)
            in_name = func.lower(Agents.name).contains(contains.lower(), autoescape=True)
            wanted = wanted.where(or_(in_login, in_name))
        return _records(self.connection, AgentRecord, wanted.order_by(Agents.login).limit(limit))

    def agent(self, organization: str, login: str) -> AgentRecord | None:
        """See ``Records``."""
        return self._one(AgentRecord, Agents.organization == organization, Agents.login == login)

    def agent_by_id(self, organization: str, agent: str) -> AgentRecord | None:
        """See ``Records``."""
        return self._one(AgentRecord, Agents.organization == organization, Agents.id == agent)

    def agent_by_subject(self, organization: str, issuer: str, subject: str) -> AgentRecord | None:
        """Whom ``issuer`` knows as ``subject``."""
        same = (Agents.organization == organization, Agents.issuer == issuer, Agents.subject == subject)
        return self._one(AgentRecord, *same)

    def logins(self, organization: str) -> set[str]:
        """See ``Records``."""
        return set(self.connection.scalars(select(Agents.login).where(Agents.organization == organization)))

    def count_agents(self, organization: str) -> int:
        """See ``Records``."""
        wanted = select(func.count()).select_from(Agents).where(Agents.organization == organization)
        return self.connection.execute(wanted).scalar_one()

    def tokens(self, agent: str) -> list[PersonalToken]:
        """See ``Records``."""
        wanted = _fields(PersonalToken).where(Tokens.agent == agent).order_by(Tokens.made_at, Tokens.id)
        return _records(self.connection, PersonalToken, wanted)

    def connectors(self, organization: str) -> list[ConnectorRecord]:
        """See ``Records``."""
        return all_connectors(self.connection, Connectors.organization == organization)

    def connector(self, organization: str, connector: str) -> ConnectorRecord | None:
        """See ``Records``."""
        same = (Connectors.organization == organization, Connectors.id == connector)
        return next(iter(all_connectors(self.connection, *same)), None)

    def key_is_known(self, value: str) -> bool:
        """See ``Records``."""
        return bool(self.connection.scalar(select(exists().where(Keys.value == value))))

    def administrators(self) -> list[Administrator]:
        """See ``Records``."""
        return _records(self.connection, Administrator, _fields(Administrator).order_by(Administrators.login))

    def administrator(self, login: str) -> Administrator | None:
        """See ``Records``."""
        return self._one(Administrator, Administrators.login == login)

    def audit(self, organization: str | None, *, before: int | None, limit: int) -> list[NumberedEntry]:
        """See ``Records``."""
        wanted = select(Audit.number, *_columns(Audit, AuditEntry)).order_by(Audit.number.desc()).limit(limit)
        if organization is not None:
            wanted = wanted.where(Audit.organization == organization)
        if before is not None:
            wanted = wanted.where(Audit.number < before)
        found = []
        for number, *values in self.connection.execute(wanted):
            entry = AuditEntry(**dict(zip(AuditEntry.__struct_fields__, values, strict=True)))
            found.append(NumberedEntry(number, entry))
        return found

    def _one(self, kind: type[Some], *where: ColumnElement[bool]) -> Some | None:
        return next(iter(_records(self.connection, kind, _fields(kind).where(*where))), None)


def _columns(table: type[Table], kind: type[Struct]) -> list[Any]:
    return [getattr(table, field) for field in kind.__struct_fields__]


def _fields(kind: type[Struct]) -> Select[Any]:
    return select(*_columns(TABLES[kind], kind))


def _records(connection: Connection, kind: type[Some], wanted: Select[Any]) -> list[Some]:
    return [kind(**row) for row in connection.execute(wanted).mappings()]
