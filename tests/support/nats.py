"""Real NATS servers as processes: alone or as a cluster, with TLS and a password where the test wants them."""

import subprocess
import sys
from pathlib import Path

from .certificates import CertificateFiles
from .processes import PATIENCE, free_port, until

USER, PASSWORD = "relay", "a-password-of-a-test"


class NatsServer:
    """One server, ready when constructed; ``cluster`` are the cluster URLs of the others."""

    def __init__(
        self,
        folder: Path,
        *,
        tls: CertificateFiles | None = None,
        port: int | None = None,
        cluster_port: int | None = None,
        cluster: tuple[str, ...] = (),
    ) -> None:
        self.port = port or free_port()
        self.cluster_port = cluster_port
        self.url = f"{'tls' if tls else 'nats'}://127.0.0.1:{self.port}"
        self._log = folder / f"nats-{self.port}.txt"
        program = Path(sys.executable).parent / "nats-server"
        self._command = [str(program), "-a", "127.0.0.1", "-p", str(self.port), "--user", USER, "--pass", PASSWORD]
        if tls is not None:
            self._command += ["--tls", "--tlscert", str(tls.certificate), "--tlskey", str(tls.key)]
        if cluster_port is not None:
            self._command += ["--cluster_name", "test", "--cluster", f"nats://127.0.0.1:{cluster_port}"]
            self._command += ["--routes", ",".join(cluster)] if cluster else []
        self.start()

    def start(self) -> None:
        """(Again) on the same port."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, stdout=log, stderr=log)
        begun = self._log.stat().st_size
        until(lambda: "Server is ready" in self._log.read_text("utf-8")[begun:], "NATS to be ready")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self) -> None:
        """In order."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)
