"""The delivery path against nchan, plain ASGI and plain Flask, in one run on the same work.

An event of about 300 bytes goes to a random one of so many agents, each of whom has a poll parked; the next is
published when it has arrived. Server and load have a core each. One JSON object a line on stdout; method and figures:
docs/performance.md. usage: bench_delivery.py [--agents 1,10000] [--events 4000] [--rounds 3] [--only ours,nchan]
"""

import argparse
import json
import os
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from figures import progress

ROOT = Path(__file__).resolve().parents[1]
ORIGIN = "https://softphone.example"
KEY = "a-key-of-the-connector-of-a-benchmark"
FIGURES = ("cpu_us_per_event", "p50_ms", "p99_ms", "kib_per_agent", "events_per_s")
TICKS = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, os.cpu_count() - 1 if os.cpu_count() else 0
#: Events published before anything is measured.
WARM_UP = 500
PATIENCE_S = 60.0

#: Head, empty line, body; as ``delivery_load`` fills them in.
POLL = (
    "POST /v1/poll HTTP/1.1\nHost: relay.example\nAuthorization: Bearer {bearer}\nOrigin: " + ORIGIN + "\n"
    "Content-Type: application/json\nContent-Length: {length}\n\n"
    '{"cursor":{cursor},"wait":28}'
)
PUBLISH = (
    f"POST /v1/connector/events HTTP/1.1\nHost: relay.example\nAuthorization: Bearer {KEY}\n"
    "Content-Type: application/json\nContent-Length: {length}\n\n"
    '{"type":"call","agent":"{agent}","event":"CallInformation","at":1700000000.5,"call":{"id":"bench-{agent}",'
    '"revision":{n}1,"device":"101","direction":"inbound","role":"called","state":"alerting","caller":{"number":'
    '"+4930111222","name":"Erika Muster"},"called":{"number":"101","name":""},"started_at":1700000000.5}}'
)
NCHAN_POLL = (
    "GET /sub/{agent} HTTP/1.1\nHost: relay.example\nAuthorization: Bearer {bearer}\nOrigin: "
    + ORIGIN
    + "\n{cursor}\n\n"
)
NCHAN_PUBLISH = PUBLISH.replace("/v1/connector/events", "/pub/{agent}")
NCHAN = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
worker_rlimit_nofile 20000;
events {{ worker_connections 19000; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    keepalive_requests 10000000;
    nchan_shared_memory_size 512M;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location ~ ^/sub/(.+)$ {{
            if ($http_authorization = "") {{ return 401; }}
            nchan_subscriber longpoll;
            nchan_channel_id $1;
            nchan_subscriber_timeout 60s;
            nchan_access_control_allow_origin "{origin}";
        }}
        location ~ ^/pub/(.+)$ {{
            if ($http_authorization = "") {{ return 401; }}
            nchan_publisher;
            nchan_channel_id $1;
            nchan_message_buffer_length 5;
            nchan_message_timeout 120s;
        }}
    }}
}}
"""


class Subject:
    """A server to measure. ``pids`` are all its processes."""

    kind = "json"
    poll, publish, first_cursor = POLL, PUBLISH, "null"
    batches = True

    def __init__(self, folder: Path, agents: int) -> None:
        self.folder = folder
        self.agents = [f"agent{number}" for number in range(agents)]
        self.bearers = self.agents
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def command(self) -> list[str]:
        raise NotImplementedError

    def env(self) -> dict[str, str]:
        return {}

    def prepare(self) -> None:
        """Sign everybody in, where that is part of it."""

    def beat(self) -> None:
        """What has to be said now and then."""

    @contextmanager
    def running(self) -> Iterator["Subject"]:
        env = {**os.environ, "PYTHONPATH": str(ROOT), **self.env()}
        with (self.folder / "server.log").open("wb") as log:
            self.process = subprocess.Popen(self.command(), cwd=self.folder, env=env, stdout=log, stderr=log)
        try:
            self._wait()
            self.prepare()
            yield self
        finally:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    break
            except OSError:
                time.sleep(0.05)
        time.sleep(0.5)
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                os.sched_setaffinity(int(task), {SERVER_CORE})

    @property
    def pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def cpu_s(self) -> float:
        total = 0
        for pid in self.pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_kib(self) -> int:
        total = 0
        for pid in self.pids:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total


class Ours(Subject):
    """``cti relay`` as it is run, with limits that nobody reaches."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "cti_adapter", "relay", "--port", str(self.port)]

    def env(self) -> dict[str, str]:
        whose = ("address", "session", "agent", "organization")
        limits = {f"{each}_per_s": 1e5 for each in whose} | {f"{each}_burst": 10**6 for each in whose}
        return {
            "CTI_CONNECTOR_KEYS": json.dumps({"bench": KEY}),
            "CTI_ALLOWED_ORIGINS": json.dumps([ORIGIN]),
            "CTI_LIMITS": json.dumps(limits),
            "CTI_CONNECTIONS_PER_ADDRESS": "20000",
            "CTI_LOG_LEVEL": "warning",
            "CTI_DATABASE_URL": f"sqlite:///{self.folder}/registry.sqlite3",
        }

    def prepare(self) -> None:
        self.http = requests.Session()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.key = {"Authorization": f"Bearer {KEY}"}
        lines = [{"agent": agent, "extension": str(10_000 + number)} for number, agent in enumerate(self.agents)]
        hello = {"connector": "bench", "kind": "bench", "boot": "bench-boot", "lines": lines}
        self._post("connector/attach", hello)
        self._publish(0, [{"type": "snapshot_begin"}, {"type": "snapshot_end"}])
        self.bearers = []
        for at, agent in enumerate(self.agents):
            answer = self.http.post(f"{self.url}/sessions", json={"mode": "id", "agent": agent}, timeout=30)
            self.bearers.append(answer.json()["session"])
            if at % 1000 == 0:
                self.beat()

    def beat(self) -> None:
        self._publish(2, [])

    def _publish(self, first: int, events: list[Any]) -> None:
        self._post("connector/events", {"connector": "bench", "boot": "bench-boot", "first": first, "events": events})

    def _post(self, path: str, body: Any) -> None:
        answer = self.http.post(f"{self.url}/{path}", json=body, headers=self.key, timeout=30)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text[:300]}")


