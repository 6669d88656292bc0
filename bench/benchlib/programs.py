"""Runs a program of luvit's and its counterpart under node and bun, in turns on one core, and prints what each measured.

A program prints lines as those of bench/uv/ do (see bench/uv/measure.lua). What both measure has the same name.
"""

import json
import os
import statistics
import subprocess

from . import peers, servers, table

PEERS = {"luvit": "lua", "node": "js", "bun": "js"}
RATIOS = ["node", "bun"]


def options(parser, name: str, seconds: float) -> None:
    """Adds the options of a command that `run` carries out."""
    parser.add_argument(f"--{name}-rounds", type=int, default=2, help="rounds in which the programs alternate (2)")
    parser.add_argument(f"--{name}-seconds", type=float, default=seconds, help=f"length of a measurement ({seconds})")
    parser.add_argument(f"--{name}-only", help="a Lua pattern of the measurements' names (all)")


def run(arguments, name: str, program: str, title: str) -> None:
    """Measures `program` (bench/PROGRAM.lua and .js)."""
    chosen = vars(arguments)
    rounds, only = chosen[f"{name}_rounds"], chosen[f"{name}_only"]
    environment = {**os.environ, "BENCH_SECONDS": str(chosen[f"{name}_seconds"])}
    if only:
        environment["BENCH_ONLY"] = only
    core = sorted(os.sched_getaffinity(0))[-1]
    found = arguments.find(list(PEERS))
    # By the name of a measurement: its unit, and for each peer (rate, cpu) of all rounds.
    units, results = {}, {}
    for turn in range(rounds):
        # Who begins changes, so that nobody always runs after the other.
        for peer in found if turn % 2 == 0 else reversed(found):
            arguments.progress(f"{name}: round {turn + 1} of {rounds}, {peer.name}")
            command = servers.pinned([peer.program, str(peers.BENCH / f"{program}.{PEERS[peer.name]}")], core)
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
                                  env=environment)
            if done.returncode != 0:
                complaint = (done.stderr.strip().splitlines() or ["nothing said"])[0]
                arguments.warn(f"{program}: {peer.name}: {complaint}")
            for text in done.stdout.splitlines():
                if text.startswith("{"):
                    line = json.loads(text)
                    units.setdefault(line["name"], line["unit"])
                    results.setdefault(line["name"], {}).setdefault(peer.name, []).append((line["rate"], line["cpu"]))
    arguments.progress("")
    names = [peer.name for peer in found]
    bases = [base for base in RATIOS if base in names and "luvit" in names]
    head = ["", "unit", *names, *(f"luvit ÷ {base}" for base in bases), *(f"CPU luvit ÷ {base}" for base in bases)]
    rows = []
    for measurement, measured in results.items():
        rate, cpu = ({peer: statistics.median(turn[column] for turn in turns) for peer, turns in measured.items()}
                     for column in (0, 1))
        ours = "luvit" in measured
        rows.append([measurement, units[measurement], *(_rate(rate.get(peer)) for peer in names),
                     *(table.number(rate["luvit"] / rate[base] if ours and rate.get(base) else None) for base in bases),
                     *(table.number(cpu["luvit"] / cpu[base] if ours and cpu.get(base) else None) for base in bases)])
    table.show(title, head, rows, arguments.markdown)


def _rate(value) -> str:
    """Small rates with decimals."""
    return table.number(value, 0 if value is None or value >= 100 else 1)
