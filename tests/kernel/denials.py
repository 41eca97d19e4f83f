"""What a denied program gets to see, and what is logged.  denials.py EGRESSC DIALECT"""

import errno
import os
import select
import socket
import sys

import dialects
import lab
import nflog

TARGETS = ("203.0.113.99", "2001:db8:9::99")
PATIENCE = 0.4


def policy(scope, **settings):
    allow = [{"to": "198.51.100.7", "ports": ["tcp/443"]}]
    return {"egressc": 1, "scope": scope, **settings, "subjects": {"agent": {"uid": 1001, "allow": allow}}}


def outcome(kind, address):
    """The name of the error that a user of uid 1001 gets, or "silence"."""
    os.setegid(1001)
    os.seteuid(1001)
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
    os.seteuid(0)
    os.setegid(0)
    with sock:
        sock.setblocking(False)
        error = sock.connect_ex((address, 9))
        if kind == socket.SOCK_DGRAM:
            try:
                sock.send(b"egressc")
            except OSError:  # EPERM, of reject and drop alike
                pass
            error = errno.EINPROGRESS
        if error == errno.EINPROGRESS:
            poll = select.poll()
            poll.register(sock, select.POLLOUT if kind == socket.SOCK_STREAM else select.POLLERR)
            poll.poll(PATIENCE * 1000)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return errno.errorcode[error] if error else "silence"


def refusals(egressc, dialect, scope, deny, established="keep"):
    """TCP is reset at once; the rest is told that it is prohibited."""
    lab.add_silent_link()
    dialects.load(egressc, policy(scope, deny=deny, established=established), dialect)
    found = [[outcome(kind, to) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)] for to in TARGETS]
    wanted = {
        "drop": [["silence", "silence"], ["silence", "silence"]],
        "reject": [["ECONNREFUSED", "EHOSTUNREACH"], ["ECONNREFUSED", "EACCES"]],
    }
    return [found, wanted[deny]]


def logged(egressc, dialect, scope, mode):
    """Each denial is logged with its prefix and who it was."""
    lab.add_silent_link()
    group = nflog.Group(7)
    dialects.load(egressc, policy(scope, mode=mode, deny="drop", log={"nflog": 7, "rate": "100/second"}), dialect)
    for to in TARGETS:
        outcome(socket.SOCK_DGRAM, to)
    prefix = "egressc-monitor: " if mode == "monitor" else "egressc-deny: "
    mine = [list(message) for message in group.messages(2) if message[1] == 1001]
    return [mine, [[prefix, 1001]] * 2]


CASES = [(refusals, scope, deny) for scope in ("subjects", "host") for deny in ("reject", "drop")]
CASES += [(refusals, "host", "reject", "cut")]
CASES += [(logged, scope, mode) for scope in ("subjects", "host") for mode in ("enforce", "monitor")]


def main():
    egressc, dialect = sys.argv[1:]
    dialects.require_dialect(dialect)
    failures = 0
    for function, *options in CASES:
        found, wanted = lab.isolated(function, egressc, dialect, *options)
        print("ok    " if found == wanted else "FAILED", function.__name__, *options)
        if found != wanted:
            print("    found ", found, "\n    wanted", wanted)
        failures += found != wanted
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
