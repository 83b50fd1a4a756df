"""Nothing of a call is kept on disk: a thousand calls with a number that is searched for in everything written.

Relay, pages and simulated phone system run as one program with its most talkative log. Its working folder, home and
folder for temporary files are fresh; whatever it opens for writing anywhere is searched as well.
"""

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from support.processes import ROOT, free_port, until
from support.written_files import Watch, can_trace, traced, written

AGENTS = 25
CALLS = 1_000
OUT = 30


class Canary:
    """Words that stand nowhere else: digits within the numbers, a name, notes."""

    def __init__(self) -> None:
        self.digits = f"{secrets.randbelow(9 * 10**7) + 10**7}"
        self.name = f"Canary{secrets.token_hex(6)}"
        self.notes = f"Notes{secrets.token_hex(6)}"

    def number(self, index: int) -> str:
        return f"+4930{self.digits}{index:03}"

    @property
    def traces(self) -> list[bytes]:
        """In the encodings in which a program could have written them; spaced and partly, too."""
        spaced = f"{self.digits[:3]} {self.digits[3:]}"
        words = [self.digits, self.digits[-7:], spaced, self.name, self.notes]
        return [word.encode(coding) for word in words for coding in ("utf-8", "utf-16-le", "utf-16-be")]


def found_in(files: set[Path], canary: Canary) -> list[str]:
    """Files with a trace of the canary."""
    hits = []
    for path in sorted(files):
        content = path.read_bytes()
        hits += [f"{path.name}: {trace!r}" for trace in canary.traces if trace in content]
    return hits


