"""Loading again, beside the rules of others, and much at once.  loading.py EGRESSC DIALECT"""

import re
import sys

import dialects
import lab
import model
import policies
import probes

SMALL = policies.POLICIES["subjects"]
FOREIGN = """*filter
:OUTPUT {policy} [0:0]
:FOREIGN - [0:0]
-A OUTPUT -j FOREIGN
-A INPUT -p tcp --dport 9 -j DROP
COMMIT
"""


def verdicts(tried):
    return [str(probe) for probe, left in zip(tried, probes.leaves(tried)) if left]


def expected(policy, tried):
    return [str(probe) for probe in tried if model.leaves(policy, probe, set())]


def some_probes():
    flows = [flow for flow in policies.FLOWS if flow[1] not in (lab.OUT_4, lab.OUT_6)]
    return [probes.Probe(uid, uid, *flow) for uid in (1001, 1002, 2000) for flow in flows]


def twice(egressc, dialect, *options):
    """A second load means what the first did, and a policy means what it says whatever was there before."""
    lab.add_silent_link()
    tried = some_probes()
    seen = []
    order = [SMALL, SMALL, policies.POLICIES["gids of a uid"], SMALL]
    for policy in order:
        dialects.load(egressc, policy, dialect, *options)
        seen.append(verdicts(tried))
    return [seen, [expected(policy, tried) for policy in order]]


def foreign_tables(egressc, dialect):
    """What others have in nftables stays."""
    lab.add_silent_link()
    others = "table inet other {\n\tchain c {\n\t\ttcp dport 1 drop\n\t}\n}\n"
    lab.run("nft", "--file", "-", text=others)
    for _ in range(2):
        dialects.load(egressc, SMALL, dialect)
    tables = lab.run("nft", "list", "tables").split("\n")
    return [[lab.run("nft", "list", "table", "inet", "other"), sorted(tables)[1:]],
            [others, ["table inet egressc", "table inet other"]]]  # fmt: skip


def foreign_chains(egressc, dialect, policy_of_output):
    """With --noflush the chains of others, their rules and the policy of OUTPUT stay."""
    lab.add_silent_link()
    kind = "nft" if dialect == "ferm" else dialect.removeprefix("iptables-")
    found = []
    for six in ("", "6"):
        lab.run(f"ip{six}tables-{kind}-restore", text=FOREIGN.format(policy=policy_of_output))
    for _ in range(2):
        dialects.load(egressc, SMALL, dialect, "--noflush")
    for six in ("", "6"):
        saved = lab.run(f"ip{six}tables-{kind}-save")
        found.append(
            [
                re.search(r":OUTPUT (\w+)", saved).group(1),
                re.findall(r"-A OUTPUT .*", saved),
                re.findall(r"-A INPUT .*", saved),
            ]
        )
    jump = "-A OUTPUT -j EGRESSC-OUT"
    wanted = [policy_of_output, ["-A OUTPUT -j FOREIGN", jump, jump], ["-A INPUT -p tcp -m tcp --dport 9 -j DROP"]]
    return [found, [wanted, wanted]]


def ferm_itself(egressc, dialect):
    """ferm with whatever iptables it takes by itself."""
    lab.add_silent_link()
    tried = some_probes()
    for policy in (SMALL, policies.POLICIES["gids of a uid"]):
        lab.run(dialect, "-", text=dialects.compile_policy(egressc, policy, "ferm"))
        found = verdicts(tried)
    return [found, expected(policies.POLICIES["gids of a uid"], tried)]


def many(egressc, dialect):
    """A hundred thousand elements in one load."""
    lab.add_silent_link()
    subjects = {}
    for number in range(20):
        hosts = [f"10.{number}.{n >> 8}.{n & 255}" for n in range(5000)]
        allow = [{"to": host, "ports": [f"tcp/{8000 + n % 7}"]} for n, host in enumerate(hosts)]
        subjects[f"agent-{number}"] = {"uid": 1001 + number, "allow": allow}
    dialects.load(egressc, policies.policy(subjects), dialect)
    tried = [probes.Probe(uid, uid, "tcp", f"10.{net}.19.135", 8000 + 4999 % 7)
             for uid in (1001, 1020) for net in (0, 19)]  # fmt: skip
    return [verdicts(tried), [str(tried[0]), str(tried[3])]]


def live(egressc, dialect):
    """The sets of a live name open what a resolver puts into them."""
    lab.add_silent_link()
    below = {"to": "*.example.com", "ports": ["any"], "live": True, "addresses": ["203.0.113.0/24"]}

    def with_addresses(*addresses):
        grant = {"to": "api.example.com", "ports": ["tcp/443", "udp/1000-2000", "icmp", "icmpv6"], "live": True}
        allow = [{**grant, "addresses": list(addresses)}]
        return policies.policy({"agent": {"uid": 1001, "allow": allow}, "other": {"uid": 1002, "allow": [below]}})

    start, added_4, added_6 = "198.51.100.7", "198.51.100.8", "2001:db8:1::8"
    for _ in range(2):
        dialects.load(egressc, with_addresses(start), dialect)
    tried = [probes.Probe(1002, 1002, "udp", "203.0.113.9", 1), probes.Probe(1002, 1002, "udp", "203.0.114.9", 1)]
    for address in (start, added_4, "198.51.100.9", added_6, "2001:db8:1::9"):
        echo = "icmpv6" if ":" in address else "icmp"
        for protocol, port in (("tcp", 443), ("tcp", 80), ("udp", 2000), (echo, 0)):
            tried.append(probes.Probe(1001, 1001, protocol, address, port))
    before = verdicts(tried)
    table = lab.run("nft", "list", "table", "inet", "egressc")
    name = re.search(r"chain u1001 \{.*?@(n_[0-9a-f]{16})_4", table, re.S).group(1)
    for set_name, address in ((name + "_4", added_4), (name + "_6", added_6)):
        lab.run("nft", "add", "element", "inet", "egressc", set_name, f"{{ {address} }}")
    after = verdicts(tried)
    return [
        [before, after],
        [expected(with_addresses(start), tried), expected(with_addresses(start, added_4, added_6), tried)],
    ]


CASES = {
    "nftables": [(twice,), (foreign_tables,), (many,), (live,)],
    "iptables-nft": [(twice,), (twice, "--noflush"), (foreign_chains, "ACCEPT"), (foreign_chains, "DROP")],
    "iptables-legacy": [(twice,), (twice, "--noflush"), (foreign_chains, "ACCEPT"), (foreign_chains, "DROP")],
    "ferm": [(twice,), (twice, "--noflush"), (foreign_chains, "ACCEPT"), (ferm_itself,)],
}


def main():
    egressc, dialect = sys.argv[1:]
    dialects.require_dialect(dialect, "nft")
    failures = 0
    for function, *options in CASES[dialect]:
        found, wanted = lab.isolated(function, egressc, dialect, *options)
        print("ok    " if found == wanted else "FAILED", function.__name__, *options)
        if found != wanted:
            print("    found ", found, "\n    wanted", wanted)
        failures += found != wanted
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
