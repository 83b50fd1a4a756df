"""Several relay processes joined by real NATS servers: any of them serves any agent, whatever is killed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from support.balancer import Balancer
from support.certificates import CertificateFiles, make_certificate
from support.nats import PASSWORD, USER, NatsServer
from support.processes import Program, free_port, until

pytestmark = pytest.mark.enable_socket

KEY = "a-key-of-a-connector-in-a-test"
OUT = 30
ALICE = "alice@acme.example"


class Node(Program):
    """``cti relay --bus …``; it is there when it says so."""

    def __init__(self, folder: Path, servers: str, database: str, tls: CertificateFiles | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {
            "CTI_CONNECTOR_KEYS": f'{{"site": "{KEY}"}}',
            "CTI_BUS_USER": USER,
            "CTI_BUS_PASSWORD": PASSWORD,
            "CTI_DATABASE_URL": database,
        }
        if tls is not None:
            env["CTI_BUS_CA"] = str(tls.certificate)
        arguments = ("-m", "cti_adapter", "relay", "--port", str(self.port), "--bus", servers)
        super().__init__(*arguments, log=folder / f"node-{self.port}.txt", env=env)

    def health(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.url}/healthz", timeout=OUT).json()
        return answer


class Pool:
    """NATS, relays, a balancer before them, and a connector that comes through it."""

    def __init__(self, folder: Path, nodes: int = 3, tls: CertificateFiles | None = None) -> None:
        self.folder = folder
        self.nats = NatsServer(folder, tls=tls)
        database = f"sqlite:///{folder}/registry.sqlite3"
        self.nodes = [Node(folder, self.nats.url, database, tls) for _ in range(nodes)]
        for node in self.nodes:
            node.ready(f"{node.url}/healthz")
        until(lambda: all(node.health()["nodes"] == nodes for node in self.nodes), "all nodes to know each other")
        self.balancer = Balancer([node.port for node in self.nodes])
        self.connector = self._connect()

    def _connect(self) -> Program:
        config = self.folder / "site.toml"
        agents = f'{{ agent = "{ALICE}", extension = "101" }}, {{ agent = "bob@acme.example", extension = "102" }}'
        config.write_text(
            f'relay_url = "{self.balancer.url}"\n[[connectors]]\nkind = "simulator"\nid = "site"\n'
            f"agents = [{agents}]\n",
            "utf-8",
        )
        env = {"CTI_CONNECTOR_KEY": KEY}
        return Program("-m", "cti_adapter", "connect", str(config), log=self.folder / "connect.txt", env=env)

    def home(self) -> Node:
        """The node that the connector is attached to."""
        (home,) = [node for node in self.nodes if node.process.poll() is None and self._attached(node)]
        return home

    def _attached(self, node: Node) -> bool:
        told = node.output()
        return told.rfind("attached with 2 lines") > told.rfind("has its home at another node now")

    def close(self) -> None:
        self.balancer.stop()
        self.connector.process.kill()
        self.connector.ended()
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.kill()
            node.ended()
        self.nats.stop()


class Softphone:
    """Polls whichever node it is told to with one session."""

    def __init__(self, node: Node, agent: str = ALICE) -> None:
        answer = requests.post(f"{node.url}/v1/sessions", json={"mode": "id", "agent": agent}, timeout=OUT)
        assert answer.status_code == 201, answer.text
        self.headers = {"Authorization": f"Bearer {answer.json()['session']}"}
        self.count = 0

    def post(self, node: Node, path: str, body: Any) -> requests.Response:
        return requests.post(f"{node.url}/v1/{path}", json=body, headers=self.headers, timeout=OUT)

    def state(self, node: Node) -> dict[str, Any]:
        answer = self.post(node, "poll", {"cursor": None, "wait": 0})
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["state"]
        return state

    def live(self, node: Node) -> list[str]:
        return [call["id"] for call in self.state(node)["calls"] if call["state"] != "cleared"]

    def is_live_at(self, nodes: list[Node], calls: list[str]) -> None:
        """Wait until every node has these calls."""
        until(lambda: all(self.live(node) == calls for node in nodes), f"every node to have the calls {calls}")

    def dial(self, node: Node, number: str = "102345") -> None:
        self.count += 1
        command = {"verb": "MakeCall", "id": f"command-{self.count:04}", "number": number}
        answer = self.post(node, "commands", {"command": command})
        assert answer.status_code == 202, answer.text

    def hang_up(self, node: Node, call: str) -> None:
        self.count += 1
        command = {"verb": "ClearConnection", "id": f"command-{self.count:04}", "call": call}
        answer = self.post(node, "commands", {"command": command})
        assert answer.status_code == 202, answer.text


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    pool = Pool(tmp_path)
    yield pool
    pool.close()


def is_reachable(alice: Softphone, node: Node) -> bool:
    return bool(alice.state(node)["link"]["reachable"])


def test_any_node_serves_any_agent_over_tls_with_a_password(tmp_path: Path) -> None:
    pool = Pool(tmp_path, tls=make_certificate(tmp_path, "nats"))
    try:
        alice = Softphone(pool.nodes[0])
        until(lambda: all(is_reachable(alice, node) for node in pool.nodes), "every node to know the phone system")
        for node in pool.nodes:
            alice.dial(node)
            (call,) = until(lambda: alice.live(pool.nodes[0]), "the call")
            alice.is_live_at(pool.nodes, [call])
            alice.hang_up(node, call)
            alice.is_live_at(pool.nodes, [])
        answers = [alice.post(node, "claims", {"call": call, "purpose": "pop"}).json() for node in pool.nodes]
        assert [answer["granted"] for answer in answers] == [True, True, True], "one session, the same right"
        other = Softphone(pool.nodes[2])
        assert not other.post(pool.nodes[1], "claims", {"call": call, "purpose": "pop"}).json()["granted"]
    finally:
        pool.close()


def test_the_home_of_the_connector_is_killed_in_mid_call(pool: Pool) -> None:
    alice = Softphone(pool.nodes[0])
    until(lambda: is_reachable(alice, pool.nodes[0]), "the phone system")
    alice.dial(pool.nodes[0])
    (call,) = until(lambda: alice.live(pool.nodes[0]), "the call")
    home = pool.home()
    home.process.kill()
    others = [node for node in pool.nodes if node is not home]
    survivor, other = others
    until(lambda: all(alice.live(node) == [call] for node in others), "the others to know the call")
    assert is_reachable(alice, survivor), "nobody noticed"
    until(lambda: alice.post(survivor, "work", {"call": call, "notes": "on"}).status_code == 204, "somebody to decide")
    alice.hang_up(other, call)
    until(lambda: not alice.live(survivor), "the end of the call")


def test_nats_is_away_for_a_while(pool: Pool) -> None:
    alice = Softphone(pool.nodes[0])
    until(lambda: all(is_reachable(alice, node) for node in pool.nodes), "the phone system")
    home = pool.home()
    pool.nats.kill()
    until(lambda: all(node.health()["bus"] == "away" for node in pool.nodes), "the nodes to notice")
    assert all(is_reachable(alice, node) for node in pool.nodes), "they go on with what they have"
    # The balancer leads the connector to any of them, and it goes where it is taken.
    pool.balancer.targets = [home.port]
    pool.balancer.cut()
    until(lambda: _dialled(alice, home), "calls to go on at the node of the connector")
    (call,) = until(lambda: alice.live(home), "the call")
    pool.nats.start()
    until(lambda: all(node.health() == {"status": "ok", "bus": "up", "nodes": 3} for node in pool.nodes), "the bus")
    until(lambda: all(alice.live(node) == [call] for node in pool.nodes), "all to have the call")


def _dialled(alice: Softphone, node: Node) -> bool:
    command = {"verb": "MakeCall", "id": "command-away", "number": "102345"}
    return alice.post(node, "commands", {"command": command}).status_code == 202


def test_every_node_is_replaced_one_after_the_other_in_mid_call(pool: Pool, tmp_path: Path) -> None:
    """A rolling upgrade: nobody is told an error, and the call is there all the time."""
    alice = Softphone(pool.nodes[0])
    until(lambda: is_reachable(alice, pool.nodes[0]), "the phone system")
    alice.dial(pool.nodes[0])
    (call,) = until(lambda: alice.live(pool.nodes[0]), "the call")
    for old in list(pool.nodes):
        new = Node(tmp_path, pool.nats.url, f"sqlite:///{tmp_path}/registry.sqlite3")
        new.ready(f"{new.url}/healthz")
        until(lambda new=new: alice.live(new) == [call], "the new node to have the call")  # type: ignore[misc]
        pool.nodes.append(new)
        pool.balancer.targets = [node.port for node in pool.nodes if node is not old]
        assert old.stop() == 0, old.output()
        pool.nodes.remove(old)
        until(lambda: is_reachable(alice, pool.nodes[0]), "the phone system to be there")
    assert [alice.live(node) for node in pool.nodes] == [[call]] * 3
    alice.hang_up(pool.nodes[0], call)
    until(lambda: not any(alice.live(node) for node in pool.nodes), "the end of the call")


def test_a_node_is_told_to_go_by_a_program_on_its_machine(pool: Pool) -> None:
    """By none that comes through a proxy or a browser; whoever waits there is answered, and it ends."""
    alice = Softphone(pool.nodes[0])
    node = pool.nodes[1]
    cursor = alice.post(node, "poll", {"cursor": None, "wait": 0}).json()["cursor"]
    with ThreadPoolExecutor() as threads:
        parked = threads.submit(alice.post, node, "poll", {"cursor": cursor, "wait": 25})
        for header in ("X-Forwarded-For", "Forwarded", "Via", "Origin", "Sec-Fetch-Site"):
            refused = requests.post(f"{node.url}/internal/drain", headers={header: "127.0.0.1"}, timeout=OUT)
            assert refused.status_code == 404
        assert requests.get(f"{node.url}/internal/drain", timeout=OUT).status_code == 404
        assert requests.post(f"{node.url}/internal/drain", timeout=OUT).status_code == 202
        answer = parked.result(OUT).json()
    assert answer["reconnect"] or answer["events"] or answer["state"]
    assert node.ended() == 0, node.output()


def test_a_bus_that_does_not_let_it_in(tmp_path: Path) -> None:
    """The relay serves what it has, and says so; the password is nowhere."""
    nats = NatsServer(tmp_path)
    port = free_port()
    env = {"CTI_BUS_USER": USER, "CTI_BUS_PASSWORD": "a-wrong-password"}
    arguments = ("-m", "cti_adapter", "relay", "--port", str(port), "--bus", nats.url)
    node = Program(*arguments, log=tmp_path / "node.txt", env=env)
    node.ready(f"http://127.0.0.1:{port}/healthz")
    assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=OUT).json()["bus"] == "away"
    until(lambda: "the bus is out of reach" in node.output(), "a line in the log")
    assert "a-wrong-password" not in node.output()
    assert node.stop() == 0
    nats.stop()
