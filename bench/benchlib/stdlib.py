"""What the standard library costs: the programs of bench/stdlib/ under luvit and their counterparts under node, in turns.

A program prints lines as those of bench/uv/ do. `NAME.lua` runs under luvit, `NAME.js`, when there is one, under node; what
both measure has the same name. RATIOS compares two measurements of luvit's with each other.
"""

import json
import os
import statistics
import subprocess

from . import peers, servers, table

PROGRAMS = ["fs"]
PEERS = {"luvit": "lua", "node": "js"}
# What is asked of luvit alone: a measurement, and the least that it could cost.
RATIOS = [("file to socket, pipe", "file to socket, uv.fs_read and uv.write")]


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--stdlib-rounds", type=int, default=5, help="rounds in which luvit and node alternate (5)")
    parser.add_argument("--stdlib-seconds", type=float, default=1, help="length of a measurement (1)")
    parser.add_argument("--stdlib-programs", default=",".join(PROGRAMS), help=f"some of {','.join(PROGRAMS)} (all)")
    parser.add_argument("--stdlib-only", help="a Lua pattern of the measurements' names (all)")


def _measure(arguments, peer, program, environment, core):
    """Runs one program once: its lines, decoded."""
    command = servers.pinned([peer.program, str(program)], core)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, env=environment)
    if done.returncode != 0:
        complaint = (done.stderr.strip().splitlines() or ["nothing said"])[0]
        arguments.warn(f"{program.name}: {peer.name}: {complaint}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def run(arguments) -> None:
    """The `stdlib` command."""
    servers.raise_file_limit()
    # The last core: the first one serves the interrupts of most machines.
    core = sorted(os.sched_getaffinity(0))[-1]
    environment = {**os.environ, "BENCH_SECONDS": str(arguments.stdlib_seconds)}
    if arguments.stdlib_only:
        environment["BENCH_ONLY"] = arguments.stdlib_only
    found = arguments.find(list(PEERS))
    # By the name of a measurement: its unit, and for each peer (rate, cpu) of all rounds.
    units, results = {}, {}
    for name in arguments.stdlib_programs.split(","):
        for turn in range(arguments.stdlib_rounds):
            # Who begins changes, so that nobody always runs after the other.
            for peer in found if turn % 2 == 0 else reversed(found):
                program = peers.BENCH / "stdlib" / f"{name}.{PEERS[peer.name]}"
                if not program.exists():
                    continue
                arguments.progress(f"stdlib: {name}, round {turn + 1} of {arguments.stdlib_rounds}, {peer.name}")
                for line in _measure(arguments, peer, program, environment, core):
                    units[line["name"]] = line["unit"]
                    results.setdefault(line["name"], {}).setdefault(peer.name, []).append((line["rate"], line["cpu"]))
    arguments.progress("")
    names = [peer.name for peer in found]
    rows = []
    for name, measured in results.items():
        rows.append([name, units[name], *_columns(measured, names, 0, 0), *_columns(measured, names, 1, 2)])
    table.show("stdlib: rates, and CPU microseconds for one of what is counted",
               ["", "unit", *names, *_ratio_head(names), *(f"{name} CPU µs" for name in names),
                *(f"CPU {head}" for head in _ratio_head(names))], rows, arguments.markdown)
    _show_ratios(results, arguments.markdown)


def _ratio_head(names):
    return [" ÷ ".join(names)] if len(names) == 2 else []


def _columns(measured, names, index, digits):
    """The peers' medians, and of two their ratio, as cells."""
    values = [statistics.median(turn[index] for turn in measured[name]) if name in measured else None for name in names]
    cells = [table.number(value, digits) for value in values]
    if len(values) == 2:
        cells.append(table.number(values[0] / values[1] if None not in values and values[1] else None))
    return cells


def _show_ratios(results, markdown):
    """Compares measurements of luvit with the least they could cost, round by round."""
    rows = []
    for name, least in RATIOS:
        ours, bare = results.get(name, {}).get("luvit"), results.get(least, {}).get("luvit")
        if ours and bare:
            rates = [mine[0] / theirs[0] for mine, theirs in zip(ours, bare)]
            costs = [mine[1] / theirs[1] for mine, theirs in zip(ours, bare)]
            rows.append([f"{name} ÷ {least}", table.number(statistics.median(rates)), table.number(statistics.median(costs))])
    if rows:
        table.show("stdlib: luvit with itself", ["", "rate", "CPU"], rows, markdown)
