"""Signed JSON Web Tokens under pinned keys (RFC 7515, 7519, best practice RFC 8725).

The token never says how it is to be checked: keys come from us, algorithms from a short list, and a header that points
to a key of its own (``jwk``, ``jku``, ``x5u``, ``x5c``) or to rules of its own (``crit``) is refused unread.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

PublicKey = RSAKey | ECKey

#: Clocks may differ by so much, in seconds.
SKEW_S = 60.0
_POINTING = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"})


class TokenRefused(Exception):
    """The token proves nothing; the message says why and repeats nothing of it."""


def header_of(token: str) -> Mapping[str, Any]:
    """The protected header, not yet believed. Raises ``TokenRefused``."""
    try:
        header: Mapping[str, Any] = jws.extract_compact(token.encode()).protected
    except (JoseError, ValueError):
        raise TokenRefused("is no signed token") from None
    if _POINTING & header.keys():
        raise TokenRefused("names a key or rules of its own")
    if header.get("typ", "JWT") not in ("JWT", "jwt") or "cty" in header:
        raise TokenRefused("is a token of another kind")
    return header


def verified_claims(token: str, keys: Sequence[PublicKey], algorithms: Collection[str]) -> Mapping[str, Any]:
    """The claims of ``token``, which one of ``keys`` has signed. Raises ``TokenRefused``."""
    header_of(token)
    # Other names than the registered ones are common, and without meaning here.
    registry = JWSRegistry(algorithms=list(algorithms), strict_check_header=False)
    for key in keys:
        try:
            claims = jwt.decode(token, key, algorithms=list(algorithms), registry=registry).claims
        except (JoseError, ValueError, TypeError):
            continue
        if isinstance(claims, dict):
            return claims
    raise TokenRefused("is not signed by a key that is known here")


def check_times(claims: Mapping[str, Any], now: float, longest_s: float | None = None) -> None:
    """``exp`` must be there; ``longest_s``: how far ahead it may be. Raises ``TokenRefused``."""
    ends, begins, made = (_number(claims, name) for name in ("exp", "nbf", "iat"))
    if ends is None:
        raise TokenRefused("does not say when it ends")
    if now >= ends + SKEW_S:
        raise TokenRefused("has expired; is the clock right?")
    if any(time is not None and time > now + SKEW_S for time in (begins, made)):
        raise TokenRefused("is from the future; is the clock right?")
    if longest_s is not None and ends > now + longest_s + SKEW_S:
        raise TokenRefused(f"is good for more than {longest_s:.0f} s")


def text_claim(claims: Mapping[str, Any], name: str) -> str:
    """A claim that must be a text of 1 to 255 characters. Raises ``TokenRefused``."""
    value = claims.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= 255:
        raise TokenRefused(f"has no {name}")
    return value


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused(f"has something else than a time as {name}")
    return float(value)
