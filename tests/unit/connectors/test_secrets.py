"""Where secrets of phone systems come from, and that errors name the key and never the secret."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from cti_adapter.application.ports import ConnectorMisconfigured
from cti_adapter.connectors.secrets import find_secret


class Drawer(KeyringBackend):
    """A keyring with one entry, which may be locked."""

    priority = 1  # type: ignore[assignment]
    locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the keyring is locked")
        return "from the keyring" if (service, username) == ("site/cti-adapter", "pbx") else None

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


@pytest.fixture
def drawer() -> Drawer:
    drawer, before = Drawer(), keyring.get_keyring()
    keyring.set_keyring(drawer)
    yield drawer
    keyring.set_keyring(before)


def test_from_the_keyring(drawer: Drawer) -> None:
    assert find_secret("", "", None, "site/cti-adapter/pbx") == "from the keyring"


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("pbx", "must be service/user"),
        ("/pbx", "must be service/user"),
        ("site/", "must be service/user"),
        ("site/other", "nothing under 'site/other'"),
    ],
)
def test_an_entry_that_is_none(drawer: Drawer, entry: str, why: str) -> None:
    with pytest.raises(ConnectorMisconfigured, match=f"^secret_keyring: .*{why}"):
        find_secret("", "", None, entry)


def test_a_keyring_that_is_locked(drawer: Drawer) -> None:
    drawer.locked = True
    with pytest.raises(ConnectorMisconfigured, match="^secret_keyring: KeyringLocked"):
        find_secret("", "", None, "site/cti-adapter/pbx")


def test_the_environment_wins_and_nothing_is_nothing(drawer: Drawer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_SECRET_PBX", "from the environment")
    assert find_secret("plain", "CTI_SECRET_PBX", None, "site/cti-adapter/pbx") == "from the environment"
    assert find_secret("plain", "", None, "site/cti-adapter/pbx") == "from the keyring"
    assert find_secret("", "", None, "") == ""
