"""A change that waits for its confirmation, with the real command, whatever happens.  pending.py EGRESSC [CASE...]"""

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time

import lab
import policies
import tidy
from applying import Terminal, killed_at_the_end, require_equal, require_in, require_not_in, rules, table

OLD = policies.POLICIES["subjects"]
NEW = policies.POLICIES["gids of a uid"]
SHORT, LONG = 6, 600  # seconds
LATE = 60  # seconds more than that, on a busy machine


class Change:
    """From OLD to NEW."""

    def __init__(self, egressc, *options):
        self.egressc, self.options = egressc, options
        egressc.must("apply", "--yes", "--warm-up", "0s", *options, egressc.file("old.yaml", OLD))
        self.old = self.rules()
        self.path = egressc.file("new.yaml", NEW)

    def rules(self):
        if "--netns" not in self.options:
            return rules()
        return lab.run(*tidy.inside(tidy.network_name(), "nft", "--stateless", "list", "table", "inet", "egressc"))

    def words(self, seconds):
        return self.egressc.words("apply", "--yes", "--confirm-within", f"{seconds}s", *self.options, self.path)

    def make(self, seconds):
        """Returns the guardian's number."""
        lab.run(*self.words(seconds))
        self.note(time.monotonic() + seconds)
        return tidy.the_guardian()

    def note(self, deadline):
        self.deadline, self.new = deadline, self.rules()
        assert self.new != self.old

    def require_undone(self, guardian):
        """In time, and not before."""
        assert tidy.ends(guardian, self.deadline - time.monotonic() + LATE), "the guardian does not end"
        assert time.monotonic() > self.deadline - 1, "too soon"
        require_equal(self.rules(), self.old)

    def require_confirmed(self, guardian):
        self.egressc.must("confirm", *self.options)
        assert tidy.ends(guardian), "the guardian does not end"
        require_equal(self.rules(), self.new)


def ends_in_time_or_is_confirmed(egressc):
    change = Change(egressc)
    change.require_undone(change.make(SHORT))
    status, _, messages = egressc.run("confirm")
    require_equal(status, 4)
    require_in("too late: the change of this network namespace was undone at ", messages)
    change.require_confirmed(change.make(LONG))


def of_a_session(change, seconds, stop):
    """The guardian of a change that was made on a terminal, by a shell of a session that is then stopped."""
    shell = " ".join(change.words(seconds)) + "; echo made; exec sleep 1000"
    terminal = Terminal(["setsid", "--ctty", "sh", "-c", shell])
    with killed_at_the_end(terminal.process):
        terminal.until("made\r\n")
        change.note(time.monotonic() + seconds)
        guardian = tidy.the_guardian()
        stop(terminal)
        terminal.process.wait(timeout=tidy.PATIENCE)
    return guardian


def kill_group(number):
    def stop(terminal):
        os.killpg(os.getpgid(terminal.process.pid), number)
        with contextlib.suppress(OSError):
            terminal.close()

    return stop


def kill_session(number):
    """All of its processes, whatever group they are in."""

    def stop(terminal):
        session = os.getsid(terminal.process.pid)
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit() and os.getsid(int(name)) == session:
                    os.kill(int(name), number)
        with contextlib.suppress(OSError):
            terminal.close()

    return stop


STOPS = [Terminal.close, *(kill(number) for kill in (kill_group, kill_session)
                           for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL))]  # fmt: skip


def outlives_its_session(egressc):
    change = Change(egressc)
    for stop in STOPS:
        guardian = of_a_session(change, LONG, stop)
        require_in("PENDING", egressc.run("status")[1])
        require_equal(egressc.must("rollback"), "undone: the rules from before are back\n")
        assert tidy.ends(guardian)
        require_equal(rules(), change.old)
    for stop in (Terminal.close, kill_session(signal.SIGKILL)):
        change.require_undone(of_a_session(change, SHORT, stop))
    change.require_confirmed(of_a_session(change, LONG, kill_session(signal.SIGKILL)))


def full_pipe():
    """Who writes to it waits."""
    ends = os.pipe()
    fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, 4096)
    os.write(ends[1], bytes(4096))
    return ends


def killed_when_it_was_announced(egressc):
    """Between the guardian's answer and the end of apply, which waits to say that it is done: a whole change."""
    change = Change(egressc)
    for answer in (None, "confirm"):
        ends = full_pipe()
        seconds = LONG if answer else SHORT + 2
        with killed_at_the_end(subprocess.Popen(change.words(seconds), stdout=subprocess.DEVNULL, stderr=ends[1])) as process:
            assert tidy.within(tidy.PATIENCE, lambda: "PENDING" in egressc.run("status")[1]), "not announced"
            change.note(time.monotonic() + json.loads(egressc.run("status", "--json")[1])["pending"]["left_ms"] / 1000)
            guardian = tidy.the_guardian()
            process.send_signal(signal.SIGKILL)
            require_equal(process.wait(), -signal.SIGKILL)
        for end in ends:
            os.close(end)
        if answer:
            change.require_confirmed(guardian)
        else:
            change.require_undone(guardian)


