"""Why a file is not well-formed, in words for the one who wrote it. It looks at text, not at elements."""

import re

from .document import DocumentError
from .report import Problem, problem

#: ``<your domain>``: angle brackets around something that is no element of the grammar, comment, or declaration.
_BRACKETS = re.compile(r"<(?!(?:callCenter|section|item)\b|[!?/])(?P<inside>[^<>=\n]{1,200})>", re.IGNORECASE)
_CLOSING_TAG = re.compile(r"</\s*([^\s<>]{1,200})\s*>")
#: More of them are not reported one by one.
_MAX_PLACEHOLDERS = 100
_NO_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)")
_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BROWSER_TEXT = "This XML file does not appear to have any style information"


def why_not_well_formed(xml: bytes, error: DocumentError) -> list[Problem]:
    """Problems for a file that no XML parser accepts; at least one."""
    text = text_of(xml)
    above = _text_above_root(text)
    if above:
        return [above]
    ampersand = _unescaped_ampersand(text, error.line)
    return [ampersand or problem("not-well-formed", error.line, f"{_sentence(error.message)}.")]


def escaped_placeholders(xml: bytes) -> tuple[bytes, list[tuple[int, str]]]:
    """``xml`` with ``<placeholders>`` as text, so that the rest can still be checked, and (line, placeholder) of each.

    Only for files that are not well-formed: in others such a thing is an element, and is reported as one.
    """
    text = text_of(xml)
    if "<callcenter" not in text.lower():
        return xml, []  # a web page, for instance, whose <br> is no placeholder
    comments = [found.span() for found in _COMMENTS.finditer(text)]
    closed = set(_CLOSING_TAG.findall(text))
    found: list[tuple[int, str]] = []

    def escape(match: re.Match[str]) -> str:
        commented = any(start <= match.start() < end for start, end in comments)
        if commented or match["inside"].split(" ")[0] in closed:
            return match[0]
        found.append((text.count("\n", 0, match.start()) + 1, match[0]))
        return f"&lt;{match['inside']}&gt;"

    escaped = _BRACKETS.sub(escape, text, count=_MAX_PLACEHOLDERS)
    # The text is encoded anew, so a declaration of another encoding would no longer be true.
    return re.sub(r"\A<\?xml[^>]*\?>", "", escaped).encode(), found


def text_of(xml: bytes) -> str:
    """The file's characters for messages; wrong ones are replaced."""
    encoding = "utf-16" if xml[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return xml.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _text_above_root(text: str) -> Problem | None:
    head = text.lstrip("\ufeff \t\n")
    if not head or head.startswith("<"):
        return None
    line = text[: len(text) - len(head)].count("\n") + 1
    above = head.partition("<")[0].split("\n")[0].strip()
    shown = above if len(above) <= 60 else above[:59] + "…"
    copied = "It was copied from a browser window. " if above.startswith((_BROWSER_TEXT, "-")) else ""
    message = f"Text stands above the first element: {shown!r}. {copied}Delete everything before the first '<'."
    return problem("text-above-root", line, message)


def _unescaped_ampersand(text: str, line: int) -> Problem | None:
    lines = text.split("\n")
    # The parser complains behind the place, at times on the next line.
    for number in (line, line - 1):
        if 0 < number <= len(lines) and _NO_ENTITY.search(_COMMENTS.sub("", lines[number - 1])):
            message = "An '&' stands for itself, as in a URL with several parameters. Write '&amp;' instead."
            return problem("not-well-formed", number, message)
    return None


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
