"""What TLS costs: hello over keep-alive, handshakes full and resumed, bulk data, and memory of an idle connection."""

import contextlib
import json
import os
import shutil
import socket
import ssl
import statistics
import string
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Dict, List

from . import hello, idle, peers, servers, table

PEERS = ["luvit", "nginx", "bun", "node"]
BULK_PEERS = ["luvit", "bun", "node"]
PROGRAMS = {"luvit": "hello.lua", "bun": "hello.bun.js", "node": "hello.js"}
BULK_PROGRAMS = {"luvit": "bulk.lua", "bun": "bulk.js", "node": "bulk.js"}
# What the load takes for a certificate of each kind: the options of `openssl req`.
CERTIFICATES = {"ECDSA P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
                "RSA 2048": ["-newkey", "rsa:2048"]}
PARTS = ["hello", "handshakes", "bulk", "idle"]
TLS = peers.BENCH / "tls"
# Clients that shake hands at a time.
CLIENTS = 8


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--tls-rounds", type=int, default=3, help="rounds in which the servers alternate (3)")
    parser.add_argument("--tls-seconds", type=float, default=1, help="seconds of load a server and round (1)")
    parser.add_argument("--tls-parts", default=",".join(PARTS), help=f"some of {','.join(PARTS)} (all)")
    parser.add_argument("--tls-connections", type=int, default=2000, help="idle connections (2000)")


class Certificate:
    """A certificate for localhost that signs itself, with its key, in two files."""

    def __init__(self, folder: Path, name: str):
        stem = name.lower().replace(" ", "-")
        self.cert, self.key = folder / f"{stem}-cert.pem", folder / f"{stem}-key.pem"
        subprocess.run(["openssl", "req", "-x509", *CERTIFICATES[name], "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", str(self.key), "-out", str(self.cert)], check=True, capture_output=True)

    def environment(self) -> Dict[str, str]:
        """As the programs of bench/tls/ want it."""
        return {"CERT": str(self.cert), "KEY": str(self.key)}


class TlsServer(servers.HelloServer):
    """A peer's hello server over TLS."""

    scheme = "https"

    def __init__(self, peer, folder: Path, core, connections: int, certificate: Certificate):
        self.certificate = certificate
        super().__init__(peer, folder, core, connections)

    def start(self, folder: Path, connections: int):
        if self.peer.name != "nginx":
            return [self.peer.program, str(TLS / PROGRAMS[self.peer.name])], self.certificate.environment()
        room = connections * 5 // 4
        config = folder / f"nginx-{self.port}.conf"
        config.write_text(string.Template((TLS / "nginx.conf.template").read_text()).substitute(
            folder=folder, port=self.port, connections=room, files=room + 100,
            cert=self.certificate.cert, key=self.certificate.key))
        return [self.peer.program, "-c", str(config), "-p", str(folder)], {}


class BulkServer(servers.Running):
    """A server of bench/tls/bulk.*, which sends and takes without end."""

    def __init__(self, peer, core, certificate: Certificate):
        self.port = servers.free_port()
        command = servers.pinned([peer.program, str(TLS / BULK_PROGRAMS[peer.name])], core)
        super().__init__(peer.name, command, {"PORT": str(self.port), **certificate.environment()})
        deadline = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    complaint = self.complaint()
                    self.stop()
                    raise SystemExit(f"{self.name}: the bulk server does not listen: {complaint}")
                time.sleep(0.02)


def load_program() -> str:
    """The path of bench/tls/load.rs, built."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", peers.ROOT / "target"))
    for folder in (target / "release", Path(peers.executable("luvit") or "").parent):
        program = folder / "examples" / "tls-load"
        if program.is_file():
            return str(program)
    found = shutil.which("tls-load")
    if not found:
        raise SystemExit("the load is not built: cargo build --release -p luvit-tls --example tls-load")
    return found


def load(server, words: List[str], core) -> dict:
    """Runs the load program once; what it counted, and what the server used meanwhile."""
    user, system = server.cpu()
    done = subprocess.run(servers.pinned(words, core), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    time.sleep(0.1)
    user_after, system_after = server.cpu()
    if done.returncode != 0:
        raise SystemExit(f"{server.name}: {done.stderr.strip()}")
    counted = json.loads(done.stdout)
    if not counted["count"]:
        raise SystemExit(f"{server.name}: nothing came about under {' '.join(words)}: {done.stderr.strip()} {server.complaint()}")
    return {**counted, "user": user_after - user, "system": system_after - system}


def alternate(arguments, started, kind: str, extra: List[str], cores, program: str) -> Dict[str, List[dict]]:
    """The servers in turns under one load: for each the rounds."""
    results = {server.name: [] for server in started}
    for turn in range(-1, arguments.tls_rounds):
        for server in started:
            arguments.progress(f"{kind}: round {turn + 1} of {arguments.tls_rounds}, {server.name}")
            # The first one, short, warms up.
            seconds = str(arguments.tls_seconds if turn >= 0 else 0.4)
            counted = load(server, [program, kind, str(server.port), seconds, *extra], cores[1])
            if turn >= 0:
                results[server.name].append(counted)
    arguments.progress("")
    return results


def median(rounds: List[dict], value) -> float:
    """The median of what `value` makes of a round."""
    return statistics.median(value(counted) for counted in rounds)


def against(values: Dict[str, float], name: str, base: str) -> str:
    """A cell with a ratio."""
    return table.number(values[name] / values[base] if values.get(base) else None)


def run_hello(arguments, folder: Path, certificate: Certificate) -> None:
    """Requests a second and their cost, and memory."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed (Debian: apt-get install wrk)")
    cores = servers.cores()
    scenario = hello.Scenario("over TLS 1.3, keep-alive, 20 connections", ["-c20"])
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(TlsServer(peer, folder, cores[0], 2048, certificate)) for peer in arguments.find(PEERS)]
        time.sleep(0.5)
        before = {server.name: server.rss() for server in started}
        results = {server.name: hello.Rounds() for server in started}
        for server in started:
            hello.load(server, scenario, 1, cores[1])
        for turn in range(arguments.tls_rounds):
            for server in started:
                arguments.progress(f"{scenario.title}: round {turn + 1} of {arguments.tls_rounds}, {server.name}")
                hello.measure(server, scenario, max(2, round(arguments.tls_seconds)), cores[1], results[server.name])
        arguments.progress("")
        hello.report(scenario, results, arguments.markdown)
        time.sleep(1)
        rows = [[server.name, table.megabytes(before[server.name]), table.megabytes(server.rss()),
                 table.megabytes(server.peak())] for server in started]
    table.show("Hello over TLS, resident memory in MB (10⁶ bytes)", ["server", "before", "after the load", "most"],
               rows, arguments.markdown)


