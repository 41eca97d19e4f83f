#!/usr/bin/env python3
"""rehearse.py EGRESSC EGRESSC-FAULTY - rehearses with one deliberate fault in one backend, and packets have to show it.

Each fault of the matrix that changes what a socket's packet may do, in each backend, in one of its policies at least.
"""

import json
import os
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from matrix import EACH, MATRIX, NARROWER, OTHER, WIDER
from policies import POLICIES
from run import SKIPPED, Failed, call, cases_of_matrix, has_kernel, outcome, print_table

# What no packet of a user's socket can tell: it is about packets without an owner, about ICMP other than echo requests,
# about a source port of DHCP, about mapped addresses, or about what a resolver will put into sets.
INVISIBLE = {
    "icmp-errors-swapped", "icmp-errors-echo", "ownerless-deny-lost", "ownerless-established-lost",
    "echo-any-type", "ndp-swapped", "ndp-router-advert", "mld-swapped",
    "dhcp-swapped", "dhcp-any-port",
    "live-service-lost", "live-set-lost", "live-name-swapped",
}  # fmt: skip
INVISIBLE_IN = {("ip6tables-restore/6", "ipv4-mapped")}


def rehearse(program, policy, dialect, fault=None):
    return call(program, "rehearse", "--quiet", "--to", dialect, policy, fault=fault)


def try_without_fault(program, directory, policy, dialect):
    done = rehearse(program, str(directory / f"{policy}.json"), dialect)
    if done.returncode != 0:
        raise Failed(f"status {done.returncode}: {done.stdout}{done.stderr}")


def try_fault(faulty, directory, policy, column, fault):
    dialect = column.split("/")[0]
    done = rehearse(faulty, str(directory / f"{policy}.json"), dialect, fault=f"{column}/{fault}")
    if done.returncode == 3 and "the kernel refuses" in done.stderr:
        return
    if done.returncode != 1:
        raise Failed(f"SURVIVED: status {done.returncode}: {done.stderr}")
    if f"mismatch: {dialect}: " not in done.stdout:
        raise Failed(f"no mismatch of {dialect}: {done.stdout}")


def main():
    egressc, faulty = (os.path.abspath(path) for path in sys.argv[1:3])
    if not has_kernel():
        print("skipped: needs root, a network namespace of its own, nft, iptables, ip6tables, ferm and ipset")
        sys.exit(SKIPPED)
    rulesets = list(dict.fromkeys(column.split("/")[0] for column in EACH))
    plain = [(p, d) for p in POLICIES for d in rulesets]
    visible = [
        (policy, column, fault)
        for policy, column, fault, change in cases_of_matrix()
        if column in EACH and change in (WIDER, NARROWER, OTHER) and fault not in INVISIBLE and (column, fault) not in INVISIBLE_IN
    ]
    # A kernel takes its time: one policy has to do for each fault in a backend.
    visible = list({case[1:]: case for case in reversed(visible)}.values())
    killed, tried, wrong = Counter(), Counter(), []
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        directory = Path(name)
        for policy, document in POLICIES.items():
            (directory / f"{policy}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        outcomes = pool.map(lambda case: outcome(try_without_fault, egressc, directory, *case), plain)
        wrong += [f"{case}: {why}" for case, why in zip(plain, outcomes) if why]
        outcomes = pool.map(lambda case: outcome(try_fault, faulty, directory, *case), visible)
        for (policy, column, fault), why in zip(visible, outcomes):
            place = fault, column.split("/")[0]
            tried[place] += 1
            killed[place] += not why
            if why:
                wrong.append(f"{column}/{fault} in {policy}: {why}")
    print_table(killed, tried)
    for line in wrong:
        print("FAILED", line)
    total = len(plain) + len(visible)
    print(f"{total - len(wrong)} passed, {len(wrong)} failed; {len(INVISIBLE)} of {len(MATRIX)} faults show in no packet")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
