"""Random rulesets in the language of nft, about few addresses, ports and users, so that packets meet the rules."""

import random

ADDRESSES_4 = ["192.0.2.9", "192.0.2.10", "192.0.2.130", "198.51.100.7", "203.0.113.66", "127.0.0.1"]
ADDRESSES_6 = ["2001:db8::9", "2001:db8:1::7", "2001:db8:1:2::9", "2001:db9::1", "::1"]
INTERVALS_4 = [["127.0.0.0/8"], ["192.0.2.9"], ["192.0.2.10"], ["192.0.2.128/25", "192.0.2.129-192.0.2.131"],
               ["198.51.100.0/24", "198.51.100.5-198.51.100.7"], ["203.0.113.60-203.0.113.70", "203.0.113.64/29"]]
INTERVALS_6 = [["::1"], ["2001:db8::/48", "2001:db8::9"], ["2001:db8:1::/64", "2001:db8:1::7"],
               ["2001:db8:1:2::/64", "2001:db8:1:2::5-2001:db8:1:2::a"], ["2001:db9::/32"]]
WIDE_4 = ["192.0.2.0/24", "192.0.2.9-192.0.2.130", "0.0.0.0/1", "198.51.100.7-203.0.113.66"]
WIDE_6 = ["2001:db8::/32", "2001:db8::9-2001:db8:1::7", "::/1"]
INTERVALS_PORT = [["53"], ["80"], ["443", "440-450"], ["1024-65535", "5353", "5000-6000"]]
INTERVALS_ID = [["0"], ["1000", "900-1000"], ["1001", "1001-1001"], ["1002-4000", "2000"]]
PROTOCOLS = ["tcp", "udp", "icmp", "ipv6-icmp", "253"]
INTERFACES = ["lo", "egc-out"]


FAMILIES = {"exthdr": "ip6", "ip": "ip", "icmp": "ip", "ip6": "ip6", "icmpv6": "ip6"}


def needs(text):
    """What a condition makes of a packet: nft refuses two families or two protocols in one rule."""
    words = text.split()
    return ({FAMILIES[word] for word in words if word in FAMILIES}
            | {word for word in words if word in ("tcp", "udp", "icmp", "icmpv6")})


def contradict(some):
    return {"ip", "ip6"} <= some or len(some & {"tcp", "udp", "icmp", "icmpv6"}) > 1


class Key:
    """What a rule looks at, and the values that do not overlap."""

    def __init__(self, text, values, family="inet", order=False):
        self.text, self.values, self.family, self.order = text, values, family, order
        self.needs = needs(text)


def single(values):
    return [[value] for value in values]


KEYS = [
    Key("meta skuid", INTERVALS_ID, order=True),
    Key("meta skgid", INTERVALS_ID, order=True),
    Key("ip daddr", INTERVALS_4, "ip", order=True),
    Key("ip6 daddr", INTERVALS_6, "ip6", order=True),
    Key("tcp dport", INTERVALS_PORT, order=True),
    Key("udp dport", INTERVALS_PORT, order=True),
    Key("meta l4proto", single(PROTOCOLS)),
    Key("ip protocol", single(["tcp", "udp", "icmp"]), "ip"),
    Key("oifname", single(INTERFACES[:1])),
    Key("oif", single(INTERFACES[:1])),
    Key("meta nfproto", single(["ipv4", "ipv6"])),
    Key("meta protocol", single(["ip", "ip6"])),
    Key("icmp type", single(["echo-request", "echo-reply", "timestamp-request", "destination-unreachable"]), "ip"),
    Key("icmpv6 type", single(["echo-request", "echo-reply", "139", "nd-router-solicit"]), "ip6"),
    Key("ct direction", single(["original", "reply"])),
    Key("ct state", single(["new", "established", "related", "invalid"])),
]
# Not told by a flow, or not wholly.
VAGUE_KEYS = [
    Key("th dport", INTERVALS_PORT, order=True),
    Key("oifname", single(["egc-out", "lo", "eth9"])),
    Key("ip saddr", single(["192.0.2.1", "127.0.0.0/8", "198.51.100.1"]), "ip"),
    Key("ip6 saddr", single(["2001:db8::1", "::1"]), "ip6"),
    Key("ip6 nexthdr", single(["tcp", "udp", "ipv6-icmp"]), "ip6"),
    Key("meta mark", single(["0", "7", "8"])),
    Key("ct status", single(["snat", "assured"])),
    Key("icmp code", single(["0", "1"]), "ip"),
    Key("tcp sport", single(["1-30000", "30001-65535"])),
    Key("ip ttl", single(["64", "1"]), "ip"),
]
FLAGS = ["tcp flags syn / fin,syn,rst,ack", "tcp flags & (fin|syn|rst|ack) == syn", "tcp flags & (fin|syn|rst|ack) != syn",
         "tcp flags syn", "tcp flags ack", "tcp flags ! ack", "tcp flags & (syn|ack) == (syn|ack)", "tcp flags & fin == 0",
         "ct state new", "ct state established,related", "ct state new,invalid", "ct state != new", "ct state ! new",
         "ct state != { established, related }", "ct state & (new|invalid) != 0", "ct direction != reply"]
