"""Whole connections over a wire with a real neighbour at its end.  connections.py EGRESSC DIALECT"""

import contextlib
import os
import socket
import sys

import dialects
import lab
from peer import CLOSED, ECHO, OTHER_ECHO, PEER_4, PEER_6, SINK, Peer, dial, echo_server, echoes

LISTEN = 9000
BULK = 300_000
BASELINE = ["ndp", "mld", "icmp-errors"]
ADDRESSES = (PEER_4, PEER_6)


@contextlib.contextmanager
def user(uid):
    """Sockets that are made meanwhile are that user's: the owner of a socket is who made it."""
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def policy(scope, **settings):
    """uid 1001 may reach OTHER_ECHO and SINK of the peer, and nothing else."""
    allow = [{"to": address, "ports": [f"tcp/{OTHER_ECHO}", f"tcp/{SINK}"]} for address in ADDRESSES]
    return {"egressc": 1, "scope": scope, **settings, "subjects": {"agent": {"uid": 1001, "allow": allow}}}


def start_tracking():
    """Connections are only known later if something looked at their state when they began."""
    lab.run("nft", "--file", "-", text="table inet warm {\nchain output {\ntype filter hook output priority 0;\n"
                                       "ct state new counter\n}\n}\n")  # fmt: skip


def opened(uid, address, port):
    with user(uid):
        return dial(address, port)


def works(uid, address, port):
    connection = opened(uid, address, port)
    return echoes(connection) if isinstance(connection, socket.socket) else connection


def sends_after_close(uid, address):
    """Queues more than the peer takes, and closes: the rest leaves without an owner."""
    with user(uid):
        connection = dial(address, SINK)
    if not isinstance(connection, socket.socket):
        return connection
    connection.setsockopt(socket.SOL_SOCKET, 32, BULK * 4)  # SO_SNDBUFFORCE
    connection.sendall(bytes(BULK))
    connection.close()
    return None


def check(egressc, dialect, scope, established):
    """What is found, and what is wanted, by name."""
    found = {}
    with Peer() as peer:
        start_tracking()
        old = {}
        for address in ADDRESSES:
            for port in (ECHO, OTHER_ECHO):
                old[address, port] = opened(1001, address, port)
                assert echoes(old[address, port]), "no connection before the policy is there"
        with user(2000):
            listeners = [echo_server(address, LISTEN) for address in (lab.OUT_4, lab.OUT_6)]
        settings = {"baseline": BASELINE} if scope == "host" else {}
        dialects.load(egressc, policy(scope, established=established, **settings), dialect)
        # Neighbours are asked for again: what is known from before would hide that nobody may ask.
        lab.run("ip", "neigh", "flush", "dev", "egc-out")

        for address in ADDRESSES:
            found[f"an old connection that is granted, {address}"] = echoes(old[address, OTHER_ECHO])
            found[f"an old connection that is not granted, {address}"] = echoes(old[address, ECHO])
            found[f"a new one that is granted, {address}"] = works(1001, address, OTHER_ECHO)
            found[f"a new one that is not granted, {address}"] = works(1001, address, ECHO)
            found[f"one of another user, {address}"] = works(2000, address, ECHO)
            if (failure := sends_after_close(1001, address)) is None:
                failure = peer.ask("sunk")
            found[f"what is sent after close, {address}"] = failure
        for address in (lab.OUT_4, lab.OUT_6):
            found[f"an answer to a peer, {address}"] = peer.ask("dial", address, LISTEN)
        for listener in listeners:
            listener.close()

    wanted = dict.fromkeys(found, True)
    for address in ADDRESSES:
        wanted[f"an old connection that is not granted, {address}"] = established == "keep"
        wanted[f"a new one that is not granted, {address}"] = "ConnectionRefusedError"
        wanted[f"one of another user, {address}"] = True if scope == "subjects" else "ConnectionRefusedError"
        wanted[f"what is sent after close, {address}"] = BULK
    return [found, wanted]


def neighbours(egressc, dialect):
    """Without ndp in the baseline IPv6 dies with its neighbour table, and drop is silent."""
    with Peer():
        dialects.load(egressc, policy("host", deny="drop"), dialect)
        lab.run("ip", "neigh", "flush", "dev", "egc-out")
        found = {
            "granted, IPv4": works(1001, PEER_4, OTHER_ECHO),
            "granted, IPv6": works(1001, PEER_6, OTHER_ECHO),
            "denied, IPv4": works(1001, PEER_4, CLOSED),
            "denied, IPv6": works(1001, PEER_6, CLOSED),
        }
    wanted = {"granted, IPv4": True, "granted, IPv6": "TimeoutError",
              "denied, IPv4": "TimeoutError", "denied, IPv6": "TimeoutError"}  # fmt: skip
    return [found, wanted]


def main():
    egressc, dialect = sys.argv[1:]
    dialects.require_dialect(dialect, "nft")
    cases = [(check, scope, kept) for scope in ("subjects", "host") for kept in ("keep", "cut")] + [(neighbours,)]
    failures = 0
    for function, *arguments in cases:
        found, wanted = lab.isolated(function, egressc, dialect, *arguments)
        wrong = [f"{name}: {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]]
        print("FAILED" if wrong else "ok    ", function.__name__, *arguments)
        for line in wrong:
            print("      ", line)
        failures += bool(wrong)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
