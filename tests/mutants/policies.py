"""The policies whose backends are made to fail: between them, everything that a backend has to say."""

BASELINE = ["ndp", "mld", "dhcp", "icmp-errors", "loopback"]
RESOLVERS = ["192.0.2.53", "2001:db8:53::53"]


def policy(scope, subjects, **settings):
    return {"egressc": 1, "scope": scope, **settings, "subjects": subjects}


def subject(allow, **ids):
    return {**ids, "allow": [{"to": to, "ports": ports} for to, *ports in allow]}


AGENT = [
    ("198.51.100.7", "tcp/443"),
    ("203.0.113.0/24", "udp/1000-2000", "icmp"),
    ("2001:db8:1::7", "tcp/443"),
    ("2001:db8:2::/48", "udp/1000-2000", "icmpv6"),
]
OTHER = [("192.0.2.128/25", "tcp"), ("2001:db8:4::/64", "tcp")]
TWO = {"agent": subject(AGENT, uid=1001), "other": subject(OTHER, uid="1002-1005")}
BY_GID = {
    "five": subject(AGENT, uid=1001, gid=5),
    "six": subject(OTHER, uid=1001, gid=["6-8", 100]),
    "whole": subject([("192.0.2.9", "any/80"), ("2001:db8:5::9", "any/80")], uid=[1003, "1004-1005"]),
}
ODD_PORTS = [f"tcp/{port}" for port in range(401, 480, 2)]
MANY = {
    "agent": subject([("198.51.100.7", *ODD_PORTS), ("2001:db8:1::7", *ODD_PORTS)], uid=1001),
    "other": subject(OTHER, uid=1002),
}
LIVE = {
    "agent": {
        "uid": 1001,
        "allow": [
            {
                "to": "api.example.com",
                "ports": ["tcp/443", "udp/443"],
                "addresses": ["198.51.100.7", "2001:db8:1::7"],
                "live": True,
            },
            {"to": "*.packages.example.org", "ports": ["tcp/80", "icmp", "icmpv6"], "live": True},
            {"to": "new.packages.example.org", "ports": ["udp/53"], "live": True},
        ],
    },
    "other": subject(OTHER, uid=1002),
}

POLICIES = {
    "subjects": policy("subjects", TWO, resolvers=RESOLVERS, log={"nflog": 5, "rate": "10/second"}),
    "drop": policy("subjects", TWO, deny="drop", established="cut"),
    "gids": policy("subjects", BY_GID, resolvers=RESOLVERS),
    "many": policy("subjects", MANY),
    "live": policy("subjects", LIVE),
    "monitor": policy("subjects", TWO, mode="monitor"),
    "host": policy("host", BY_GID, resolvers=RESOLVERS, baseline=BASELINE),
    "cut": policy("host", TWO, established="cut", baseline=["icmp-errors", "loopback"]),
    "bare": policy("host", TWO, deny="drop", log={"nflog": 5, "rate": "10/second"}),
}
