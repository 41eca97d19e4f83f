"""What a ruleset of egressc logs extends its policy.  extend.py EGRESSC"""

import os
import socket
import struct
import subprocess
import sys
import tempfile

import denials
import dialects
import lab
import nflog


def line(packet):
    """A packet of an NFLOG group as ulogd's LOGEMU writes it."""
    data = packet.payload
    if data[0] >> 4 == 4:
        length, identifier = struct.unpack_from("!HH", data, 2)
        ttl, protocol = data[8], data[9]
        source, to = (socket.inet_ntop(socket.AF_INET, data[at : at + 4]) for at in (12, 16))
        head, rest = f"TOS=00 PREC=0x00 TTL={ttl} ID={identifier} DF", data[(data[0] & 15) * 4 :]
    else:
        length, protocol, ttl = struct.unpack_from("!HBB", data, 4)
        source, to = (socket.inet_ntop(socket.AF_INET6, data[at : at + 16]) for at in (8, 24))
        head, rest, length = f"TC=0 HOPLIMIT={ttl} FLOWLBL=0", data[40:], length + 40
    ports = "SPT={} DPT={}".format(*struct.unpack_from("!HH", rest))
    kind = f"TCP {ports} WINDOW=64240 SYN URGP=0" if protocol == 6 else f"UDP {ports} LEN={length - 20}"
    ids = f"UID={packet.uid} GID={packet.gid}"
    return (f"Nov 27 06:00:00 host {packet.prefix} IN= OUT=silent MAC= SRC={source} DST={to} LEN={length} {head} "
            f"PROTO={kind} {ids} MARK=0\n")


def recorded(egressc, mode):
    """The lines of two denials, of TCP and of UDP."""
    lab.add_silent_link()
    group = nflog.Group(7)
    made = denials.policy("subjects", mode=mode, deny="drop", log={"nflog": 7, "rate": "100/second"})
    dialects.load(egressc, made, "nftables")
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for to in denials.TARGETS:
            denials.outcome(kind, to)
    return [line(packet) for packet in group.packets(4) if packet.uid == 1001]


def extended(egressc, directory, log, *options):
    """The grants, and the entries of review, that the log adds."""
    base = os.path.join(directory, "policy.yaml")
    text = subprocess.run([egressc, "compile", "-q", "--year", "2026", "--base", base, *options, "netfilter:" + log],
                          check=True, capture_output=True, text=True).stdout
    assert text.startswith(BASE), text
    return text[len(BASE) :]


BASE = """\
# by hand
egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: 198.51.100.7, ports: [tcp/443]}   # the API
"""


def main():
    egressc = sys.argv[1]
    dialects.require_dialect("nftables")
    failures = 0
    for mode, options, wanted in (
        ("enforce", [], ""),
        ("enforce", ["--include-denied"], "review"),
        ("enforce", ["--include-denied", "--accept"], "allow"),
        ("monitor", [], "allow"),
    ):
        lines = lab.isolated(recorded, egressc, mode)
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "policy.yaml"), "w", encoding="utf-8") as file:
                file.write(BASE)
            log = os.path.join(directory, "ulogd.log")
            with open(log, "w", encoding="utf-8") as file:
                file.writelines(lines)
            more = extended(egressc, directory, log, *options)
        found = "review" if "    review:\n" in more else "allow" if more else ""
        entries = sum(f"to: {to}," in more.replace('"', "").replace("\n", ",") for to in denials.TARGETS)
        good = found == wanted and entries == (len(denials.TARGETS) if wanted else 0)
        good = good and more.count("ports: [tcp/9, udp/9]") == entries and more.count("new: true") == entries
        good = good and more.count("evidence: {seen: 2, ") == entries
        print("ok    " if good else "FAILED", mode, *options)
        if not good:
            print("".join(lines) + more)
        failures += not good
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
