"""What runs of egressc take, by the size of their input, and whether that grows faster than the input."""

import os
import subprocess
import sys

MOST = 2.6
TRIES = 4
LEAST_TIME = 0.08  # seconds


def measured(command, times):
    """The processor's time in seconds and the memory in bytes: the least of all runs."""
    best = None
    for _ in range(times):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            errors = process.stderr.read().decode(errors="replace")
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command[0]} ended with {process.returncode}: {errors}")
        run = usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10
        best = run if best is None else tuple(map(min, best, run))
    return best


def grown(name, least_memory, prepare, sizes, times):
    """A line for each size; whether one doubling takes too much. prepare(size) makes the input, and gives the command
    and what the line tells of the input; that of size 1 is what all is above."""
    base = measured(prepare(1)[0], times)
    too_fast = False
    before = None
    for size in sizes:
        command, told = prepare(size)
        used, memory = measured(command, times)
        above = max(used - base[0], LEAST_TIME), max(memory - base[1], least_memory)
        growth = [now / then for now, then in zip(above, before)] if before else []
        print(f"{name:34}{told:>12}{used:8.2f} s{memory >> 20:6} MiB  {' '.join(f'{one:.2f}' for one in growth)}".rstrip(), flush=True)
        too_fast = too_fast or any(one > MOST for one in growth)
        before = above
    return too_fast


def grows_too_fast(*what):
    """Whether it does each time: whatever else runs on the machine is not there always."""
    return all(grown(*what) for _ in range(TRIES))
