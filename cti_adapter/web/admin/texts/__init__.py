"""Texts of the console in English and German. Plain text: what is put into them is escaped with them."""

from collections.abc import Mapping

from flask import request, session

from .english import ENGLISH
from .german import GERMAN

TEXTS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "de": GERMAN}


class Texts:
    """Texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = TEXTS[language]

    def __call__(self, key: str, **values: object) -> str:
        """The text ``key`` with ``values`` in it. Raises ``KeyError``: a text that is missing is a mistake of ours."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        """Whether there is a text ``key``: hints are not."""
        return key in self._texts


def chosen() -> str:
    """The language that ``?lang=de`` asks for, else the one of the session, else of the browser."""
    asked = request.args.get("lang", "")
    if asked in TEXTS:
        session["language"] = asked
        return asked
    kept = str(session.get("language", ""))
    return kept if kept in TEXTS else request.accept_languages.best_match(list(TEXTS)) or "en"
