"""A guardian takes a change back unless it is confirmed, whatever becomes of who armed it.  guardian.py DRIVER SOURCES [CASE...]"""

import contextlib
import ctypes
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import lab
import tables

NOBODY = 65534
PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14

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


def within(limit, condition):
    """Whether it came true in so many seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


class Applier:
    """A process that armed a guardian for the rules of OLD, as they are now."""

    def __init__(self, lab_of, patience=1000, netns="", start=subprocess.Popen, **options):
        self.driver, self.directory = lab_of.driver, lab_of.directory
        self.before = tables.listing()
        if not netns:
            lab_of.write("listing", self.before)
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

    def has_ended(self, limit=3):
        """Waits for the guardian: an orphan of this process."""
        return within(limit, lambda: os.waitpid(self.guardian, os.WNOHANG)[0] == self.guardian)

    def require_same(self, after):
        """As if nothing had been changed; what was to expire in 0.7 s has."""
        now = time.monotonic()
        assert now - self.armed > 0.7
        tables.require_same(self.before, after, now - self.armed, now - self.started)

    def require_undone(self, limit):
        assert within(limit, lambda: not is_new()), "not undone"
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


def undoes_when_time_is_up(one):
    applier = Applier(one, patience=2000)
    applied = applier.apply()
    kind, pid, left, *_ = one.ask("status").split(" ")
    require_equal((kind, int(pid)), ("waiting", applier.guardian))
    assert 0 < int(left) <= 2000, left
    time.sleep(max(0.0, applied + 1.2 - time.monotonic()))
    assert is_new(), "undone too soon"
    applier.require_undone(3)
    require_equal(one.ask("status"), "nobody 0 0")
    require_equal(one.ask("confirm"), "nobody 0 0")
    assert not one.exists("confirmed")


def undoes_to_nothing(one):
    lab.run("nft", "delete", "table", "inet", "egressc")
    applier = Applier(one, patience=300)
    applier.apply()
    assert within(2, lambda: "inet egressc" not in lab.run("nft", "list", "tables"))
    assert applier.has_ended()


def keeps_what_is_confirmed(one):
    applier = Applier(one, patience=2000)
    applied = applier.apply()
    require_equal(one.ask("confirm"), f"confirmed {applier.guardian} 0")
    assert not one.exists("guardian")
    require_equal(one.kind("status"), "nobody")
    assert applier.has_ended()
    time.sleep(max(0.0, applied + 2.2 - time.monotonic()))
    assert is_new()
    assert one.exists("confirmed") and not one.exists("undone")


def rolls_back_at_once(one):
    applier = Applier(one, patience=60000)
    time.sleep(0.7)
    applier.apply()
    require_equal(one.ask("rollback"), f"undone {applier.guardian} 0")
    applier.require_undone(0)


def stands_down(one):
    applier = Applier(one)
    require_equal(one.kind("status"), "applying")
    require_equal(applier.say("stand-down"), "done")
    assert not one.exists("guardian")
    assert applier.has_ended()
    time.sleep(0.7)
    applier.require_same(tables.listing())
    assert not one.exists("undone")


def answers_while_the_change_is_made(one):
    applier = Applier(one)
    for request in ("status", "confirm", "rollback"):
        require_equal(one.ask(request), f"applying {applier.guardian} 0")
    applier.apply()
    require_equal(one.kind("confirm"), "confirmed")
    assert applier.has_ended()


def undoes_for_who_was_killed(one):
    """Between armed and applied."""
    applier = Applier(one, patience=60000)
    require_equal(applier.say(f"load {one.directory}/new"), "done")
    time.sleep(0.7)
    assert is_new()
    applier.kill()
    applier.require_undone(1)


def undoes_after_all_that_change_anything(one):
    """The loader lives on, and loads, after who started it was killed."""
    applier = Applier(one, patience=60000)
    applier.process.stdin.write(f"load-later {one.directory}/new\n")
    time.sleep(0.2)
    applier.kill()
    assert within(2, is_new), "the loader has not loaded"
    applier.require_undone(1)
    time.sleep(0.2)
    assert not is_new()


def survives_signals(one):
    applier = Applier(one, patience=2000, start_new_session=True)
    applier.apply()
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL,
                          signal.SIGABRT, signal.SIGTRAP, signal.SIGSYS, 32, 33):  # fmt: skip
            os.kill(applier.guardian, number)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(applier.process.pid, number)
        applier.process.wait() if number == signal.SIGKILL else time.sleep(0.05)
    require_equal(one.kind("status"), "waiting")
    applier.require_undone(3)


def on_terminal(command, path, **options):
    def take_terminal():
        os.setsid()
        # The first terminal that the leader of a session opens becomes that of the session, tty_ioctl(4).
        os.close(os.open(path, os.O_RDWR))

    return subprocess.Popen(command, preexec_fn=take_terminal, **options)


def terminal_of(pid):
    """0 if it has none; proc(5), /proc/pid/stat."""
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[4])


def survives_its_terminal(one):
    master, slave = pty.openpty()
    path = os.ttyname(slave)
    applier = Applier(one, patience=2000, start=lambda command, **options: on_terminal(command, path, **options))
    os.close(slave)
    applier.apply()
    assert terminal_of(applier.process.pid) != 0
    require_equal(terminal_of(applier.guardian), 0)
    os.close(master)
    require_equal(applier.process.wait(timeout=2), -signal.SIGHUP)
    require_equal(one.kind("status"), "waiting")
    applier.require_undone(3)


def lowest_score():
    """What a process may ask of the memory killer here: CAP_SYS_RESOURCE is not root's everywhere."""
    shell = "echo -1000 2>/dev/null >/proc/self/oom_score_adj; cat /proc/self/oom_score_adj"
    return subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout


