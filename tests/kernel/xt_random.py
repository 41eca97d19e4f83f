"""Random rulesets of iptables, of both backends and both families at once, about few addresses, ports and users."""

import random
import re
from collections import namedtuple

KINDS = ["legacy", "nft"]
ADDRESSES = {"4": ["192.0.2.9", "192.0.2.10", "192.0.2.130", "198.51.100.7", "203.0.113.66", "127.0.0.1", "192.0.2.1"],
             "6": ["2001:db8::9", "2001:db8:1::7", "2001:db8:1:2::9", "2001:db9::1", "::1", "2001:db8::1"]}  # fmt: skip
NETS = {"4": ["192.0.2.9", "192.0.2.10", "192.0.2.128/25", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.64/29",
              "127.0.0.0/8", "128.0.0.0/1"],
        "6": ["2001:db8::9", "2001:db8::/48", "2001:db8:1::/64", "2001:db8:1:2::/64", "2001:db9::/32", "::1",
              "2001:db8::/32"]}  # fmt: skip
RANGES = {"4": ["192.0.2.9-192.0.2.130", "198.51.100.7-203.0.113.66"], "6": ["2001:db8::9-2001:db8:1::7"]}
PORTS = ["53", "80", "443", "440:450", "1024:65535", "5353"]
MULTIPORTS = ["80,443", "53,440:450", "1:442,5353", "5000:6000"]
USERS = ["--uid-owner 0", "--uid-owner 1000", "! --uid-owner 1000", "--uid-owner 1001-2000", "! --uid-owner 0-1000",
         "--gid-owner 12", "! --gid-owner 1000", "--uid-owner 1000 --gid-owner 12", "--socket-exists",
         "--uid-owner 1000 ! --gid-owner 12"]  # fmt: skip
FLAGS = ["--syn", "! --syn", "--tcp-flags SYN,ACK,FIN,RST SYN", "--tcp-flags SYN,ACK SYN", "--tcp-flags ACK ACK",
         "! --tcp-flags SYN,RST NONE"]  # fmt: skip
STATES = ["NEW", "RELATED,ESTABLISHED", "NEW,ESTABLISHED", "INVALID", "UNTRACKED", "NEW,UNTRACKED", "RELATED"]
ICMP = {"4": ["8", "echo-request", "13", "8/1", "any", "255/3", "3", "destination-unreachable"],
        "6": ["128", "echo-request", "139", "128/1", "135", "neighbour-solicitation", "1"]}  # fmt: skip

# What a flow does not tell, or not wholly. A {name} is filled by the ruleset.
VAGUE = ["-m limit --limit 2/day --limit-burst {few}", "-m limit --limit 1/hour --limit-burst {few}",
         "-m hashlimit --hashlimit-upto 2/day --hashlimit-burst {few} --hashlimit-mode {mode} --hashlimit-name {name}",
         "-m hashlimit --hashlimit-above 1/hour --hashlimit-burst {few} --hashlimit-mode dstip --hashlimit-name {name}",
         "-m recent --set --name {name}", "-m recent --rcheck --rdest --name {name}", "-m recent --set --rdest --name {name}",
         "-m recent --update --seconds 3600 --hitcount {few} --name {name}", "-m recent ! --rcheck --name {name}",
         "-m quota --quota {many}", "-m statistic --mode nth --every 2 --packet {bit}",
         "-m connlimit --connlimit-above {few} --connlimit-mask 0", "-m connlimit --connlimit-upto {few} --connlimit-daddr",
         "-m mark --mark {mark}", "-m mark ! --mark {mark}/0xff", "-m connmark --mark {mark}", "-m length --length 0:{many}",
         "-m length ! --length 60", "-m tos --tos 0x10", "-m dscp --dscp {bit}", "-m ecn --ecn-ip-ect 0",
         "-m u32 --u32 0>>28={four}", "-m u32 --u32 4&0xffff=0:{many}", "-m string --algo bm --string egressc",
         "-m string --algo kmp ! --string probe", '-m bpf --bytecode "1,6 0 0 {bit}"', "-m time --datestart 2030-01-01T00:00:00",
         "-m time --datestop 2037-01-01T00:00:00", "-m pkttype --pkt-type unicast", "-m policy --dir out --pol none",
         "-m physdev ! --physdev-is-bridged", "-m devgroup --dst-group {bit}", "-m cgroup --cgroup {bit}", "-m cpu --cpu 0",
         "-m connbytes --connbytes {bit} --connbytes-dir original --connbytes-mode packets", "-m helper --helper ftp",
         "-m conntrack --ctstatus {status}", "-m conntrack ! --ctstatus EXPECTED", "-m conntrack --ctproto 6",
         "-m conntrack --ctorigdst {host}", "-m conntrack ! --ctorigdst {net}", "-m conntrack --ctreplsrc {host}",
         "-m conntrack --ctstate DNAT", "-m conntrack --ctstate NEW,SNAT", "-m conntrack --ctexpire 0:{many}",
         "-m conntrack --ctdir ORIGINAL", "-m conntrack --ctdir REPLY", "-m owner --gid-owner 12 --suppl-groups",
         "-s {host}", "! -s {net}", "-o egc-out", "! -o egc+", "-o egc+", "-m addrtype --src-type LOCAL",
         "-m addrtype --dst-type UNICAST --limit-iface-out", "-m iprange --src-range {range}", "-m addrtype ! --dst-type LOCAL,MULTICAST"]  # fmt: skip
