"""The benchmark of deliveries still runs, and prints what is promised: small, and without a word about how fast."""

import json
import subprocess
import sys

import pytest

from support.processes import ROOT

pytestmark = pytest.mark.enable_socket

FIGURES = {"cpu_us_per_event", "p50_ms", "p99_ms", "kib_per_agent", "events_per_s"}


def test_every_event_arrives_at_each_subject() -> None:
    options = ["--agents", "25", "--events", "100", "--rounds", "1", "--only", "ours,asgi,flask_gevent"]
    command = [sys.executable, "bench/bench_delivery.py", *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert ran.returncode == 0, ran.stderr
    single, batches = map(json.loads, ran.stdout.splitlines())
    assert (single["bench"], single["agents"]) == ("relay.delivery", 25)
    assert all(single[name].keys() == FIGURES for name in ("ours", "asgi", "flask_gevent"))
    assert (batches["bench"], batches["batch"], batches["ours"].keys()) == ("relay.delivery.batch", 20, FIGURES)
