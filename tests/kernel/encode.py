"""What is encoded from the value of a ruleset is what nft makes of its text, and the kernel takes it the same.

encode.py DRIVER EGRESSC EXAMPLES
"""

import glob
import ipaddress
import json
import os
import random
import re
import sys
import tempfile

import dialects
import lab
import model
import policies
import probes
from verdicts import link_local_address

SEED, RANDOM_POLICIES = 20, 150
LISTINGS = [["nft", "list", "ruleset"], ["nft", "-j", "-s", "list", "ruleset"],
            ["nft", "--debug=netlink", "list", "ruleset"]]  # fmt: skip
SMALL = policies.POLICIES["crossing grants"]


class Lab:
    """In a network namespace: rulesets by this way and that."""

    def __init__(self, driver, egressc):
        self.driver, self.egressc = driver, egressc

    def run(self, way, what, policy, *more):
        """`policy` is one, or the name of its file; `more` is the tag, the part of the change, and a fault in it."""
        if isinstance(policy, str):
            return lab.run(self.driver, way, what, policy, *more)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(policy, file)
            file.flush()
            return lab.run(self.driver, way, what, file.name, *more)

    def change(self, way, what, policy, *more):
        """The words of the outcome, and what is said against it."""
        first, _, rest = self.run(way, what, policy, *more).partition("\n")
        return first.split(), rest

    def must(self, way, what, policy, *more):
        outcome, refusal = self.change(way, what, policy, *more)
        assert outcome[0] == "done", (way, what, outcome, refusal, policy)
        return int(outcome[1])

    def load(self, policy, *more):
        """As nft(8) does."""
        lab.run("nft", "-f", "-", text=self.run("text", "check", policy, *more))


def in_order(match):
    """Sets without intervals are hash tables, each with a seed of its own."""
    return match.group(1) + "".join(sorted(match.group(2).splitlines(keepends=True)))


def listings():
    """Without the time that is left to elements, and the number of the table, which nothing ever has again."""
    texts = [re.sub(r' expires \w+|, "expires": \d+', "", lab.run(*command)) for command in LISTINGS]
    texts[1] = re.sub(r'("table": {[^}]*, "handle": )\d+', r"\1", texts[1])
    texts[2] = re.sub(r"(@(?:n_|__map)\w+\n)((?:\telement .*\n)+)", in_order, texts[2])
    return texts


def number(chance, limit):
    """Small, large, and what lies at the ends of bytes."""
    return chance.choice([chance.randrange(1, limit + 1), chance.choice([1, 255, 256, limit - 1, limit])])


def random_range(chance, limit):
    first, last = sorted([number(chance, limit), number(chance, limit)])
    return str(first) if chance.random() < 0.5 else f"{first}-{last}" if first < last else str(first)


def random_prefix(chance):
    bits = chance.choice([32, 128])
    length = chance.choice([bits, chance.randrange(bits + 1)])
    address = chance.getrandbits(bits) >> (bits - length) << (bits - length) if length else 0
    kind = ipaddress.IPv4Address if bits == 32 else ipaddress.IPv6Address
    return f"{kind(address)}/{length}"


def random_grant(chance, keeps):
    prefix = random_prefix(chance)
    services = ["icmpv6" if ":" in prefix else "icmp", "tcp", "udp", "any", "any/1-65535"]
    services += [f"{name}/{random_range(chance, 65535)}" for name in ("tcp", "udp", "any") for _ in range(4)]
    grant = {"to": prefix, "ports": chance.sample(services, chance.randrange(1, 4))}
    if chance.random() < 0.3:
        grant["to"] = f"{chance.choice('abc')}.example.com"
        grant["addresses"] = [random_prefix(chance) for _ in range(3)]
        if keeps and chance.random() < 0.7:
            grant["live"] = True
            grant["ports"] = chance.sample(["tcp/443", "udp/1-9", "tcp"], 2)
    return grant


