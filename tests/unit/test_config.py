"""Configuration: precedence, and errors that name the key."""

from pathlib import Path

import pytest

from cti_adapter.config import Config, ConfigurationError, load


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(f"CTI_{name.upper()}", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "cti.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_nothing() -> None:
    config = load()
    assert (config.host, config.port, config.url) == ("127.0.0.1", 8080, "http://localhost:8080")
    assert [connector.kind for connector in config.connectors] == ["simulator"]


def test_command_line_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, 'port = 1001\nlog_level = "error"\npublic_url = "https://file.example"')
    monkeypatch.setenv("CTI_PUBLIC_URL", "https://env.example/")
    config = load(path, port=1003, host=None)
    assert (config.port, config.log_level, config.url) == (1003, "error", "https://env.example")


def test_with_tls_the_url_is_https(tmp_path: Path) -> None:
    config = load(written(tmp_path, 'tls_cert = "server.crt"\ntls_key = "server.key"'), port=8443)
    assert (config.url, config.url_at(8444)) == ("https://localhost:8443", "https://localhost:8444")


def test_connector_keeps_its_own_keys(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
[[connectors]]
kind = "asterisk"
id = "pbx"
host = "10.0.0.5"
agents = [{ agent = "alice@acme.example", extension = "101" }]
""",
    )
    connector = load(path).connectors[0]
    assert (connector.options, connector.agents[0].extension) == ({"host": "10.0.0.5"}, "101")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('tls_cert = "server.crt"', "tls_cert and tls_key go together"),
        ('tls_key = "server.key"', "tls_cert and tls_key go together"),
        (
            'tls_cert = "a"\ntls_key = "b"\npublic_url = "http://localhost:1"',
            "public_url: .* is plain http, but with tls",
        ),
        ('bus = ["http://10.0.0.1:4222"]', "bus: http://10.0.0.1 is no NATS server such as nats://10.0.0.1:4222"),
        ('bus = ["nats://relay@10.0.0.1"]', "user and password have keys of their own"),
        ('bus_cell = "A cell"', "bus_cell"),
        ('bus_cert = "relay.crt"', "bus_cert and bus_key go together"),
        ('trusted_proxies = ["proxy.example"]', "trusted_proxies: 'proxy.example' is no IP address or network"),
        ('trusted_proxies = ["*"]', r"trusted_proxies: '\*' is no IP address or network"),
        ('trusted_proxies = ["10.0.0.1/8"]', "trusted_proxies: '10.0.0.1/8' is no IP address or network"),
        ('trusted_proxies = ["0.0.0.0/0"]', "trusted_proxies: '0.0.0.0/0' is everybody"),
        ('trusted_proxies = ["::/0"]', "trusted_proxies: '::/0' is everybody"),
        ("connections_per_address = 0", "connections_per_address: Input should be greater than or equal to 10"),
        ("prot = 1", r"unknown key 'prot' \(did you mean 'port'\?\)"),
        ("port = 70000", "port: Input should be less than or equal to 65535"),
        ('port = "many"', "port: "),
        ('public_url = "cti.example"', "public_url: must be an absolute URL"),
        ('standby_url = "https://b.example"', "standby_timeout_ms"),
        ('connector_keys = { pbx = "short" }', "fewer than 24 characters"),
        ('[[connectors]]\nid = "a"', "connectors.0.kind: Field required"),
        ('[[connectors]]\nid = "a"\nkind = "simulator"\nagents = [{ agent = "a", extention = "1" }]', "extention"),
        ('connectors = [{ id = "a", kind = "x" }, { id = "a", kind = "x" }]', "an id of its own"),
        ("port = = 1", "is not TOML"),
        ('public_url = "http://cti.example.com"', "public_url: .* is plain http"),
        ('allowed_origins = ["*"]', "is not one origin"),
        ('allowed_origins = ["https://cti.example.com/page"]', "is not one origin"),
        ('frame_ancestors = ["https://a.example; script-src *"]', "is not a host"),
        ('database_url = "registry.sqlite3"', "database_url: must be sqlite:///FILE or postgresql"),
        ('database_url = "sqlite://"', "database_url: must be sqlite:///FILE or postgresql"),
        ('database_url = "mysql://u:p@h/d"', "database_url: must be sqlite:///FILE or postgresql"),
    ],
)
def test_wrong_keys_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(written(tmp_path, text))


def test_unknown_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_PUBLIC_ULR", "https://x.example")
    with pytest.raises(ConfigurationError, match=r"CTI_PUBLIC_ULR \(did you mean 'CTI_PUBLIC_URL'\?\)"):
        load()


def test_broken_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_FRAME_ANCESTORS", "https://a.example https://b.example")
    with pytest.raises(ConfigurationError, match="frame_ancestors"):
        load()


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"absent\.toml: cannot be read"):
        load(tmp_path / "absent.toml")


def test_servers_of_the_bus_stand_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_BUS", "nats://a:4222, tls://b:4222")
    assert load().bus == ("nats://a:4222", "tls://b:4222")
    assert load(bus="nats://c:4222").bus == ("nats://c:4222",)


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_CONNECTOR_KEY", "s3cret-s3cret-s3cret-s3cret")
    assert "s3cret" not in repr(load())


def test_public_address_may_be_accepted_by_name() -> None:
    assert load(host="0.0.0.0", sign_in_by_id_on_public_address=True).listens_publicly


def test_behind_a_proxy_is_public() -> None:
    assert load(trusted_proxies=["127.0.0.1"]).listens_publicly
    assert not load().listens_publicly


def test_the_database_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "etc"
    folder.mkdir()
    odd = tmp_path / "50% of ours"
    odd.mkdir()

    def place(path: Path | None = None) -> str:
        return load(path).database_url.get_secret_value()

    assert place() == f"sqlite:///{tmp_path}/cti-adapter.sqlite3"
    assert place(written(folder, "")) == f"sqlite:///{folder}/cti-adapter.sqlite3"
    assert place(Path("etc/cti.toml")) == f"sqlite:///{folder}/cti-adapter.sqlite3"
    assert place(written(folder, 'database_url = "sqlite:///data/r.db"')) == f"sqlite:///{folder}/data/r.db"
    assert place(written(folder, 'database_url = "sqlite:////var/r.db"')) == "sqlite:////var/r.db"
    assert place(written(odd, "")) == f"sqlite:///{tmp_path}/50%25%20of%20ours/cti-adapter.sqlite3"
    postgresql = "postgresql+psycopg://cti:s3cret@db.example/cti"
    path = written(folder, f'database_url = "{postgresql}"')
    assert place(path) == postgresql
    assert "s3cret" not in repr(load(path))
