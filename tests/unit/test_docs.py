"""Documentation is kept true: every setting is documented, every link between pages leads somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from cti_adapter.cli import COMMANDS
from cti_adapter.config import Config

ROOT = Path(__file__).resolve().parents[2]
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
