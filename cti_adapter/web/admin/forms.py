"""Forms of the console: which fields there are. Rules are the service's, so that they are told in one place.

A field ``x`` of a form with the prefix ``p`` has the texts ``p_x`` (its label) and ``p_x_hint``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import Field, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from ...application.administration import AdministrationRefused
from ...application.registry import RegistryConflict
from ...domain.organization import Admission, Organization, Role, SignInMode
from .refusals import in_words
from .texts import Texts

#: Longest number that is read as one; beyond, the service is told the text and refuses it.
LONGEST_NUMBER = 9
#: How long a new token is good, in days; 0: until it is withdrawn.
TOKEN_DAYS = ("30", "90", "365", "0")
KEY_KINDS = ("api_key", "ed25519")
#: How long the former key of a connector is good, in seconds; the first one is proposed.
OVERLAPS = ("86400", "604800", "3600", "0", "keep")


class ConsoleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF brings no types
    """What all forms share."""

    texts = ""
    """Prefix of its texts."""

    def choices_in_words(self) -> None:
        """Choices of select fields in the language of the page: texts ``<prefix>_<field>_<value>``."""
        texts: Texts = g.texts
        for field in self:
            if isinstance(field, CodeField):
                field.in_words(texts, self.texts)

    def tell(self, refusal: AdministrationRefused) -> None:
        """Show ``refusal`` at the field that it names."""
        texts: Texts = g.texts
        words = in_words(refusal, texts.language)
        if refusal.field in self:
            field: Field = self[refusal.field]
            field.errors = [*field.errors, *words]
        else:
            self.form_errors.extend(words)

    def attributes(self, name: str) -> dict[str, str]:
        """What ties the field ``name`` to its hint and its errors, for those who do not see that they stand there."""
        texts: Texts = g.texts
        field: Field = self[name]
        described = [f"hint-{field.id}"] if texts.has(f"{self.texts}_{name}_hint") else []
        found = {}
        if field.errors:
            described.append(f"error-{field.id}")
            found["aria-invalid"] = "true"
        if described:
            found["aria-describedby"] = " ".join(described)
        return found

    @property
    def status(self) -> int:
        """Of the page that shows it."""
        return 422 if self.errors else 200


class refusals_in:  # noqa: N801  # reads as a word: with refusals_in(form)
    """What the service refuses is shown in ``form``; then the rest of the block is not done."""

    def __init__(self, form: ConsoleForm) -> None:
        self._form = form

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, AdministrationRefused):
            self._form.tell(error)
        elif isinstance(error, RegistryConflict):
            texts: Texts = g.texts
            self._form.form_errors.append(texts("conflict"))
        else:
            return False
        return True


class CodeField(SelectField):  # type: ignore[misc]  # WTForms brings no types
    """One of ``codes``, each with a text of its own."""

    def __init__(self, codes: Sequence[str], **more: Any) -> None:
        super().__init__(choices=[SelectChoice(code) for code in codes], **more)
        self._codes = codes

    def in_words(self, texts: Texts, prefix: str) -> None:
        """Texts are ``<prefix>_<field>_<code>``."""
        self.choices = [SelectChoice(code, texts(f"{prefix}_{self.name}_{code}")) for code in self._codes]


class SignInForm(ConsoleForm):
    """Login and password."""

    texts = "sign_in"
    login = StringField(render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"})
    password = PasswordField(render_kw={"autocomplete": "current-password"})


class OrganizationForm(ConsoleForm):
    """Every field that can be set."""

    texts = "organization"
    name = StringField(render_kw={"maxlength": 80})
    sign_in = CodeField(codes=[each.value for each in SignInMode])
    admission = CodeField(codes=[each.value for each in Admission])
    salesforce_org_id = StringField(render_kw={"maxlength": 18, "spellcheck": "false"})
    oidc_issuer = StringField(render_kw={"inputmode": "url", "spellcheck": "false"})
    oidc_client_id = StringField(render_kw={"spellcheck": "false"})
    frame_hosts = TextAreaField(render_kw={"rows": 4, "spellcheck": "false"})
    dials_per_minute = StringField(render_kw={"inputmode": "numeric", "size": 4})
    forbidden_prefixes = TextAreaField(render_kw={"rows": 4, "spellcheck": "false"})

    def values(self) -> dict[str, Any]:
        """As the service takes them; fields that were taken out of the form are left out."""
        found: dict[str, Any] = {field.name: (field.data or "").strip() for field in self if field.name in _SETTABLE}
        for name in ("frame_hosts", "forbidden_prefixes"):
            if name in found:
                found[name] = tuple(line.strip() for line in found[name].splitlines() if line.strip())
        if "dials_per_minute" in found:
            found["dials_per_minute"] = _number(found["dials_per_minute"])
        return found


_SETTABLE = frozenset(OrganizationForm.__dict__) & frozenset(Organization.__struct_fields__)


class NewOrganizationForm(OrganizationForm):
    """With what cannot be changed later."""

    id = StringField(render_kw={"maxlength": 40, "autocapitalize": "none", "spellcheck": "false"})


class CertificateForm(ConsoleForm):
    """Pasted, or as a file."""

    texts = "certificate"
    certificate = TextAreaField(render_kw={"rows": 8, "spellcheck": "false"})
    file = FileField(render_kw={"accept": ".pem,.crt,.cer"})


class AgentForm(ConsoleForm):
    """Who it is."""

    texts = "agent"
    login = StringField(render_kw={"maxlength": 120, "autocapitalize": "none", "autocomplete": "off"})
    name = StringField(render_kw={"maxlength": 80, "autocomplete": "off"})


class SearchForm(ConsoleForm):
    """In a list of agents."""

    texts = "search"
    contains = StringField(render_kw={"maxlength": 120, "type": "search", "autocomplete": "off"})


class ImportForm(ConsoleForm):
    """A file with agents; ``text`` carries it from the preview to the import."""

    texts = "import"
    file = FileField(render_kw={"accept": ".csv,.txt"})
    text = TextAreaField(render_kw={"rows": 6, "spellcheck": "false"})


class TokenForm(ConsoleForm):
    """How long a new token is good, in days; 0: until it is withdrawn."""

    texts = "token"
    ends_at = CodeField(codes=TOKEN_DAYS, default="90")


class ConnectorForm(ConsoleForm):
    """Its id."""

    texts = "connector"
    connector = StringField(render_kw={"maxlength": 60, "autocapitalize": "none", "spellcheck": "false"})


class KeyForm(ConsoleForm):
    """A new key, and what becomes of the former one (``overlap_s``; ``keep``: nothing)."""

    texts = "key"
    kind = CodeField(codes=KEY_KINDS)
    public_key = StringField(render_kw={"spellcheck": "false", "autocomplete": "off"})
    overlap_s = CodeField(codes=OVERLAPS)


class PasswordAgainForm(ConsoleForm):
    """For the gravest acts: a session left open is not enough."""

    texts = "again"
    own_password = PasswordField(render_kw={"autocomplete": "current-password"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not g.with_password:
            del self.own_password


class ReachForm(PasswordAgainForm):
    """What an administrator may do, and where; an empty organization: in all of them."""

    texts = "administrator"
    role = CodeField(codes=[each.value for each in Role])
    organization = SelectField()


class NewAdministratorForm(ReachForm):
    """With login and first password."""

    login = StringField(render_kw={"maxlength": 120, "autocapitalize": "none", "autocomplete": "off"})
    password = PasswordField(render_kw={"autocomplete": "new-password"})


class SetPasswordForm(PasswordAgainForm):
    """Somebody else's."""

    texts = "administrator"
    password = PasswordField(render_kw={"autocomplete": "new-password"})


class OwnPasswordForm(ConsoleForm):
    """One's own."""

    texts = "account"
    former = PasswordField(render_kw={"autocomplete": "current-password"})
    password = PasswordField(render_kw={"autocomplete": "new-password"})
    repeated = PasswordField(render_kw={"autocomplete": "new-password"})


def settings_of(organization: Organization) -> Mapping[str, Any]:
    """What stands in the fields of ``OrganizationForm`` at first."""
    values = {name: getattr(organization, name) for name in _SETTABLE}
    lines = {name: "\n".join(values[name]) for name in ("frame_hosts", "forbidden_prefixes")}
    codes = {name: values[name].value for name in ("sign_in", "admission")}
    return {**values, **lines, **codes}


def uploaded(field: FileField) -> str:
    """The text of a file; UTF-8, else Windows-1252, which spreadsheets still write."""
    content: bytes = field.data.read() if field.data else b""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _number(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else text
