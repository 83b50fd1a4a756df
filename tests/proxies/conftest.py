"""A relay as an operator starts it, and a certificate for the proxies in front of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.certificates import CertificateFiles, make_certificate
from support.processes import Program, free_port

KEY = "a-key-of-a-connector-in-a-test"


class RelayProgram(Program):
    """``cti relay`` that believes proxies on this machine and logs every operation; ready when constructed."""

    def __init__(self, folder: Path, *options: str, scheme: str = "http") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {
            "CTI_TRUSTED_PROXIES": '["127.0.0.1"]',
            "CTI_SIGN_IN_BY_ID_ON_PUBLIC_ADDRESS": "true",
            "CTI_LOG_LEVEL": "debug",
            "CTI_CONNECTOR_KEYS": f'{{"pbx": "{KEY}"}}',
        }
        super().__init__(
            "-m", "cti_adapter", "relay", "--port", str(self.port), *options, log=folder / "relay.txt", env=env
        )
        if scheme == "http":
            self.ready(f"{self.url}/healthz")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> CertificateFiles:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RelayProgram]:
    program = RelayProgram(tmp_path_factory.mktemp("relay"))
    yield program
    assert program.stop() == 0, program.output()
    assert "Traceback" not in program.output()
