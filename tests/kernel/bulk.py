"""Large rulesets leave out libnftables for most: the same comes of it.  bulk.py DRIVER EGRESSC EXAMPLES"""

import contextlib
import glob
import ipaddress
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

    def change(self, way, what, text, *generation):
        """The words of the outcome, and what is said against the text."""
        with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
            file.write(text)
            file.flush()
            first, _, rest = lab.run(self.driver, way, what, file.name, *map(str, generation)).partition("\n")
        return first.split(), rest

    def text(self, policy):
        return dialects.compile_policy(self.egressc, policy, "nftables")

    def must(self, way, what, text):
        outcome, refusal = self.change(way, what, text)
        assert outcome[0] == "done", (way, what, outcome, refusal, text[:3000])
        return int(outcome[1])


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


def loaded(way, tools, text):
    tools.must(way, "commit", text)
    return listings()


def same(tools, text):
    """In namespaces of their own, and in the place of what libnftables has loaded."""
    wanted, seen = [lab.isolated(loaded, way, tools, text) for way in ("libnftables", "bulk")]
    assert seen == wanted, (text, wanted, seen)


def same_policies(tools, _examples):
    for policy in policies.POLICIES.values():
        same(tools, tools.text(policy))


def same_examples(tools, examples):
    files = glob.glob(os.path.join(examples, "*.yaml"))
    assert files
    for name in files:
        same(tools, lab.run(tools.egressc, "compile", "--quiet", "--to", "nftables", name))


def same_random(tools, _examples):
    chance = random.Random(SEED)
    elements = live = 0
    for _ in range(RANDOM_POLICIES):
        text = tools.text(random_policy(chance))
        elements, live = elements + text.count(" . tcp . "), live + text.count("timeout 1h")
        same(tools, text)
    assert elements > 1000 and live > 20, (elements, live)


