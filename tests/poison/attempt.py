"""An attempt: what somebody could write, and the lines that hosts write, to put it among."""

import dataclasses
import json
import typing

# Who can write where.
AGENT = "the agent"                   # user 1001, whom the policy governs
OTHER = "another local user"          # user 1003, who is not observed
SYSLOG = "whoever sends to syslog"    # any process, through /dev/log
ANSWER = "a resolver's answer"        # whoever owns a name, or serves its zone
SHARED = "a file in a shared directory"
HOST = "another host of the network"  # whose questions the resolver answers, too

# What the baseline grants nobody.
EVIL = "198.51.100.66"
EVIL_NAME = "evil.example"


@dataclasses.dataclass
class Attempt:
    who: str
    what: str
    append: dict = dataclasses.field(default_factory=dict)  # to the files of the baseline
    files: dict = dataclasses.field(default_factory=dict)   # besides them, or in their place
    words: list = dataclasses.field(default_factory=list)   # besides those of the baseline
    own: set = dataclasses.field(default_factory=set)       # (uid, address) that packets of that user do show
    may_refuse: bool = False                                # an error that says so is as good
    prepare: typing.Optional[typing.Callable] = None        # of the directory, before
    untouched: dict = dataclasses.field(default_factory=dict)  # a file, and what must still be in it


def at(seconds):
    """A time of 2025-06-27T04:53:20Z and some seconds."""
    return 1751000000 + seconds


def iso(seconds):
    whole, part = divmod(round(seconds * 1000), 1000)
    return f"2025-06-27T04:53:{20 + whole:02d}.{part:03d}+00:00"


def packet(uid, to, port=443, protocol="TCP", sport=50001, prefix="egress: ", source="192.0.2.10", out="eth0", more=""):
    """The message of a LOG rule in the chain output."""
    if ":" in to:
        head = f"{prefix}IN= OUT={out} SRC=2001:db8::10 DST={to} LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=1 "
    else:
        head = f"{prefix}IN= OUT={out} SRC={source} DST={to} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=4242 DF "
    tail = "WINDOW=64240 RES=0x00 SYN URGP=0 " if protocol == "TCP" else "LEN=40 "
    return f"{head}{more}PROTO={protocol} SPT={sport} DPT={port} {tail}UID={uid} GID={uid} "


def kernel(seconds, message):
    return f"{iso(seconds)} host1 kernel: {message}\n"


def left(seconds, uid, to, port=443, **more):
    """The line of a packet that left."""
    return kernel(seconds, packet(uid, to, port, **more))


def asked(seconds, uid, sport):
    """The line of a question to the local resolver."""
    return left(seconds, uid, "127.0.0.1", 53, protocol="UDP", sport=sport, source="127.0.0.1", out="lo")


def answered(seconds, serial, sport, name, *addresses, query="A"):
    """What dnsmasq logs of a question and its answer, with log-queries=extra."""
    head = f"{iso(seconds)} host1 dnsmasq[712]: {serial} 127.0.0.1/{sport} "
    lines = [f"{head}query[{query}] {name} from 127.0.0.1"]
    lines += [f"{head}reply {name} is {address}" for address in addresses]
    return "".join(line + "\n" for line in lines)


def quad(address):
    return "".join(f"{int(part):02X}" for part in address.split("."))


def call(seconds, serial, uid, number, exit_code, pid=700, fd=5, comm='"curl"', exe='"/usr/bin/curl"', key='"egress"', **registers):
    """The record of a system call."""
    success = "yes" if exit_code >= 0 else "no"
    values = {"a0": f"{fd:x}", "a1": "7ffe00000010", "a2": "10", "a3": "0"} | registers
    ids = " ".join(f"{name}={uid}" for name in ("auid", "uid", "gid", "euid", "suid", "fsuid", "egid", "sgid", "fsgid"))
    return (f"type=SYSCALL msg=audit({at(seconds):.3f}:{serial}): arch=c000003e syscall={number} success={success} exit={exit_code} "
            + " ".join(f"{name}={value}" for name, value in values.items())
            + f" items=0 ppid=10 pid={pid} {ids} tty=(none) ses=3 comm={comm} exe={exe} subj=unconfined key={key}\n")


def sockaddr(seconds, serial, to, port=443):
    return f"type=SOCKADDR msg=audit({at(seconds):.3f}:{serial}): saddr=0200{port:04X}{quad(to)}0000000000000000\n"


def connect(seconds, serial, uid, to, port=443, exit_code=-115, **more):
    return call(seconds, serial, uid, 42, exit_code, **more) + sockaddr(seconds, serial, to, port)


def journal(seconds, message, **fields):
    """An entry of journalctl -o json."""
    return json.dumps({"__REALTIME_TIMESTAMP": str(round(at(seconds) * 1_000_000)), **fields, "MESSAGE": message}) + "\n"


BASELINE = {
    "kern.log": (asked(0, 1001, 41000) + left(0.4, 1001, "203.0.113.10")
                 + asked(1, 1002, 42000) + left(1.4, 1002, "203.0.113.20", 22)),
    "dns.log": answered(0, 1, 41000, "api.acme.example", "203.0.113.10") + answered(1, 2, 42000, "git.acme.example", "203.0.113.20"),
    "audit.log": connect(0.4, 101, 1001, "203.0.113.10") + connect(1.4, 102, 1002, "203.0.113.20", 22, pid=800),
}
BASELINE_WORDS = ["netfilter:kern.log", "dnsmasq:dns.log", "audit:audit.log"]