class Asgi(Subject):
    """A plain ASGI application on uvicorn with uvloop and httptools."""

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--loop", "uvloop", "--http", "httptools", "--backlog", "4096"]
        quiet = ["--log-level", "warning", "--no-access-log", "--lifespan", "off", "--timeout-keep-alive", "75"]
        return [
            sys.executable,
            "-m",
            "uvicorn",
            "delivery_peers:asgi",
            "--app-dir",
            str(ROOT / "bench"),
            *options,
            *quiet,
        ]


class FlaskGevent(Subject):
    """Flask on gunicorn with one gevent worker."""

    def command(self) -> list[str]:
        options = [
            "-k",
            "gevent",
            "-w",
            "1",
            "--worker-connections",
            "19000",
            "--keep-alive",
            "75",
            "--backlog",
            "4096",
        ]
        place = ["-b", f"127.0.0.1:{self.port}", "--log-level", "warning", "--chdir", str(ROOT / "bench")]
        return [sys.executable, "-m", "gunicorn", *options, *place, "delivery_peers:create_flask()"]


class Nchan(Subject):
    """nginx with nchan, one worker; it looks whether there is an authorization, and not whose."""

    kind = "nchan"
    poll, publish, first_cursor = NCHAN_POLL, NCHAN_PUBLISH, "If-None-Match: 0"
    batches = False

    def command(self) -> list[str]:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        if program is None:
            raise SystemExit("nginx is missing; install nginx and libnginx-mod-nchan")
        file = self.folder / "nginx.conf"
        file.write_text(NCHAN.format(folder=self.folder, port=self.port, origin=ORIGIN), "utf-8")
        return [program, "-c", str(file), "-p", str(self.folder)]