def large(count):
    grants = [policies.grant(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", f"tcp/{1 + i % 65535}") for i in range(count)]
    grants += [policies.grant(f"2001:db8::{i:x}", "udp/53", "tcp/1-9") for i in range(1, count)]
    return policies.policy({"agent": {"uid": 1001, "allow": grants}, "other": policies.OTHER})


def same_large(tools, _examples):
    """Elements in several messages."""
    same(tools, tools.text(large(4000)))


def replaces(tools, _examples):
    """What is there goes, and what belongs to others stays."""
    lab.run("nft", "-f", "-", text="table inet other {\n\tset u1001_4 {\n\t\ttype ipv4_addr\n\t}\n}\n")
    for policy in (SMALL, policies.POLICIES["gids alone"], large(300), SMALL):
        tools.must("libnftables", "commit", tools.text(policy))
        wanted = listings()
        tools.must("bulk", "commit", tools.text(SMALL))
        tools.must("bulk", "commit", tools.text(policy))
        seen = listings()
        assert seen == wanted, (seen, wanted)


NAME = r"\b([ug]\d+(?:_[ug]\d+)?|deny|rules)(?=_[46]\b|_echo_[46]\b| \{| counter\b|\n|,| comment)"


def beside(text):
    """The ruleset but for its base chain, with other names; and its base chain."""
    second = re.sub(NAME, r"\1_b", text[text.index("table inet egressc {") :])
    head, turn, tail = second.partition("\tchain output {")
    return head + "}\n", "table inet egressc {\n" + turn + tail


def removal(*names):
    kinds = [(name, "set" if re.search(r"_[46]$", name) else "chain") for name in names]
    chains = [name for name, kind in kinds if kind == "chain"]
    return "".join(f"flush chain inet egressc {name}\n" for name in chains) + "".join(
        f"delete {kind} inet egressc {name}\n" for name, kind in sorted(kinds))  # fmt: skip


def switches(tools, _examples):
    """A ruleset beside that which runs, over what was left behind of another; then from one to the other."""
    old, (prepare, turn) = tools.text(SMALL), beside(tools.text(large(300)))
    left = "table inet egressc {\n\tset u7_b_4 {\n\t\ttype ipv4_addr\n\t}\n\tchain u1001_b {\n\t\tip daddr @u7_b_4 accept\n\t}\n}\n"
    prepare = removal("u1001_b", "u7_b_4") + prepare
    names = re.findall(r"\t(?:set|chain) (\w+) \{", old)
    turn = "flush chain inet egressc output\n" + turn + removal(*(name for name in names if name != "output"))

    def run(way, parts):
        lab.run("nft", "-f", "-", text=old + left)
        for part in parts:
            # What turns by itself is not all there in the namespace where it is tried.
            this_way = way if part.startswith(prepare) else "either"
            tools.must(this_way, "check", part)
            tools.must(this_way, "commit", part)
        return listings()

    assert "u1001_b_4" in prepare and "goto rules_b" in turn and "delete set inet egressc u1001_4" in turn
    for parts in ([prepare, turn], [prepare + turn]):
        wanted, seen = [lab.isolated(run, way, parts) for way in ("libnftables", "bulk")]
        assert seen == wanted and "u1001_4" not in seen[0], (seen, wanted)


def live_elements(tools, _examples):
    """What has been added to live sets goes over."""
    named = {"to": "a.example.com", "ports": ["tcp/443"], "live": True}
    text = tools.text(policies.policy({"agent": {"uid": 1001, "allow": [named, policies.grant("192.0.2.0/24", "tcp")]}}))
    name = re.search(r"set (n_\w+_4) ", text).group(1)
    text += f"add element inet egressc {name} {{\n\t198.51.100.9 timeout 1h expires 59m\n}}\n"
    tools.must("bulk", "commit", text)
    assert re.search(r"198\.51\.100\.9 (timeout 1h )?expires 5[89]m", lab.run("nft", "list", "ruleset"))


def outdated(tools, _examples):
    """The kernel itself compares the generations: here nobody else does."""
    text = tools.text(SMALL)
    now = tools.must("bulk", "commit", text)
    before = listings()
    for wrong in (now - 1, now + 1):
        assert tools.change("bulk", "commit", text, wrong) == (["outdated", str(now)], "")
        assert tools.change("either", "commit", text, wrong)[0] == ["outdated", str(now)]
    assert listings() == before
    assert tools.change("bulk", "commit", text, now)[0] == ["done", str(now + 1)]


def dry_run(tools, _examples):
    text = tools.text(SMALL)
    for there in ("", "table inet egressc {\n}\n", text):
        lab.run("nft", "-f", "-", text=there)
        before, now = listings(), tools.must("libnftables", "check", text)
        assert tools.must("bulk", "check", tools.text(large(300))) == now
        assert tools.must("bulk", "check", text) == now
        assert listings() == before


def refusals(tools, _examples):
    """Nothing is left, and libnftables says what is wrong."""
    there = tools.text(policies.POLICIES["uid 0"])
    tools.must("libnftables", "commit", there)
    before = listings()
    good = tools.text(SMALL)
    lines = good.split("\n")
    place = next(i for i, line in enumerate(lines) if "198.51.0.0/16 . tcp . 500" in line)
    wrong = {
        "an element in another": lines[:place] + ["\t\t\t198.51.0.0/15 . tcp . 499-501,"] + lines[place:],
        "a chain that is missing": [line.replace("goto deny", "goto nowhere") for line in lines],
        "no element": lines[:place] + ["\t\t\t198.51.0.0/16 . nothing . 500,"] + lines[place + 1 :],
        "no set": [line.replace("@u1001_4", "@u1001_5") for line in lines],
    }
    for name, changed in wrong.items():
        text = "\n".join(changed)
        for what in ("check", "commit"):
            assert tools.change("bulk", what, text)[0] == ["left"], name
            wanted, seen = tools.change("libnftables", what, text), tools.change("either", what, text)
            assert seen == wanted and seen[0][0] == "refused" and "file:" in seen[1], (name, seen, wanted)
            assert listings() == before, name


def not_this_form(tools, _examples):
    """What could mean something else than its parts is left to libnftables."""
    good = tools.text(SMALL)
    for text in (
        good.replace("\nadd table inet egressc\ndelete table inet egressc\n", "\nadd table inet egressc\n"),
        "delete set inet other u1001_4\n" + good[good.index("table inet egressc {") :],
        good + "delete set inet egressc u1001_4\n",
        "define x = 1\n" + good,
        good + "flush set inet egressc u1001_4\n",
        good + "add element inet egressc u1001_4 { 192.0.2.1 . tcp . 1 }\n",
        good + "table ip other {\n}\n",
        good.replace("chain deny {", "chain deny { # {"),
        good.replace('comment "', 'comment "\n', 1),
        good.replace("chain deny {", 'chain deny {\n\t\toif "other" accept'),
        good.replace("chain deny {", "chain deny {\n\t\toif other accept"),
        good[:-1],
    ):
        assert text != good
        assert tools.change("bulk", "check", text)[0] == ["left"], text


def numbers_are_ids(tools, _examples):
    """Also where a user and a group are called like that."""
    policy = policies.policy({"agent": {"uid": 1001, "gid": 100, "allow": [policies.grant("192.0.2.0/24", "tcp")]}})
    text = tools.text(policy)
    tools.must("libnftables", "commit", text)
    wanted, driver = listings(), os.path.abspath(tools.driver)
    with tempfile.TemporaryDirectory() as there:
        for name, line in (("passwd", "1001:x:4242:4243::/:/bin/false"), ("group", "100:x:4243:")):
            with open(os.path.join(there, name), "w") as file:
                file.write(f"root:x:0:{'0::/:/bin/sh' if name == 'passwd' else ''}\n{line}\n")
        with open(os.path.join(there, "text"), "w") as file:
            file.write(text)
        bound = "cd $0 && mount --bind passwd /etc/passwd && mount --bind group /etc/group && exec $*"
        for command in ("nft -f", f"{driver} libnftables commit", f"{driver} bulk commit"):
            lab.run("nft", "flush", "ruleset")
            lab.run("unshare", "--mount", "sh", "-c", bound, there, *command.split(), os.path.join(there, "text"))
            assert (listings() == wanted) != command.startswith("nft "), command


def packets(tools, _examples):
    lab.add_silent_link()
    tried = policies.probes(link_local_address())
    policy = policies.POLICIES["host, root and resolvers"]
    tools.must("bulk", "commit", tools.text(policy))
    own = {lab.OUT_4, lab.OUT_6}
    wrong = [str(probe) for probe, left in zip(tried, probes.leaves(tried)) if left != model.leaves(policy, probe, own)]
    assert not wrong, wrong
    counted = lab.run("nft", "list", "set", "inet", "egressc", "u1001_4")
    assert re.search(r"198\.51\.100\.7 \. tcp \. 443 counter packets [1-9]", counted), counted


def main():
    driver, egressc, examples = sys.argv[1:]
    dialects.require_dialect("nftables")
    cases = [same_policies, same_examples, same_random, same_large, replaces, switches, live_elements, outdated, dry_run, refusals,
             not_this_form, numbers_are_ids, packets]  # fmt: skip
    lab.run_cases(cases, lambda case: case(Lab(driver, egressc), examples))


if __name__ == "__main__":
    main()
