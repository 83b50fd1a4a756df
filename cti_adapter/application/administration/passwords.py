"""Passwords of administrators: which are good enough, and how they are kept (Argon2id, RFC 9106)."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .acting import AdministrationRefused

#: NIST SP 800-63B-4 asks for 15 where a password stands alone and 8 beside a second factor; OWASP ASVS 6.2.1 for 8,
#: and better 15. What counts is length; nothing else is prescribed.
LEAST_CHARACTERS = 12
#: Argon2 works on any length; nobody types this much.
MOST_CHARACTERS = 1000
_hasher = PasswordHasher()
#: Checked where there is no password, so that the time of an answer does not tell which logins there are.
_NOBODYS = _hasher.hash("nobody has this password")


def hashed(login: str, password: str) -> str:
    """What is kept of ``password``. Raises ``AdministrationRefused`` where it is not good enough for ``login``."""
    if not LEAST_CHARACTERS <= len(password) <= MOST_CHARACTERS:
        raise AdministrationRefused("password", f"must have {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters")
    if _simplified(password) in _parts_of(login):
        raise AdministrationRefused("password", "must not be part of the login")
    return _hasher.hash(_bytes(password))


def fits(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that is kept; takes about as long where none is."""
    try:
        return _hasher.verify(password_hash or _NOBODYS, _bytes(password[:MOST_CHARACTERS])) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with less effort than today's."""
    return _hasher.check_needs_rehash(password_hash)


def hashed_again(password: str) -> str:
    """A password that was good enough once stays so."""
    return _hasher.hash(_bytes(password))


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


def _simplified(text: str) -> str:
    return "".join(text.casefold().split())


def _parts_of(login: str) -> set[str]:
    """The login, what stands before and behind its ``@``, and their words."""
    simple = _simplified(login)
    return {simple, *simple.split("@"), *re.split(r"[@.\-_+]", simple)}
