"""What the kernel counted is what was sent, grant by grant.  usage.py EGRESSC DRIVER"""

import json
import os
import sys
import tempfile

import dialects
import lab
import policies
import probes
from probes import Probe

EGRESSC, DRIVER = sys.argv[1:]
IPV4_UDP = 20 + 8 + len(b"egressc")

POLICY = policies.policy(
    {
        "agent": {
            "uid": 1001,
            "allow": [
                {"to": "api.example.com", "ports": ["tcp/443", "udp/443"],
                 "addresses": ["198.51.100.7", "198.51.100.8", "2001:db8:1::7"]},
                {"to": "live.example.com", "ports": ["udp/443", "icmp"], "live": True, "addresses": ["198.51.100.20"]},
                {"to": "203.0.113.0/24", "ports": ["udp/1000-2000", "icmp"]},
                {"to": "203.0.113.9", "ports": ["udp/1500-2500"]},
                {"to": "203.0.113.99", "ports": ["tcp/22"]},
                {"to": "2001:db8:2::/48", "ports": ["any/80", "icmpv6"]},
            ],
        },
        "other": policies.subject("1002-1005", 7, [("0.0.0.0/0", "udp/80")]),
    },
    resolvers=["192.0.2.53"],
)  # fmt: skip

# Who sends how many packets where, and the grants that these count for.
SENT = [
    (1001, 3, "tcp", "198.51.100.7", 443, ["api.example.com"]),
    (1001, 2, "udp", "198.51.100.8", 443, ["api.example.com"]),
    (1001, 1, "udp", "2001:db8:1::7", 443, ["api.example.com"]),
    (1001, 4, "udp", "198.51.100.20", 443, ["live.example.com (live)"]),
    (1001, 2, "icmp", "198.51.100.20", 0, ["live.example.com (live)"]),
    (1001, 5, "udp", "203.0.113.1", 1000, ["203.0.113.0/24", "203.0.113.9"]),
    (1001, 6, "udp", "203.0.113.9", 2500, ["203.0.113.9"]),
    (1001, 7, "icmp", "203.0.113.200", 0, ["203.0.113.0/24"]),
    (1001, 2, "udp", "2001:db8:2::1", 80, ["2001:db8:2::/48"]),
    (1001, 1, "tcp", "2001:db8:2::2", 80, ["2001:db8:2::/48"]),
    (1001, 3, "icmpv6", "2001:db8:2::3", 0, ["2001:db8:2::/48"]),
    (1001, 8, "udp", "192.0.2.53", 53, ["resolvers"]),
    (1001, 2, "udp", "198.51.100.8", 444, []),
    (1001, 3, "icmp", "198.51.100.7", 0, []),
    (1001, 1, "tcp", "203.0.113.9", 443, []),
    (1003, 4, "udp", "198.51.100.8", 80, ["0.0.0.0/0"]),
    (1003, 5, "udp", "198.51.100.8", 81, []),
]


def send(sent):
    probes.leaves([Probe(uid, 7, protocol, address, port)
                   for uid, times, protocol, address, port, _ in sent for _ in range(times)])  # fmt: skip


def usage():
    """Of the table that is loaded."""
    with tempfile.TemporaryDirectory() as directory:
        policy, listing = os.path.join(directory, "policy.json"), os.path.join(directory, "listing.json")
        with open(policy, "w", encoding="utf-8") as file:
            json.dump(POLICY, file)
        with open(listing, "w", encoding="utf-8") as file:
            file.write(lab.run("nft", "-j", "-a", "list", "table", "inet", "egressc"))
        found = json.loads(lab.run(DRIVER, policy, listing))
    for subject in found["subjects"]:
        for grant in subject.get("grants", ()):
            del grant["file"]
    return found


def lines_of(usage_):
    """The packets of each grant, and of the resolvers."""
    lines = {}
    for subject in usage_["subjects"]:
        lines.update({grant["to"]: grant["packets"] for grant in subject["grants"]})
    return {**lines, "resolvers": usage_["subjects"][0]["resolvers"]["packets"]}


def require_equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def expected():
    lines = {name: 0 for name in [*lines_of(usage())]}
    for _, times, _, _, _, grants in SENT:
        for grant in grants:
            lines[grant] += times
    return lines


def packets(uid, passes):
    return sum(times for who, times, _, _, _, grants in SENT if who == uid and bool(grants) == passes)


