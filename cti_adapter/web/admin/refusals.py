"""What the service refuses, in the language of the page. The service speaks English; German is found by its sentences.

A test reads every sentence out of the service's source, so that none is forgotten here.
"""

import re
from collections.abc import Sequence

from ...application.administration import AdministrationRefused
from .texts.refusals_german import SENTENCES

_GERMAN = [(re.compile(pattern, re.DOTALL), words) for pattern, words in SENTENCES]


def in_words(refusal: AdministrationRefused, language: str) -> Sequence[str]:
    """Sentences; several where the message has several lines (wrong lines of a file)."""
    lines = refusal.message.split("\n")
    return [_sentence(translated(line) if language == "de" else line) for line in lines]


def translated(message: str) -> str:
    """In German; as it is where there is no German for it."""
    for pattern, words in _GERMAN:
        found = pattern.fullmatch(message)
        if found:
            return words.format(*(translated(part or "") for part in found.groups()))
    return message


def _sentence(text: str) -> str:
    """A sentence begins with a capital letter; values in quotation marks stay as they are."""
    return text[:1].upper() + text[1:]