def random_policy(chance):
    scope = chance.choice(["subjects", "host"])
    settings = {"mode": chance.choice(["enforce", "monitor"]), "deny": chance.choice(["reject", "drop"]),
                "established": chance.choice(["keep", "cut"])}  # fmt: skip
    if scope == "host":
        settings["baseline"] = chance.sample(["ndp", "mld", "dhcp", "icmp-errors", "loopback"], chance.randrange(1, 6))
    if chance.random() < 0.5:
        rate = f"{chance.randrange(1, 100)}/{chance.choice(['second', 'minute', 'hour', 'day'])}"
        settings["log"] = {"nflog": chance.randrange(1, 65536), "rate": rate}
    if chance.random() < 0.5:
        settings["resolvers"] = ["127.0.0.53", "2001:db8:2::53"]
    subjects, by = {}, chance.choice(["uid", "gid", "both"])
    for i in range(chance.randrange(6)):
        base = i * 1000
        ids = chance.choice([base, f"{base}-{base + chance.randrange(1, 900)}"])
        who = {"uid": [ids, base + 999]} if by != "gid" else {"gid": ids}
        if by == "both" and chance.random() < 0.5:
            who["gid"] = f"5-{5 + chance.randrange(1, 9)}"
        grants = [random_grant(chance, settings["established"] == "keep") for _ in range(chance.randrange(30))]
        subjects[f"subject-{i}"] = {**who, "allow": grants}
    return policies.policy(subjects, scope, **settings)


def loaded(way, tools, policy, tag):
    tools.load(policy, tag) if way == "nft" else tools.must(way, "commit", policy, tag)
    return listings()


def same(tools, policy):
    """In namespaces of their own."""
    for tag in ("", "_b"):
        wanted, seen = [lab.isolated(loaded, way, tools, policy, tag) for way in ("nft", "messages")]
        for one, other in zip(wanted, seen):
            assert one == other, (policy, tag, one, other)


def same_policies(tools, _examples):
    for policy in policies.POLICIES.values():
        same(tools, policy)


def same_examples(tools, examples):
    files = glob.glob(os.path.join(examples, "*.yaml"))
    assert files
    for name in files:
        same(tools, name)


def same_random(tools, _examples):
    chance = random.Random(SEED)
    elements = live = 0
    for _ in range(RANDOM_POLICIES):
        policy = random_policy(chance)
        text = tools.run("text", "check", policy)
        elements, live = elements + text.count(" . tcp . "), live + text.count("timeout 1h")
        same(tools, policy)
    assert elements > 1000 and live > 20, (elements, live)


