"""Random rulesets of iptables in the kernel: what is read as allowed leaves, what is read as denied does not, and what
`diff` says of two of them is what becomes of the packets.

foreign_random.py RULESET_VERDICTS [mixed|ipset|pairs FIRST LAST]... [--shrink]

FIRST and LAST are seeds; --shrink cuts what is contradicted down to what it takes.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import lab
from probes import Probe, leaves
from xt_random import ADDRESSES, Ruleset, hands_on

SLICE = [("mixed", 1, 100), ("ipset", 1, 40), ("pairs", 1, 40)]
WORKERS = 2
PROBES_EACH = 50
OWN = {lab.OUT_4, lab.OUT_6, "127.0.0.1", "::1"}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "other": 253}
USERS = [(0, 0), (1000, 1000), (1000, 12), (1001, 1000), (2000, 0)]
SERVICES = [("tcp", 80), ("tcp", 443), ("tcp", 5353), ("tcp", 447), ("udp", 53), ("udp", 443), ("udp", 5500), ("icmp", 0)]
ROOTS = {"4": [("icmp", 13 << 8), ("icmp", 8 << 8 | 1), ("icmp", 3 << 8), ("other", 443)],
         "6": [("icmpv6", 139 << 8), ("icmpv6", 128 << 8 | 1), ("icmpv6", 135 << 8), ("icmpv6", 1 << 8), ("other", 443)]}
MANY = {"4": ["224.0.0.251", "192.0.2.255"], "6": ["ff0e::fb"]}  # multicast and broadcast
TOLD = {"added": [(False, True)], "removed": [(True, False)], "unchanged": [(True, True)], "=": [(False, False), (True, True)],
        "+?": [(False, False), (True, True), (False, True)], "-?": [(False, False), (True, True), (True, False)]}  # fmt: skip


def all_probes(family):
    made = []
    for uid, gid in USERS:
        for address in ADDRESSES[family]:
            for protocol, port in SERVICES + (ROOTS[family] if uid == 0 else []):
                name = "icmpv6" if protocol == "icmp" and family == "6" else protocol
                # Without ports, each packet of an address to itself is the answer to the one before.
                if name != "other" or address not in OWN:
                    made.append(Probe(uid, gid, name, address, port))
        made += [Probe(uid, gid, "udp", address, port) for address in MANY[family] for port in (53, 5353)]
    return made


PROBES = {family: all_probes(family) for family in "46"}


def taste_of(what, seed):
    return "exact" if what == "mixed" and seed % 2 == 1 else what


def sample(seed, families):
    chance = random.Random(seed)
    pool = [probe for family in families for probe in PROBES[family]]
    return chance.sample(pool, PROBES_EACH)


def flow(probe):
    port = probe.port
    if probe.protocol.startswith("icmp") and not port:
        port = (128 if probe.is_v6 else 8) << 8
    return f"{probe.uid} {probe.gid} {int(probe.address in OWN)} {PROTOCOLS[probe.protocol]} {probe.address} {port}"


def tool(part):
    return f"ip{'6' if part.endswith('6') else ''}tables-{part[:-1]}-restore"


def loaded(parts):
    """What refuses the ruleset; "" if it is in force."""
    for part, lines in parts.items():
        command = ["ipset", "-exist", "restore"] if part == "sets" else [tool(part)]
        if lines:
            result = subprocess.run(command, input="\n".join(lines) + "\n", text=True, capture_output=True, check=False)
            if result.returncode != 0:
                return f"{part}: {result.stderr.strip()[:300]}"
    return ""


def saved_sets(directory, name):
    return os.path.join(directory, name + ".ipset")


def as_files(parts, directory, name):
    """The operand that names a ruleset's files."""
    words = []
    for part, lines in parts.items():
        if not lines or part == "sets":
            continue
        path = os.path.join(directory, f"{name}.{part}")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        words.append(("ip6tables:" if part.endswith("6") else "iptables:") + path)
    return ",".join(words + ["ipset:" + saved_sets(directory, name)] * bool(parts["sets"]))


