"""A guardian takes a change back unless it is confirmed.  guardian.py DRIVER [CASE...]"""

import contextlib
import ctypes
import os
import pathlib
import socket
import sys
import time

import lab
import tables
from guardian_lab import OLD, Applier, in_time, is_new, require_equal, require_in, run_cases
from tidy import PATIENCE, within

CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14


def undoes_when_time_is_up(one):
    def attempt(patience):
        applier = Applier(one, patience)
        applied = applier.apply()
        status = one.ask("status").split(" ")[:3]
        time.sleep(max(0.0, applied + 0.6 * patience / 1000 - time.monotonic()))
        stays = is_new()
        seen = not applier.is_late()
        if seen:
            assert stays, "undone too soon"
            require_equal(status[:2], ["waiting", str(applier.guardian)])
            assert 0 < int(status[2]) <= patience, status
        applier.require_undone()
        require_equal(one.ask("status"), "nobody 0 0")
        require_equal(one.ask("confirm"), "nobody 0 0")
        assert not one.exists("confirmed")
        os.unlink(f"{one.directory}/undone")
        tables.load(tables.REPLACE + OLD)
        return seen

    in_time(attempt)


def undoes_to_nothing(one):
    lab.run("nft", "delete", "table", "inet", "egressc")
    applier = Applier(one, patience=300)
    applier.apply()
    assert within(PATIENCE, lambda: "inet egressc" not in lab.run("nft", "list", "tables"))
    assert applier.has_ended()


def keeps_what_is_confirmed(one):
    def attempt(patience):
        applier = Applier(one, patience)
        applied = applier.apply()
        answer = one.ask("confirm")
        if answer != f"confirmed {applier.guardian} 0":
            assert applier.is_late(), answer
            applier.require_undone()
            tables.load(tables.REPLACE + OLD)
            return False
        assert not one.exists("guardian")
        require_equal(one.kind("status"), "nobody")
        assert applier.has_ended()
        time.sleep(max(0.0, applied + patience / 1000 + 0.2 - time.monotonic()))
        assert is_new()
        assert one.exists("confirmed")
        return True

    in_time(attempt)


def rolls_back_at_once(one):
    applier = Applier(one, patience=60000)
    applier.let_expire()
    applier.apply()
    require_equal(one.ask("rollback"), f"undone {applier.guardian} 0")
    applier.require_undone()


def stands_down(one):
    applier = Applier(one)
    require_equal(one.kind("status"), "applying")
    require_equal(applier.say("stand-down"), "done")
    assert not one.exists("guardian")
    assert applier.has_ended()
    applier.let_expire()
    applier.require_same(tables.listing())
    assert not one.exists("undone")


def answers_while_the_change_is_made(one):
    applier = Applier(one)
    for request in ("status", "confirm", "rollback"):
        require_equal(one.ask(request), f"applying {applier.guardian} 0")
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
    applier = Applier(one, patience=60000)
    applier.apply()
    lab.run("nft", "delete", "table", "inet", "egressc")
    require_equal(one.kind("confirm"), "changed")
    require_equal(one.kind("status"), "waiting")
    require_equal(tables.listing(), "")
    applier.roll_back(one)
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
            applier = Applier(one, patience=500 if vanishes else 60000, netns=name)
            lab.run(*inside, "--file", f"{one.directory}/new")
            require_equal(applier.say("applied"), "done")
            if not vanishes:
                undone = lambda: "set n_a_4" in lab.run(*inside, "list", "ruleset")
                assert not undone()
                require_equal(one.kind("rollback"), "undone")
                assert undone()
        finally:
            lab.run("ip", "netns", "delete", name)
        assert applier.has_ended()
        assert one.exists("undone")
        os.unlink(f"{one.directory}/undone")
        require_equal(tables.later(tables.listing(), 0)[0], tables.later(ours, 0)[0])


def tries_again(one):
    """When the undo fails at first."""
    applier = Applier(one, patience=200)
    one.write("unloadable", "")
    applier.apply()
    time.sleep(0.8)
    assert is_new()
    os.unlink(f"{one.directory}/unloadable")
    applier.require_undone()


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
    applier.roll_back(one)


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
        server.settimeout(PATIENCE)
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


CASES = [
    undoes_when_time_is_up,
    undoes_to_nothing,
    keeps_what_is_confirmed,
    rolls_back_at_once,
    stands_down,
    answers_while_the_change_is_made,
    refuses_a_second_one,
    says_what_is_in_the_way,
    refuses_to_confirm_what_does_not_run,
    undoes_in_a_named_namespace,
    tries_again,
    says_that_it_could_not,
    tells_the_system_log,
]


def main():
    driver, *wanted = sys.argv[1:]
    run_cases(CASES, driver, wanted)


if __name__ == "__main__":
    main()
