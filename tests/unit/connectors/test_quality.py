"""Each connector's quality.yaml: it says something about every command, and what it calls proven has a test."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cti_adapter.domain.commands import VERBS

ROOT = Path(__file__).parents[3]
CONNECTORS = sorted(path.parent for path in (ROOT / "cti_adapter" / "connectors").glob("*/connector.py"))
WORDS = ("done", "not done", "refused")


def quality(folder: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((folder / "quality.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def rules() -> list[Any]:
    found = [
        pytest.param(rule, id=f"{folder.name}-{name}")
        for folder in CONNECTORS
        for name, rule in quality(folder).get("rules", {}).items()
    ]
    assert len(found) >= 20
    return found


@pytest.mark.parametrize("folder", CONNECTORS, ids=lambda folder: folder.name)
def test_says_what_becomes_of_every_command(folder: Path) -> None:
    said = quality(folder)
    assert said["connector"] == folder.name
    assert {"proves", "needs"} <= said.keys()
    assert sorted(said["commands"]) == list(VERBS)
    for sentence in [*said["commands"].values(), *said.get("calls", {}).values()]:
        assert isinstance(sentence, str)
    for sentence in said["commands"].values():
        word = next((word for word in WORDS if sentence.startswith(word)), None)
        assert word, sentence
        assert word == "done" or ";" in sentence, f"{sentence}: no reason"


@pytest.mark.parametrize("rule", rules())
def test_proven_by_a_test_or_excused_by_a_reason(rule: dict[str, str]) -> None:
    if rule["status"] == "done":
        assert sorted(rule) == ["status", "test"]
        file = ROOT / rule["test"]
        assert file.name.startswith("test_")
        assert "def test_" in file.read_text(encoding="utf-8")
    else:
        assert rule["status"] == "exempt"
        assert len(rule["reason"].split()) > 4, "a reason is a sentence"
