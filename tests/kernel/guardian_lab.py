"""A directory, a table and a driver for a guardian, and who arms it."""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import lab
import tables
from tidy import PATIENCE, within

PR_SET_CHILD_SUBREAPER = 36

OLD = """table inet egressc {
	comment "a { brace, expires 5s }"
	counter seen {
		packets 4 bytes 560
	}
	set n_a_4 {
		typeof ip daddr
		size 65536
		flags timeout
		timeout 1h
		elements = { 198.51.100.7, 198.51.100.8 timeout 30m expires 1m3s40ms, 198.51.100.9 expires 700ms,
			198.51.100.10 timeout 2d expires 1d2h comment "x { y, expires 5s" }
	}
	set n_b_6 {
		typeof ip6 daddr
		flags interval, timeout
		timeout 1h
		elements = { 2001:db8::/32, 2001:db9::1-2001:db9::5 expires 700ms }
	}
	set soon {
		type ipv4_addr
		flags timeout
		elements = { 192.0.2.1 timeout 700ms, 192.0.2.2 timeout 700ms }
	}
	set counted {
		typeof ip daddr . meta l4proto . th dport
		flags interval
		counter
		elements = { 203.0.113.0/24 . tcp . 443 counter packets 5 bytes 300, 192.0.2.5 . udp . 53-54 }
	}
	map where {
		type ipv4_addr : verdict
		flags timeout
		elements = { 192.0.2.9 timeout 1h comment "c" : drop, 192.0.2.10 : accept }
	}
	chain output {
		type filter hook output priority 0; policy accept;
		meta skuid 65534 ip daddr @n_a_4 counter packets 7 bytes 420 accept comment "elements = { 1.2.3.4 expires 3s }"
		meta skuid 65534 ip6 daddr @n_b_6 counter name "seen" accept
		meta skuid 65534 counter packets 2 bytes 80 drop
	}
}
"""
NEW = tables.REPLACE + """table inet egressc {
	set new {
		type ipv4_addr
	}
	chain output {
		type filter hook output priority 0; policy accept;
		meta skuid 65534 drop
	}
}
"""


def require_equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def require_in(part, whole):
    assert part in whole, f"{part!r} is not in {whole!r}"


def is_new():
    return "set new {" in tables.listing()


class Applier:
    """A process that armed a guardian for the rules of OLD, as they are now."""

    def __init__(self, lab_of, patience=1000, netns="", start=subprocess.Popen, **options):
        self.driver, self.directory = lab_of.driver, lab_of.directory
        self.before = tables.listing()
        if not netns:
            lab_of.write("listing", self.before)
        self.patience = patience / 1000
        command = [self.driver, "arm", self.directory, netns, str(patience)]
        self.started = time.monotonic()
        self.process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, **options)
        lab_of.appliers.append(self.process)
        self.answer = self.process.stdout.readline().strip()
        self.armed = time.monotonic()
        self.guardian = int(self.answer.split()[1]) if self.answer.startswith("armed ") else None

    def say(self, command):
        self.process.stdin.write(command + "\n")
        return self.process.stdout.readline().strip()

    def apply(self):
        """As a whole: changed, and told so. Returns when that was."""
        require_equal(self.say(f"load {self.directory}/new"), "done")
        assert is_new()
        require_equal(self.say("applied"), "done")
        return time.monotonic()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def is_late(self):
        """Whether its time may be over."""
        return time.monotonic() - self.started > self.patience

    def has_ended(self):
        """Waits for the guardian: an orphan of this process."""
        return within(PATIENCE, lambda: os.waitpid(self.guardian, os.WNOHANG)[0] == self.guardian)

    def require_same(self, after):
        """As if nothing had been changed; what was to expire in 0.7 s has."""
        now = time.monotonic()
        assert now - self.armed > 0.7
        tables.require_same(self.before, after, now - self.armed, now - self.started)

    def let_expire(self):
        """What was to expire in 0.7 s."""
        time.sleep(max(0.0, self.armed + 0.8 - time.monotonic()))

    def roll_back(self, lab_of):
        self.let_expire()
        require_equal(lab_of.kind("rollback"), "undone")
        self.require_undone()

    def require_undone(self):
        assert within(PATIENCE, lambda: not is_new()), "not undone"
        self.require_same(tables.listing())
        assert self.has_ended(), "the guardian has not ended"
        assert os.path.exists(f"{self.directory}/undone")
        assert not os.path.exists(f"{self.directory}/guardian")


class Lab:
    def __init__(self, driver, directory):
        self.driver, self.directory = driver, directory
        self.socket = f"{directory}/guardian"
        self.appliers = []
        self.write("new", NEW)
        tables.load(OLD)

    def write(self, name, text):
        with open(f"{self.directory}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def ask(self, request, patience=5000, **options):
        """The words of the answer."""
        command = [self.driver, request, self.socket, str(patience)]
        return subprocess.run(command, capture_output=True, text=True, check=False, **options).stdout.strip()

    def kind(self, request, **options):
        return self.ask(request, **options).split(" ")[0]

    def exists(self, name):
        return os.path.exists(f"{self.directory}/{name}")


def in_time(attempt):
    """attempt(patience) is True if it saw all that is to be seen before the time was over: a busy machine gets more."""
    assert any(attempt(patience) for patience in (2000, 10000, 50000)), "this machine is too slow"


def children():
    return [int(pid) for pid in pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()]


def reap():
    """Those that are left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    return children()


def undisturbed(case, driver):
    """Runs the case, and then looks whether there is a process more: orphans are children of this one."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="egressc-test-") as directory:
        one = Lab(driver, directory)
        try:
            case(one)
        finally:
            for process in one.appliers:
                process.kill()
                process.wait()
            ended = within(PATIENCE, lambda: not reap())
            for pid in children():
                os.kill(pid, signal.SIGKILL)
    assert ended, "a process is left"


def run_cases(cases, driver, wanted):
    """Ends the test: all, or those whose names are wanted."""
    lab.require("nft", "ip")
    chosen = [case for case in cases if not wanted or case.__name__ in wanted]
    lab.run_cases(chosen, lambda case: undisturbed(case, os.path.abspath(driver)))
