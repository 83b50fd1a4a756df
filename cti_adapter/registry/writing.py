"""Records become rows, within a transaction that holds the registry's only lock for writing."""

from typing import Any

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, inspect, update
from sqlalchemy.exc import IntegrityError

from ..application.registry import RegistryConflict
from ..application.registry_changes import Record
from ..domain.organization import AuditEntry, ConnectorRecord
from .reading import TABLES, StoredRecords
from .tables import Audit, Connectors, Keys, Table, Version


class StoredChanges(StoredRecords):
    """Implements ``application.registry_changes.Changes``. Begins by raising the version.

    The row of the version stays locked until the end, so changes of all nodes follow each other, and whoever reads a
    version sees all changes up to it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._changed = self._told = False
        connection.execute(update(Version).values(version=Version.version + 1))

    def add(self, *records: Record) -> None:
        """See ``Changes``."""
        self._changed = True
        try:
            self._add(records)
        except IntegrityError:
            raise RegistryConflict("the name or key is taken, or its organization is gone") from None

    def replace(self, record: Record) -> None:
        """See ``Changes``."""
        self._changed = True
        if isinstance(record, ConnectorRecord):
            # Its keys go with it and come again: they are two at most.
            self.remove(record)
            return self.add(record)
        try:
            self.connection.execute(update(_table(record)).where(_same(record)).values(structs.asdict(record)))
        except IntegrityError:
            raise RegistryConflict("the name is taken") from None

    def remove(self, record: Record) -> None:
        """See ``Changes``."""
        self._changed = True
        self.connection.execute(delete(_table(record)).where(_same(record)))

    def tell(self, entry: AuditEntry) -> None:
        """See ``Changes``."""
        self._told = True
        self.connection.execute(insert(Audit).values(structs.asdict(entry)))

    def is_one(self) -> bool:
        """Whether anything is to be stored. A change that was not told of is a mistake of the caller."""
        if self._changed and not self._told:
            raise RuntimeError("a change of the registry needs an audit entry")
        return self._told

    def _add(self, records: tuple[Record, ...]) -> None:
        if not records:
            return
        rows = [structs.asdict(record) for record in records]
        keys = [_key_row(record, row.pop("keys")) for record, row in zip(records, rows, strict=True) if "keys" in row]
        self.connection.execute(insert(_table(records[0])), rows)
        if found := [row for each in keys for row in each]:
            self.connection.execute(insert(Keys), found)


def _key_row(connector: Any, keys: tuple[Struct, ...]) -> list[dict[str, Any]]:
    owner = {"organization": connector.organization, "connector": connector.id}
    return [structs.asdict(key) | owner for key in keys]


def _table(record: Record) -> type[Table]:
    return Connectors if isinstance(record, ConnectorRecord) else TABLES[type(record)]


def _same(record: Record) -> ColumnElement[bool]:
    columns = inspect(_table(record)).primary_key
    return and_(*(column == getattr(record, column.name) for column in columns))