def has_nothing_of_its_applier(one):
    """Whoever waits for the end of a pipe does not wait for the guardian."""
    read_end, write_end = os.pipe()
    applier = Applier(one, patience=60000, pass_fds=[write_end], cwd=one.directory)
    os.close(write_end)
    applier.apply()
    process = pathlib.Path(f"/proc/{applier.guardian}")
    require_equal(process.joinpath("comm").read_text(encoding="ascii"), "egressc-guard\n")
    require_equal(process.joinpath("oom_score_adj").read_text(encoding="ascii"), lowest_score())
    require_equal(os.readlink(process / "cwd"), "/")
    require_equal([os.readlink(process / f"fd/{number}") for number in range(3)], ["/dev/null"] * 3)
    kinds = sorted(os.readlink(process / "fd" / number).split(":")[0] for number in os.listdir(process / "fd"))
    require_equal(kinds, ["/dev/null"] * 3 + ["anon_inode", "socket", "socket"])
    ids = {key: os.stat(f"/proc/{pid}/ns/net").st_ino for key, pid in (("its", applier.guardian), ("ours", "self"))}
    require_equal(ids["its"], ids["ours"])
    assert os.getsid(applier.guardian) not in (os.getsid(0), applier.guardian)
    applier.process.stdin.close()
    applier.process.wait()
    require_equal(os.read(read_end, 1), b"")
    os.close(read_end)
    require_equal(one.kind("confirm"), "confirmed")
    assert applier.has_ended()


def hears_no_noise(one):
    """What is printed where nobody listens, stderr being closed."""
    def start(command, **options):
        return subprocess.Popen(["sh", "-c", 'exec "$@" 2>&-', "sh", *command], **options)

    applier = Applier(one, patience=60000, start=start)
    require_equal(applier.say("noise"), "nowhere")
    applier.apply()
    require_equal(one.kind("confirm"), "confirmed")
    assert applier.has_ended()


def refuses_a_second_one(one):
    applier = Applier(one, patience=60000)
    second = Applier(one)
    require_in("already waits for a confirmation", second.answer)
    applier.apply()
    require_in("already waits for a confirmation", Applier(one).answer)
    require_equal(one.kind("rollback"), "undone")
    assert applier.has_ended()
    third = Applier(one)
    require_in("armed", third.answer)
    require_equal(third.say("stand-down"), "done")
    assert third.has_ended()


