"""What `uv` costs: the programs of bench/uv/ under luvit and under LuaJIT with lua-luv, in turns."""

import json
import os
import statistics
import subprocess

from . import peers, servers, table

PROGRAMS = ["streams", "udp", "fs", "timers", "spawn", "handles"]
# The peers that run them, and what they are called in the table.
PEERS = {"luvit": "luvit", "luajit": "luv"}


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--uv-rounds", type=int, default=5, help="rounds in which luvit and luajit alternate (5)")
    parser.add_argument("--uv-seconds", type=float, default=0.25, help="length of a measurement (0.25)")
    parser.add_argument("--uv-programs", default=",".join(PROGRAMS), help=f"some of {','.join(PROGRAMS)} (all)")
    parser.add_argument("--uv-only", help="a Lua pattern of the measurements' names (all)")


def run(arguments) -> None:
    """The `uv` command."""
    servers.raise_file_limit()
    # The last core: the first one serves the interrupts of most machines.
    core = sorted(os.sched_getaffinity(0))[-1]
    environment = {**os.environ, "BENCH_SECONDS": str(arguments.uv_seconds)}
    if arguments.uv_only:
        environment["BENCH_ONLY"] = arguments.uv_only
    found = {peer.name: peer.program for peer in arguments.find(list(PEERS))}
    # What each line of the table has: the unit, and for each peer the rates and the costs of all rounds.
    units, results = {}, {}
    for program in arguments.uv_programs.split(","):
        for turn in range(arguments.uv_rounds):
            # Who begins changes, so that nobody always runs after the other.
            for peer in sorted(found, reverse=turn % 2 == 1):
                arguments.progress(f"uv: {program}, round {turn + 1} of {arguments.uv_rounds}, {peer}")
                command = servers.pinned([found[peer], str(peers.BENCH / "uv" / f"{program}.lua")], core)
                done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
                                      env=environment)
                if done.returncode != 0:
                    complaint = (done.stderr.strip().splitlines() or ["nothing said"])[0]
                    arguments.warn(f"{program}: {peer}: {complaint}")
                for text in done.stdout.strip().splitlines():
                    line = json.loads(text)
                    units[line["name"]] = line["unit"]
                    rounds = results.setdefault(line["name"], {}).setdefault(peer, [])
                    rounds.append((line["rate"], line["cpu"]))
    arguments.progress("")
    rows = []
    for name, measured in results.items():
        medians = {peer: [statistics.median(column) for column in zip(*rounds)] for peer, rounds in measured.items()}
        rows.append([name, units[name], *_columns(medians, 0, _rate), *_columns(medians, 1, table.number)])
    names = list(PEERS.values())
    table.show("uv: rates, and CPU microseconds for one of what is counted",
               ["", "unit", *names, " ÷ ".join(names), *(f"{name} CPU µs" for name in names),
                "CPU " + " ÷ ".join(names)], rows, arguments.markdown)


def _rate(value) -> str:
    return table.number(value, 0)


def _columns(medians, index, show):
    """Both peers' medians and their ratio, as cells."""
    values = [medians[peer][index] if peer in medians else None for peer in PEERS]
    ratio = values[0] / values[1] if None not in values and values[1] else None
    return [show(value) for value in values] + [table.number(ratio)]
