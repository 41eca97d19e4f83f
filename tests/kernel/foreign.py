"""Other people's rulesets in the kernel: what is read as allowed leaves, what is read as denied does not.

foreign.py FOREIGN_VERDICTS DATA KIND, where KIND is nft or legacy and DATA holds what iptables-save printed
"""

import os
import sys
import tempfile

import lab
from probes import Probe, leaves

PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}
OWN = {lab.OUT_4, lab.OUT_6, "127.0.0.1", "::1"}
USERS = [(0, 0), (1000, 1000), (1000, 12), (1001, 100)]

SERVICES_4 = [("tcp", 22), ("tcp", 25), ("tcp", 53), ("tcp", 443), ("tcp", 4000), ("tcp", 8002), ("tcp", 8006),
              ("udp", 53), ("udp", 99), ("udp", 138), ("udp", 1500), ("udp", 5353), ("udp", 5406), ("icmp", 0)]
ADDRESSES_4 = ["192.0.2.9", "192.0.2.10", "192.0.2.200", "198.51.100.7", "198.51.100.15", "198.51.100.70",
               "198.51.100.200", "203.0.113.7", "203.0.113.66", "203.0.113.80", "203.0.113.201", "127.0.0.1"]
PROBES_4 = [Probe(uid, gid, protocol, address, port)
            for uid, gid in USERS for protocol, port in SERVICES_4 for address in ADDRESSES_4]
PROBES_4 += [Probe(1000, 1000, "udp", address, 5353) for address in ["224.0.0.251", "239.1.2.3", "255.255.255.255"]]

PROBES_6 = [
    Probe(uid, uid, protocol, address, port)
    for uid in (0, 1000)
    for protocol, port in [("tcp", 443), ("tcp", 80), ("udp", 443), ("icmpv6", 0)]
    for address in ["2001:db8::9", "2001:db8:1::9", "2001:db8:1:2::9", "2001:db9::1", "::1"]
] + [Probe(1000, 1000, "udp", "ff0e::fb", 5353)]

RULES_4 = [
    "-m addrtype --dst-type MULTICAST",
    "-m addrtype ! --dst-type MULTICAST",
    "-m addrtype --dst-type MULTICAST,LOCAL",
    "-m addrtype --dst-type LOCAL",
    "-m addrtype --dst-type BROADCAST",
    "-m addrtype ! --dst-type BROADCAST",
    "-m addrtype --dst-type UNICAST",
    "-m addrtype --dst-type MULTICAST --limit-iface-out",
    "-m pkttype --pkt-type unicast",
    "-m pkttype --pkt-type broadcast",
    "-m pkttype ! --pkt-type multicast",
    "-m physdev ! --physdev-is-bridged",
    "-m physdev --physdev-in eth0",
    "-m conntrack --ctstatus SEEN_REPLY,ASSURED,CONFIRMED",
    "-m conntrack ! --ctstatus SEEN_REPLY,ASSURED,CONFIRMED",
    "-m conntrack ! --ctstatus EXPECTED",
    "-m conntrack --ctstatus NONE",
    "-m conntrack --ctproto 6",
    "-m conntrack --ctstate NEW,DNAT",
    "-m conntrack --ctstate RELATED,ESTABLISHED,DNAT",
    "-p tcp -m multiport --ports 443",
    "-p udp -m multiport ! --ports 53,99",
    "-f",
    "! -f",
    "-p tcp -m tcp --tcp-option 8",
    "-m set --match-set services dst",
    "-m set --match-set services dst,dst",
    "-m set --match-set services dst,dst,dst",
    "-m set --match-set services src,dst",
    "-m set ! --match-set services dst",
    "-m set ! --match-set services dst,dst",
    "-m set --match-set blocked dst",
    "-m set ! --match-set blocked dst",
    "-m set --match-set blocked dst --return-nomatch",
    "-m set ! --match-set blocked dst --return-nomatch",
    "-m set --match-set blocked dst ! --update-counters --packets-lt 5",
    "-m set --match-set ports dst",
    "-m set ! --match-set ports dst",
    "-m set --match-set ports src",
    "-m set --match-set masked dst",
    "-m set --match-set trio dst,dst,dst",
    "-m set --match-set trio dst,dst",
    "-m set --match-set links dst,dst",
    "-m set --match-set links dst,src",
    "-m set ! --match-set links dst,dst",
    "-m set --match-set timed dst",
    "-m set --match-set PVEFW-0-management-v4 dst",
]

RULES_6 = [
    "-m addrtype --dst-type MULTICAST",
    "-m addrtype ! --dst-type MULTICAST",
    "-m addrtype --dst-type UNICAST",
    "-m addrtype --dst-type LOCAL",
    "-m set --match-set six dst,dst",
    "-m set ! --match-set six dst,dst",
]


def expected(program, family, rules, sets, probes):
    """What the text says of each probe."""
    echo = (8 if family == "4" else 128) << 8
    lines = [f"{probe.uid} {probe.gid} {int(probe.address in OWN)} {PROTOCOLS[probe.protocol]} {probe.address} "
             f"{echo if probe.protocol.startswith('icmp') else probe.port}" for probe in probes]
    with tempfile.NamedTemporaryFile("w", suffix=".rules") as file:
        file.write(rules)
        file.flush()
        return lab.run(program, family, file.name, sets, text="\n".join(lines) + "\n").split()


def wrong_verdicts(program, kind, family, rules, sets):
    """[how many probes were decided, what was wrong]"""
    lab.add_silent_link()
    probes = PROBES_4 if family == "4" else PROBES_6
    with open(sets, encoding="ascii") as file:
        lab.run("ipset", "restore", text=file.read())
    lab.run(f"ip{'6' if family == '6' else ''}tables-{kind}-restore", text=rules)
    verdicts = expected(program, family, rules, sets, probes)
    wrong = []
    for probe, verdict, left in zip(probes, verdicts, leaves(probes)):
        if verdict == ("denied" if left else "allowed"):
            wrong.append(f"{probe}: read as {verdict}, {'left' if left else 'did not leave'}")
    return [sum(verdict != "undecided" for verdict in verdicts), wrong]


def cases(data, kind):
    """(name, family, rules)"""
    for name in sorted(os.listdir(data)):
        family = name.rpartition(".v")[2]
        other = "-legacy." if kind == "nft" else "-nft."
        # one holds rules that iptables cannot make, the other a value that iptables-save prints without its quotes
        if family not in ("4", "6") or other in name or name in ("incompatible.v4", "matches.v4"):
            continue
        with open(os.path.join(data, name), encoding="ascii") as file:
            yield name, family, file.read()
    for family, rules in (("4", RULES_4), ("6", RULES_6)):
        for rule in rules:
            yield rule, family, f"*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT {rule} -j ACCEPT\nCOMMIT\n"


def main():
    program, data, kind = sys.argv[1:]
    lab.require("ip", "ipset", f"iptables-{kind}-restore", f"ip6tables-{kind}-restore")
    sets = os.path.join(data, "sets.ipset")
    with open(sets, encoding="ascii") as file:
        text = file.read()
    lab.skip_unless(lambda: lab.run("ipset", "restore", text=text), "ipset does not work here")
    failures = 0
    for name, family, rules in cases(data, kind):
        decided, wrong = lab.isolated(wrong_verdicts, program, kind, family, rules, sets)
        print(f"{'ok' if not wrong else 'FAILED':6} IPv{family} {name}: {decided} decided, {len(wrong)} wrong")
        for line in wrong[:20]:
            print("      ", line)
        failures += bool(wrong)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