def large(count):
    grants = [policies.grant(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", f"tcp/{1 + i % 65535}") for i in range(count)]
    grants += [policies.grant(f"2001:db8::{i:x}", "udp/53", "tcp/1-9") for i in range(1, count)]
    return policies.policy({"agent": {"uid": 1001, "allow": grants}, "other": policies.OTHER})


def same_large(tools, _examples):
    """Elements in several messages."""
    same(tools, large(4000))


def replaces(tools, _examples):
    """What is there goes, and what belongs to others stays."""
    lab.run("nft", "-f", "-", text="table inet other {\n\tset u1001_4 {\n\t\ttype ipv4_addr\n\t}\n}\n")
    for policy in (SMALL, policies.POLICIES["gids alone"], large(300), SMALL):
        tools.must("libnftables", "commit", policy)
        wanted = listings()
        tools.must("messages", "commit", SMALL)
        tools.must("messages", "commit", policy)
        seen = listings()
        assert seen == wanted, (seen, wanted)


def switches(tools, _examples):
    """A ruleset beside that which runs, over what was left behind of another; then from one to the other."""
    left = "table inet egressc {\n\tset u7_b_4 {\n\t\ttype ipv4_addr\n\t}\n\tchain u1001_b {\n\t\tip daddr @u7_b_4 accept\n\t}\n}\n"

    def run(way, parts):
        tools.load(SMALL)
        lab.run("nft", "-f", "-", text=left)
        for part in parts:
            tools.must(way, "check", large(300), "_b", part)
            tools.must(way, "commit", large(300), "_b", part)
        return listings()

    for parts in (["prepare", "turn"], ["both"]):
        wanted, seen = [lab.isolated(run, way, parts) for way in ("libnftables", "messages")]
        assert seen == wanted and "u1001_b_4" in seen[0] and "u1001_4" not in seen[0], (seen, wanted)


def live_elements(tools, _examples):
    """What has been added to live sets goes over."""
    named = {"to": "a.example.com", "ports": ["tcp/443"], "live": True}
    policy = policies.policy({"agent": {"uid": 1001, "allow": [named, policies.grant("192.0.2.0/24", "tcp")]}})
    tools.must("messages", "commit", policy, "", "live")
    assert re.search(r"198\.51\.100\.9 (timeout 1h )?expires 5[89]m", lab.run("nft", "list", "ruleset"))


def outdated(tools, _examples):
    """The kernel itself compares the generations: here nobody else does."""
    now = tools.must("messages", "commit", SMALL)
    before = listings()
    for wrong in (now - 1, now + 1):
        for way in ("messages", "either"):
            assert tools.change(way, f"commit@{wrong}", SMALL) == (["outdated", str(now)], "")
        assert tools.change("libnftables", f"commit@{wrong}", SMALL)[0] == ["outdated", str(now)]
    assert listings() == before
    assert tools.change("messages", f"commit@{now}", SMALL)[0] == ["done", str(now + 1)]


def dry_run(tools, _examples):
    for there in ("", "table inet egressc {\n}\n", tools.run("text", "check", SMALL)):
        lab.run("nft", "-f", "-", text=there)
        before, now = listings(), tools.must("libnftables", "check", SMALL)
        assert tools.must("messages", "check", large(300)) == now
        assert tools.must("messages", "check", SMALL) == now
        assert listings() == before


def refusals(tools, _examples):
    """Nothing is left, and libnftables says what is wrong."""
    tools.load(policies.POLICIES["uid 0"])
    before = listings()
    # An element in another, a chain and a set that are missing, a name that is too long.
    for fault in ("overlap", "chain", "set", "name"):
        for what in ("check", "commit"):
            assert tools.change("messages", what, SMALL, "", "whole", fault)[0] == ["left"], fault
            wanted, seen = [tools.change(way, what, SMALL, "", "whole", fault) for way in ("libnftables", "either")]
            assert seen == wanted and seen[0][0] == "refused" and "file:" in seen[1], (fault, seen, wanted)
            assert listings() == before, fault


def numbers_are_ids(tools, _examples):
    """Also where a user and a group are called like that."""
    policy = policies.policy({"agent": {"uid": 1001, "gid": 100, "allow": [policies.grant("192.0.2.0/24", "tcp")]}})
    tools.must("libnftables", "commit", policy)
    wanted, driver = listings(), os.path.abspath(tools.driver)
    with tempfile.TemporaryDirectory() as there:
        for name, line in (("passwd", "1001:x:4242:4243::/:/bin/false"), ("group", "100:x:4243:")):
            with open(os.path.join(there, name), "w") as file:
                file.write(f"root:x:0:{'0::/:/bin/sh' if name == 'passwd' else ''}\n{line}\n")
        for name, text in (("text", tools.run("text", "check", policy)), ("policy", json.dumps(policy))):
            with open(os.path.join(there, name), "w") as file:
                file.write(text)
        bound = "cd $0 && mount --bind passwd /etc/passwd && mount --bind group /etc/group && exec $*"
        for command in ("nft -f text", f"{driver} libnftables commit policy", f"{driver} messages commit policy"):
            lab.run("nft", "flush", "ruleset")
            lab.run("unshare", "--mount", "sh", "-c", bound, there, *command.split())
            assert (listings() == wanted) != command.startswith("nft "), command


def packets(tools, _examples):
    lab.add_silent_link()
    tried = policies.probes(link_local_address())
    policy = policies.POLICIES["host, root and resolvers"]
    tools.must("messages", "commit", policy)
    own = {lab.OUT_4, lab.OUT_6}
    wrong = [str(probe) for probe, left in zip(tried, probes.leaves(tried)) if left != model.leaves(policy, probe, own)]
    assert not wrong, wrong
    counted = lab.run("nft", "list", "set", "inet", "egressc", "u1001_4")
    assert re.search(r"198\.51\.100\.7 \. tcp \. 443 counter packets [1-9]", counted), counted


def main():
    driver, egressc, examples = sys.argv[1:]
    dialects.require_dialect("nftables")
    cases = [same_policies, same_examples, same_random, same_large, replaces, switches, live_elements, outdated, dry_run, refusals,
             numbers_are_ids, packets]  # fmt: skip
    lab.run_cases(cases, lambda case: case(Lab(driver, egressc), examples))


if __name__ == "__main__":
    main()