def run_handshakes(arguments, folder: Path, certificates: Dict[str, Certificate], program: str) -> None:
    """Handshakes by kind of certificate, and resumed ones."""
    cores = servers.cores()
    for kind, name in [("handshakes", "ECDSA P-256"), ("handshakes", "RSA 2048"), ("resumptions", "ECDSA P-256")]:
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(TlsServer(peer, folder, cores[0], 2048, certificates[name]))
                       for peer in arguments.find(PEERS)]
            results = alternate(arguments, started, kind, [str(CLIENTS)], cores, program)
        cost = {peer: median(rounds, lambda c: (c["user"] + c["system"]) / c["count"] * 1e6) for peer, rounds in results.items()}
        # What a core that does nothing else gets through: the load may have left it idle.
        able = {peer: 1e6 / value if value else 0 for peer, value in cost.items()}
        rows = []
        for peer, rounds in results.items():
            resumed = sum(counted["resumed"] for counted in rounds) / sum(counted["count"] for counted in rounds)
            rows.append([peer, table.number(median(rounds, lambda c: c["count"] / c["seconds"]), 0), table.number(cost[peer], 1),
                         table.number(able[peer], 0), against(able, peer, "node"), against(able, peer, "bun"),
                         f"{resumed:.0%}", str(sum(counted["errors"] for counted in rounds))])
        title = f"Full handshakes, TLS 1.3, {name}" if kind == "handshakes" else f"Resumed handshakes with a request each, TLS 1.3, {name}"
        table.show(title, ["server", "handshakes/s", "CPU µs each", "a second of CPU", "÷ node", "÷ bun", "resumed", "errors"],
                   rows, arguments.markdown)


def run_bulk(arguments, certificate: Certificate, program: str) -> None:
    """One connection at full speed, in each direction."""
    cores = servers.cores()
    for kind, title in [("download", "sends"), ("upload", "receives")]:
        with contextlib.ExitStack() as stack:
            started = [stack.enter_context(BulkServer(peer, cores[0], certificate)) for peer in arguments.find(BULK_PEERS)]
            results = alternate(arguments, started, kind, [], cores, program)
            memory = {server.name: server.peak() for server in started}
        rate = {peer: median(rounds, lambda c: c["count"] / 1e6 / c["seconds"]) for peer, rounds in results.items()}
        cost = {peer: median(rounds, lambda c: (c["user"] + c["system"]) / (c["count"] / 1e6) * 1e6) for peer, rounds in results.items()}
        rows = [[peer, table.number(rate[peer], 0), table.number(cost[peer], 0), against(rate, peer, "node"),
                 against(cost, peer, "node"), table.megabytes(memory[peer])] for peer in results]
        table.show(f"Bulk data, TLS 1.3, one connection: the server {title}",
                   ["server", "MB/s", "CPU µs a MB", "MB/s ÷ node", "CPU ÷ node", "most memory, MB"], rows, arguments.markdown)


def run_idle(arguments, folder: Path, certificate: Certificate) -> None:
    """Memory that a server holds for each idle connection."""
    wanted = min(arguments.tls_connections, servers.raise_file_limit() - 200)
    context = ssl._create_unverified_context()

    def connect(port: int) -> socket.socket:
        return idle.answered(context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=20)))

    rows = []
    for peer in arguments.find(PEERS):
        with TlsServer(peer, folder, servers.cores()[0], wanted + 100, certificate) as server:
            rows.append(idle.measure(arguments, peer, server, wanted, connect, "idle TLS connections", 1))
    idle.show("Memory of an idle TLS connection", wanted, rows, arguments)


def run(arguments) -> None:
    """The `tls` command."""
    parts = arguments.tls_parts.split(",")
    unknown = [name for name in parts if name not in PARTS]
    if unknown:
        raise SystemExit(f"no such part: {', '.join(unknown)} (there are {', '.join(PARTS)})")
    program = load_program() if {"handshakes", "bulk"} & set(parts) else ""
    with tempfile.TemporaryDirectory(prefix="luvit-bench-") as name:
        folder = Path(name)
        certificates = {kind: Certificate(folder, kind) for kind in CERTIFICATES}
        best = certificates["ECDSA P-256"]
        if "hello" in parts:
            run_hello(arguments, folder, best)
        if "handshakes" in parts:
            run_handshakes(arguments, folder, certificates, program)
        if "bulk" in parts:
            run_bulk(arguments, best, program)
        if "idle" in parts:
            run_idle(arguments, folder, best)
