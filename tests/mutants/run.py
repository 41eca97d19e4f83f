#!/usr/bin/env python3
"""run.py EGRESSC EGRESSC-FAULTY [kernel] - compiles with one deliberate fault in one backend, and none may survive.

A fault is killed if `egressc compile` ends with status 5, names the dialect and the flows that differ, and leaves no
file behind. A fault that changes no text is a failure too: it would prove nothing. With "kernel" it is --verify kernel
that has to find them, in what the kernel lists; the kernel may as well refuse the ruleset.
"""

import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run

from matrix import ALL, MATRIX, REFUSED
from policies import POLICIES

NOT_EQUAL = 5
KERNEL_REFUSED = 3
SKIPPED = 77
REFUSAL = "egressc: the output is not equal to the policy, so nothing is written; please report this"
HEADINGS = {
    "+": "  the policy denies it, the output may allow it:",
    "-": "  the policy allows it, the output may deny it:",
    "0": "  the baseline allows some of it, the output none:",
    "1": "  the baseline allows some of it, the output all:",
}
DIALECTS = list(dict.fromkeys(column.split("/")[0] for column in ALL))
TOOLS = ["nft", "iptables", "ip6tables", "ferm", "ipset", "unshare"]
OF_A_DIALECT = {name + ":" for name in DIALECTS}


class Failed(Exception):
    """What is wrong, for a person."""


def call(program, *words, fault=None):
    environment = {name: value for name, value in os.environ.items() if name != "EGRESSC_FAULT"}
    if fault:
        environment["EGRESSC_FAULT"] = fault
    return run([program, *words], capture_output=True, text=True, env=environment, check=False)


def compiled(program, *words, fault=None):
    done = call(program, "compile", "--quiet", "--accept-below", *words, fault=fault)
    if done.returncode:
        raise Failed(f"status {done.returncode}: {done.stderr}")
    return done.stdout


def require_refusal(done, dialect, change):
    """The report is of this dialect alone, lists flows, and only what the fault does."""
    if done.returncode != NOT_EQUAL:
        raise Failed(f"SURVIVED: status {done.returncode}")
    lines = done.stderr.rstrip().splitlines()
    if REFUSAL not in lines:
        raise Failed(f"no refusal: {done.stderr}")
    report = lines[lines.index(REFUSAL) + 1 :]
    if report[0] != dialect + ":" or sum(line in OF_A_DIALECT for line in report) != 1:
        raise Failed(f"the report is not of {dialect} alone: {done.stderr}")
    if change == REFUSED:
        if not re.match(r"policy\.\w+(:\d+)+: error: ", report[1]):
            raise Failed(f"no place: {done.stderr}")
        return
    # A heading for each family of ferm.
    headings = [at for at, line in enumerate(report[1:], 1) if not line.startswith("    ")]
    found = {report[at] for at in headings}
    # A fault in the default changes what the baseline allows in part as well.
    aside = {HEADINGS[each] for each in "01" if each not in change}
    if found - aside != {HEADINGS[each] for each in change}:
        raise Failed(f"not the difference that was made: {done.stderr}")
    if not all(report[at + 1 :] and report[at + 1].startswith("    ") for at in headings):
        raise Failed(f"no flows below a heading: {done.stderr}")


def require_kernel_refusal(done, dialect):
    if done.returncode == KERNEL_REFUSED and "the kernel refuses the output" in done.stderr:
        return
    if done.returncode != NOT_EQUAL:
        raise Failed(f"SURVIVED: status {done.returncode}: {done.stderr}")
    if dialect + ":" not in done.stderr.splitlines():
        raise Failed(f"the report is not of {dialect}: {done.stderr}")