def refuses_another_change(egressc):
    change = Change(egressc)
    guardian = change.make(LONG)
    for command in (("apply", "--yes", change.path), ("apply", "--yes", "--confirm-within", "9s", change.path),
                    ("apply", "--dry-run", change.path), ("remove", "--yes")):  # fmt: skip
        status, _, messages = egressc.run(*command)
        require_equal(status, 3)
        left = re.search(r"a change waits for its confirmation, and is undone in (?:10 min 0|9 min (\d+)) s: "
                         "`egressc confirm` keeps it, `egressc rollback` undoes it now", messages)  # fmt: skip
        assert left and int(left[1] or 60) > 0, messages
    require_equal(rules(), change.new)
    change.require_confirmed(guardian)


def guardian_is_killed(egressc):
    """Nothing takes the change back any more: status says so, and confirm and rollback do without."""
    change = Change(egressc)
    for answer in ("confirm", "rollback", "apply"):
        guardian = change.make(LONG)
        os.kill(guardian, signal.SIGKILL)
        assert tidy.ends(guardian)
        status, text, _ = egressc.run("status")
        require_equal(status, 0)
        require_in("PENDING   not confirmed, and not guarded: its guardian has died, and nothing takes it back", text)
        require_equal(json.loads(egressc.run("status", "--json")[1])["pending"]["guarded"], False)
        if answer == "confirm":
            said = egressc.must("confirm")
            require_equal((said, rules()), ("confirmed: the rules of this network namespace stay; their guardian had died\n", change.new))
            egressc.must("rollback", "--yes", "--quiet")
        else:
            path = [egressc.file("old.yaml", OLD)] if answer == "apply" else []
            require_in("was not confirmed, and its guardian has died: it is what runs now\n", egressc.must(answer, "--yes", *path))
        require_equal(rules(), change.old)
        require_not_in("PENDING", egressc.run("status")[1])


def table_is_deleted(egressc):
    """By another hand."""
    change = Change(egressc)
    guardian = change.make(SHORT + 2)
    lab.run("nft", "delete", "table", "inet", "egressc")
    status, _, messages = egressc.run("confirm")
    require_equal((status, table()), (3, ""))
    left = re.search(r"not confirmed: the table inet egressc is not the one that was applied, somebody else changed it; "
                     r"it is undone in (\d+) s, or at once by `egressc rollback`", messages)  # fmt: skip
    assert left and 0 < int(left[1]) <= SHORT + 2, messages
    change.require_undone(guardian)


def table_is_replaced(egressc):
    change = Change(egressc)
    guardian = change.make(LONG)
    lab.run("nft", "delete table inet egressc; add table inet egressc { comment \"mine\" ; }")
    status, _, messages = egressc.run("confirm")
    require_equal(status, 3)
    require_in("somebody else changed it", messages)
    require_equal(egressc.must("rollback"), "undone: the rules from before are back\n")
    assert tidy.ends(guardian)
    require_equal(rules(), change.old)


def what_is_in_the_table_is_not_looked_at(egressc):
    """Who changes rules within the table is not found out by confirm, which knows the table by its comment: by status."""
    change = Change(egressc)
    guardian = change.make(LONG)
    require_equal(egressc.run("status")[0], 0)
    lab.run("nft", "insert", "rule", "inet", "egressc", "output", "accept")
    status, text, _ = egressc.run("status")
    require_equal(status, 1)
    require_in("what runs is not what the policy says", text)
    egressc.must("confirm")
    assert tidy.ends(guardian)


def network_vanishes(egressc):
    """It ends with the time, not with the name, and nothing is left of either."""
    with tidy.named_network() as name:
        change = Change(egressc, "--netns", name)
        guardian = change.make(SHORT)
        lab.run("ip", "netns", "delete", name)
        for command in ("confirm", "rollback", "status"):
            status, _, messages = egressc.run(command, "--netns", name)
            require_equal(status, 3)
            require_in(f"/run/netns/{name}: there is no network namespace of this name", messages)
        assert tidy.ends(guardian, SHORT + LATE), "the guardian does not end"


def network_vanishes_at_the_question(egressc):
    with tidy.named_network() as name:
        change = Change(egressc, "--netns", name)
        for options in ((), ("--confirm-within", "60s")):
            subprocess.run(["ip", "netns", "add", name], check=False, stderr=subprocess.DEVNULL)
            terminal = Terminal(egressc.words("apply", "--netns", name, *options, change.path))
            terminal.until("[y/N] ")
            lab.run("ip", "netns", "delete", name)
            terminal.answer("y")
            status, text = terminal.end()
            require_equal(status, 3)
            require_in(f"/run/netns/{name}: there is no network namespace of this name; `ip netns` lists them: "
                       "nothing is changed", text)  # fmt: skip
        # One of the same name is another: nothing runs there.
        lab.run("ip", "netns", "add", name)
        require_equal(egressc.run("status", "--netns", name)[0], 1)
        egressc.must("apply", "--yes", "--warm-up", "0s", "--netns", name, change.path)


CASES = [
    ends_in_time_or_is_confirmed,
    outlives_its_session,
    killed_when_it_was_announced,
    refuses_another_change,
    guardian_is_killed,
    table_is_deleted,
    table_is_replaced,
    what_is_in_the_table_is_not_looked_at,
    network_vanishes,
    network_vanishes_at_the_question,
]


def main():
    path, *wanted = sys.argv[1:]
    lab.require("nft", "ip", "setsid")
    tidy.run_cases([case for case in CASES if not wanted or case.__name__ in wanted], path)


if __name__ == "__main__":
    main()