def is_missed_when_it_is_killed(one):
    """kill -9 of the guardian: nothing is undone, everybody is told, and the next one takes its place."""
    applier = Applier(one, patience=300)
    applier.apply()
    os.kill(applier.guardian, signal.SIGKILL)
    assert applier.has_ended()
    assert one.exists("guardian")
    for request in ("status", "confirm", "rollback"):
        require_equal(one.kind(request), "nobody")
    time.sleep(0.5)
    assert is_new()
    second = Applier(one)
    require_in("armed", second.answer)
    os.kill(second.guardian, signal.SIGKILL)
    assert second.has_ended()
    require_in("failure the guardian has ended", second.say("applied"))


def says_what_is_in_the_way(one):
    one.write("guardian", "a file")
    require_in("it is in the way of the guardian's socket", Applier(one).answer)
    require_equal(pathlib.Path(one.socket).read_text(encoding="ascii"), "a file")
    os.unlink(one.socket)
    require_in("there is no network namespace of this name", Applier(one, netns="egressc-test-none").answer)
    require_in("above 0", Applier(one, patience=0).answer)
    one.directory += "/none"
    one.write = lambda *_: None
    require_in("No such file or directory", Applier(one).answer)


def refuses_to_confirm_what_does_not_run(one):
    applier = Applier(one, patience=2000)
    applier.apply()
    lab.run("nft", "delete", "table", "inet", "egressc")
    require_equal(one.kind("confirm"), "changed")
    require_equal(one.kind("status"), "waiting")
    assert within(3, tables.listing)
    applier.require_undone(0)
    assert not one.exists("confirmed")


def undoes_in_a_named_namespace(one):
    """It has the namespace, also when that has lost its name: and both end with it."""
    name = f"egressc-test-{os.getpid()}"
    inside = ("ip", "netns", "exec", name, "nft")
    for vanishes in (False, True):
        lab.run("ip", "netns", "add", name)
        try:
            lab.run(*inside, "--file", "-", text=OLD)
            one.write("listing", lab.run(*inside, "list", "table", "inet", "egressc"))
            ours = tables.listing()
            applier = Applier(one, patience=500, netns=name)
            lab.run(*inside, "--file", f"{one.directory}/new")
            require_equal(applier.say("applied"), "done")
            if not vanishes:
                undone = lambda: "set n_a_4" in lab.run(*inside, "list", "ruleset")
                assert not undone()
                assert within(2, undone)
        finally:
            lab.run("ip", "netns", "delete", name)
        assert applier.has_ended()
        assert one.exists("undone")
        os.unlink(f"{one.directory}/undone")
        require_equal(tables.later(tables.listing(), 0)[0], tables.later(ours, 0)[0])


def is_not_hurt_by_who_asks(one):
    applier = Applier(one, patience=2500)
    applier.apply()
    silent = []
    for _ in range(40):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(one.socket)
        silent.append(client)
    for garbage in (b"", b"\0", b"confirm\0", b"confirm\n", b"x" * 63, b"confirm" + b" " * 57, b"x" * 100000, b"\xff" * 64):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(one.socket)
            client.settimeout(2)
            client.send(garbage)
            require_equal(client.recv(100), b"")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(one.socket)
        client.send(b"status")
    require_equal(one.kind("status"), "waiting")
    assert is_new()
    applier.require_undone(3)
    assert not one.exists("confirmed")


def hears_only_its_own(one):
    applier = Applier(one, patience=60000)
    applier.apply()
    require_equal(os.stat(one.socket).st_mode & 0o777, 0o600)
    os.chmod(one.directory, 0o755)
    require_in("only who started the change may ask", one.ask("confirm", user=NOBODY, group=NOBODY, extra_groups=[]))
    os.chmod(one.socket, 0o666)
    require_in("ended before it answered", one.ask("confirm", user=NOBODY, group=NOBODY, extra_groups=[]))
    assert not one.exists("confirmed")
    require_equal(one.kind("confirm"), "confirmed")
    assert applier.has_ended()


