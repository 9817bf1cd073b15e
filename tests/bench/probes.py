"""What is measured without load: memory of idle connections, and rest."""

import select
import socket
import time

import loads
from servers import Failure

SETTLE = 0.5                    # until what was asked for is over
REST = 3                        # and until all timers for it are


def open_idle(server, row):
    """Connections that were answered once, still open."""
    request = loads.request_of(row.paths[0], row.headers, server.port)
    length = len(loads.fetch(server.port, row.paths[0], row.headers).raw)
    clients = []
    try:
        for _ in range(row.connections):
            client = socket.create_connection(
                ("127.0.0.1", server.port), loads.WAIT)
            clients.append(client)
            client.sendall(request)
            left = length
            while left > 0:
                some = client.recv(left)
                if not some:
                    raise Failure("row %s, %s: closed connection %d" % (
                        row.name, server.name, len(clients)))
                left -= len(some)
    except (Failure, OSError):
        close_all(clients)
        raise
    return clients


def close_all(clients):
    for client in clients:
        client.close()


def number_closed(clients):
    poll = select.poll()
    for client in clients:
        poll.register(client, select.POLLIN)
    return len(poll.poll(0))


def idle(server, row):
    """Of a server that has just started: memory at rest, and for each."""
    time.sleep(SETTLE)
    rest = server.rss_anon()
    clients = open_idle(server, row)
    time.sleep(SETTLE)
    grown = server.rss_anon() - rest
    closed = number_closed(clients)
    close_all(clients)
    if closed > 0:
        raise Failure("row %s, %s: closed %d of %d idle connections" % (
            row.name, server.name, closed, len(clients)))
    return {"kind": server.kind, "rest": rest, "each": grown / len(clients)}


def quiet(measured, seconds):
    """How often each was put to work while nobody asked for anything."""
    time.sleep(REST)
    before = {server.name: server.switches() for server in measured}
    time.sleep(seconds)
    return {server.name: {
        "kind": server.kind,
        "wakeups": server.switches() - before[server.name]}
        for server in measured}
