"""Private network namespaces: every case gets one of its own, which ends with its process."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import traceback

SKIP = 77  # Meson: this test was skipped
CLONE_NEWNET = 0x40000000
OUT_4, OUT_6 = "192.0.2.1", "2001:db8::1"  # of the host


def forget_who_started_it():
    """What a test inherits does not show: signals that nohup(1) ignores, descriptors, umask, locale, zone, a session of ssh."""
    for number in signal.valid_signals():
        if signal.getsignal(number) == signal.SIG_IGN and number != signal.SIGPIPE:  # which Python itself ignores
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and os.path.exists(f"/proc/self/fd/{name}"):
            os.set_inheritable(int(name), False)
    os.umask(0o022)
    for name in ("LANG", "LANGUAGE", "COLUMNS", "NO_COLOR", *(key for key in os.environ if key.startswith(("LC_", "SSH_")))):
        os.environ.pop(name, None)
    os.environ.update(LC_ALL="C.UTF-8", TZ="UTC")


def require(*tools):
    """Ends the test as skipped where it cannot run."""
    forget_who_started_it()
    if os.geteuid() != 0:
        print("skipped: needs root, for network namespaces and for packets of several users")
        sys.exit(SKIP)
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        print("skipped: not installed:", ", ".join(missing))
        sys.exit(SKIP)
    skip_unless(add_silent_link, "no network namespace with a veth link and both families")


def skip_unless(trial, reason):
    try:
        isolated(trial)
    except (OSError, RuntimeError) as error:
        print(f"skipped: {reason}:", str(error).strip().split("\n")[-1])
        sys.exit(SKIP)


def run(*command, text=None):
    """The output of a command; an exception with what it said, if it fails."""
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {result.returncode}: {result.stderr.strip()[:2000]}")
    return result.stdout


def unshare_network():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def set_sysctl(name, value):
    with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as file:
        file.write(value)


def isolated(function, *arguments):
    """function(*arguments), in a child with a network namespace of its own. The result goes through JSON."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        try:
            unshare_network()
            reply = {"result": function(*arguments)}
        except Exception:  # pylint: disable=broad-except
            reply = {"failure": traceback.format_exc()}
        with os.fdopen(write_end, "w") as pipe:
            json.dump(reply, pipe)
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    reply = json.loads(text) if text else {"failure": "the child died"}
    if "failure" in reply:
        raise RuntimeError(reply["failure"])
    return reply["result"]


def add_silent_link():
    """A link that asks nobody for a neighbour: what is sent leaves at once, whoever it is for."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "egc-out", "type", "veth", "peer", "name", "egc-end")
    run("ip", "link", "set", "egc-end", "addrgenmode", "none", "up")
    run("ip", "link", "set", "egc-out", "arp", "off", "up")
    run("ip", "address", "add", OUT_4 + "/24", "dev", "egc-out")
    run("ip", "address", "add", OUT_6 + "/64", "dev", "egc-out", "nodad")
    run("ip", "route", "add", "default", "dev", "egc-out")
    run("ip", "-6", "route", "add", "default", "dev", "egc-out")
    set_sysctl("net.ipv4.ping_group_range", "0 2147483647")


def run_cases(cases, around):
    """Ends the test: around(case) for each, in a namespace of its own, where an exception is a failure."""
    failures = 0
    for case in cases:
        try:
            isolated(around, case)
        except RuntimeError as error:
            failures += 1
            print("FAILED", case.__name__)
            print(error)
        else:
            print("ok    ", case.__name__)
    sys.exit(1 if failures else 0)