VAGUE_OF = {"4": ["-f", "! -f", "-m ttl --ttl-eq 64", "-m ttl --ttl-lt 64", "-m realm --realm 0"],
            "6": ["-m hl --hl-eq 64", "-m frag --fragmore", "-m ipv6header --header dst --soft", "-m rt --rt-type 0",
                  "-m hbh --hbh-len 8", "-m dst --dst-len 8"]}  # fmt: skip
VAGUE_PORTS = ["--sport 20000:20025", "! --sport 1:20010", "-m multiport --ports 443,20001", "-m multiport --sports 20000:20030"]

# What lets a packet go on: in which tables, and in which chains if not in all.
Target = namedtuple("Target", "text tables chains", defaults=[None])
ALL = ("raw", "mangle", "nat", "filter", "security")
PASSING = [Target("LOG --log-prefix x", ALL), Target("NFLOG --nflog-group 9", ALL), Target("MARK --set-mark {mark}", ("mangle",)),
           Target("MARK --or-mark {mark}", ALL), Target("CONNMARK --set-mark {mark}", ALL), Target("CONNMARK --save-mark", ALL),
           Target("CONNMARK --restore-mark", ("mangle",)), Target("AUDIT --type accept", ALL),
           Target("CLASSIFY --set-class 1:2", ("mangle",), ("OUTPUT", "POSTROUTING")), Target("TOS --set-tos 0x10", ("mangle",)),
           Target("DSCP --set-dscp 1", ("mangle",)), Target("TRACE", ("raw",)), Target("CHECKSUM --checksum-fill", ("mangle",)),
           Target("IDLETIMER --timeout 100 --label x", ALL), Target("RATEEST --rateest-name x --rateest-interval 1s --rateest-ewmalog 4s", ("mangle",)),
           Target("HMARK --hmark-tuple dst --hmark-mod 2 --hmark-offset 7 --hmark-rnd 1", ("mangle",)), Target("", ALL)]  # fmt: skip
PASSING_OF = {"4": [Target("TTL --ttl-set 9", ("mangle",)), Target("TEE --gateway 192.0.2.254", ("mangle",))],
              "6": [Target("HL --hl-set 9", ("mangle",)), Target("TEE --gateway 2001:db8::254", ("mangle",))]}  # fmt: skip
TRACKING = [Target("NOTRACK", ("raw",), ("OUTPUT", "PREROUTING")), Target("CT --notrack", ("raw",), ("OUTPUT", "PREROUTING")),
            Target("CT --zone 1", ("raw",), ("OUTPUT", "PREROUTING")), Target("CT --ctevents new", ("raw",), ("OUTPUT",))]
