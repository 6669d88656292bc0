"""Finds the programs that are compared and starts their hello servers."""

import os
import shutil
import string
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent

# Where `bench/run --install-peers` puts bun and deno.
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "luvit-bench"


@dataclass
class Peer:
    """One of the compared programs, found on this machine."""

    name: str
    program: str
    version: str
    # (folder for scratch files, port, connections it must hold) -> command line of its hello server
    hello: Optional[Callable[[Path, int, int], List[str]]]
    # Command line that runs an empty script, or None when it has no scripts.
    empty: Optional[Callable[[Path], List[str]]]


def executable(name: str) -> Optional[str]:
    """The path of a program: $LUVIT for luvit, then $BENCH_PEERS, the cache folder, this checkout's build, PATH."""
    places = []
    if name == "luvit":
        if os.environ.get("LUVIT"):
            places.append(Path(os.environ["LUVIT"]))
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        places.append(target / "release" / "luvit")
    folders = [CACHE]
    if os.environ.get("BENCH_PEERS"):
        folders.insert(0, Path(os.environ["BENCH_PEERS"]))
    for folder in folders:
        places += [folder / name, folder / "node_modules" / ".bin" / name]
    for place in places:
        if place.is_file() and os.access(place, os.X_OK):
            return str(place.resolve())
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return os.path.realpath(found) if found else None


def install() -> None:
    """Installs bun and deno from npm into the cache folder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["npm", "install", "--no-fund", "--no-audit", "--prefix", str(CACHE), "bun", "deno"], check=True)


def _version(program: str, *flags: str) -> str:
    """The first line that a program prints about itself."""
    try:
        done = subprocess.run([program, *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=20, text=True)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = done.stdout.strip().splitlines()
    return lines[0] if lines else "unknown"


def _luvit(program: str) -> Peer:
    return Peer("luvit", program, _version(program, "-v").split()[-1],
                lambda folder, port, connections: [program, str(BENCH / "hello.lua")],
                lambda folder: [program, str(folder / "empty.lua")])


def _luajit(program: str) -> Peer:
    return Peer("luajit", program, _version(program, "-v").split(" -- ")[0].split()[-1], None,
                lambda folder: [program, str(folder / "empty.lua")])


def _node(program: str) -> Peer:
    return Peer("node", program, _version(program, "-v").lstrip("v"),
                lambda folder, port, connections: [program, str(BENCH / "hello.js")],
                lambda folder: [program, str(folder / "empty.js")])


def _bun(program: str) -> Peer:
    return Peer("bun", program, _version(program, "-v"),
                lambda folder, port, connections: [program, str(BENCH / "hello.bun.js")],
                lambda folder: [program, str(folder / "empty.js")])


def _deno(program: str) -> Peer:
    return Peer("deno", program, _version(program, "-V").split()[-1],
                lambda folder, port, connections: [
                    program, "run", "--allow-net", "--allow-env", str(BENCH / "hello.deno.js")],
                lambda folder: [program, "run", str(folder / "empty.js")])


def _nginx(program: str) -> Peer:
    def hello(folder: Path, port: int, connections: int) -> List[str]:
        template = string.Template((BENCH / "nginx.conf.template").read_text())
        config = folder / f"nginx-{port}.conf"
        # nginx closes idle connections when fewer than a sixteenth of its places are free.
        room = connections * 5 // 4
        config.write_text(template.substitute(
            folder=folder, port=port, connections=room, files=room + 100))
        return [program, "-c", str(config), "-p", str(folder)]

    return Peer("nginx", program, _version(program, "-v").split("/")[-1], hello, None)


KNOWN: Dict[str, Callable[[str], Peer]] = {
    "luvit": _luvit,
    "luajit": _luajit,
    "node": _node,
    "bun": _bun,
    "deno": _deno,
    "nginx": _nginx,
}


def find(names: List[str], warn: Callable[[str], None]) -> List[Peer]:
    """The peers among `names` that this machine has; `warn` is told of each it has not."""
    peers = []
    for name in names:
        program = executable(name)
        if program:
            peers.append(KNOWN[name](program))
        elif name == "luvit":
            warn("luvit: not built, left out (cargo build --release)")
        elif name in ("bun", "deno"):
            warn(f"{name}: not found, left out (bench/run --install-peers, or set BENCH_PEERS)")
        else:
            warn(f"{name}: not found, left out")
    return peers
