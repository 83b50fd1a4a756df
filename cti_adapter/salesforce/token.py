"""Sign-in of the server at Salesforce: OAuth 2.0 JWT bearer flow of an External Client App (RFC 7523)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from ..application.ports import CallLogRefused, CallLogUnavailable

#: Salesforce accepts an assertion for three minutes at most (help: OAuth 2.0 JWT bearer flow).
ASSERTION_S = 120
#: Longest wait for an answer, in seconds.
TIMEOUT_S = 10.0
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Login:
    """``login_url``: where to sign in, such as ``https://acme.my.salesforce.com``; ``client_id``: the app's consumer
    key; ``username``: the user who writes the logs; ``private_key``: PEM, whose certificate the app has.
    """

    login_url: str
    client_id: str
    username: str
    private_key: str = field(repr=False)
    audience: str = ""
    """Whom the assertion is for; empty: ``login_url``."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a private key that cannot sign."""
        self.key()

    def key(self) -> RSAKey:
        """The private key to sign with."""
        try:
            key = RSAKey.import_key(self.private_key)
        except (JoseError, ValueError) as error:
            raise ValueError(f"holds no RSA key in PEM: {error}") from None
        if not key.is_private:
            raise ValueError("holds a public key; the private one signs")
        return key


@dataclass(frozen=True)
class Access:
    """An access token and where to use it."""

    token: str = field(repr=False)
    instance_url: str


def sign_in(login: Login, http: requests.Session, now: Callable[[], float] = time.time) -> Access:
    """A fresh access token.

    Raises ``CallLogRefused`` (the app or user is wrong, or the key another's) or ``CallLogUnavailable``.
    """
    claims = {
        "iss": login.client_id,
        "sub": login.username,
        "aud": login.audience or login.login_url,
        "exp": int(now()) + ASSERTION_S,
    }
    assertion = jwt.encode({"alg": "RS256"}, claims, login.key())
    try:
        answer = http.post(
            f"{login.login_url}/services/oauth2/token",
            data={"grant_type": _GRANT, "assertion": assertion},
            timeout=TIMEOUT_S,
        )
    except requests.RequestException as error:
        raise CallLogUnavailable(f"{login.login_url} does not answer ({type(error).__name__})") from None
    if answer.status_code >= 500 or answer.status_code == 429:
        raise CallLogUnavailable(f"sign-in is answered with HTTP {answer.status_code}")
    return _access(answer)


def _access(answer: requests.Response) -> Access:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = {}
    if answer.status_code != 200 or not isinstance(body, dict) or "access_token" not in body:
        what = body.get("error_description") or body.get("error") if isinstance(body, dict) else ""
        raise CallLogRefused(f"server_logging: Salesforce refuses the sign-in ({what or answer.status_code})")
    return Access(str(body["access_token"]), str(body["instance_url"]).rstrip("/"))
