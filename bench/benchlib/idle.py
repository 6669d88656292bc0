"""Memory that a server holds for each idle keep-alive connection."""

import contextlib
import itertools
import socket
import ssl
import tempfile
import time
from pathlib import Path
from typing import Callable, List

from . import servers, table

PEERS = ["luvit", "nginx", "bun", "deno", "node"]
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
# Connections from one loopback address; the system has about 28,000 ports for each, and closed ones stay taken a while.
PER_ADDRESS = 5000

_opened = itertools.count()


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--connections", type=int, default=10000, help="idle connections (10000)")


def answered(client: socket.socket) -> socket.socket:
    """Gets one answer on a connection, and returns the connection, which stays open."""
    client.sendall(REQUEST)
    answer = b""
    while not answer.endswith(servers.BODY):
        piece = client.recv(4096)
        if not piece:
            raise SystemExit("a server closed a connection instead of answering")
        answer += piece
    return client


def open_one(port: int) -> socket.socket:
    """Connects, gets one answer, and returns the connection, which stays open."""
    block = next(_opened) // PER_ADDRESS
    client = socket.socket()
    client.settimeout(20)
    client.bind((f"127.0.{1 + block // 250 % 250}.{1 + block % 250}", 0))
    client.connect(("127.0.0.1", port))
    return answered(client)


def still_open(clients: List[socket.socket]) -> int:
    """How many of the connections the server has not closed."""
    count = 0
    for client in clients:
        client.setblocking(False)
        try:
            client.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            count += 1
        except OSError:
            pass
    return count


def measure(arguments, peer, server, wanted: int, connect: Callable[[int], socket.socket], what: str,
            settle: float) -> List[str]:
    """A row of the table: opens so many connections, which have `settle` seconds to settle, and closes them again."""
    # The first requests load code and fill caches that later connections share.
    for _ in range(50):
        connect(server.port).close()
    time.sleep(0.5)
    before = server.rss()
    with contextlib.ExitStack() as stack:
        clients = []
        stack.callback(lambda: [client.close() for client in clients])
        for index in range(wanted):
            if index % 500 == 0:
                arguments.progress(f"{what}: {peer.name}, {index} of {wanted}")
            clients.append(connect(server.port))
        time.sleep(settle)
        after = server.rss()
        alive = still_open(clients)
    arguments.progress("")
    if alive != wanted:
        arguments.warn(f"{peer.name} closed {wanted - alive} of the connections: its number is too low")
    return [peer.name, table.number((after - before) / wanted, 0), table.megabytes(before), table.megabytes(after)]


def run(arguments) -> None:
    """The `idle` command."""
    limit = servers.raise_file_limit()
    wanted = min(arguments.connections, limit - 200)
    if wanted < arguments.connections:
        arguments.warn(f"the limit of open files allows {wanted} connections only")
    server_core, _ = servers.cores()
    rows = []
    for peer in arguments.find(PEERS):
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="luvit-bench-")))
            server = stack.enter_context(servers.HelloServer(peer, folder, server_core, wanted + 100))
            rows.append(measure(arguments, peer, server, wanted, open_one, "idle connections", 2))
    show("Memory of an idle keep-alive connection", wanted, rows, arguments)


def show(title: str, wanted: int, rows: List[List[str]], arguments) -> None:
    """Prints the table of such rows."""
    table.show(f"{title}, at {wanted:,} connections",
               ["server", "bytes a connection", "MB before", "MB with all open"], rows, arguments.markdown)
