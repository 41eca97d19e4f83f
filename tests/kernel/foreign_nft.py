"""Other people's rulesets of nftables in the kernel: what is read as allowed leaves, what is read as denied does not.

foreign_nft.py NFT_VERDICTS [together=RULESET_VERDICTS] [SEED...]

With RULESET_VERDICTS, rulesets of several files are read as one side of `diff` is, too.
"""

import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import lab
from nft_cases import CASES
from nft_hooks import HookedRuleset
from nft_random import ADDRESSES_4, ADDRESSES_6, Ruleset
from probes import Capture, Probe, leaves

SEEDS = range(1, 161)
# Which rulesets are made: with nothing in them that a flow does not tell; with it; with every hook and what changes packets.
EXACT, VAGUE, HOOKS = "without undecidable matches", "with undecidable matches", "on every hook"
KINDS = [HOOKS, EXACT, VAGUE, EXACT]  # of seed modulo 4
LEAST_DECIDED = {EXACT: 95, VAGUE: 50, HOOKS: 15}  # percent
WORKERS = 2
# What nft's listing does not tell, of rulesets that are understood but for that: "meta nfproto { ipv4, ipv6 } ip6 daddr" is
# listed without a name for the address, and a reset of inet without its family.
UNTOLD = ("raw bytes of the packet", "nft does not tell of which family it is")
OWN = {lab.OUT_4, lab.OUT_6, "127.0.0.1", "::1"}
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58, "other": 253}
USERS = [(0, 0), (1000, 1000), (1000, 12), (1001, 1000), (2000, 0)]
SERVICES = [("tcp", 80), ("tcp", 443), ("tcp", 5353), ("tcp", 447), ("udp", 53), ("udp", 443), ("udp", 5500), ("icmp", 0)]
ROOTS_4 = [("icmp", 13 << 8), ("icmp", 8 << 8 | 1), ("other", 443), ("other", 80)]
ROOTS_6 = [("icmpv6", 139 << 8), ("icmpv6", 128 << 8 | 1), ("other", 443)]


def all_probes():
    made = []
    for uid, gid in USERS:
        for addresses, own in ((ADDRESSES_4, ROOTS_4), (ADDRESSES_6, ROOTS_6)):
            for address in addresses:
                for protocol, port in SERVICES + (own if uid == 0 else []):
                    name = "icmpv6" if protocol == "icmp" and ":" in address else protocol
                    made.append(Probe(uid, gid, name, address, port))
    made += [Probe(0, 0, "udp", address, 53, optioned=True) for address in ADDRESSES_6]
    # Without ports, each packet of an address to itself is the answer to the one before.
    return [probe for probe in made if probe.protocol != "other" or probe.address not in OWN]


PROBES = all_probes()
ASKED_PORTS = {port for _, port in SERVICES}


def sample(seed, users, count):
    chance = random.Random(seed)
    chosen = set(chance.sample(USERS[1:], users - 1)) | {USERS[0]}
    return chance.sample([probe for probe in PROBES if (probe.uid, probe.gid) in chosen], count)


def flow(probe):
    port = probe.port
    if probe.protocol.startswith("icmp") and not port:
        port = (128 if probe.is_v6 else 8) << 8
    return f"{probe.uid} {probe.gid} {int(probe.address in OWN)} {PROTOCOLS[probe.protocol]} {probe.address} {port}"


def contradicted(probes, verdicts, left):
    return [f"{probe}{' with options' * probe.optioned}: read as {verdict}, {'left' if out else 'did not leave'}"
            for probe, verdict, out in zip(probes, verdicts, left) if verdict == ("denied" if out else "allowed")]


class Room:
    """Rulesets one after the other. No source port is used twice, so no packet is part of an older flow."""

    def __init__(self, programs, directory):
        self.program, self.together = programs
        self.directory, self.port = directory, 1024
        lab.add_silent_link()
        self.capture = Capture()

    def numbered(self, probes):
        made = []
        for probe in probes:
            self.port = self.port + 1 if self.port < 65535 else 1025
            self.port += self.port in ASKED_PORTS
            made.append(replace(probe, from_port=self.port))
        return made

    def read(self, program, parts, probes):
        names = [os.path.join(self.directory, f"{number}.nft") for number in range(len(parts))]
        for name, part in zip(names, parts):
            with open(name, "w", encoding="utf-8") as file:
                file.write(part)
        flows = "\n".join(flow(probe) for probe in probes) + "\n"
        result = subprocess.run([program, ",".join(names)], input=flows, text=True, capture_output=True, check=False)
        return result.returncode, result.stdout.split(), result.stderr.strip()

    def tried(self, parts, probes):
        """{"refused"} or {"decided", "wrong", "why"}. The parts are loaded one by one, and read as one."""
        lab.run("nft", "flush", "ruleset")
        for part in parts:
            loading = subprocess.run(["nft", "--file", "-"], input=part, text=True, capture_output=True, check=False)
            if loading.returncode != 0:
                return {"refused": loading.stderr[:600]}
        probes = self.numbered(probes)
        status, verdicts, why = self.read(self.program, ["".join(parts)], probes)
        if "libnftables: killed by signal" in why:  # nft 1.0.6 cannot list it: an assertion of its own fails
            return {"refused": why}
        if status != 0:
            return {"decided": 0, "of": len(probes), "wrong": [why or f"exit status {status}"], "why": ""}
        left = leaves(probes, self.capture, rewritten=True)
        wrong = contradicted(probes, verdicts, left)
        if self.together and len(parts) > 1:
            status, together, said = self.read(self.together, parts, probes)
            wrong += contradicted(probes, together, left) if status == 0 else [f"several files: {said}"]
        counted = {verdict: verdicts.count(verdict) for verdict in ("allowed", "denied")}
        return {**counted, "decided": sum(counted.values()), "of": len(probes), "wrong": wrong, "why": why}


