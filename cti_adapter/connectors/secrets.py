"""Where a connector finds the secret with which it signs in at its phone system: environment, file or keyring.

The same keys for every kind of connector, so that no secret need stand in the configuration file.
"""

import os
from pathlib import Path

from ..application.ports import ConnectorMisconfigured

#: Such variables are secrets and nothing else; the configuration does not take them for a mistyped key.
ENV_PREFIX = "CTI_SECRET_"


def find_secret(plain: str, env: str, file: Path | None, keyring: str) -> str:
    """The secret of the keys ``secret_env``, ``secret_file``, ``secret_keyring`` or ``secret``, in this order.

    Empty: none of them is set.
    ``keyring``: ``service/user`` in the keyring of the operating system. Raises ``ConnectorMisconfigured`` that names
    the key, and never the secret.
    """
    if env:
        return _from_environment(env)
    if file is not None:
        return _from_file(file)
    return _from_keyring(keyring) if keyring else plain


def _from_environment(name: str) -> str:
    if not name.startswith(ENV_PREFIX):
        raise ConnectorMisconfigured(f"secret_env: the name of the variable must begin with {ENV_PREFIX}")
    if name not in os.environ:
        raise ConnectorMisconfigured(f"secret_env: the variable {name} is not set")
    return os.environ[name]


def _from_file(file: Path) -> str:
    try:
        return file.read_text("utf-8").split("\n", 1)[0].strip()
    except OSError as error:
        raise ConnectorMisconfigured(f"secret_file: {file}: {error.strerror}") from None


def _from_keyring(entry: str) -> str:
    service, slash, user = entry.rpartition("/")
    if not slash or not service or not user:
        raise ConnectorMisconfigured("secret_keyring: must be service/user, such as cti-adapter/pbx")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise ConnectorMisconfigured("secret_keyring: needs the package keyring (extra: keyring)") from None
    try:
        secret = keyring.get_password(service, user)
    except KeyringError as error:
        raise ConnectorMisconfigured(f"secret_keyring: {type(error).__name__}: {error}") from None
    if secret is None:
        raise ConnectorMisconfigured(f"secret_keyring: the keyring has nothing under {entry!r}")
    return secret
