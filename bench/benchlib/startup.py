"""How long an empty script takes from start to exit."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Dict, List, Tuple

from . import table

PEERS = ["luvit", "luajit", "bun", "deno", "node"]


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--runs", type=int, default=40, help="runs of each program, alternating (40)")


def once(command: List[str], environment: Dict[str, str]) -> Tuple[float, float]:
    """Runs a command: (wall milliseconds, CPU milliseconds), as the kernel counts them for the ended process."""
    null = os.open(os.devnull, os.O_RDWR)
    streams = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, environment, file_actions=streams)
    _, status, used = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(null)
    if status != 0:
        raise SystemExit(f"{' '.join(command)}: ended with {os.waitstatus_to_exitcode(status)}")
    return wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3


def run(arguments) -> None:
    """The `startup` command."""
    with tempfile.TemporaryDirectory(prefix="luvit-bench-") as name:
        folder = Path(name)
        for script in ("empty.lua", "empty.js"):
            (folder / script).write_text("")
        environment = {**os.environ, "DENO_NO_UPDATE_CHECK": "1", "DENO_DIR": str(folder / "deno")}
        # What starting any process costs here, as the floor under the other rows.
        commands = {"(true)": ["/bin/true"]}
        commands.update((peer.name, peer.empty(folder)) for peer in arguments.find(PEERS))
        results = {name: [] for name in commands}
        for command in commands.values():
            once(command, environment)
        for turn in range(arguments.runs):
            arguments.progress(f"start-up: run {turn + 1} of {arguments.runs}")
            for name, command in commands.items():
                results[name].append(once(command, environment))
        arguments.progress("")
    rows = []
    for name, runs in results.items():
        walls = [wall for wall, _ in runs]
        rows.append([name, table.number(statistics.median(walls)), table.number(min(walls)),
                     table.number(statistics.median(cpu for _, cpu in runs))])
    table.show("Start of an empty script, milliseconds", ["program", "median", "fastest", "CPU (user + system)"],
               rows, arguments.markdown)
