"""The wall clock jumps: nothing depends on it but what is printed.  clock.py EGRESSC PRELOAD_CLOCK

The machine's clock stays what it is. A library shifts that of egressc and its guardian by what a file says.
"""

import json
import os
import pathlib
import sys
import time

import lab
import policies
import tidy
from applying import require_equal, require_in, rules

OLD = policies.POLICIES["subjects"]
NEW = policies.POLICIES["gids of a uid"]
YEAR = 366 * 86400  # seconds
TIME, MARGIN = 10, 3  # seconds; the margin is not of the end, which a busy machine may delay
LATE = 60
BY_HAND = """table inet egressc {
	set s {
		type ipv4_addr
		flags timeout
		elements = { 192.0.2.9 timeout 1h expires 30m }
	}

	chain mine {
		tcp dport 9 drop
	}
}
"""


class Clock:
    """Of everything that is started from here."""

    library = ""

    def __init__(self, egressc):
        self.path = pathlib.Path(egressc.file("clock", "0"))
        os.environ.update(EGRESSC_TEST_CLOCK=str(self.path), LD_PRELOAD=self.library)

    def jump(self, seconds):
        """From the true time."""
        new = self.path.with_suffix(".new")
        new.write_text(str(seconds), encoding="ascii")
        os.rename(new, self.path)


def now_of(egressc):
    return time.mktime(time.strptime(json.loads(egressc.run("status", "--json")[1])["time"], "%Y-%m-%dT%H:%M:%SZ"))


def library_works(egressc):
    clock = Clock(egressc)
    egressc.apply(OLD)
    times = []
    for jump in (0, YEAR, -YEAR):
        clock.jump(jump)
        times.append(now_of(egressc))
    assert abs(times[1] - times[0] - YEAR) < 60 and abs(times[2] - times[0] + YEAR) < 60, times


def deadline_stays(egressc):
    """A jump between the change and the end neither hastens nor delays it."""
    clock = Clock(egressc)
    egressc.apply(OLD)
    old = rules()
    for jump in (YEAR, -YEAR):
        clock.jump(0)
        egressc.must("apply", "--yes", "--confirm-within", f"{TIME}s", egressc.file("new.yaml", NEW))
        applied, guardian = time.monotonic(), tidy.the_guardian()
        assert rules() != old
        clock.jump(jump)
        left = json.loads(egressc.run("status", "--json")[1])["pending"]
        assert 0 < left["left_ms"] <= TIME * 1000, left
        assert not tidy.ends(guardian, applied + TIME - MARGIN - time.monotonic()), "too soon"
        assert tidy.ends(guardian, TIME + LATE), "too late"
        require_equal(rules(), old)
        require_in("too late: the change of this network namespace was undone at ", egressc.run("confirm")[2])


def confirmation_stays(egressc):
    clock = Clock(egressc)
    for jump in (YEAR, -YEAR):
        clock.jump(0)
        egressc.apply(OLD)
        egressc.must("apply", "--yes", "--confirm-within", "590s", egressc.file("new.yaml", NEW))
        new, guardian = rules(), tidy.the_guardian()
        clock.jump(jump)
        require_in("is undone in 9 min ", egressc.run("apply", "--yes", egressc.file("old.yaml", OLD))[2])
        egressc.must("confirm")
        assert tidy.ends(guardian)
        require_equal(rules(), new)
        require_in("drift     none", egressc.must("status"))


def status_says_so(egressc):
    clock = Clock(egressc)
    egressc.apply(OLD)
    clock.jump(-YEAR)
    require_in("(in the future: the clock was set back since)\n", egressc.must("status"))
    clock.jump(YEAR)
    require_in("(366 days ago)\n", egressc.must("status"))


def rollback_works(egressc):
    """To a policy, and to a table with elements that expire: after a jump backwards they have what they had."""
    clock = Clock(egressc)
    lab.run("nft", "--file", "-", text=BY_HAND)
    by_hand = rules()
    egressc.apply(OLD)
    old = rules()
    clock.jump(-YEAR)
    egressc.must("rollback", "--yes")
    require_equal(rules(), by_hand)
    egressc.must("rollback", "--yes")
    require_equal(rules(), old)
    egressc.apply(NEW)
    clock.jump(YEAR)
    egressc.must("rollback", "--yes")
    require_equal(rules(), old)


CASES = [library_works, deadline_stays, confirmation_stays, status_says_so, rollback_works]


def main():
    path, Clock.library = sys.argv[1:]
    lab.require("nft", "ip")
    tidy.run_cases(CASES, path)


if __name__ == "__main__":
    main()
