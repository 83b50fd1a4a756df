"""Texts of the console: both languages have all of them, pages and forms find theirs, and German is told in German."""

import ast
import re
import string
from pathlib import Path

import pytest

from cti_adapter.application import administration, credentials
from cti_adapter.application.administration import AdministrationRefused
from cti_adapter.application.administration.checking import RULES
from cti_adapter.application.administration.organizations import SETTABLE
from cti_adapter.domain.organization import Admission, Role, SignInMode
from cti_adapter.web.admin import forms
from cti_adapter.web.admin.acts import ACTS
from cti_adapter.web.admin.forms import ConsoleForm, NewOrganizationForm
from cti_adapter.web.admin.refusals import in_words, translated
from cti_adapter.web.admin.texts import TEXTS

ROOT = Path(__file__).resolve().parents[4]
CONSOLE = ROOT / "cti_adapter/web/admin"
SERVICE = Path(administration.__file__).parent


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_all_texts_with_the_same_places() -> None:
    assert TEXTS["en"].keys() == TEXTS["de"].keys()
    for key, text in TEXTS["en"].items():
        assert placeholders(text) == placeholders(TEXTS["de"][key]), key
        assert text.strip() == text != "", key


def used() -> set[str]:
    """Keys that are named in pages and code, and those that are put together of names."""
    sources = [*(ROOT / "templates/admin").glob("*.html"), *CONSOLE.glob("*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    keys = set(re.findall(r"""\bt(?:exts)?\(\s*["']([a-z_0-9]+)["'][,)]""", text))
    keys |= set(re.findall(r"""notice\("(\w+)\"""", text))
    keys |= {f"{key}{end}" for key in re.findall(r"""problem\(\d+, "(\w+)\"""", text) for end in ("", "_text")}
    keys |= {f"problem_{each}{end}" for each in ("403", "404", "413", "other") for end in ("", "_text")}
    keys |= {f"{act.name}{end}" for act in ACTS for end in ("", "_title", "_text", "_done")}
    for kind in vars(forms).values():
        if isinstance(kind, type) and issubclass(kind, ConsoleForm):
            for field, unbound in vars(kind).items():
                if hasattr(unbound, "field_class"):
                    keys |= {f"{kind.texts}_{field}{end}" for end in ("", *_choices(unbound))}
                    keys |= {f"{kind.texts}_{field}_hint"} & TEXTS["en"].keys()
    for form in (forms.ReachForm, forms.NewAdministratorForm, forms.SetPasswordForm):
        keys |= {f"{form.texts}_own_password", f"{form.texts}_own_password_hint"}
    keys |= {f"role_{role}" for role in Role} | {f"no_agents_{each}" for each in Admission}
    return keys | {f"secret_{kind}{end}" for kind in ("token", "api_key") for end in ("", "_text")}


def _choices(unbound: object) -> list[str]:
    return [f"_{each}" for each in getattr(unbound, "kwargs", {}).get("codes", [])]


def test_every_text_is_there_and_used() -> None:
    assert used() - TEXTS["en"].keys() == set()
    assert TEXTS["en"].keys() - used() - {f"organization_{field}" for field in (*SETTABLE, "certificates")} == set()


def test_the_form_has_every_field_of_an_organization_with_a_sentence_on_it() -> None:
    for field in ("id", *SETTABLE):
        assert hasattr(NewOrganizationForm, field)
        assert len(TEXTS["en"][f"organization_{field}_hint"]) > 20
    for mode in SignInMode:
        assert f"({mode})" in TEXTS["de"][f"organization_sign_in_{mode}"]


def sentences() -> list[str]:
    """Every message of a refusal in the service's source, with ``'x1'`` or a number for what is put in."""
    found = [f"'x' {rule}" for rule in RULES.values()]
    for path in [*SERVICE.glob("*.py"), Path(credentials.__file__)]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "AdministrationRefused":
                found.append(_text(node.args[1]))
            elif node.func.id == "ValueError" and path.name == "credentials.py":
                found.append(_text(node.args[0]))
    return [each for each in found if each]


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "'x1'" if part.conversion == 114 else "17"  # type: ignore[attr-defined]
            for part in node.values
        )
    return ""  # a variable, which is put together elsewhere


@pytest.mark.parametrize("sentence", sentences())
def test_every_refusal_has_its_german(sentence: str) -> None:
    if re.fullmatch(r"17 17", sentence):  # value and rule, which are here by themselves
        return
    assert translated(sentence) != sentence


def test_what_is_put_in_stays_as_it_is() -> None:
    assert translated("'only an owner' is an administrator already") == "'only an owner' ist schon ein Administrator"
    told = in_words(
        AdministrationRefused("file", "line 3: login: '{0}' must have 1 to 120 characters and no blanks"), "de"
    )
    assert told == ["Zeile 3: '{0}': erlaubt sind 1 bis 120 Zeichen ohne Leerzeichen"]
    assert translated("line 2: login: 'bob' is in line 1 already") == "Zeile 2: 'bob' steht schon in Zeile 1"
    many = in_words(AdministrationRefused("file", "line 2: is not text\nand 7 more"), "de")
    assert many == ["Zeile 2: ist kein Text", "Und 7 weitere"]
