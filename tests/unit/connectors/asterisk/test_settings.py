"""The settings: each mistake is told with the key's name, and no secret is ever shown."""

from pathlib import Path
from typing import Any

import pytest

from cti_adapter.application.ports import ConnectorMisconfigured
from cti_adapter.connectors.asterisk.connector import AsteriskConnector
from cti_adapter.connectors.asterisk.settings import asterisk_settings

LOGIN: dict[str, Any] = {"host": "pbx", "username": "cti", "secret": "hush"}


def test_defaults() -> None:
    settings = asterisk_settings(LOGIN)
    assert (settings.port, settings.tls, settings.context, settings.remote_control) == (5038, False, "internal", "auto")
    assert settings.device("101") == "PJSIP/101"
    assert "hush" not in repr(settings)
    assert settings.tls_context() is None


def test_devices_of_their_own_name() -> None:
    settings = asterisk_settings(LOGIN | {"devices": {"101": "PJSIP/alice-desk"}, "technology": "SIP"})
    assert (settings.device("101"), settings.device("102")) == ("PJSIP/alice-desk", "SIP/102")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host": ""}, "^host: "),
        ({"host": "a\nb"}, "^host: "),
        ({"port": 0}, "^port: "),
        ({"port": 70000}, "^port: "),
        ({"username": "cti\r\nSecret: x"}, "^username: "),
        ({"context": "internal\n"}, "^context: "),
        ({"technology": "IAX2"}, "^technology: "),
        ({"devices": {"101": "PJSIP/x\r\n"}}, "^devices.101: "),
        ({"extension_pattern": "("}, "^extension_pattern: .*not a regular expression"),
        ({"dial_timeout_s": 1}, "^dial_timeout_s: "),
        ({"remote_control": "on"}, "^remote_control: "),
        ({"ping_s": 0}, "^ping_s: "),
        ({"resync_s": 1}, "^resync_s: "),
        ({"tls": True, "tls_ca_file": "/nowhere/ca.pem"}, "^tls_ca_file: /nowhere/ca.pem: No such file"),
        ({"secret": ""}, "^secret_env, secret_file or secret_keyring is missing"),
        ({"secret": "a\r\nb"}, "^secret: holds a line break"),
        ({"secret_env": "HOME"}, "^secret_env: .*must begin with CTI_SECRET_"),
        ({"secret_env": "CTI_SECRET_NOT_THERE"}, "^secret_env: .*CTI_SECRET_NOT_THERE is not set"),
        ({"secret_file": "/nowhere/secret"}, "^secret_file: /nowhere/secret: No such file"),
        ({"prot": 5038}, "^unknown key 'prot'"),
    ],
)
def test_mistakes(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConnectorMisconfigured, match=message) as caught:
        asterisk_settings(LOGIN | options)
    assert "hush" not in str(caught.value)


def test_missing_key() -> None:
    with pytest.raises(ConnectorMisconfigured, match="^host: "):
        asterisk_settings({"username": "cti", "secret": "hush"})


def test_certificate_file_without_a_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(ConnectorMisconfigured, match="^tls_ca_file: "):
        asterisk_settings(LOGIN | {"tls": True, "tls_ca_file": tmp_path / "ca.pem"})


def test_secret_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_SECRET_PBX", "from the environment")
    (tmp_path / "secret").write_text("from a file\nsecond line")
    login = {"host": "pbx", "username": "cti"}
    for options, secret in (
        ({"secret_env": "CTI_SECRET_PBX"}, "from the environment"),
        ({"secret_file": tmp_path / "secret"}, "from a file"),
    ):
        assert asterisk_settings(login | options).secret.get_secret_value() == secret


def test_a_connector_without_agents() -> None:
    with pytest.raises(ConnectorMisconfigured, match="^agents: "):
        AsteriskConnector.from_options("lab", [], LOGIN)
