"""100,000 grants into an empty table: how long it takes, and how much memory.

many_grants.py EGRESSC [OPTIMIZATION], the latter as Meson has it: of a program that is not optimized the time is only told.
"""

import os
import sys
import time

import lab
import tidy
from applying import require_equal, table

SUBJECTS, GRANTS = 200, 500
MOST_TIMES_NFT = 1.5  # in user mode and in the kernel, of what nft takes to load the ruleset alone
MOST_MEMORY = 150  # MB, of any process


def policy():
    lines = ["egressc: 1", "scope: subjects", "subjects:"]
    for subject in range(SUBJECTS):
        lines += [f"  s{subject}:", f"    uid: {2000 + subject}", "    allow:"]
        lines += [f"      - {{to: 198.51.100.{grant % 250}, ports: [tcp/{443 + grant // 250 * 2}]}}" for grant in range(GRANTS)]
    return "\n".join(lines) + "\n"


def measure(words):
    """(exit status, seconds, usage of it and its children); nothing of this looks on, which would take a processor."""
    # meson has malloc fill what is freed.
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_PERTURB_"}
    begin = time.monotonic()
    process = os.posix_spawn(words[0], words, environment, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    _, status, usage = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - begin, usage


def applies_them(egressc, is_optimized):
    path = egressc.file("policy.yaml", policy())
    ruleset = os.path.join(egressc.directory, "policy.nft")
    lab.run(egressc.path, "compile", "--quiet", "-o", ruleset, path)
    status, _, usage = measure(["/usr/sbin/nft", "--file", ruleset])
    require_equal(status, 0)
    by_nft = usage.ru_utime + usage.ru_stime
    lab.run("nft", "delete", "table", "inet", "egressc")
    words = egressc.words("apply", "--yes", "--quiet", "--warm-up", "0s", path)
    status, seconds, usage = measure(words)
    print(f"{SUBJECTS * GRANTS} grants: {seconds:.2f} s ({usage.ru_utime:.2f} s in user mode, {usage.ru_stime:.2f} s in "
          f"the kernel; nft alone takes {by_nft:.2f} s), {usage.ru_maxrss / 1024:.0f} MB", file=sys.stderr)  # fmt: skip
    require_equal(status, 0)
    used = usage.ru_utime + usage.ru_stime
    assert not is_optimized or used < MOST_TIMES_NFT * by_nft, f"{used} s, and nft {by_nft} s"
    assert usage.ru_maxrss / 1024 < MOST_MEMORY, f"{usage.ru_maxrss / 1024} MB"
    require_equal(table().count(" . tcp . 44"), SUBJECTS * GRANTS)


def main():
    lab.require("nft", "ip")
    tidy.run_cases([applies_them], sys.argv[1], sys.argv[2:] not in (["0"], ["g"]))


if __name__ == "__main__":
    main()
