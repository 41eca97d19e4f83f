"""Cases that leave nothing behind: no process, network namespace or mount.  Orphans become children of the case."""

import contextlib
import ctypes
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import lab
from applying import Egressc

PR_SET_CHILD_SUBREAPER = 36
CLONE_NEWNS, MS_PRIVATE, MS_REC = 0x20000, 1 << 18, 1 << 14
GUARDIAN = "egressc-guard"
PATIENCE = 60  # seconds: of a busy machine


def within(limit, condition):
    """Whether it came true in so many seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def children(pid=None):
    """Of all threads of a process, this one by default."""
    pids = []
    for task in pathlib.Path(f"/proc/{pid or os.getpid()}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            pids += [int(word) for word in task.read_text(encoding="ascii").split()]
    return pids


def name_of(pid):
    """"" if it is gone, or only not waited for yet."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return ""
    name, rest = text[text.index("(") + 1 :].rsplit(")", 1)
    return "" if rest.split()[0] in "ZX" else name


def guardians():
    """Those that are orphans of this process."""
    return [pid for pid in children() if name_of(pid) == GUARDIAN]


def the_guardian():
    (pid,) = guardians()
    return pid


def ends(pid, limit=PATIENCE):
    """Waits for an orphan."""
    return within(limit, lambda: os.waitpid(pid, os.WNOHANG)[0] == pid)


def reap():
    """Those that are left."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    return children()


def network_name():
    return f"egressc-test-{os.getpid()}"


def inside(name, *words):
    return ["ip", "netns", "exec", name, *words]


@contextlib.contextmanager
def named_network():
    """A network namespace of that name, which may be gone at the end."""
    lab.run("ip", "netns", "add", network_name())
    try:
        yield network_name()
    finally:
        subprocess.run(["ip", "netns", "delete", network_name()], check=False, stderr=subprocess.DEVNULL)


def have_mounts_of_its_own():
    """For this process and its children, from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "a private copy of the mounts")


def is_mounted(path):
    return f" {path}" in pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")


def leaves_nothing(case, path, *arguments):
    """case(egressc, *arguments), in a directory of its own."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory(prefix="egressc-test-") as directory:
        try:
            case(Egressc(path, directory), *arguments)
        finally:
            ended = within(PATIENCE, lambda: not reap())
            left = [f"{pid} {name_of(pid)}" for pid in children()]
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):
                while left and os.waitpid(-1, 0):
                    pass
            mounted = is_mounted(directory)
    assert ended, f"processes are left: {left}"
    assert not mounted, "a mount is left"
    assert not os.path.exists("/run/netns/" + network_name()), "a network namespace is left"


def run_cases(cases, path, *arguments):
    """Ends the test."""
    lab.run_cases(cases, lambda case: leaves_nothing(case, path, *arguments))