def judged(program, words, probes):
    """(what the program says of each, what it says besides), or an error."""
    flows = "\n".join(flow(probe) for probe in probes) + "\n"
    result = subprocess.run([program, *words], input=flows, text=True, capture_output=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: exit status {result.returncode}: {result.stderr.strip()[:1500]}")
    return result.stdout.split(), result.stderr


class Usable:
    """Which parts of rules this kernel and these programs have; asks them once for each."""

    def __init__(self):
        self.known = {}

    def __call__(self, kind, family, table, chain, parts):
        before = [part for part in parts[:1] if part.startswith("-p")]
        return all(self.part(kind, family, table, chain, before, part) for part in parts or [""])

    def has_set(self, kind):
        if kind[0] not in self.known:
            words = [option for option in kind[2] if option.startswith(("range", "size"))]
            self.known[kind[0]] = not loaded({"sets": [" ".join(["create usable", kind[0], *words]), "destroy usable"]})
        return self.known[kind[0]]

    def part(self, kind, family, table, chain, before, part):
        if "-set " in part or (part.startswith(("-j", "-g")) and not re.match(r"-j [A-Z]{2}", part)):
            return True
        own = chain if chain.isupper() and "-" not in chain else "mine"
        options = re.sub(r"(?<= )[^ -][^ ]*", "x", part) if part.startswith(("-d", "-s", "! -")) else re.sub(r"[0-9][^ ]*", "0", part)
        key = (kind, family, table, own, options)
        if key not in self.known:
            of_mine = [":mine - [0:0]", "-A OUTPUT -j mine"] if own == "mine" else []
            rule = " ".join(["-A", own, *[one for one in before if one != part], part])
            self.known[key] = not loaded({kind + family: [f"*{table}", *of_mine, rule, "COMMIT"]})
        return self.known[key]


def left(parts, probes, save_to, ask=None):
    """In a namespace of its own: [what refuses the ruleset, what ask() said, which of the probes left]. Its sets are
    saved."""
    lab.add_silent_link()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # for -m cpu, and for the order of answers
    refusal = loaded(parts)
    if refusal:
        return [refusal, None, None]
    with open(save_to, "w", encoding="ascii") as file:
        file.write(lab.run("ipset", "save"))
    said = ask() if ask else None
    return ["", said, leaves(probes, rewritten=True)]


def contradictions(program, directory, parts, probes):
    """Of one ruleset: [refusal, {reading: verdicts}, wrong, undecided rules]"""
    files = as_files(parts, directory, "rules")
    readings = {"kernel": "kernel", "files": files}

    def ask():
        return {name: judged(program, [word], probes) for name, word in readings.items()}

    refusal, said, outcome = lab.isolated(left, parts, probes, saved_sets(directory, "rules"), ask)
    wrong = []
    for name, (verdicts, _) in (said or {}).items():
        for probe, verdict, has_left in zip(probes, verdicts, outcome, strict=True):
            if verdict == ("denied" if has_left else "allowed"):
                wrong.append([probe, f"{name}: {probe}: read as {verdict}, {'left' if has_left else 'did not leave'}"])
    return [refusal, {name: verdicts for name, (verdicts, _) in (said or {}).items()}, wrong,
            sorted({line for _, why in (said or {}).values() for line in why.split("\n") if line.startswith("undecided")})]  # fmt: skip


def words_of(outcomes):
    return "left before and after" if all(outcomes) else "left before" if outcomes[0] else "left after" if outcomes[1] else "never left"


def pair_contradictions(program, directory, old, new, probes):
    """Of two: [refusal, changes, wrong, []]"""
    outcomes = []
    for name, parts in (("old", old), ("new", new)):
        refusal, _, outcome = lab.isolated(left, parts, probes, saved_sets(directory, name))
        if refusal:
            return [refusal, {}, [], []]
        outcomes.append(outcome)
    words = [as_files(old, directory, "old"), as_files(new, directory, "new")]
    changes = judged(program, words, probes)[0] if all(words) else []
    # A packet that a rule does not meet any more leaves its share to others: of these, only whole rulesets are equal.
    depends = set(changes) - {"=", "unchanged"} and any(hands_on(line) for lines in [*old.values(), *new.values()] for line in lines)
    wrong = []
    for probe, change, before, after in zip(probes, changes, *outcomes):
        if (before, after) not in TOLD.get(change, [(before, after)]) and not (depends and change == "="):
            wrong.append([probe, f'{probe}: "{change}", but {words_of((before, after))}'])
    return ["", {"diff": changes, "both": [words_of(pair) for pair in zip(*outcomes)]}, wrong, []]


def one(program, directory, what, seed, usable):
    """(the sides, the probes, the function that tries them)"""
    ruleset = Ruleset(seed, taste_of(what, seed), usable)
    sides = [ruleset.lines] + [ruleset.changed()] * (what == "pairs")
    families = sorted({part[-1] for part in ruleset.lines if part != "sets"})
    attempt = pair_contradictions if what == "pairs" else contradictions
    return sides, sample(seed, families), lambda sides, probes: attempt(program, directory, *sides, probes)


def smallest(sides, probes, wrong, attempt):
    """The sides and probes that are left when all is taken away that a contradiction can do without."""

    def holds(sides, probes):
        try:
            found = attempt(sides, probes)
        except RuntimeError:
            return None
        return found[2] or None

    alone = [wrong[0][0]]
    if found := holds(sides, alone):
        probes, wrong = alone, found
    for part in list(sides[0]):
        less = [{name: lines if name != part else [] for name, lines in side.items()} for side in sides]
        if found := holds(less, probes):
            sides, wrong = less, found
    lines = sorted({(part, line) for side in sides for part, lines in side.items() for line in lines
                    if line.startswith(("-A", "add", "create", ":"))}, key=lambda one: (one[1][0] != "-", one))  # fmt: skip
    for part, line in lines:
        less = [{name: [one for one in lines if name != part or one != line] for name, lines in side.items()} for side in sides]
        if found := holds(less, probes):
            sides, wrong = less, found
    return sides, wrong


def tried(program, jobs, is_shrunk):
    """[what, seed, exact, refusal, readings, wrong, text, undecided rules] for each."""
    lab.add_silent_link()
    usable, results = Usable(), []
    with tempfile.TemporaryDirectory() as directory:
        for what, seed in jobs:
            sides, probes, attempt = one(program, directory, what, seed, usable)
            try:
                refusal, readings, wrong, why = attempt(sides, probes)
            except RuntimeError as error:
                refusal, readings, wrong, why = "", {}, [[probes[0], str(error)[-1500:]]], []
            else:
                if wrong and is_shrunk:
                    sides, wrong = smallest(sides, probes, wrong, attempt)
            text = "\n-- and --\n".join("\n".join(line for part, lines in side.items() if lines for line in [f"# {part}", *lines]) for side in sides)
            results.append([what, seed, taste_of(what, seed) == "exact", refusal, readings, [line for _, line in wrong], text, why])
    return results


def report(results):
    """How many failed."""
    failures = 0
    for what, seed, _, _, _, wrong, text, why in results:
        if wrong:
            failures += 1
            print(f"FAILED {what} seed {seed}\n{text}")
            for line in wrong[:12] + why[:6]:
                print("      ", line)
    return failures


def figures(results):
    """Prints what was tried. Why the test would prove little: a reader that decides nothing is never wrong."""
    found = []
    for what in dict.fromkeys(result[0] for result in results):
        mine = [result for result in results if result[0] == what]
        refused = [result[3] for result in mine if result[3]]
        seeds = [result[1] for result in mine]
        print(f"{what}, seeds {min(seeds)} to {max(seeds)}: {len(mine) - len(refused)} tried, {len(refused)} refused by the tools")
        if len(refused) * 4 > len(mine):
            found.append(f"{what}: the tools refused {len(refused)} of {len(mine)}, as {refused[0]}")
        for reading in ("kernel", "files", "diff", "both"):
            for exact in (True, False):
                said = [verdict for result in mine if result[2] == exact for verdict in result[4].get(reading, [])]
                if said:
                    counts = ", ".join(f"{said.count(word)} {word}" for word in sorted(set(said)))
                    print(f"  {reading}{', all told by flows' * exact}: {len(said)} probes, {counts}")
                if exact and said and min(said.count("allowed"), said.count("denied")) * 8 < len(said):
                    found.append(f"{what}: few of what {reading} says is allowed, or denied, for sure")
    return found


def main():
    program, *words = sys.argv[1:]
    tools = [f"ip{six}tables-{kind}-restore" for six in ("", "6") for kind in ("nft", "legacy")]
    lab.require("ip", "ipset", "nft", *tools)
    lab.skip_unless(lambda: lab.run("ipset", "create", "s", "hash:ip"), "ipset does not work here")
    for name in tools:
        lab.skip_unless(lambda name=name: lab.run(name, text="*filter\n-A OUTPUT -j ACCEPT\nCOMMIT\n"), f"{name} does not work here")
    is_shrunk = "--shrink" in words
    words = [word for word in words if word != "--shrink"]
    chosen = [(words[i], int(words[i + 1]), int(words[i + 2])) for i in range(0, len(words), 3)] or SLICE
    jobs = [(what, seed) for what, first, last in chosen for seed in range(first, last + 1)]
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = pool.map(lambda i: lab.isolated(tried, program, jobs[i::WORKERS], is_shrunk), range(WORKERS))
        results = sorted((result for part in parts for result in part), key=lambda result: (result[0], result[1]))
    failures = report(results)
    weak = figures(results)
    for reason in weak:
        print("FAILED", reason)
    print(f"{len(results)} rulesets and pairs of seeds {chosen}, {failures} contradicted")
    sys.exit(1 if failures or weak else 0)


if __name__ == "__main__":
    main()
