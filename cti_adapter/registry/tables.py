"""The tables. Columns are named like the fields of ``domain/organization.py``; a change here needs a migration."""

from enum import StrEnum

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from ..domain.organization import Admission, Role, SignInMode


class EmptyAsNull(TypeDecorator[str]):
    """Text whose empty value is NULL, so that unique constraints leave out who has none."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return value or None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str:
        """From the database."""
        return value or ""


class Texts(TypeDecorator[tuple[str, ...]]):
    """Several texts in order, as JSON."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> list[str]:
        """To the database."""
        return list(value or ())

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> tuple[str, ...]:
        """From the database."""
        return tuple(value or ())


class Code(TypeDecorator[StrEnum]):
    """A member of ``kind`` as plain text: a new one needs no migration."""

    impl = String(20)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """To the database."""
        return value and value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """From the database. Raises ``InvalidRequestError`` for one that only a newer release knows."""
        try:
            return value if value is None else self.kind(value)
        except ValueError:
            raise InvalidRequestError(f"{value!r} is not known to this release") from None


class Table(DeclarativeBase):
    """All have the prefix ``cti_``, since a database may serve others, too."""

    metadata = MetaData(
        naming_convention={
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {
        # Byte by byte: lists come in the same order everywhere, and indexes outlive an update of the system's locales.
        str: String().with_variant(String(collation="C"), "postgresql"),
        tuple[str, ...]: Texts(),
        SignInMode: Code(SignInMode),
        Admission: Code(Admission),
        Role: Code(Role),
        float: Double(),
    }


class Version(Table):
    """One row: the number of the latest change. Its lock makes changes follow each other."""

    __tablename__ = "cti_version"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigInteger)


class Organizations(Table):
    """``domain.organization.Organization``."""

    __tablename__ = "cti_organizations"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    active: Mapped[bool]
    sign_in: Mapped[SignInMode]
    admission: Mapped[Admission]
    salesforce_org_id: Mapped[str]
    certificates: Mapped[tuple[str, ...]]
    oidc_issuer: Mapped[str]
    oidc_client_id: Mapped[str]
    frame_hosts: Mapped[tuple[str, ...]]
    dials_per_minute: Mapped[int]
    forbidden_prefixes: Mapped[tuple[str, ...]]


def _of_organization() -> ForeignKey:
    return ForeignKey(Organizations.id, ondelete="CASCADE")


class Agents(Table):
    """``domain.organization.AgentRecord``."""

    __tablename__ = "cti_agents"
    __table_args__ = (
        UniqueConstraint("organization", "login"),
        UniqueConstraint("organization", "issuer", "subject"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str] = mapped_column(_of_organization())
    login: Mapped[str]
    name: Mapped[str] = mapped_column(String())  # in the database's own locale, which knows its letters' cases
    active: Mapped[bool]
    issuer: Mapped[str | None] = mapped_column(EmptyAsNull())
    subject: Mapped[str | None] = mapped_column(EmptyAsNull())
    signed_out_before: Mapped[float]


class Tokens(Table):
    """``domain.organization.PersonalToken``."""

    __tablename__ = "cti_tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(ForeignKey(Agents.id, ondelete="CASCADE"), index=True)
    hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[float]
    ends_at: Mapped[float | None]


class Connectors(Table):
    """``domain.organization.ConnectorRecord`` without its keys."""

    __tablename__ = "cti_connectors"
    organization: Mapped[str] = mapped_column(_of_organization(), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    active: Mapped[bool]


class Keys(Table):
    """``domain.organization.ConnectorKey``. Unique in all organizations: a key says whose it is."""

    __tablename__ = "cti_connector_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organization", "connector"], [Connectors.organization, Connectors.id], ondelete="CASCADE"
        ),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    organization: Mapped[str]
    connector: Mapped[str]
    kind: Mapped[str]
    value: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[float]
    ends_at: Mapped[float | None]


class Administrators(Table):
    """``domain.organization.Administrator``."""

    __tablename__ = "cti_administrators"
    login: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[Role]
    organization: Mapped[str | None] = mapped_column(_of_organization())
    active: Mapped[bool]
    password_hash: Mapped[str]
    subject: Mapped[str | None] = mapped_column(EmptyAsNull(), unique=True)
    signed_out_before: Mapped[float]


class Audit(Table):
    """``domain.organization.AuditEntry``. Outlives what it tells of, so it refers to nothing."""

    __tablename__ = "cti_audit"
    __table_args__ = {"sqlite_autoincrement": True}
    # SQLite counts by itself only in columns of this very type.
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    actor: Mapped[str]
    organization: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    target: Mapped[str]
    detail: Mapped[str]


class Secrets(Table):
    """Random bytes that all nodes share."""

    __tablename__ = "cti_secrets"
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)
