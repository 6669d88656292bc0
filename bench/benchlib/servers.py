"""Runs servers pinned to a core, asks the kernel what they used, and never leaves one behind."""

import http.client
import os
import resource
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Dict, List, Optional, Tuple

TICKS = os.sysconf("SC_CLK_TCK")
BODY = b"Hello world\n"


def raise_file_limit() -> int:
    """Lifts this process's limit of open files as far as the system allows, for its children too; returns it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(hard, 30000)
    for limit in ((wanted, wanted), (hard, hard)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, limit)
            return limit[0]
        except (ValueError, OSError):
            continue
    return soft


def cores() -> Tuple[Optional[int], Optional[int]]:
    """(core for the servers, core for the load), or (None, None) when there is only one core."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


def pinned(command: List[str], core: Optional[int]) -> List[str]:
    """The command line that runs `command` on one core only."""
    return command if core is None else ["taskset", "-c", str(core), *command]


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _status(pid: int) -> Dict[str, str]:
    fields = {}
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        fields[key] = value.strip()
    return fields


class Running:
    """A started process with everything it starts; leaving the `with` block kills all of it."""

    def __init__(self, name: str, command: List[str], env: Optional[Dict[str, str]] = None):
        self.name = name
        # A file, not a pipe: nobody reads it while the server runs, and the server must never wait for it.
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, env={**os.environ, **(env or {})}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self) -> None:
        """Ends the process and all that it started (they share a session of their own)."""
        # Asked first: an nginx master then waits for its worker, which would otherwise be left to init.
        self.process.terminate()
        try:
            self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.errors.close()

    def complaint(self) -> str:
        """What it has written to its standard error, at most the first 4,000 bytes."""
        return os.pread(self.errors.fileno(), 4000, 0).decode(errors="replace").strip()

    def pids(self) -> List[int]:
        """The process and its descendants (an nginx master and its worker, for one)."""
        found = [self.process.pid]
        for pid in found:
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    found += [int(child) for child in (task / "children").read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue
        return found

    def cpu(self) -> Tuple[float, float]:
        """User and system seconds used so far by all threads of all its processes."""
        user = system = 0
        for pid in self.pids():
            try:
                # The name in parentheses may hold spaces: what follows the last parenthesis is fields 3 and up.
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            user += int(fields[11])
            system += int(fields[12])
        return user / TICKS, system / TICKS

    def _memory(self, field: str) -> int:
        total = 0
        for pid in self.pids():
            try:
                total += int(_status(pid)[field].split()[0])
            except (FileNotFoundError, ProcessLookupError, KeyError):
                continue
        return total * 1024

    def rss(self) -> int:
        """Resident memory in bytes (VmRSS), summed over its processes."""
        return self._memory("VmRSS")

    def peak(self) -> int:
        """The most resident memory it ever had, in bytes (VmHWM), summed over its processes."""
        return self._memory("VmHWM")


class HelloServer(Running):
    """A peer's hello server, started, listening and checked."""

    # "https" in a class of its own, see tls.py.
    scheme = "http"

    def __init__(self, peer, folder: Path, core: Optional[int], connections: int):
        self.peer = peer
        self.port = free_port()
        command, environment = self.start(folder, connections)
        super().__init__(peer.name, pinned(command, core), {"PORT": str(self.port), **environment})
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def start(self, folder: Path, connections: int) -> Tuple[List[str], Dict[str, str]]:
        """The command line of the server, and what it wants in its environment."""
        environment = {"DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(folder / "deno")}
        return self.peer.hello(folder, self.port, connections), environment

    @property
    def url(self) -> str:
        """The address to load."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    def connection(self) -> http.client.HTTPConnection:
        """A connection for one request; a certificate is not looked at."""
        if self.scheme == "http":
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5, context=ssl._create_unverified_context())

    def _wait(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                return self.check()
            except (ConnectionError, TimeoutError, http.client.HTTPException) as problem:
                if self.process.poll() is not None:
                    raise SystemExit(
                        f"{self.name}: ended with {self.process.returncode} before it answered: {self.complaint()}")
                if time.monotonic() > deadline:
                    raise SystemExit(f"{self.name}: no answer at {self.url} within 20 seconds ({problem!r})")
                time.sleep(0.02)

    def check(self) -> None:
        """Sends one plain request and ends the program when the answer is not the hello answer."""
        connection = self.connection()
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read()
            kind = answer.getheader("Content-Type", "")
            length = answer.getheader("Content-Length")
        finally:
            connection.close()
        if (answer.status, body, length) != (200, BODY, str(len(BODY))) or not kind.startswith("text/plain"):
            raise SystemExit(f"{self.name}: wrong answer: {answer.status} {kind} {length} {body[:80]!r}")
