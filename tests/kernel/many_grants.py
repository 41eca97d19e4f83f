"""100,000 grants into an empty table: how long it takes, and how much memory.  many_grants.py EGRESSC"""

import contextlib
import os
import pathlib
import re
import sys
import time

import lab
import tidy
from applying import require_equal, table

SUBJECTS, GRANTS = 200, 500
MOST_SECONDS = 3  # in user mode and in the kernel: others may use the machine
MOST_MEMORY = 150  # MB, of any process


def policy():
    lines = ["egressc: 1", "scope: subjects", "subjects:"]
    for subject in range(SUBJECTS):
        lines += [f"  s{subject}:", f"    uid: {2000 + subject}", "    allow:"]
        lines += [f"      - {{to: 198.51.100.{grant % 250}, ports: [tcp/{443 + grant // 250 * 2}]}}" for grant in range(GRANTS)]
    return "\n".join(lines) + "\n"


def memory(pid):
    """The most that it had so far, in MB; proc(5), VmHWM. 0 if it has ended."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
        return int(found[1]) / 1024 if found else 0
    return 0


def measure(words):
    """(exit status, seconds, MB of the process, MB of the largest of its children); both MB are looked at all the time."""
    begin = time.monotonic()
    process = os.posix_spawn(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    own = of_children = 0
    while True:
        own = max(own, memory(process))
        of_children = max([of_children, *(memory(child) for child in tidy.children(process))])
        ended, status, usage = os.wait4(process, os.WNOHANG)
        if ended:
            break
        time.sleep(0.003)
    seconds = time.monotonic() - begin
    return os.waitstatus_to_exitcode(status), seconds, own, of_children, usage


def applies_them(egressc):
    path = egressc.file("policy.yaml", policy())
    words = egressc.words("apply", "--yes", "--quiet", "--warm-up", "0s", path)
    status, seconds, own, of_children, usage = measure(words)
    print(f"{SUBJECTS * GRANTS} grants: {seconds:.2f} s ({usage.ru_utime:.2f} s in user mode, {usage.ru_stime:.2f} s in "
          f"the kernel), {own:.0f} MB, its children {of_children:.0f} MB, any of them {usage.ru_maxrss / 1024:.0f} MB",
          file=sys.stderr)  # fmt: skip
    require_equal(status, 0)
    used = usage.ru_utime + usage.ru_stime
    assert used < MOST_SECONDS, f"{used} s"
    assert usage.ru_maxrss / 1024 < MOST_MEMORY, f"{usage.ru_maxrss / 1024} MB"
    require_equal(table().count(" . tcp . 44"), SUBJECTS * GRANTS)


def main():
    lab.require("nft", "ip")
    tidy.run_cases([applies_them], sys.argv[1])


if __name__ == "__main__":
    main()
