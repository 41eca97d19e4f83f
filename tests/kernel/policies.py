"""The policies that are tried, and the probes they are tried with."""

from lab import OUT_4, OUT_6
from probes import Probe

BASELINE = ["ndp", "mld", "dhcp", "icmp-errors"]


def policy(subjects, scope="subjects", **settings):
    return {"egressc": 1, "scope": scope, **settings, "subjects": subjects}


def subject(uid=None, gid=None, allow=()):
    result = {}
    if uid is not None:
        result["uid"] = uid
    if gid is not None:
        result["gid"] = gid
    return {**result, "allow": [grant(*each) for each in allow]}


def grant(to, *ports):
    return {"to": to, "ports": list(ports)}


AGENT = subject(
    1001,
    allow=[
        ("198.51.100.7", "tcp/443"),
        ("203.0.113.0/24", "udp/1000-2000", "icmp"),
        ("2001:db8:1::7", "tcp/443"),
        ("2001:db8:2::/48", "any/53", "icmpv6"),
    ],
)
OTHER = subject("1002-1005", allow=[("0.0.0.0/0", "tcp/80"), ("::/0", "udp/80")])
TWO = {"agent": AGENT, "other": OTHER}
# Grants that overlap in addresses and in ports, and touch.
CROSSING = subject(
    1001,
    allow=[
        ("198.51.100.0/24", "tcp/400-500"),
        ("198.51.100.7", "tcp/443", "tcp/450-600", "udp"),
        ("198.51.0.0/16", "udp/53", "tcp/500-501"),
        ("203.0.113.0/25", "any/80"),
        ("203.0.113.128/25", "any/80"),
        ("2001:db8::/32", "tcp/443"),
        ("2001:db8:1::/48", "tcp/400-443", "icmpv6"),
        ("2001:db8:1::7", "tcp", "icmpv6"),
    ],
)
MANY_PORTS = subject(
    1001,
    allow=[("198.51.100.7", *[f"tcp/{port}" for port in range(401, 480, 2)], "udp/1-9", "udp/1000-2000", "udp/65535")],
)
BY_GID = {
    "five": subject(1001, 5, [("198.51.100.0/24", "tcp/443"), ("2001:db8:1::/48", "tcp")]),
    "six": subject(1001, ["6-8", 100], [("203.0.113.0/24", "udp")]),
    "whole": subject([1003, "1004-1005"], allow=[("0.0.0.0/0", "any")]),
}
GIDS_ONLY = {
    "five": subject(gid=5, allow=[("198.51.100.0/24", "tcp/443")]),
    "more": subject(gid="6-8", allow=[("::/0", "any", "icmpv6")]),
}
NAMED = {
    "agent": {
        "uid": 1001,
        "allow": [
            {"to": "api.example.com", "ports": ["tcp/443"], "addresses": ["198.51.100.7", "2001:db8:1::7"]},
            {"to": ["a.example.com", "b.example.com"], "ports": ["udp"], "addresses": ["203.0.113.9"]},
        ],
    }
}

