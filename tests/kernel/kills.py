"""kill -9 at random points of apply: the old or the new ruleset, whole.

kills.py EGRESSC SEED KILLS LIBNFTABLES [confirm]: so many kills, of which so many fall while libnftables runs.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import lab
import tidy
from applying import killed_at_the_end, require_equal, rules

MOST_TRIES = 20  # for each kill that is wanted
CONFIRM_WITHIN = 30  # seconds
AT_ONCE = 20  # seconds: less than that, on a busy machine


def policy(shift):
    """1200 grants. Of two shifts, the policies have nothing in common but the subjects."""
    return {"egressc": 1, "scope": "subjects", "subjects": {
        f"s{number}": {"uid": 2000 + number, "allow": [
            {"to": f"198.51.100.{grant + shift}", "ports": [f"tcp/{1000 + number}"]} for grant in range(60)]}
        for number in range(20)}}  # fmt: skip


def runs_libnftables(pid):
    """The child that does, if there is one: egressc itself, with a socket, in this network namespace."""
    for child in tidy.children(pid):
        try:
            files = [os.readlink(file) for file in pathlib.Path(f"/proc/{child}/fd").iterdir()]
            network = os.readlink(f"/proc/{child}/ns/net")
        except OSError:
            continue
        if tidy.name_of(child) == "egressc" and network == os.readlink("/proc/self/ns/net") and any(
                file.startswith("socket:") for file in files):  # fmt: skip
            return child
    return None


def was_killed(orphan):
    """Whether it was still running: it dies with its parent."""
    try:
        return os.WIFSIGNALED(os.waitpid(orphan, 0)[1])
    except ChildProcessError:
        return False  # it had ended after it was seen, and its parent had waited for it


class Kills:
    def __init__(self, egressc, seed, options):
        self.egressc, self.options, self.random = egressc, options, random.Random(seed)
        self.paths = [egressc.file(name + ".yaml", policy(shift)) for name, shift in (("one", 1), ("two", 101))]
        self.tables, times, self.current = [], [], 1
        for current in (1, 0, 1, 0):
            begin = time.monotonic()
            with killed_at_the_end(self.start(1 - current, "--warm-up", "0s")) as process:
                staged = time.monotonic() if self.await_staged(process) else begin
                require_equal(process.wait(), 0)
                times.append((time.monotonic() - begin, time.monotonic() - staged))
            self.tables.append(rules())
        require_equal(self.tables[:2], self.tables[2:])
        assert self.tables[0] != self.tables[1]
        # A little longer than it takes, and than what it takes from the moment when the state directory knows of it.
        self.whole, self.last_part = (1.1 * max(numbers) for numbers in zip(*times[1:]))

    def learn(self, in_last_part, seconds):
        """It took no longer, now that the machine has less to do."""
        if in_last_part:
            self.last_part = min(self.last_part, 1.1 * seconds)
        else:
            self.whole = min(self.whole, 1.1 * seconds)

    def start(self, number, *options):
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(self.egressc.words("apply", "--yes", *options, self.paths[number]), **pipes)

    def await_staged(self, process):
        """Whether the change is about to be made. Some file of an earlier one may be left."""
        before = self.staged()
        while process.poll() is None:
            if self.staged() not in (None, before):
                return True
            time.sleep(0.0005)
        return False

    def staged(self):
        for path in pathlib.Path(self.egressc.state).glob("*/next"):
            with contextlib.suppress(OSError):
                status = path.stat()
                return status.st_ino, status.st_mtime_ns
        return None

    def kill_one(self, in_last_part):
        """None if it ended before, or whether libnftables ran."""
        longest = self.last_part if in_last_part else self.whole
        delay = self.random.uniform(0, longest)
        with killed_at_the_end(self.start(1 - self.current, *self.options)) as process:
            is_seen = not in_last_part or self.await_staged(process)
            begin = time.monotonic()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=delay)
                if is_seen:
                    self.learn(in_last_part, time.monotonic() - begin)
            child = runs_libnftables(process.pid)
            process.send_signal(signal.SIGKILL)
            if process.wait() != -signal.SIGKILL:
                # It came to its end; whatever was killed before must not have been in its way.
                require_equal((process.returncode, process.stderr.read()[:8]), (0, "applied "))
                return None
        if child is None:
            return False
        # Before it is waited for, and while the kernel may be about to finish what it sent.
        at_once = rules()
        assert at_once in self.tables[:2], f"half a table, after {delay}: {at_once[:2000]}"
        return was_killed(child)

    def find(self):
        """What runs now, which must be one of the two, whole, and known to egressc."""
        shown = rules()
        assert shown in self.tables[:2], f"half a table: {shown[:2000]}"
        self.current = self.tables.index(shown)
        status, text, errors = self.egressc.run("status", "--json")
        require_equal((status, errors), (0, ""))
        report = json.loads(text)
        require_equal((report["drift"], report["current"]["file"]), ("none", self.paths[self.current]))

    def apply(self):
        """All of it, over what a kill has left."""
        self.egressc.must("apply", "--yes", self.paths[1 - self.current])
        self.current = 1 - self.current
        require_equal(rules(), self.tables[self.current])
        (directory,) = pathlib.Path(self.egressc.state).iterdir()
        require_equal(sorted(os.listdir(directory)), ["current", "lock", "previous"])


def killed(egressc, seed, wanted, wanted_in_libnftables):
    kills = Kills(egressc, seed, [])
    count = in_libnftables = new = 0
    for attempt in range(MOST_TRIES * wanted):
        if count >= wanted and in_libnftables >= wanted_in_libnftables:
            break
        before = kills.current
        hit = kills.kill_one(in_last_part=attempt % 3 == 2)
        tidy.reap()
        kills.find()
        if hit is None:
            require_equal(kills.current, 1 - before)
            continue
        count, in_libnftables, new = count + 1, in_libnftables + hit, new + (kills.current != before)
        if count % 4 == 0:
            kills.apply()
    kills.apply()
    print(f"{count} kills within {kills.whole:.2f} s, {in_libnftables} while libnftables ran; "
          f"the new ruleset was there after {new}", file=sys.stderr)  # fmt: skip
    assert count >= wanted and in_libnftables >= wanted_in_libnftables, (count, in_libnftables)


def killed_with_a_guardian(egressc, seed, wanted, wanted_in_libnftables):
    """The guardian restores the old ruleset at once or, if it was told of the change, in time."""
    kills = Kills(egressc, seed, ["--confirm-within", f"{CONFIRM_WITHIN}s"])
    count = in_libnftables = left = late = 0
    for attempt in range(MOST_TRIES * wanted):
        if count >= wanted and in_libnftables >= wanted_in_libnftables:
            break
        before = kills.current
        hit = kills.kill_one(in_last_part=attempt % 3 != 0)
        begin = time.monotonic()
        for guardian in tidy.guardians():
            left += 1
            is_announced = "not confirmed: rolled back in" in egressc.run("status")[1]
            if hit is None or (is_announced and late > 0):
                egressc.must("rollback")  # that it comes in time has been seen
            assert tidy.ends(guardian, 2 * CONFIRM_WITHIN), "the guardian does not end"
            took = time.monotonic() - begin
            if hit is not None and is_announced:
                assert late > 0 or took > CONFIRM_WITHIN - AT_ONCE, f"too soon: after {took} s"
                late += 1
            else:
                assert took < AT_ONCE, f"not at once: after {took} s"
        tidy.reap()
        kills.find()
        require_equal(kills.current, before)
        if hit is not None:
            count, in_libnftables = count + 1, in_libnftables + hit
        if count % 4 == 3:
            kills.apply()
    kills.apply()
    print(f"{count} kills within {kills.whole:.2f} s, {in_libnftables} while libnftables ran; "
          f"{left} guardians, {late} of them told of the change", file=sys.stderr)  # fmt: skip
    assert count >= wanted and in_libnftables >= wanted_in_libnftables and left > 0, (count, in_libnftables, left)


def main():
    path, *numbers = sys.argv[1:]
    case = killed_with_a_guardian if "confirm" in numbers else killed
    lab.require("nft", "ip")
    tidy.run_cases([case], path, *(int(number) for number in numbers[:3]))


if __name__ == "__main__":
    main()
