"""Documentation is kept true: every setting is documented, every link between pages leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from cti_adapter.cli import COMMANDS
from cti_adapter.config import Config

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
DRAWINGS = sorted((ROOT / "docs/images").glob("*.svg"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("key", list(Config.model_fields))
def test_every_setting_is_documented(key: str) -> None:
    assert f"`{key}`" in (ROOT / "docs/operator/configuration.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.name)
def test_drawings_can_be_read_small_and_on_any_background(path: Path) -> None:
    drawing = etree.parse(path).getroot()
    width = float(drawing.get("viewBox", "").split()[2])
    sizes = [float(text.get("font-size", 0)) for text in drawing.iter(f"{SVG}text")]
    assert min(sizes) * 400 / width > 11.5
    assert drawing.findtext(f"{SVG}title")
    assert drawing.findtext(f"{SVG}desc")
    # The first shape is a ground of its own, so that dark pages do not swallow dark letters.
    ground = drawing.find(f"{SVG}rect")
    assert ground is not None
    assert (ground.get("fill"), float(ground.get("width", 0))) == ("#ffffff", width - 2)
    assert f"images/{path.name})" in "".join(page.read_text("utf-8") for page in PAGES)


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text("utf-8"), flags=re.M):
        assert re.search(rf"^{target}:", makefile, flags=re.M), target


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    import click.testing

    from cti_adapter.cli import main

    answer = click.testing.CliRunner().invoke(main, [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert len(answer.output.splitlines()) > 4


def test_call_states_are_those_of_the_table() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "scripts/call_states.py"], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert (ROOT / "docs/call-states.md").read_text("utf-8") == printed