def try_fault(faulty, directory, truths, by, policy, column, fault, change):
    """Raises Failed unless the fault is killed by "model" or "kernel"."""
    dialect = column.split("/")[0]
    place = f"{column}/{fault}"
    file = str(directory / f"{policy}.json")
    if compiled(faulty, "--verify", "none", "--to", dialect, file, fault=place) == truths[policy, dialect]:
        raise Failed("the fault had no effect")
    with tempfile.TemporaryDirectory(dir=directory) as name:
        old, new = Path(name, "old"), Path(name, "new")
        old.write_text("old\n", encoding="utf-8")
        tries = [(dialect, old)]
        if by == "model":
            tries += [(dialect, new)] if policy == "live" else [(dialect, new), ("all", new)]
        for to, output in tries:
            words = ["--quiet", "--accept-below", "--verify", by, "--to", to, "-o", str(output), file]
            done = call(faulty, "compile", *words, fault=place)
            if by == "kernel":
                require_kernel_refusal(done, dialect)
            else:
                require_refusal(done, dialect, change)
        if os.listdir(name) != ["old"] or old.read_text(encoding="utf-8") != "old\n":
            raise Failed(f"something was written: {os.listdir(name)}")


def try_without_fault(faulty, directory, truths, by, policy, dialect):
    if compiled(faulty, "--verify", by, "--to", dialect, str(directory / f"{policy}.json")) != truths[policy, dialect]:
        raise Failed("without a fault the texts differ")


def outcome(check, *arguments):
    try:
        check(*arguments)
    except Failed as failed:
        return str(failed)
    return None


def unlisted(faulty):
    """Dialects and faults of the program that are tried nowhere, and the reverse."""
    lines = set(call(faulty, "compile", "/dev/null", fault="list").stdout.splitlines())
    tried = {f"dialect {name}" for name in DIALECTS} | {f"fault {name}" for name, rows in MATRIX.items() if rows}
    return sorted(f"{line}: {'not tried' if line in lines else 'no such'}" for line in lines ^ tried)


def print_table(killed, tried):
    width = max(map(len, MATRIX))
    print(f"{'killed/tried':{width}}", *(f"{name:>17}" for name in DIALECTS))
    for fault in MATRIX:
        cells = (f"{killed[fault, d]}/{tried[fault, d]}" if tried[fault, d] else "-" for d in DIALECTS)
        print(f"{fault:{width}}", *(f"{cell:>17}" for cell in cells))


def has_kernel():
    return os.geteuid() == 0 and all(map(shutil.which, TOOLS)) and call("unshare", "--net", "true").returncode == 0


def cases_of_matrix():
    for fault, rows in MATRIX.items():
        for columns, changes in rows:
            for column in columns:
                for policy, change in changes.items():
                    yield policy, column, fault, change


def main():
    egressc, faulty = (os.path.abspath(path) for path in sys.argv[1:3])
    by = sys.argv[3] if len(sys.argv) == 4 else "model"
    if by == "kernel" and not has_kernel():
        print("skipped: needs root, a network namespace of its own,", ", ".join(TOOLS))
        sys.exit(SKIPPED)
    lists = unlisted(faulty)
    wrong = [f"the lists of faults: {', '.join(lists)}"] if lists else []
    plain = [(p, d) for p in POLICIES for d in DIALECTS]
    cases = list(cases_of_matrix())
    if by == "kernel":
        # A kernel takes its time: one policy has to do for each fault in a backend.
        cases = list({case[1:3]: case for case in reversed(cases)}.values())
    killed, tried = Counter(), Counter()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(os.cpu_count()) as pool:
        directory = Path(name)
        for policy, document in POLICIES.items():
            (directory / f"{policy}.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
        truths = {(p, d): compiled(egressc, "--to", d, str(directory / f"{p}.json")) for p, d in plain}
        outcomes = pool.map(lambda case: outcome(try_without_fault, faulty, directory, truths, by, *case), plain)
        wrong += [f"{case}: {why}" for case, why in zip(plain, outcomes) if why]
        outcomes = pool.map(lambda case: outcome(try_fault, faulty, directory, truths, by, *case), cases)
        for (policy, column, fault, change), why in zip(cases, outcomes):
            place = fault, column.split("/")[0]
            tried[place] += 1
            killed[place] += not why
            if why:
                wrong.append(f"{column}/{fault} in {policy} ({change}): {why}")
    print_table(killed, tried)
    for line in wrong:
        print("FAILED", line)
    total = 1 + len(plain) + len(cases)
    print(f"{total - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