SUBJECTS = {"ours": Ours, "nchan": Nchan, "asgi": Asgi, "flask_gevent": FlaskGevent}


def measured(name: str, agents: int, events: int, batch: int = 1) -> dict[str, float]:
    """One run of one subject."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with SUBJECTS[name](Path(folder), agents).running() as subject:
            before = subject.memory_kib()
            plan = Path(folder) / "plan.json"
            plan.write_text(json.dumps(_plan(subject, events, batch)), "utf-8")
            command = ["taskset", "-c", str(LOAD_CORE), sys.executable, str(ROOT / "bench/delivery_load.py"), str(plan)]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
                found = _with_load(subject, load)
            found["kib_per_agent"] = (found.pop("memory_kib") - before) / agents
            return found


def _plan(subject: Subject, events: int, batch: int) -> dict[str, Any]:
    return {
        "port": subject.port,
        "kind": subject.kind,
        "agents": subject.agents,
        "bearers": subject.bearers,
        "poll": subject.poll,
        "publish": subject.publish,
        "first_cursor": subject.first_cursor,
        "events": events,
        "warm_up": WARM_UP,
        "in_flight": 1,
        "batch": batch,
    }


def _with_load(subject: Subject, load: "subprocess.Popen[str]") -> dict[str, float]:
    over = threading.Event()
    beats = threading.Thread(target=_beat, args=(subject, over))
    beats.start()
    _said(load, "parked")
    time.sleep(1.0)  # so that the last polls are parked, too
    over.set()
    beats.join()
    memory = subject.memory_kib()
    _go(load)
    _said(load, "warm")
    begun = subject.cpu_s()
    _go(load)
    said = _said(load, "events")
    cpu_us = 1e6 * (subject.cpu_s() - begun) / said["events"]
    load.stdin.close() if load.stdin else None
    figures = {name: said[name] for name in ("p50_ms", "p99_ms", "events_per_s")}
    return {"cpu_us_per_event": cpu_us, "memory_kib": memory, **figures}


def _beat(subject: Subject, over: threading.Event) -> None:
    while not over.wait(3.0):
        subject.beat()


def _go(load: "subprocess.Popen[str]") -> None:
    if load.stdin:
        load.stdin.write("go\n")
        load.stdin.flush()


def _said(load: "subprocess.Popen[str]", what: str) -> dict[str, Any]:
    line = load.stdout.readline() if load.stdout else ""
    if not line:
        raise SystemExit(f"the load has ended before it said {what!r}")
    said: dict[str, Any] = json.loads(line)
    return said


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Of each figure."""
    return {name: _rounded(statistics.median(run[name] for run in runs)) for name in FIGURES}


def _rounded(value: float) -> float:
    return round(value, 3) if abs(value) < 10 else round(value, 1)


def main() -> None:
    """All subjects in turn, several rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", default="1,10000")
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(SUBJECTS))
    options = parser.parse_args()
    names = options.only.split(",")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    for agents in map(int, options.agents.split(",")):
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for number in range(options.rounds):
            for name in names:
                progress(f"delivery: {agents} agents, round {number + 1} of {options.rounds}, {name}")
                runs[name].append(measured(name, agents, options.events))
        _print("relay.delivery", agents, {name: medians(found) for name, found in runs.items()})
    batch = min(20, agents)
    if "ours" in names:
        progress(f"delivery: {agents} agents, batches of {batch}")
        found = medians([measured("ours", agents, options.events, batch) for _ in range(options.rounds)])
        print(
            json.dumps({"bench": "relay.delivery.batch", "agents": agents, "batch": batch, "ours": found}), flush=True
        )


def _print(bench: str, agents: int, found: dict[str, dict[str, float]]) -> None:
    line: dict[str, Any] = {"bench": bench, "agents": agents, **found}
    if "ours" in found and "nchan" in found:
        ratios = {name: found["ours"][name] / found["nchan"][name] for name in FIGURES if found["nchan"][name]}
        line["ratio_to_nchan"] = {name: round(ratio, 2) for name, ratio in ratios.items()}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