def counts():
    """By grant, in bytes too, and who was denied."""
    dialects.load(EGRESSC, POLICY, "nftables")
    require_equal(set(lines_of(usage()).values()), {0})
    send(SENT)
    found = usage()
    require_equal(lines_of(found), expected())
    require_equal(found["by_grant"], True)
    require_equal(found["strangers"], 0)
    require_equal(found["established"]["packets"], found["denied"]["packets"])  # what rejects answer with is related
    for subject, uid in zip(found["subjects"], (1001, 1003)):
        require_equal(subject["allowed"]["packets"], packets(uid, True))
        require_equal(subject["denied"]["packets"], packets(uid, False))
    grants = {grant["to"]: grant for subject in found["subjects"] for grant in subject["grants"]}
    require_equal(grants["0.0.0.0/0"]["bytes"], 4 * IPV4_UDP)
    require_equal([to for to, grant in grants.items() if grant["shared"]], ["203.0.113.0/24", "203.0.113.9"])
    require_equal(grants["203.0.113.99"]["packets"], 0)
    require_equal(found["denied"]["packets"], packets(1001, False) + packets(1003, False))


def other_groups():
    """A user whose group is no subject's is denied, and is none of them."""
    dialects.load(EGRESSC, POLICY, "nftables")
    probes.leaves([Probe(1003, 8, "udp", "198.51.100.8", 80)])
    found = usage()
    require_equal(found["denied_others"]["packets"], 1)
    require_equal([subject["denied"]["packets"] for subject in found["subjects"]], [0, 0])


def strangers():
    """What somebody added by hand is not lost."""
    dialects.load(EGRESSC, POLICY, "nftables")
    lab.run("nft", "add", "element", "inet", "egressc", "u1001_4", "{", "198.51.100.99", ".", "udp", ".", "9", "}")
    lab.run("nft", "insert", "rule", "inet", "egressc", "u1001", "udp", "dport", "10", "counter", "accept")
    send([(1001, 3, "udp", "198.51.100.99", 9, []), (1001, 4, "udp", "198.51.100.98", 10, [])])
    found = usage()
    require_equal((found["strangers"], found["unattributed"]), (2, {"packets": 7, "bytes": 7 * IPV4_UDP}))
    require_equal(found["subjects"][0]["allowed"]["packets"], 7)
    require_equal(set(lines_of(found).values()), {0})


def listed_and_loaded():
    """The listing of a table that counts is one that loads, with the same meaning and the same counts."""
    dialects.load(EGRESSC, POLICY, "nftables")
    send(SENT)
    before = usage()
    text = lab.run("nft", "list", "table", "inet", "egressc")
    lab.run("nft", "delete", "table", "inet", "egressc")
    lab.run("nft", "--check", "--file", "-", text=text)
    lab.run("nft", "--file", "-", text=text)
    require_equal(usage(), before)
    require_no_drift()
    stateless = lab.run("nft", "--stateless", "list", "table", "inet", "egressc")
    lab.run("nft", "delete", "table", "inet", "egressc")
    lab.run("nft", "--file", "-", text=stateless)
    require_equal(set(lines_of(usage()).values()), {0})
    require_no_drift()


def require_no_drift():
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(POLICY, file)
        file.flush()
        lab.run(EGRESSC, "diff", file.name, "kernel")


def loaded_before_sets_counted():
    """A table of the time before still means what it says; what its grants did is not known."""
    text = dialects.compile_policy(EGRESSC, POLICY, "nftables")
    older = text.replace("\t\tcounter\n", "").replace("counter goto deny", "goto deny")
    assert older != text
    lab.run("nft", "--file", "-", text=older)
    send(SENT)
    found = usage()
    require_equal((found["by_grant"], found["strangers"]), (False, 0))
    require_equal([subject["allowed"]["packets"] for subject in found["subjects"]],
                  [packets(1001, True), packets(1003, True)])  # fmt: skip
    require_equal(found["denied"]["packets"], packets(1001, False) + packets(1003, False))
    assert "denied" not in found["subjects"][0]
    require_no_drift()


def main():
    dialects.require_dialect("nftables")

    def around(case):
        lab.add_silent_link()
        case()

    lab.run_cases([counts, other_groups, strangers, listed_and_loaded, loaded_before_sets_counted], around)


if __name__ == "__main__":
    main()