class Site:
    """``cti serve`` in folders of its own, watched."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        for name in ("work", "home", "tmp"):
            (folder / name).mkdir()
        config = folder / "cti.toml"
        agents = ", ".join(f'{{ agent = "agent{n}", extension = "{200 + n}" }}' for n in range(AGENTS))
        config.write_text(f'log_level = "debug"\n[[connectors]]\nkind = "simulator"\nid = "pbx"\nagents = [{agents}]\n')
        command = [sys.executable, "-m", "cti_adapter", "serve", "--config", str(config), "--port", str(self.port)]
        self.trace = folder / "strace.txt"
        self._traces = can_trace()
        self._output = (folder / "output.txt").open("wb")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CTI_", "TMP", "XDG_"))}
        self.process = subprocess.Popen(
            traced(command, self.trace) if self._traces else command,
            cwd=folder / "work",
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=kept
            | {
                "HOME": str(folder / "home"),
                "TMPDIR": str(folder / "tmp"),
                "PYTHONPATH": str(ROOT),
                "PYTHONUNBUFFERED": "1",
            },
        )
        self._watch = Watch(self.process.pid)
        until(self._answers, "the server to answer")

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "output.txt").read_text()
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self) -> set[Path]:
        """End it; every file that it has written anywhere, its output among them."""
        # strace hands the signal on to nobody: the program itself is its only child.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(children[0]) if self._traces else self.process.pid, 15)
        self.process.wait(OUT)
        self._output.close()
        files = self._watch.stop() | {path for path in self.folder.rglob("*") if path.is_file()}
        return files | (written(self.trace, self.folder / "work") if self._traces else set())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    if site.process.poll() is None:
        site.stop()


class Agent(threading.Thread):
    """One agent's softphone and desk phone, through forty calls."""

    def __init__(self, site: Site, number: int, canary: Canary) -> None:
        super().__init__(daemon=True)
        self.site, self.number, self.canary = site, number, canary
        self.done = 0
        self.failure: Exception | None = None
        self.polling, self.acting = requests.Session(), requests.Session()
        self.pause = threading.Event()

    def post(self, path: str, body: Any) -> Any:
        """Two tabs share the work, and wait when the relay asks them to."""
        http = self.polling if path == "/v1/poll" else self.acting
        while True:
            answer = http.post(self.site.url + path, json=body, timeout=OUT)
            if answer.status_code != 429:
                break
            self.pause.wait(float(answer.headers["Retry-After"]))
        assert answer.status_code < 400, f"{path}: {answer.status_code}"
        return answer.json() if answer.content else None

    def run(self) -> None:
        try:
            for http in (self.polling, self.acting):
                session = self.post("/v1/sessions", {"mode": "id", "agent": f"agent{self.number}"})["session"]
                http.headers["Authorization"] = f"Bearer {session}"
            state = self.post("/v1/poll", {"wait": 0})
            for index in range(CALLS // AGENTS):
                state = self.one_call(state["cursor"], index)
                self.done += 1
        except Exception as failure:
            self.failure = failure

    def one_call(self, cursor: str, index: int) -> Any:
        """Rings, is answered, written about, held, taken back, logged and over."""
        number = self.canary.number(self.number * (CALLS // AGENTS) + index)
        ring = {"to": str(200 + self.number), "from": number, "name": self.canary.name}
        self.post("/phones/api/outside/calls", ring | {"data": {"case": self.canary.digits}})
        call, cursor = self.wait_for(cursor, "alerting")
        for turn, verb in enumerate(("AnswerCall", "HoldCall", "RetrieveCall", "ClearConnection")):
            command = {"verb": verb, "id": f"command-{index}-{turn}", "call": call}
            self.post("/v1/commands", {"command": command})
            wanted = {"AnswerCall": "connected", "HoldCall": "held", "RetrieveCall": "connected"}.get(verb, "cleared")
            if verb == "HoldCall":
                self.post("/v1/work", {"call": call, "notes": f"{self.canary.notes} {number}"})
            _, cursor = self.wait_for(cursor, wanted)
        self.post("/v1/claims", {"call": call, "purpose": "log"})
        self.post("/v1/claims", {"call": call, "purpose": "log", "done": True})
        return {"cursor": cursor}

    def wait_for(self, cursor: str, wanted: str) -> tuple[str, str]:
        """Poll until a call of this agent is in that state: its id, and the cursor."""
        while True:
            answer = self.post("/v1/poll", {"cursor": cursor, "wait": 20})
            cursor = answer["cursor"]
            for event in answer["events"]:
                if event["type"] == "call" and event["call"]["state"] == wanted:
                    return event["call"]["id"], cursor


@pytest.mark.timeout(400)
def test_a_thousand_calls_leave_nothing_in_any_file(site: Site) -> None:
    canary = Canary()
    agents = [Agent(site, number, canary) for number in range(AGENTS)]
    for agent in agents:
        agent.start()
    for agent in agents:
        agent.join(300)
    assert [agent.failure for agent in agents if agent.failure] == []
    assert sum(agent.done for agent in agents) == CALLS
    # What refuses a request must not repeat it either.
    wrong = {"command": {"verb": "MakeCall", "id": "command-wrong", "number": canary.number(0) * 9}}
    requests.post(f"{site.url}/v1/commands", json=wrong, timeout=OUT)
    requests.get(f"{site.url}/v1/dialing/explain", {"number": canary.number(1)}, timeout=OUT)
    requests.get(f"{site.url}/nowhere/{canary.number(2)}", {"name": canary.name}, timeout=OUT)
    files = site.stop()
    output = site.folder / "output.txt"
    assert output in files
    assert output.stat().st_size > 100_000, "the log was talkative"
    assert any(path.name.endswith(".sqlite3") for path in files), "the registry is a file that was found"
    assert found_in(files - {site.folder / "cti.toml"}, canary) == []


def test_a_trace_would_be_found(tmp_path: Path) -> None:
    """A program that writes the number where nobody would look, and takes the file's name away again."""
    canary = Canary()
    program = (
        "import os, sqlite3, sys\n"
        f"database = sqlite3.connect('kept.db'); database.execute('create table calls (number text)')\n"
        f"database.execute('insert into calls values (?)', ({canary.number(5)!r},)); database.commit()\n"
        f"open('name.bin', 'wb').write({canary.name!r}.encode('utf-16-le'))\n"
        "os.rename('name.bin', 'other.bin')\n"
        "print('ready', flush=True); sys.stdin.read()\n"
    )
    trace = tmp_path / "strace.txt"
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(
        traced(command, trace) if can_trace() else command,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.communicate(timeout=OUT)
    files = written(trace, tmp_path) if can_trace() else {path for path in tmp_path.rglob("*") if path.is_file()}
    hits = found_in(files, canary)
    assert any(hit.startswith("kept.db") for hit in hits)
    assert any(hit.startswith("other.bin") for hit in hits)
