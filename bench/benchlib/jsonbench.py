"""JSON there and back: bench/json.lua with luvit, which runs lua-cjson beside its own, bench/json.js with node."""

import json
import statistics
import subprocess

from . import peers, servers, table

# The peer and its program; each prints a line of JSON for every library it has measured.
PROGRAMS = {"luvit": "json.lua", "node": "json.js"}
BASELINES = ["lua-cjson", "node"]


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--json-rounds", type=int, default=3, help="rounds in which the programs alternate (3)")


def run(arguments) -> None:
    """The `json` command."""
    core, _ = servers.cores()
    found = {peer.name: peer.program for peer in arguments.find(list(peers.KNOWN))}
    results = {}
    for turn in range(arguments.json_rounds):
        for peer, program in PROGRAMS.items():
            if peer not in found or (turn > 0 and peer not in results):
                continue
            arguments.progress(f"JSON: round {turn + 1} of {arguments.json_rounds}, {peer}")
            command = servers.pinned([found[peer], str(peers.BENCH / program)], core)
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
            if done.returncode != 0:
                complaint = (done.stderr.strip().splitlines() or ["nothing said"])[0]
                arguments.warn(f"{peer}: left out of the JSON table: {complaint}")
                results.pop(peer, None)
                continue
            for text in done.stdout.strip().splitlines():
                line = json.loads(text)
                results.setdefault(line["peer"], []).append((line["parse_mb_s"], line["stringify_mb_s"]))
    arguments.progress("")
    medians = {name: [statistics.median(column) for column in zip(*rounds)] for name, rounds in results.items()}
    head = ["library", "parse MB/s", "write MB/s"]
    for base in BASELINES:
        head += [f"parse ÷ {base}", f"write ÷ {base}"]
    rows = []
    for name, (parse, write) in medians.items():
        row = [name, table.number(parse, 0), table.number(write, 0)]
        for base in BASELINES:
            against = medians.get(base)
            row += [table.number(parse / against[0] if against else None),
                    table.number(write / against[1] if against else None)]
        rows.append(row)
    table.show("JSON, a document of records of 1 MB, there and back", head, rows, arguments.markdown)