def tried_cases(programs, cases):
    with tempfile.TemporaryDirectory() as directory:
        room = Room(programs, directory)
        return [[name, EXACT if exact else VAGUE, text, room.tried([text], sample(name, 3, 150))]
                for name, exact, text in cases]


def tried_seeds(programs, seeds):
    found = []
    with tempfile.TemporaryDirectory() as directory:
        room = Room(programs, directory)
        for seed in seeds:
            kind = KINDS[seed % len(KINDS)]
            ruleset = HookedRuleset(seed) if kind == HOOKS else Ruleset(seed, kind == EXACT)
            text = ruleset.text()
            parts = ruleset.parts if kind == HOOKS else [text]
            found.append([f"seed {seed}", kind, text, room.tried(parts, sample(seed, 3, 50))])
    return found


def in_parallel(jobs):
    """The results of jobs, each [function, *arguments], in namespaces of their own."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        return [one for part in pool.map(lambda job: lab.isolated(*job), jobs) for one in part]


def report(results):
    """How many failed. Prints what is wrong, with its ruleset."""
    failures = 0
    for name, kind, text, result in results:
        wrong = result.get("wrong", [])
        is_told = not any(reason in result.get("why", "") for reason in UNTOLD)
        if kind == EXACT and is_told and "refused" not in result and not wrong and result["decided"] != result["of"]:
            wrong = [f"{result['of'] - result['decided']} flows are undecided:", result["why"]]
        if not wrong:
            continue
        failures += 1
        print(f"FAILED {name}\n{text}")
        for line in wrong[:12]:
            print("      ", line)
    return failures


def weaknesses(results, seeds):
    """Why the test would prove little. A reader that decides nothing is never wrong."""
    found = []
    refused = sum("refused" in result for _, _, _, result in results)
    if refused * 5 > len(results):
        found.append(f"nft refused {refused} of {len(results)} rulesets")
    for kind, least in LEAST_DECIDED.items():
        mine = [result for _, of, _, result in results if of == kind and "of" in result]
        flows, allowed, denied = (sum(result.get(name, 0) for result in mine) for name in ("of", "allowed", "denied"))
        print(f"{kind}: {len(mine)} rulesets, {flows} flows, {allowed} allowed, {denied} denied")
        if len(mine) < min(len(seeds) // 6, 20):
            found.append(f"{kind}: few rulesets")
        if (allowed + denied) * 100 < flows * least or min(allowed, denied) * 100 < flows * least / 4:
            found.append(f"{kind}: few flows are allowed, or denied, for sure")
    return found


def main():
    program, *words = sys.argv[1:]
    together = words.pop(0).partition("=")[2] if words and words[0].startswith("together=") else None
    lab.require("ip", "nft")
    lab.skip_unless(lambda: lab.run("nft", "add", "table", "inet", "t"), "nftables does not work here")
    seeds = [int(seed) for seed in words] or SEEDS
    programs = [program, together]
    jobs = [[tried_cases, programs, CASES[i::WORKERS]] for i in range(WORKERS)]
    jobs += [[tried_seeds, programs, seeds[i::WORKERS]] for i in range(WORKERS)]
    results = in_parallel(jobs)
    failures = report(results)
    for name, _, _, result in results:
        if "refused" in result and not name.startswith("seed"):
            print("FAILED nft refused the case:", name, result["refused"])
            failures += 1
    weak = weaknesses(results, seeds)
    for reason in weak:
        print("FAILED", reason)
    refused = sum("refused" in result for _, _, _, result in results)
    flows = sum(result.get("of", 0) for _, _, _, result in results)
    print(f"seeds {min(seeds)} to {max(seeds)} and {len(CASES)} cases: {len(results)} rulesets, {refused} refused by nft, "
          f"{flows} probes, {failures} rulesets read wrongly")
    sys.exit(1 if failures or weak else 0)


if __name__ == "__main__":
    main()