QUEUES = [Target("NFQUEUE --queue-num 5", ALL), Target("NFQUEUE --queue-num 5 --queue-bypass", ALL), Target("QUEUE", ("filter",))]
REJECTS = {"4": ["REJECT", "REJECT --reject-with icmp-admin-prohibited", "REJECT --reject-with icmp-host-prohibited"],
           "6": ["REJECT", "REJECT --reject-with icmp6-adm-prohibited", "REJECT --reject-with icmp6-port-unreachable"]}
NAT = {"4": [Target("DNAT --to-destination 198.51.100.7", ("nat",), ("OUTPUT",)), Target("REDIRECT", ("nat",), ("OUTPUT",)),
             Target("DNAT --to-destination 127.0.0.1", ("nat",), ("OUTPUT",)), Target("NETMAP --to 203.0.113.0/24", ("nat",), ("OUTPUT",)),
             Target("SNAT --to-source 198.51.100.1", ("nat",), ("POSTROUTING",)), Target("MASQUERADE", ("nat",), ("POSTROUTING",))],
       "6": [Target("DNAT --to-destination 2001:db8:1::7", ("nat",), ("OUTPUT",)), Target("REDIRECT", ("nat",), ("OUTPUT",)),
             Target("NETMAP --to 2001:db9::/64", ("nat",), ("OUTPUT",)), Target("MASQUERADE", ("nat",), ("POSTROUTING",))]}  # fmt: skip
NAT_PORTS = {"4": ["DNAT --to-destination 192.0.2.10:443", "DNAT --to-destination :80", "REDIRECT --to-ports 5353"],
             "6": ["DNAT --to-destination [2001:db8::9]:443", "REDIRECT --to-ports 5353"]}

BASES = {"raw": ["PREROUTING", "OUTPUT"], "mangle": ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
         "nat": ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"], "filter": ["INPUT", "FORWARD", "OUTPUT"],
         "security": ["INPUT", "FORWARD", "OUTPUT"]}  # fmt: skip
CHAINS = ["c0", "a-b.c", "ULOG", "filter", "OUTPUT-2", "lo", "TARPIT", "0", "tcp"]

# Types of sets: what an element is made of, and the options that the type takes.
SETS = [("hash:ip", ["ip"], ["netmask {bits}", "forceadd"]), ("hash:net", ["net"], []), ("hash:ip,port", ["ip", "port"], []),
        ("hash:net,port", ["net", "port"], []), ("hash:net,iface", ["net", "iface"], []), ("hash:ip,mark", ["ip", "mark"], []),
        ("hash:ip,port,ip", ["ip", "port", "ip"], []), ("hash:ip,port,net", ["ip", "port", "net"], []),
        ("hash:net,net", ["net", "net"], []), ("hash:net,port,net", ["net", "port", "net"], []),
        ("bitmap:port", ["number"], ["range 0-65535"]), ("bitmap:ip", ["near"], ["range 192.0.2.0-192.0.2.255"]),
        ("hash:mac", ["mac"], []), ("bitmap:ip,mac", ["one"], ["range 192.0.2.0-192.0.2.255"]),
        ("list:set", ["set"], ["size 8"])]  # fmt: skip
Set = namedtuple("Set", "name type family parts")

# Of what a pair may differ in behind the same words.
NUMBERS = ("--limit-burst", "--hashlimit-burst", "--hitcount", "--quota", "--packet", "--connlimit-above", "--connlimit-upto", "--mark",
           "--set-mark", "--or-mark", "--length", "--dscp", "--connbytes", "--dport", "--sport", "--uid-owner", "--to-ports")


def hands_on(rule):
    """Whether what a packet meets depends on those before it."""
    words = ("limit", "recent", "quota", "statistic", "connbytes", "-set ", "rateest", "counters", "packets-")
    return any(word in rule for word in words)


def tail_of(rule):
    """What the rule does with a packet."""
    found = re.search(r" -[jg] .*", rule)
    return found.group() if found else ""


