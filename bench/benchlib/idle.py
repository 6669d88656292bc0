"""Memory that a server holds for each idle keep-alive connection."""

import contextlib
import itertools
import socket
import tempfile
import time
from pathlib import Path
from typing import List

from . import servers, table

PEERS = ["luvit", "nginx", "bun", "deno", "node"]
REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
# Connections from one loopback address; the system has about 28,000 ports for each, and closed ones stay taken a while.
PER_ADDRESS = 5000

_opened = itertools.count()


def options(parser) -> None:
    """Adds this command's options."""
    parser.add_argument("--connections", type=int, default=10000, help="idle connections (10000)")


def open_one(port: int) -> socket.socket:
    """Connects, gets one answer, and returns the connection, which stays open."""
    block = next(_opened) // PER_ADDRESS
    client = socket.socket()
    client.settimeout(20)
    client.bind((f"127.0.{1 + block // 250 % 250}.{1 + block % 250}", 0))
    client.connect(("127.0.0.1", port))
    client.sendall(REQUEST)
    answer = b""
    while not answer.endswith(servers.BODY):
        piece = client.recv(4096)
        if not piece:
            raise SystemExit("a server closed a connection instead of answering")
        answer += piece
    return client


def still_open(clients: List[socket.socket]) -> int:
    """How many of the connections the server has not closed."""
    count = 0
    for client in clients:
        client.setblocking(False)
        try:
            client.recv(1)
        except BlockingIOError:
            count += 1
    return count


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
            # The first requests load code and fill caches that later connections share.
            for _ in range(50):
                open_one(server.port).close()
            time.sleep(0.5)
            before = server.rss()
            clients = []
            stack.callback(lambda: [client.close() for client in clients])
            for index in range(wanted):
                if index % 500 == 0:
                    arguments.progress(f"idle connections: {peer.name}, {index} of {wanted}")
                clients.append(open_one(server.port))
            time.sleep(2)
            after = server.rss()
            alive = still_open(clients)
            arguments.progress("")
            if alive != wanted:
                arguments.warn(f"{peer.name} closed {wanted - alive} of the connections: its number is too low")
            rows.append([peer.name, table.number((after - before) / wanted, 0), table.megabytes(before),
                         table.megabytes(after)])
    table.show(f"Memory of an idle keep-alive connection, at {wanted:,} connections",
               ["server", "bytes a connection", "MB before", "MB with all open"], rows, arguments.markdown)
