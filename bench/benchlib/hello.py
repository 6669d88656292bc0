"""Requests per second, CPU per request and memory of the hello servers under wrk."""

import contextlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from . import peers, servers, table

PEERS = ["luvit", "nginx", "bun", "deno", "node"]
# What the ratio columns compare with.
BASELINES = ["node", "bun"]


@dataclass
class Scenario:
    """One way of loading a server."""

    title: str
    flags: List[str]


SCENARIOS = {
    "20": Scenario("keep-alive, 20 connections", ["-c20"]),
    "1000": Scenario("keep-alive, 1,000 connections", ["-c1000"]),
    "pipeline": Scenario("pipelining of 16, 20 connections", ["-c20", "-s", str(peers.BENCH / "pipeline.lua")]),
}


@dataclass
class Rounds:
    """What one server did in one scenario, a number a round."""

    rate: List[float] = field(default_factory=list)
    user: List[float] = field(default_factory=list)
    system: List[float] = field(default_factory=list)
    errors: int = 0


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which the servers alternate (5)")
    parser.add_argument("--seconds", type=int, default=2, help="seconds of load a server and round (2)")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="of 20,1000,pipeline (all)")


def load(server: servers.HelloServer, scenario: Scenario, seconds: int, core: Optional[int]) -> Tuple[int, float, int]:
    """Runs wrk once: (answers, answers a second, errors)."""
    command = servers.pinned(["wrk", "-t1", *scenario.flags, f"-d{seconds}s", "--timeout", "10s", server.url], core)
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said, _ = wrk.communicate(timeout=seconds + 60)
    finally:
        if wrk.poll() is None:
            wrk.kill()
            wrk.wait()
    answers = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not answers or not rate or not int(answers[1]):
        raise SystemExit(f"{server.name}: wrk got no answers:\n{said}")
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = sum(map(int, socket_errors.groups())) if socket_errors else 0
    return int(answers[1]), float(rate[1]), errors + (int(wrong[1]) if wrong else 0)


def measure(server: servers.HelloServer, scenario: Scenario, seconds: int, core: Optional[int], into: Rounds) -> None:
    """Loads one server for one round and notes what it used."""
    user, system = server.cpu()
    answers, rate, errors = load(server, scenario, seconds, core)
    # What wrk leaves behind (closed connections) is part of the cost.
    time.sleep(0.1)
    user_after, system_after = server.cpu()
    into.rate.append(rate)
    into.user.append((user_after - user) / answers * 1e6)
    into.system.append((system_after - system) / answers * 1e6)
    into.errors += errors


def report(scenario: Scenario, results: Dict[str, Rounds], markdown: bool) -> None:
    """Prints the table of one scenario: medians, and ratios to the baselines."""
    medians = {
        name: (statistics.median(r.rate), statistics.median(r.user), statistics.median(r.system))
        for name, r in results.items()
    }
    head = ["server", "requests/s", "user µs", "system µs"]
    for base in BASELINES:
        head += [f"requests/s ÷ {base}", f"user ÷ {base}"]
    head.append("errors")
    rows = []
    for name, (rate, user, system) in medians.items():
        row = [name, table.number(rate, 0), table.number(user), table.number(system)]
        for base in BASELINES:
            against = medians.get(base)
            row.append(table.number(rate / against[0] if against else None))
            row.append(table.number(user / against[1] if against and against[1] else None))
        rows.append(row + [str(results[name].errors)])
    table.show(f"Hello, {scenario.title}: CPU microseconds per request", head, rows, markdown)


def run(arguments) -> None:
    """The `hello` command."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed (Debian: apt-get install wrk)")
    unknown = [name for name in arguments.scenarios.split(",") if name not in SCENARIOS]
    if unknown:
        raise SystemExit(f"no such scenario: {', '.join(unknown)} (there are {', '.join(SCENARIOS)})")
    chosen = [SCENARIOS[name] for name in arguments.scenarios.split(",")]
    server_core, load_core = servers.cores()
    if server_core is None:
        arguments.warn("one core only: the load and the servers share it, the rates mean little")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luvit-bench-")))
        started = [
            stack.enter_context(servers.HelloServer(peer, folder, server_core, 2048))
            for peer in arguments.find(PEERS)
        ]
        time.sleep(0.5)
        before = {server.name: server.rss() for server in started}
        for scenario in chosen:
            results = {server.name: Rounds() for server in started}
            for server in started:
                load(server, scenario, 1, load_core)
            for turn in range(arguments.rounds):
                for server in started:
                    arguments.progress(f"{scenario.title}: round {turn + 1} of {arguments.rounds}, {server.name}")
                    measure(server, scenario, arguments.seconds, load_core, results[server.name])
            arguments.progress("")
            report(scenario, results, arguments.markdown)
        time.sleep(1)
        rows = []
        for server in started:
            server.check()
            rows.append([server.name, table.megabytes(before[server.name]), table.megabytes(server.rss()),
                         table.megabytes(server.peak())])
        table.show("Hello, resident memory in MB (10⁶ bytes)", ["server", "before", "after the load", "most"],
                   rows, arguments.markdown)
