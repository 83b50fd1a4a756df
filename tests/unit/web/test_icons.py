"""One set of icons for all pages, from Salesforce's design system: none is missing, none is sent in vain."""

import re
import runpy
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cti_adapter import bootstrap
from cti_adapter.config import Config
from cti_adapter.web import app as web
from support.processes import ROOT

BUILDER = runpy.run_path(str(ROOT / "scripts/icons.py"))
SPRITES: dict[str, dict[str, str]] = BUILDER["SPRITES"]
SVG = "{http://www.w3.org/2000/svg}"

SOURCES = [
    path
    for path in [*(ROOT / "static/js").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]
    if "messages" not in path.parts
]
#: What stands where an icon's name is expected: an argument, a property, a choice, a table of names.
PLACES = (
    r'icon\("([\w-]+)"',
    r'\bicon: "([\w-]+)"',
    r"\bicon: ([^\n]+\?[^\n]+)",
    r"\bsetIcon\(\w+, ([^\n]*\"[^\n]*)\)",
    r"ICONS = \{([^}]+)\}",
    r'control\("[\w-]+", "([\w-]+)"',
    r"KNOWN = new Set\(\[([^\]]+)\]",
    r"icons/softphone\.svg'\) \}\}#([\w-]+)",
)


def named(text: str) -> set[str]:
    """Names of icons in a source. In a choice or table they follow a question mark or colon, or stand in a list."""
    found: set[str] = set()
    for place in PLACES:
        for group in re.findall(place, text):
            if re.fullmatch(r"[\w-]+", group):
                found.add(group)
            else:
                found |= set(re.findall(r'(?:[?:,\[]\s*|^\s*)"([\w-]+)"', group))
    return found


def used_by_the_softphone() -> set[str]:
    names: set[str] = set()
    for path in SOURCES:
        text = path.read_text("utf-8")
        if path.name == "view.js" and path.parent.name == "js":
            text = text.partition("function windowView")[0]
        names |= named(text)
    return names


def told_to_salesforce() -> set[str]:
    """Icons of the item in the utility bar: Salesforce draws them."""
    return named((ROOT / "static/js/view.js").read_text("utf-8").partition("function windowView")[2])


def test_every_icon_of_the_pages_is_in_the_sprite_and_none_else() -> None:
    assert set(SPRITES["softphone"]) == used_by_the_softphone()


def test_the_standin_draws_what_the_softphone_tells_it_and_none_in_vain() -> None:
    host = ROOT / "static/standin/host"
    keys = set(re.findall(r'^  "(\w+)",$', (host / "icons.js").read_text("utf-8"), flags=re.M))
    assert set(SPRITES["standin"]) == keys | {"record"}
    assert told_to_salesforce() <= keys
    for path in host.glob("*.js"):
        assert named(path.read_text("utf-8")) <= keys, path


@pytest.mark.parametrize("sprite", SPRITES)
def test_a_sprite_holds_the_drawings_of_the_package_and_says_whose_they_are(sprite: str) -> None:
    text = (ROOT / f"static/icons/{sprite}.svg").read_text("utf-8")
    for part in ("Salesforce", "CC BY-ND 4.0", "https://creativecommons.org/licenses/by-nd/4.0/", "unchanged"):
        assert part in text
    theirs = {
        drawing.get("id"): shapes(drawing) for drawing in ElementTree.parse(BUILDER["DRAWINGS"]).iter(SVG + "symbol")
    }
    ours = {symbol.get("id"): shapes(symbol) for symbol in ElementTree.fromstring(text).iter(SVG + "symbol")}
    assert ours == {name: theirs[drawing] for name, drawing in SPRITES[sprite].items()}


def shapes(symbol: ElementTree.Element) -> list[tuple[str, dict[str, str]]]:
    frame = ("", {"viewBox": symbol.attrib["viewBox"]})
    return [frame, *((shape.tag, dict(shape.attrib)) for shape in symbol.iter() if shape is not symbol)]


def test_without_the_icons_the_server_says_how_to_build_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "configure_logging", lambda level: None)
    assert bootstrap.run_server(Config(database_url=f"sqlite:///{tmp_path}/registry.sqlite3")) == 2
    assert capsys.readouterr().err == "static/icons/softphone.svg is missing; this builds it: make icons\n"