def tries_again(one):
    """When the undo fails at first."""
    applier = Applier(one, patience=200)
    one.write("unloadable", "")
    applier.apply()
    time.sleep(0.8)
    assert is_new()
    os.unlink(f"{one.directory}/unloadable")
    applier.require_undone(3)


def says_that_it_could_not(one):
    """And goes on waiting."""
    applier = Applier(one, patience=60000)
    one.write("unloadable", "")
    applier.apply()
    answer = one.ask("rollback", patience=20000)
    require_in(f"not-undone {applier.guardian} 0 ", answer)
    require_in("syntax error", answer)
    assert is_new() and not one.exists("undone")
    os.unlink(f"{one.directory}/unloadable")
    require_equal(one.kind("status"), "waiting")
    require_equal(one.kind("rollback"), "undone")
    applier.require_undone(0)


@contextlib.contextmanager
def system_log(directory):
    """The socket of syslog(3), in a private copy of the tree of files."""
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (lambda: libc.unshare(CLONE_NEWNS), lambda: libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None),
                 lambda: libc.mount(b"tmpfs", b"/dev", b"tmpfs", 0, None)):  # fmt: skip
        if call() != 0:
            raise OSError(ctypes.get_errno(), directory)
    os.mknod("/dev/null", 0o20666, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("/dev/log")
        server.settimeout(2)
        yield lambda: server.recv(10000).decode()


def tells_the_system_log(one):
    with system_log(one.directory) as line:
        for request, word in (("confirm", "the change is confirmed"), ("rollback", "asked to: the rules from before are back"),
                              (None, "nobody confirmed the change in time: the rules from before are back")):  # fmt: skip
            applier = Applier(one, patience=60000 if request else 100)
            require_in(f"egressc[{applier.guardian}]: armed: ", line())
            applier.apply()
            if request:
                one.ask(request)
            require_in(f"egressc[{applier.guardian}]: {word}", line())
            assert applier.has_ended()
            tables.load(tables.REPLACE + OLD)


def asks_no_wall_clock(sources):
    """Setting the clock changes nothing: nothing in the guardian reads it, or sleeps by it."""
    files = [file for file in pathlib.Path(sources, "src/kernel").iterdir() if re.match("guardian|clock|scope", file.name)]
    assert len(files) > 10, files
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    require_equal(re.findall(r"system_clock|CLOCK_REALTIME|gettimeofday|\btime\(|sleep_for|\busleep", text), [])
    require_equal(set(re.findall(r"CLOCK_\w+", text)), {"CLOCK_BOOTTIME", "CLOCK_MONOTONIC"})


CASES = [
    undoes_when_time_is_up,
    undoes_to_nothing,
    keeps_what_is_confirmed,
    rolls_back_at_once,
    stands_down,
    answers_while_the_change_is_made,
    undoes_for_who_was_killed,
    undoes_after_all_that_change_anything,
    survives_signals,
    survives_its_terminal,
    has_nothing_of_its_applier,
    hears_no_noise,
    refuses_a_second_one,
    is_missed_when_it_is_killed,
    says_what_is_in_the_way,
    refuses_to_confirm_what_does_not_run,
    undoes_in_a_named_namespace,
    is_not_hurt_by_who_asks,
    hears_only_its_own,
    tries_again,
    says_that_it_could_not,
    tells_the_system_log,
]


def children():
    return [int(pid) for pid in pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()]


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
            ended = within(2, lambda: not reap())
            for pid in children():
                os.kill(pid, signal.SIGKILL)
    assert ended, "a process is left"


def reap():
    """Those that are left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    return children()


def main():
    driver, sources, *wanted = sys.argv[1:]
    lab.require("nft", "ip")
    asks_no_wall_clock(sources)
    lab.run_cases([case for case in CASES if not wanted or case.__name__ in wanted], lambda case: undisturbed(case, driver))


if __name__ == "__main__":
    main()