VAGUE = ["limit rate 5/second burst 5 packets", "limit rate over 2/second burst 1 packets", "quota 200 bytes",
         "quota over 400 bytes", "ct count 3", "numgen inc mod 2 == 0", "meta mark & 0xff == 7", "meta length > 60",
         "ip daddr & 0.0.0.255 == 9", "tcp dport & 1 == 1", "fib daddr type local", "@th,16,16 443",
         "ip6 daddr & ::ff == ::9", "tcp flags psh", "tcp flags == syn", "meta pkttype unicast", "exthdr hbh exists"]
PASSING = ["counter", 'log prefix "x"', "meta mark set 7", "ct mark set 5", "meta priority set 1:2"]


def is_interval(value):
    return "/" in value or ("-" in value and value[0].isdigit())


class Ruleset:
    """`exact`: with nothing in it that a flow does not tell."""

    def __init__(self, seed, exact):
        self.random = random.Random(seed)
        self.exact = exact
        self.lines = []

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def text(self):
        made = []
        for number in range(self.random.choice([1, 1, 2, 2, 3])):
            made += self.table(self.random.choice(["inet", "inet", "ip", "ip6"]), f"t{number}")
        return "\n".join(made) + "\n"

    def table(self, family, name):
        self.family, self.named, self.may_reject = family, [], False
        self.known = {family} - {"inet"}
        made = [f"table {family} {name} {{"]
        if not self.exact and self.chance(6):
            made.append("  flags dormant;")
        chains = [f"c{number}" for number in range(self.random.choice([0, 1, 2, 3]))]
        leaves = ["l0", "l1"]
        sets = self.declared_sets(leaves)
        bodies = [(leaf, "", self.rules([], 2, maps=False)) for leaf in leaves]
        for number, chain in enumerate(chains):
            bodies.append((chain, "", self.rules(chains[number + 1 :], self.random.choice([0, 1, 2, 4]))))
        for number in range(self.random.choice([1, 1, 1, 2])):
            kind, hook = self.random.choice([("filter", "output")] * 6 + [("route", "output"), ("filter", "postrouting")])
            priority = self.random.choice([0, 0, 0, -10, 5, -150] + ([-300, -200] if not self.exact else []))
            policy = self.random.choice(["accept", "drop"])
            head = f"type {kind} hook {hook} priority {priority}; policy {policy};"
            self.may_reject = hook == "output"
            bodies.append((f"b{number}", head, self.rules(chains, self.random.choice([2, 3, 5, 8]))))
        for declared, body in sets:
            made += [f"  {declared} {{", *("    " + line for line in body), "  }"]
        for chain, head, rules in bodies:
            made += [f"  chain {chain} {{", *("    " + line for line in ([head] if head else []) + rules), "  }"]
        return made + ["}"]

    # Sets and maps

    def keys(self):
        keys = KEYS if self.exact else KEYS + VAGUE_KEYS
        return [key for key in keys if not contradict(self.known | key.needs)
                and (self.family == "inet" or key.text not in ("meta nfproto", "meta protocol"))]

    def key(self):
        return self.random.choice(self.keys())

    def concatenation(self):
        """Keys that stand together: of one family and one protocol."""
        by_name = {key.text: key for key in self.keys()}
        pool = [self.random.choice(["ip daddr", "ip6 daddr"]), "meta skuid", "meta skgid"]
        pool.append(self.random.choice(["tcp dport", "udp dport", "meta l4proto"]))
        if not self.exact and self.chance(30):
            pool.append(self.random.choice(["th dport", "meta mark"]))
        chosen = [by_name[name] for name in pool if name in by_name] or [self.key()]
        self.random.shuffle(chosen)
        return chosen[: self.random.choice([2, 2, 3])]

    def value(self, key, cell, interval):
        plain = [value for value in key.values[cell] if not is_interval(value)]
        return self.random.choice(key.values[cell] if interval or not plain else plain)

    def elements(self, keys, interval):
        """Disjoint values of keys."""
        cells = [()]
        for key in keys:
            cells = [cell + (i,) for cell in cells for i in range(len(key.values))]
        self.random.shuffle(cells)
        chosen = cells[: self.random.randint(1, 5)]
        return [" . ".join(self.value(key, i, interval) for key, i in zip(keys, cell)) for cell in chosen]

    def declared_sets(self, chains):
        made = []
        self.named = []
        for number in range(self.random.choice([0, 1, 2])):
            self.known &= {"ip", "ip6"}
            keys = self.concatenation() if self.chance(50) else [self.key()]
            if len(keys) == 1 and keys[0].text.startswith(("ct ", "tcp sport")):
                continue
            is_map = self.chance(40)
            elements = self.elements(keys, self.chance(60))
            flags = ["flags interval;"] if any(is_interval(part) for one in elements for part in one.split(" . ")) or self.chance(20) else []
            if flags and len(keys) == 1 and not is_map and self.chance(30):
                flags.append("auto-merge;")
                if keys[0].text == "ip daddr":
                    elements += ["192.0.2.0/24"] * self.chance(50)
            typeof = " . ".join(key.text for key in keys)
            if is_map:
                elements = [f"{e} : {self.verdict(chains)}" for e in elements]
                if self.chance(25):
                    elements.append(f"* : {self.verdict(chains)}")
            elif self.chance(6):
                elements.append("*")
            name = f"{'m' if is_map else 's'}{number}"
            body = [f"typeof {typeof}{' : verdict' if is_map else ''};", *flags]
            if elements and not self.chance(8):
                body.append("elements = { " + ", ".join(elements) + " }")
            made.append((f"{'map' if is_map else 'set'} {name}", body))
            self.named.append((is_map, name, typeof))
        return made

    # Rules

    def verdict(self, chains, in_map=True):
        options = ["accept", "accept", "drop", "drop", "return"] + (["continue"] if in_map else [])
        if chains:
            options += [f"jump {self.random.choice(chains)}", f"goto {self.random.choice(chains)}"] * 2
        return self.random.choice(options)

    def reject(self):
        options = ["reject"]
        if not self.known & {"udp", "icmp", "icmpv6"}:
            options.append("reject with tcp reset")
        if "ip6" not in self.known:
            options += ["reject with icmp type host-prohibited", "reject with icmp type port-unreachable"]
        if "ip" not in self.known:
            options += ["reject with icmpv6 type admin-prohibited", "reject with icmpv6 type port-unreachable"]
        if self.family == "inet":
            options += ["reject with icmpx type admin-prohibited", "reject with icmpx type port-unreachable"]
        return self.random.choice(options)

    def some_conditions(self):
        made = []
        for _ in range(self.random.choice([0, 1, 1, 1, 2, 2, 3])):
            condition = self.condition()
            if not contradict(self.known | needs(condition)):
                self.known |= needs(condition)
                made.append(condition)
        return made

    def condition(self):
        roll = self.random.random()
        if not self.exact and roll < 0.15:
            return self.random.choice(VAGUE)
        if roll < 0.25:
            return self.random.choice(FLAGS)
        sets = [(name, typeof) for is_map, name, typeof in self.named if not is_map]
        if sets and roll < 0.45:
            name, typeof = self.random.choice(sets)
            return f"{typeof} {'!= ' if self.chance(30) else ''}@{name}"
        if roll < 0.6:
            keys = self.concatenation()
            if len(keys) > 1:
                elements = self.elements(keys, self.chance(60))
                return (" . ".join(key.text for key in keys) + (" != " if self.chance(25) else " ")
                        + "{ " + ", ".join(elements) + " }")
        key = self.key()
        if key.order and roll > 0.93:
            value = self.value(key, self.random.randrange(len(key.values)), False)
            if not is_interval(value):
                return f"{key.text} {self.random.choice(['<', '<=', '>', '>='])} {value}"
        negation = "!= " if self.chance(25) else ""
        if self.chance(40):
            return f"{key.text} {negation}{{ {', '.join(self.elements([key], self.chance(70)))} }}"
        wide = {"ip daddr": WIDE_4, "ip6 daddr": WIDE_6}.get(key.text)
        if wide and self.chance(40):
            return f"{key.text} {negation}{self.random.choice(wide)}"
        return f"{key.text} {negation}{self.value(key, self.random.randrange(len(key.values)), True)}"

    def rules(self, chains, count, maps=True):
        return [self.rule(chains, maps) for _ in range(count)]

    def rule(self, chains, may_use_maps):
        self.known = {self.family} - {"inet"}
        parts = self.some_conditions()
        if self.chance(20):
            parts.append(self.random.choice(PASSING))
        roll = self.random.random()
        maps = [(name, typeof) for is_map, name, typeof in self.named
                if is_map and not contradict(self.known | needs(typeof))]
        if maps and may_use_maps and roll < 0.2:
            name, typeof = self.random.choice(maps)
            return " ".join(parts + [f"{typeof} vmap @{name}"])
        if roll < 0.35:
            keys = self.concatenation() if self.chance(40) else [self.key()]
            entries = [f"{e} : {self.verdict(chains)}" for e in self.elements(keys, self.chance(50))]
            if self.chance(15):
                entries.append(f"* : {self.verdict(chains)}")
            return " ".join(parts + [" . ".join(key.text for key in keys) + " vmap { " + ", ".join(entries) + " }"])
        if roll < 0.45 and self.may_reject:
            return " ".join(parts + [self.reject()])
        if roll < 0.5 and parts:
            return " ".join(parts + ["counter"])
        return " ".join(parts + [self.verdict(chains, in_map=False)])
