"""Random rulesets of nft with every hook and table that a packet on its way out meets, and with what changes between them."""

from nft_random import VAGUE, Ruleset, needs

NAT_PRIORITIES = {"output": [-100, -100, -100, -150, 50], "postrouting": [100, 100, 90]}
FILTER_PRIORITIES = {"output": [-400, -300, -300, -201, -200, -150, -110, -100, 0, 0, 50], "postrouting": [-150, 0, 99, 101, 300]}
# A packet on its way out meets none of these; one to the host itself does so when it has left by the loopback.
ELSEWHERE = [("filter", "input"), ("filter", "forward"), ("filter", "prerouting"), ("nat", "prerouting"), ("nat", "input")]
OBJECTS = {"l": ("limit", "rate 1/hour burst 3 packets"), "q": ("quota", "over 300 bytes"), "n": ("counter", "")}
TRACKED = ("ct ",)  # what no packet of a netdev table has


class HookedRuleset(Ruleset):
    """`parts`, after text(): the same as files that are loaded one after the other."""

    def __init__(self, seed):
        super().__init__(seed, False)
        self.parts = []
        self.first_family = "inet"
        self.is_netdev = self.is_raw = False
        self.nat_hook = ""  # of the base chain of type nat whose rules are made
        self.changing, self.objects = [], []

    def text(self):
        tables = []
        for number in range(self.random.choice([1, 2, 2, 3])):
            tables.append(self.table(self.random.choice(["inet", "inet", "ip", "ip6"]), f"t{number}"))
        if self.chance(25):
            tables.append(self.netdev_table())
        if self.chance(15):
            tables.append(self.unmet_table())
        if self.chance(30):
            tables.append(self.more_of("t0"))
        self.parts = ["\n".join(lines) + "\n" for lines in tables]
        if not self.chance(40):
            self.parts = ["".join(self.parts)]
        return "".join(self.parts)

    def table(self, family, name):
        self.family, self.known, self.named = family, {family} - {"inet"}, []
        self.is_netdev, self.may_reject = family == "netdev", False
        if name == "t0":
            self.first_family = family
        leaves = ["l0", "l1"]
        sets = self.declared_sets(leaves)
        self.changing = []
        if not self.is_netdev and self.chance(30):
            address = "ip6 daddr" if family == "ip6" else "ip daddr"
            self.changing.append(("d0", self.random.choice([address, address, "tcp dport", "meta skuid"])))
        self.objects = [one for one in OBJECTS if self.chance(20)]
        bodies = [(leaf, "", self.rules([], 2, maps=False)) for leaf in leaves]
        bodies += [(f"c{i}", "", self.rules(leaves, self.random.choice([1, 2, 3]))) for i in range(2)]
        bases = self.base_chains()
        for number, (kind, hook, priority, device) in enumerate(bases):
            policy = "drop" if self.chance(30) else "accept"
            head = f"type {kind} hook {hook}{device} priority {priority}; policy {policy};"
            self.nat_hook = hook if kind == "nat" and hook in NAT_PRIORITIES else ""
            self.may_reject = kind != "nat" and hook == "output"
            self.is_raw = hook == "output" and priority <= -200
            rules = self.rules(["c0", "c1"], self.random.choice([1, 2, 4]))
            bodies.append((f"b{number}", head, rules))
        self.nat_hook, self.may_reject, self.is_raw = "", False, False
        made = [f"table {family} {name} {{"]
        for one in self.objects:
            kind, body = OBJECTS[one]
            made.append(f"  {kind} {one} {{ {body} }}" if body else f"  {kind} {one} {{\n  }}")
        for declared, typeof in self.changing:
            made.append(f"  set {declared} {{ typeof {typeof}; flags dynamic; size 64; }}")
        for declared, body in sets:
            made += [f"  {declared} {{", *("    " + line for line in body), "  }"]
        for chain, head, rules in bodies:
            made += [f"  chain {chain} {{", *("    " + line for line in ([head] if head else []) + rules), "  }"]
        return made + ["}"]

    def base_chains(self):
        """(type, hook, priority, device)"""
        if self.is_netdev:
            return [("filter", "egress", 0, f' device "{device}"')
                    for device in (["lo", "egc-out"] if self.chance(30) else [self.random.choice(["lo", "egc-out"])])]
        made = []
        for _ in range(self.random.choice([1, 2, 3])):
            roll = self.random.random()
            if roll < 0.12:
                made.append((*self.random.choice(ELSEWHERE), 0, ""))
                continue
            hook = "output" if roll < 0.75 else "postrouting"
            kind = "nat" if self.chance(35) else "route" if hook == "output" and self.chance(10) else "filter"
            made.append((kind, hook, self.random.choice((NAT_PRIORITIES if kind == "nat" else FILTER_PRIORITIES)[hook]), ""))
        return made

    def netdev_table(self):
        return self.table("netdev", "n")

    def unmet_table(self):
        family, hook = self.random.choice([("arp", "output"), ("bridge", "postrouting"), ("bridge", "output"), ("inet", "input")])
        return [f"table {family} u {{", "  chain b {", f"    type filter hook {hook} priority 0; policy drop;", "  }", "}"]

    def more_of(self, name):
        """What another file adds to a chain that is there."""
        self.family, self.named, self.changing, self.objects = self.first_family, [], [], []
        self.is_netdev = self.may_reject = self.is_raw = False
        return [f"table {self.family} {name} {{", "  chain b0 {", *("    " + rule for rule in self.rules(["c0"], 2)), "  }", "}"]

    # Rules

    def keys(self):
        keys = super().keys()
        return [key for key in keys if not self.is_netdev or not key.text.startswith(TRACKED)]

    def condition(self):
        roll = self.random.random()
        if roll < 0.06 and self.changing:
            name, typeof = self.random.choice(self.changing)
            return f"{typeof} {'!= ' if self.chance(30) else ''}@{name}"
        if roll < 0.12 and self.objects:
            name = self.random.choice(self.objects)
            return f'{OBJECTS[name][0]} name "{name}"'
        condition = super().condition()
        while self.is_netdev and (condition.startswith(TRACKED) or condition in VAGUE):
            condition = super().condition()
        return condition

    def rule(self, chains, may_use_maps):
        special = "" if self.is_netdev else self.special(self.random.random())
        if not special:
            made = super().rule(chains, may_use_maps)
            while self.is_netdev and " ct mark " in f" {made}":
                made = super().rule(chains, may_use_maps)
            return made
        self.known = ({self.family} - {"inet"}) | needs(special)
        is_whole = special.startswith(("tcp ", "udp ")) or (self.nat_hook and self.chance(50))
        return " ".join([*([] if is_whole else self.some_conditions()), special])

    def special(self, roll):
        """A statement that rewrites, untracks, copies or fills a set; or ""."""
        if self.nat_hook and roll < 0.7:
            return self.rewriting()
        if self.is_raw and roll < 0.3:
            return self.random.choice(["notrack", "notrack", "ct zone set 5", "tcp dport 443 notrack", "udp dport 53 notrack"])
        if roll < 0.08 and self.changing:
            name, typeof = self.random.choice(self.changing)
            return self.random.choice([f"add @{name} {{ {typeof} }}", f"update @{name} {{ {typeof} }} drop",
                                       f"add @{name} {{ {typeof} limit rate 1/hour burst 2 packets }} accept",
                                       f"delete @{name} {{ {typeof} }}"])
        if roll > 0.97 and self.family == "ip" and not self.nat_hook:
            return 'dup to 192.0.2.77 device "egc-out"'
        return ""

    def rewriting(self):
        if self.nat_hook == "postrouting":
            source = "snat to 2001:db8::5" if self.family == "ip6" else f"snat {'ip ' * (self.family == 'inet')}to 192.0.2.5"
            return self.random.choice(["masquerade", "tcp dport 443 masquerade", source])
        to = "dnat ip to" if self.family == "inet" else "dnat to"
        first, second, with_port = ("198.51.100.7", "192.0.2.10", "198.51.100.7:443")
        if self.family == "ip6":
            first, second, with_port = ("2001:db8:1::7", "2001:db8::9", "[2001:db8:1::7]:443")
        return self.random.choice([f"{to} {first}", "redirect", "tcp dport 443 redirect to :80", f"tcp dport 80 {to} {with_port}",
                                   f"tcp dport 443 {to} {second}", f"udp dport 53 {to} {second}", "udp dport 53 redirect to :5353"])
