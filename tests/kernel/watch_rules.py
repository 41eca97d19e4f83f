"""The rules of watch-rules load, and log who reaches what behind the tag.  watch_rules.py EGRESSC

The LOG target is silent outside the first network namespace. So each part is loaded as it is, and then with NFLOG in its
place, which tells the prefix and the user of each packet.
"""

import os
import socket
import sys

import lab
import nflog

TAG = "egress-5f0c9a41"
GROUP = 7
TARGETS = {4: "203.0.113.99", 6: "2001:db8:9::99"}
LOADERS = {"nftables": ("nft", "-f", "-"), "iptables": ("sh", "-e")}


def send(uid, address):
    os.setegid(uid)
    os.seteuid(uid)
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    os.seteuid(0)
    os.setegid(0)
    with sock:
        sock.connect((address, 9))
        try:
            sock.send(b"egressc")
        except PermissionError:
            pass


def rules(egressc, loader, *options):
    return lab.run(egressc, "watch-rules", "--tag", TAG, "--to", loader, *options)


def logged(text, loader):
    """(prefix, uid) of what the users 1001 and 1005 and the last of 1006 to 1008 send."""
    lab.add_silent_link()
    lab.run(*LOADERS[loader], text=text)
    lab.run(*LOADERS[loader], text=text.replace(" flags skuid", f" group {GROUP}")
            .replace(" LOG --log-prefix ", f" NFLOG --nflog-group {GROUP} --nflog-prefix ").replace(" --log-uid", ""))
    group = nflog.Group(GROUP)
    for address in TARGETS.values():
        for uid in (1001, 1005, 1008):
            send(uid, address)
    return [list(message) for message in group.messages(12)]


def every_user(egressc, loader):
    wanted = [[f"{TAG}: ", uid] for _ in TARGETS for uid in (1001, 1005, 1008)]
    return [logged(rules(egressc, loader), loader), wanted]


def some_users(egressc, loader):
    wanted = [[f"{TAG}: ", uid] for _ in TARGETS for uid in (1001, 1008)]
    return [logged(rules(egressc, loader, "--uid", "1001,1006-1009"), loader), wanted]


def nothing_that_is_stopped(egressc, loader):
    """What the table filter drops is not logged: it never left."""
    lab.run("iptables", "-A", "OUTPUT", "-d", TARGETS[4], "-j", "DROP")
    wanted = [[f"{TAG}: ", uid] for uid in (1001, 1005, 1008)]
    return [logged(rules(egressc, loader), loader), wanted]


def main():
    (egressc,) = sys.argv[1:]
    lab.require("nft", "iptables", "ip6tables")
    failures = 0
    for loader in LOADERS:
        for case in (every_user, some_users, nothing_that_is_stopped):
            found, wanted = lab.isolated(case, egressc, loader)
            print("ok    " if found == wanted else "FAILED", loader, case.__name__)
            if found != wanted:
                print("    found ", found, "\n    wanted", wanted)
            failures += found != wanted
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
