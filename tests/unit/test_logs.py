"""No full number, no name and no secret in a log line: a net below what each line's author takes care of."""

import ast
import io
import logging
import random
import re
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_adapter.logs import configure_logging, redacted

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "cti_adapter").rglob("*.py"))
#: What a call or a person is called in this program. None of it belongs into a line.
PERSONAL = {"name", "number", "login", "notes", "caller", "called", "token", "secret", "password", "bearer", "call"}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to stderr by the real configuration."""
    root, before, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    output = io.StringIO()
    monkeypatch.setattr(sys, "stderr", output)
    configure_logging("debug")
    yield output
    root.handlers, root.level = before, level


def log_calls() -> list[tuple[Path, ast.Call]]:
    """Every call of a method of a logger in the program."""
    methods = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    return [
        (path, node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
    ]


def formats() -> list[str]:
    """The sentences of all log lines, with their places."""
    found = []
    for _, call in log_calls():
        texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        found += texts[:1]
    return found


def notation(dice: random.Random, digits: str) -> str:
    """A number as somebody may write it."""
    mark = dice.choice(["", " ", "-", "/", "\u00a0"])
    cut = dice.randrange(2, len(digits) - 1)
    return dice.choice(
        [
            digits,
            f"+{digits}",
            f"00{digits}",
            f"+{digits[:cut]}{mark}{digits[cut:]}",
            f"({digits[:cut]}) {digits[cut:]}",
            f"tel:{digits}",
            f"sip:{digits}@pbx.example",
            f"'{digits}'",
            f"number={digits};",
            f"{digits[:cut]} / {digits[cut:]}",
        ]
    )


def test_a_hundred_thousand_numbers_through_every_line_of_the_program(lines: io.StringIO) -> None:
    dice, log, sentences = random.Random(20261123), logging.getLogger("cti.test"), formats()
    assert len(sentences) > 25
    batch = []
    for _ in range(100_000):
        digits = str(dice.randrange(1, 10)) + "".join(dice.choice("0123456789") for _ in range(dice.randrange(6, 14)))
        sentence = dice.choice(sentences)
        arguments = [
            dice.randrange(10) if kind in "df" else notation(dice, digits)
            for kind in re.findall(r"%[.\d]*([sdf])", sentence)
        ]
        if "%s" not in sentence:
            sentence, arguments = "%s: " + sentence, [notation(dice, digits), *arguments]
        log.info(sentence, *arguments)
        batch.append(digits)
        if len(batch) == 1_000:
            # As somebody would read it who leaves out the marks.
            written = re.sub("[ \u00a0/()+-]", "", lines.getvalue())
            for number in batch:
                assert number not in written
            batch.clear()
            lines.truncate(0)
            lines.seek(0)


@pytest.mark.parametrize(
    "secret",
    [
        "ctp_" + secrets.token_urlsafe(32),
        "ctk_" + secrets.token_urlsafe(32),
        "whsk_" + "A" * 43 + "=",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIwMDUifQ.c2lnbmF0dXJl",
        secrets.token_urlsafe(32),
    ],
)
def test_no_secret(lines: io.StringIO, secret: str) -> None:
    log = logging.getLogger("cti.test")
    log.warning("refused: %s", secret)
    log.warning("header Authorization: Bearer %s is wrong", secret)
    try:
        raise ValueError(f"cannot use {secret} of +4989123456789\nERROR forged line")
    except ValueError:
        log.exception("failed")
    written = lines.getvalue()
    assert secret not in written
    assert secret[-12:] not in written
    assert "89123456789" not in written
    assert "forged" in written


@given(st.text(max_size=60))
def test_what_holds_no_digit_and_no_long_word_stays(text: str) -> None:
    assert redacted(text) == text or re.search(r"\d{2}|\w{20}|earer|eyJ|ct[pk]_|wh[sp]k_", text)


def test_control_characters_forge_nothing(lines: io.StringIO) -> None:
    logging.getLogger("cti.test").info("%s", "one\r\n2026-11-23T00:00:00Z ERROR cti: two\x1b[31m\u2028three")
    written = lines.getvalue()
    assert written.count("\n") == 1
    assert "\r" not in written
    assert "\x1b" not in written
    assert "\u2028" not in written


@pytest.mark.parametrize(
    "plain",
    [
        "Open http://localhost:8080",
        "POST poll 401 in 12345 ms",
        "connector pbx-2 (asterisk) attached with 20000 lines",
        "Asterisk 22.10.1 at 192.168.100.200:5038",
        "certificate ends on 2027-11-23",
        "request 3f9a1c0b7d2e failed",
        "agent u_8f3Kq2Lw9xYz1aBc",
        "database at postgresql+psycopg://cti@db.example/cti",
    ],
)
def test_what_an_operator_needs_stays(plain: str) -> None:
    assert redacted(plain) == plain


def test_no_line_is_given_what_is_personal() -> None:
    """By the names of what is handed over: ``call.caller.number`` has no place in a log call."""
    for path, call in log_calls():
        for argument in call.args[1:]:
            for node in ast.walk(argument):
                last = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
                where = f"{path.name}:{call.lineno}"
                assert last not in PERSONAL or (where.startswith("shell.py") and last == "name"), f"{where}: {last}"