POLICIES = {
    "subjects": policy(TWO),
    "subjects, cut": policy(TWO, established="cut"),
    "subjects, drop": policy(TWO, deny="drop", log={"nflog": 5, "rate": "10/second"}),
    "subjects, monitor": policy(TWO, mode="monitor"),
    "subjects, monitor, logged": policy(TWO, mode="monitor", log={"nflog": 7, "rate": "3/day"}),
    "names": policy(NAMED, resolvers=["127.0.0.53", "2001:db8:2::53"]),
    "resolvers": policy({**BY_GID, "none": subject(2000)}, resolvers=["203.0.113.9", "2001:db8:2::53"]),
    "crossing grants": policy({"agent": CROSSING}),
    "many ports": policy({"agent": MANY_PORTS}),
    "uid 0": policy({"root": subject(0, allow=[("198.51.100.7", "tcp/443")]), **TWO}),
    "gids of a uid": policy(BY_GID),
    "gids alone": policy(GIDS_ONLY),
    "everything": policy({"agent": subject(1001, allow=[("0.0.0.0/0", "any", "icmp"), ("::/0", "any", "icmpv6")])}),
    "nothing": policy({"agent": subject(1001)}),
    "host": policy(TWO, "host", baseline=BASELINE),
    "host, cut": policy(TWO, "host", baseline=BASELINE, established="cut"),
    "host, drop": policy(TWO, "host", deny="drop"),
    "host, monitor": policy(TWO, "host", baseline=BASELINE, mode="monitor"),
    "host, loopback": policy(TWO, "host", baseline=["loopback"], log={"nflog": 1, "rate": "1/hour"}),
    "host, loopback, cut": policy(TWO, "host", baseline=["loopback", "icmp-errors"], established="cut"),
    "host, gids": policy(BY_GID, "host", baseline=["mld", "loopback"]),
    "host, gids alone": policy(GIDS_ONLY, "host", baseline=["dhcp"], established="cut"),
    "host, root and resolvers": policy(
        {"root": subject(0, allow=[("127.0.0.0/8", "any"), ("::1", "any")]), **TWO},
        "host", baseline=BASELINE, resolvers=["127.0.0.53"],
    ),
}

USERS = [(0, 0), (1001, 1001), (1001, 5), (1001, 7), (1001, 100), (1002, 1002), (1005, 5), (1006, 6), (2000, 2000)]
FLOWS = [
    ("tcp", "198.51.100.7", 443), ("tcp", "198.51.100.7", 80), ("tcp", "198.51.100.7", 479),
    ("tcp", "198.51.100.8", 443), ("tcp", "198.51.100.8", 501), ("tcp", "198.51.99.1", 501),
    ("tcp", "198.51.100.7", 600), ("tcp", "198.51.100.7", 601), ("udp", "198.51.100.7", 443),
    ("udp", "198.51.100.7", 9), ("udp", "198.51.100.7", 65535), ("udp", "198.51.99.1", 53),
    ("tcp", "203.0.113.127", 80), ("tcp", "203.0.113.128", 80), ("udp", "203.0.113.9", 53),
    ("tcp", "203.0.113.9", 53), ("udp", "203.0.113.255", 999), ("udp", "203.0.113.255", 1000),
    ("udp", "203.0.113.255", 2000), ("udp", "203.0.113.255", 2001), ("udp", "203.0.114.0", 1000),
    ("icmp", "203.0.113.9", 0), ("icmp", "198.51.100.7", 0), ("tcp", "2001:db8:1::7", 443),
    ("tcp", "2001:db8:1::7", 22), ("tcp", "2001:db8:1::8", 400), ("tcp", "2001:db8:3::1", 443),
    ("udp", "2001:db8:2::53", 53), ("tcp", "2001:db8:2::53", 53), ("udp", "2001:db8:2::1", 80),
    ("icmpv6", "2001:db8:2::1", 0), ("icmpv6", "2001:db8:1::7", 0), ("icmpv6", "2001:db8:3::1", 0),
    ("tcp", "127.0.0.1", 443), ("udp", "127.0.0.53", 53), ("tcp", "127.0.0.53", 53), ("udp", "::1", 80),
    ("tcp", "::1", 53), ("tcp", OUT_4, 80), ("udp", OUT_6, 80), ("icmp", "127.0.0.1", 0), ("icmpv6", "::1", 0),
]  # fmt: skip


def probes(link_local):
    """link_local is the host's own address on its link, where DHCPv6 begins."""
    result = [Probe(uid, gid, *flow) for uid, gid in USERS for flow in FLOWS]
    result += [
        Probe(0, 0, "udp", "203.0.113.4", 67, 68),
        Probe(0, 0, "udp", "203.0.113.4", 67, 69),
        Probe(0, 0, "udp", "ff02::1:2", 547, 546, link_local),
        Probe(0, 0, "udp", "2001:db8:4::1", 547, 546),
    ]
    return result