Taste = namedtuple("Taste", "vague sets protocol kinds families rules")  # the first three in percent
FAMILIES = [["4"], ["6"], ["4", "6"], ["4", "6"]]
TASTES = {"exact": Taste(0, 25, 55, [["legacy"], ["nft"], KINDS], FAMILIES, [3, 5, 8]),
          "mixed": Taste(25, 25, 55, [["legacy"], ["nft"], KINDS], FAMILIES, [3, 5, 8]),
          "ipset": Taste(15, 60, 55, [["legacy"], ["nft"], KINDS], FAMILIES, [3, 5, 8]),
          "pairs": Taste(60, 40, 25, [["legacy"], ["nft"], ["nft"], KINDS], FAMILIES[:2], [1, 2, 4])}  # fmt: skip


class Ruleset:
    """Of a taste: "exact" has nothing in it that a flow does not tell; "ipset" asks for sets; in "pairs", most of it is
    not told by a flow. `usable` knows what this kernel and these programs have."""

    def __init__(self, seed, taste, usable):
        self.random = random.Random(f"{seed} {taste}")
        self.taste, self.usable = TASTES[taste], usable
        self.exact = taste == "exact"
        self.steady = taste == "pairs"  # it does the same again: the kernel forgets connections when it likes
        self.sets, self.lines = [], {"sets": []}
        if taste == "ipset" or (not self.exact and self.chance(40)):
            self.make_sets(self.pick([2, 3, 5, 7] if taste == "ipset" else [1, 2]))
        kinds = self.pick(self.taste.kinds)
        for kind in kinds:
            for family in self.pick(self.taste.families):
                self.kind, self.family = kind, family
                self.lines[kind + family] = self.text(len(kinds))

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, some):
        return self.random.choice(some)

    def filled(self, text):
        fill = {"few": self.pick([1, 3, 9]), "many": self.pick([50, 59, 200, 900]), "bit": self.pick([0, 1]), "mark": self.pick([0, 7, 8]),
                "name": self.pick("xy"), "mode": self.pick(["dstip", "dstport", "srcip,dstport"]), "four": self.family,
                "status": self.pick(["NONE", "CONFIRMED", "SEEN_REPLY,ASSURED", "DNAT"]), "host": self.pick(ADDRESSES[self.family]),
                "net": self.pick(NETS[self.family]), "range": self.pick(RANGES[self.family])}  # fmt: skip
        return text.format(**fill)

    # Sets

    def part(self, part, family):
        return {"ip": lambda: self.pick(ADDRESSES[family]), "net": lambda: self.pick(NETS[family][:7]), "iface": lambda: self.pick(["lo", "egc-out"]),
                "port": lambda: self.pick(["tcp:443", "tcp:80", "udp:53", "udp:443", "tcp:5353", "tcp:440-450", "gre:0",
                                           "icmp:8/0" if family == "4" else "icmpv6:128/0"]),
                "number": lambda: self.pick(["53", "80", "443", "440-450", "5000-6000"]), "mark": lambda: self.pick(["0", "7"]),
                "near": lambda: self.pick(["192.0.2.9", "192.0.2.128/25", "192.0.2.1"]), "one": lambda: self.pick(["192.0.2.9", "192.0.2.10", "192.0.2.1"]), "mac": lambda: "02:00:00:00:00:0" + self.pick("12"),
                "set": lambda: self.pick([one.name for one in self.sets if one.family in (family, "")])}[part]()  # fmt: skip

    def element(self, parts, family):
        return ",".join(self.part(part, family or "4") for part in parts)

    def make_sets(self, count):
        lines = self.lines["sets"]
        for number in range(count):
            of_type, parts, options = self.pick([one for one in SETS if self.usable.has_set(one)])
            family = self.pick("46") if of_type.startswith("hash") else "4" if "ip" in of_type else ""
            if of_type == "hash:mac":
                family = ""
            if of_type == "list:set":
                family = self.pick("46")
                if not any(one.family in (family, "") for one in self.sets):
                    continue
            words = [f"create s{number} {of_type}"]
            if family and of_type.startswith("hash"):
                words.append("family inet" + "6" * (family == "6"))
            words += [option.format(bits=24 if family == "4" else 64) for option in options
                      if option.startswith(("range", "size")) or self.chance(25)]
            timed = self.chance(15)
            words += ["timeout 1000"] * timed + ["counters"] * self.chance(15) + ["comment"] * self.chance(10)
            lines.append(" ".join(words))
            for element in dict.fromkeys(self.element(parts, family) for _ in range(self.pick([0, 1, 2, 4]))):
                after = " nomatch" if "net" in parts and self.chance(20) else ""
                after += self.pick(["", " timeout 0", " timeout 900"]) if timed else ""
                lines.append(f"add s{number} {element}{after}")
            self.sets.append(Set(f"s{number}", of_type, family, parts + ["mac"] * (of_type == "bitmap:ip,mac")))

    def near_set(self):
        some = [one for one in self.sets if one.family in (self.family, "")]
        return self.pick(some) if some else None

    def directions(self, one):
        count = len(one.parts) + (self.pick([-1, 1]) if self.chance(6) else 0)
        if one.type == "list:set":
            count = self.pick([1, 2])
        return ",".join("src" if self.chance(12) else "dst" for _ in range(max(count, 1)))

    def set_match(self):
        one = self.near_set()
        if not one:
            return []
        words = f"-m set {'! ' * self.chance(25)}--match-set {one.name} {self.directions(one)}"
        if self.chance(15) and not self.exact:
            words += self.pick([" --return-nomatch", " ! --update-counters", " --packets-gt 0", " ! --update-subcounters"])
        return [words]

    def set_target(self):
        one = self.near_set()
        if not one or one.type == "list:set":
            return None
        return f"SET {self.pick(['--add-set', '--add-set', '--del-set'])} {one.name} {self.directions(one)}"

    # Rules

    def protocol(self):
        """Words for a protocol and what it has of ports or types, and whether that has ports."""
        name = self.pick(["tcp", "tcp", "tcp", "udp", "udp", "icmp" if self.family == "4" else "ipv6-icmp", "253", "all"])
        if self.chance(12) and name != "all":
            return ["! -p " + name], False
        words = ["-p " + name]
        no = "! " * self.chance(20)
        if name in ("tcp", "udp") and self.chance(75):
            ports = [f"-m {name} {no}--dport {self.pick(PORTS)}", f"-m multiport {no}--dports {self.pick(MULTIPORTS)}"]
            ports += [f"-m tcp {self.pick(FLAGS)}"] * (name == "tcp")
            if not self.exact:
                ports.append(self.pick(VAGUE_PORTS).replace("-m multiport", f"-m multiport {no}"))
            words.append(self.pick(ports[:1] + ports))
        elif name in ("icmp", "ipv6-icmp") and self.chance(75):
            words.append(f"-m {'icmp' if self.family == '4' else 'icmp6'} {no}--icmp{'v6' * (self.family == '6')}-type {self.pick(ICMP[self.family])}")
        return words, name in ("tcp", "udp")

    def condition(self, leaving):
        no = "! " * self.chance(20)
        if self.sets and self.chance(self.taste.sets):
            return self.set_match()
        if self.chance(self.taste.vague):
            text = self.pick([one for one in VAGUE + VAGUE_OF[self.family] if not self.steady or "connlimit" not in one])
            return [self.filled(text)] if leaving or not text.lstrip("! ").startswith(("-o", "-m owner", "-m policy", "-m addrtype")) else []
        options = [f"{no}-d {self.pick(NETS[self.family])}"] * 3 + [f"-m iprange {no}--dst-range {self.pick(RANGES[self.family])}"]
        options += [f"-m {self.pick(['conntrack --ct', 'state --'])}state {self.pick(STATES)}", f"-m conntrack ! --ctstate {self.pick(STATES)}"]
        options.append(f"-m addrtype {no}--dst-type {self.pick(['MULTICAST', 'LOCAL', 'LOCAL'] + ['BROADCAST'] * (self.family == '4'))}")
        if leaving:
            options += [f"-m owner {self.pick(USERS)}"] * 3 + [f"{no}-o lo"]
        return [self.pick(options)]

    def target(self, table, chain, chains, has_ports):
        options = ["ACCEPT", "ACCEPT", "RETURN"] + (["DROP", "DROP"] if table != "nat" else [])
        options += [self.pick(PASSING).text] if self.exact else []
        if chains:
            options += [f"{self.pick(['-j', '-g'])} {self.pick(chains)}" for _ in range(3)]
        if table == "filter":
            options += [self.pick(REJECTS[self.family])]
        if table == "nat":
            options += [one.text for one in NAT[self.family] if chain in one.chains] + (NAT_PORTS[self.family] if has_ports and chain == "OUTPUT" else [])
        fitting = [one.text for one in PASSING + PASSING_OF[self.family] + TRACKING * (table == "raw")
                   if table in one.tables and (not one.chains or chain in one.chains)]
        options += [self.pick(fitting)] * 2 + ([one.text for one in TRACKING[:2]] if table == "raw" and chain in BASES["raw"] else [])
        if not self.exact:
            options += [one.text for one in QUEUES if table in one.tables and self.chance(30)]
            options += [self.set_target()] * (self.near_set() is not None)
        text = self.pick(options)
        return text if text is None or not text or text.startswith("-") else "-j " + self.filled(text)

    def rule(self, table, chain, chains):
        """A rule that this kernel has, or none."""
        for _ in range(8):
            leaving = chain in ("OUTPUT", "POSTROUTING") or chain not in BASES[table]
            parts, has_ports = self.protocol() if self.chance(self.taste.protocol) else ([], False)
            for _ in range(self.pick([0, 1, 1, 2]) if parts else self.pick([0, 1, 1, 2, 2])):
                parts += self.condition(leaving)
            target = self.target(table, chain, chains, has_ports)
            words = " ".join(parts).split()
            if target is None or any(words.count(option) > 1 for option in ("-s", "-d", "-o")):
                continue
            if self.usable(self.kind, self.family, table, chain, [*parts, target]):
                return [" ".join(["-A", chain, *parts, target]).strip()]
        return []

    def table(self, table, layers):
        chains = self.random.sample(CHAINS, self.pick([0, 1, 2, 3]))
        heads, rules = [], []
        for chain in BASES[table]:
            leaving = chain in ("OUTPUT", "POSTROUTING")
            percent = 45 // layers if (table, chain) == ("filter", "OUTPUT") else 6 if leaving else 15
            heads.append(f":{chain} {'DROP' if self.chance(percent) else 'ACCEPT'} [0:0]")
            count = self.pick([0, 1, 2, 3]) if leaving else self.pick([0, 0, 0, 1])
            for _ in range(self.pick(self.taste.rules) if (table, chain) == ("filter", "OUTPUT") else count):
                rules += self.rule(table, chain, chains if chain == "OUTPUT" else [])
        for number, chain in enumerate(chains):
            heads.append(f":{chain} - [0:0]")
            for _ in range(self.pick([0, 1, 2, 3])):
                rules += self.rule(table, chain, chains[number + 1 :])
        return [f"*{table}", *heads, *rules, "COMMIT"]

    def text(self, layers):
        made = []
        for table, percent in (("raw", 25), ("mangle", 35), ("nat", 30), ("filter", 90), ("security", 8)):
            if self.chance(percent) and self.usable(self.kind, self.family, table, "OUTPUT", []):
                made += self.table(table, layers)
        return made or self.table("filter", layers)

    # Pairs

    def changed(self):
        """The same in one thing different, often in one that no rule says: {part: lines}."""
        made = {part: list(lines) for part, lines in self.lines.items()}
        rules = [(part, i) for part, lines in made.items() for i, line in enumerate(lines) if line.startswith("-A")]
        elements = [i for i, line in enumerate(made["sets"]) if line.startswith("add")]
        change = self.pick(["element", "create", "number", "rule", "swap", "chain", "exchange", "exchange", "exchange", "policy", "nothing"])
        if change in ("element", "create") and self.sets:
            self.change_sets(made["sets"], elements, change)
        elif change == "exchange" and rules:
            self.exchange(made, rules)
        elif change == "number" and rules:
            self.change_number(made, rules)
        elif change in ("rule", "swap", "chain") and rules:
            in_chains = [(part, i) for part, i in rules if made[part][i].split()[1] in CHAINS]
            part, i = self.pick(in_chains if change == "chain" and in_chains else rules)
            self.change_rule(made[part], i, change)
        elif change == "policy":
            heads = [(part, i) for part, lines in made.items() for i, line in enumerate(lines) if line.startswith((":OUTPUT", ":POSTROUTING"))]
            if heads:
                part, i = self.pick(heads)
                line = made[part][i]
                made[part][i] = line.replace("DROP", "ACCEPT") if "DROP" in line else line.replace("ACCEPT", "DROP")
        return made

    def change_sets(self, lines, elements, change):
        if change == "element" and elements:
            i = self.pick(elements)
            lines[i : i + 1] = self.pick([[], [lines[i].removesuffix(" nomatch") + " nomatch" * ("nomatch" not in lines[i] and "/" in lines[i])]])
            return
        i = self.pick([i for i, line in enumerate(lines) if line.startswith("create")])
        of_set = self.sets[[one.name for one in self.sets].index(lines[i].split()[1])]
        lines.append(f"add {of_set.name} {self.element(of_set.parts, of_set.family)}")

    def exchange(self, made, rules):
        """Two rules of a table or two sets, the same but for who has what."""
        if self.chance(40) and self.sets:
            elements = [(i, line.split(" ", 2)) for i, line in enumerate(made["sets"]) if line.startswith("add")]
            kinds = {one.name: one[1:] for one in self.sets}
            pairs = [(a, b) for a in elements for b in elements if a[1][1] < b[1][1] and kinds[a[1][1]] == kinds[b[1][1]]]
            if pairs:
                (i, a), (j, b) = self.pick(pairs)
                made["sets"][i], made["sets"][j] = f"add {a[1]} {b[2]}", f"add {b[1]} {a[2]}"
                return
        part, first = self.pick(rules)
        lines = made[part]
        table = [i for i in range(len(lines)) if lines[i].startswith("-A") and "COMMIT" not in lines[min(i, first) : max(i, first)]]
        others = [i for i in table if lines[i].split()[1] == lines[first].split()[1] and tail_of(lines[i]) != tail_of(lines[first])]
        if others:
            second = self.pick(others)
            a, b = tail_of(lines[first]), tail_of(lines[second])
            lines[first], lines[second] = lines[first].removesuffix(a) + b, lines[second].removesuffix(b) + a

    def change_number(self, made, rules):
        places = []
        for part, i in rules:
            words = made[part][i].split()
            places += [(part, i, at + 1) for at, word in enumerate(words[:-1]) if word in NUMBERS and words[at + 1].isdigit()]
        if places:
            part, i, at = self.pick(places)
            words = made[part][i].split()
            words[at] = self.pick([one for one in ("0", "1", "2", "8", "100") if one != words[at]])
            made[part][i] = " ".join(words)

    def change_rule(self, lines, i, change):
        if change == "swap" and lines[i + 1].startswith("-A"):
            lines[i], lines[i + 1] = lines[i + 1], lines[i]
        elif self.chance(30):
            del lines[i]
        else:
            words = lines[i].split()
            if words[-1] in ("ACCEPT", "DROP", "RETURN"):
                words[-1] = self.pick([one for one in ("ACCEPT", "DROP", "RETURN") if one != words[-1]])
                lines[i] = " ".join(words)
            else:
                lines[i] = lines[i].rpartition(" -j ")[0] + " -j ACCEPT" if " -j " in lines[i] else lines[i]
