"""What the subjects of every recording ask for and reach, and what is true of it."""

import ipaddress
import json
import os
import socket
import time

import dns

UPSTREAM = "192.0.2.53"
ZONE = {
    "api.example.com": (300, ["203.0.113.10", "2001:db8:a::10"]),
    "www.shop.example": (300, "shop.edge.cdn.example"),
    "shop.edge.cdn.example": (60, "e1.cdn.example"),
    "e1.cdn.example": (30, ["198.51.100.80"]),
    "git.example.net": (300, ["198.51.100.30"]),
    "pool.example.com": (300, ["198.51.100.61", "198.51.100.62", "2001:db8:b::61", "2001:db8:b::62"]),
    "nodata.example.com": (300, []),
    "case.example.com": (300, ["198.51.100.44"]),
    "one.shared.example": (300, ["203.0.113.50"]),
    "two.shared.example": (300, ["203.0.113.50"]),
}
TURNS = {"spin.example.com": (1, ["198.51.100.21", "198.51.100.22", "198.51.100.23"])}

# (uid, name asked for, ports to reach at every address of the answer, tcp but for 4433)
STEPS = [
    (61401, "api.example.com", [443]),
    (61401, "www.shop.example", [443]),
    (61401, "pool.example.com", [443]),
    (61402, "missing.example.com", []),
    (61402, "nodata.example.com", []),
    (61402, "git.example.net.corp.example", []),  # a search domain: tried first, and not there
    (61402, "git.example.net", [22]),
    (61401, "one.shared.example", [443]),
    (61402, "two.shared.example", [8443]),
    (61402, "spin.example.com", [443]),
    (61403, "CaSe.Example.Com", [4433]),
    (61403, "api.example.com", [8443]),  # from the resolver's memory
    (61402, "spin.example.com", [443]),
    (61402, "spin.example.com", [443]),
    (61403, None, [22]),  # an address that nobody asked for
]
UNASKED = "203.0.113.99"


def ask_port_53(resolver, name):
    """A and AAAA from one port, as the C library does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect((resolver, 53))
        for number, kind in ((7001, dns.A), (7002, dns.AAAA)):
            client.send(dns.question(number, name, kind))
        found = {}
        while len(found) < 2:
            number, _, answers = dns.addresses(client.recv(4096))
            found[number] = answers
    return found[7001] + found[7002]


def ask_varlink(_resolver, name):
    """As nss-resolve does, the module of the C library that asks systemd-resolved."""
    call = {"method": "io.systemd.Resolve.ResolveHostname", "parameters": {"name": name, "flags": 0}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.connect("/run/systemd/resolve/io.systemd.Resolve")
        client.sendall(json.dumps(call).encode() + b"\0")
        reply = b""
        while not reply.endswith(b"\0"):
            reply += client.recv(65536)
    found = json.loads(reply[:-1])["parameters"].get("addresses", [])
    return [str(ipaddress.ip_address(bytes(entry["address"]))) for entry in found]


def reach(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    udp = port == 4433
    with socket.socket(family, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as peer:
        peer.setblocking(False)
        peer.connect_ex((address, port))
        if udp:
            peer.send(b"hello")
        return peer.getsockname()[1]


def one_step(ask, resolver, uid, name, ports):
    answers = [UNASKED] if name is None else ask(resolver, name)
    return [
        {"uid": uid, "from_port": reach(address, port), "to": address, "port": port, "name": name}
        for address in answers
        for port in ports
    ]


def as_user(uid, function, *arguments):
    """function(*arguments) in a child of that user; the result goes through JSON."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        with os.fdopen(write_end, "w") as pipe:
            json.dump(function(*arguments), pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    if not text:
        raise RuntimeError("a step failed")
    return json.loads(text)


def play(ask, resolver):
    """All steps; the connections, with the name that was asked for."""
    truth = []
    for uid, name, ports in STEPS:
        truth += as_user(uid, one_step, ask, resolver, uid, name, ports)
        time.sleep(1.2 if name == "spin.example.com" else 0.05)
    return truth
