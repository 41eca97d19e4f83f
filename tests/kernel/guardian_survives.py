"""A guardian outlives who armed it, and whoever asks it.  guardian_survives.py DRIVER SOURCES [CASE...]"""

import contextlib
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import time

from guardian_lab import Applier, is_new, require_equal, require_in, run_cases
from tidy import PATIENCE, within

NOBODY = 65534


def undoes_for_who_was_killed(one):
    """Between armed and applied."""
    applier = Applier(one, patience=60000)
    require_equal(applier.say(f"load {one.directory}/new"), "done")
    applier.let_expire()
    assert is_new()
    applier.kill()
    applier.require_undone()


def undoes_after_all_that_change_anything(one):
    """The loader lives on, and loads, after who started it was killed."""
    applier = Applier(one, patience=60000)
    require_equal(applier.say("load-later"), "done")
    applier.kill()
    assert within(PATIENCE, lambda: one.exists("loaded")), "the loader has not loaded"
    applier.let_expire()
    assert is_new()
    os.unlink(f"{one.directory}/loaded")
    applier.require_undone()
    time.sleep(0.2)
    assert not is_new()


def survives_signals(one):
    applier = Applier(one, patience=60000, start_new_session=True)
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
    applier.roll_back(one)


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
    applier = Applier(one, patience=60000, start=lambda command, **options: on_terminal(command, path, **options))
    os.close(slave)
    applier.apply()
    assert terminal_of(applier.process.pid) != 0
    require_equal(terminal_of(applier.guardian), 0)
    os.close(master)
    require_equal(applier.process.wait(timeout=PATIENCE), -signal.SIGHUP)
    require_equal(one.kind("status"), "waiting")
    applier.roll_back(one)


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


def is_not_hurt_by_who_asks(one):
    applier = Applier(one, patience=60000)
    applier.apply()
    silent = []
    for _ in range(40):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.connect(one.socket)
        silent.append(client)
    for garbage in (b"", b"\0", b"confirm\0", b"confirm\n", b"x" * 63, b"confirm" + b" " * 57, b"x" * 100000, b"\xff" * 64):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.connect(one.socket)
            client.settimeout(PATIENCE)
            client.send(garbage)
            require_equal(client.recv(100), b"")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.connect(one.socket)
        client.send(b"status")
    require_equal(one.kind("status"), "waiting")
    assert is_new()
    applier.roll_back(one)
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


def asks_no_wall_clock(sources):
    """Setting the clock changes nothing: nothing in the guardian reads it, or sleeps by it."""
    files = [*pathlib.Path(sources, "src/kernel/guardian").glob("*.*"), pathlib.Path(sources, "src/support/descriptor.cpp")]
    assert len(files) > 5, files
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    require_equal(re.findall(r"system_clock|CLOCK_REALTIME|gettimeofday|\btime\(|sleep_for|\busleep", text), [])
    require_equal(set(re.findall(r"CLOCK_\w+", text)), {"CLOCK_BOOTTIME", "CLOCK_MONOTONIC"})


CASES = [
    undoes_for_who_was_killed,
    undoes_after_all_that_change_anything,
    survives_signals,
    survives_its_terminal,
    has_nothing_of_its_applier,
    hears_no_noise,
    is_missed_when_it_is_killed,
    is_not_hurt_by_who_asks,
    hears_only_its_own,
]


def main():
    driver, sources, *wanted = sys.argv[1:]
    asks_no_wall_clock(sources)
    run_cases(CASES, driver, wanted)


if __name__ == "__main__":
    main()
