"""Documents and tables name the test that shows what they say; a test that is renamed or removed is noticed."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def names_in(document: str) -> list[str]:
    """Every ``tests/…`` that stands between backticks in a document of this repository."""
    return sorted(set(re.findall(r"`(tests/[^`]+)`", (ROOT / document).read_text("utf-8"))))


def is_there(name: str) -> bool:
    """Whether ``FILE::TEST`` (a function; of JavaScript a part of its name), or a file or folder of tests, exists."""
    path, _, test = name.partition("::")
    file = ROOT / path
    if not test or not file.is_file():
        return file.exists() and not test
    text = file.read_text("utf-8")
    if file.suffix != ".py":
        return test in text
    return test in {node.name for node in ast.walk(ast.parse(text)) if isinstance(node, _FUNCTIONS)}
