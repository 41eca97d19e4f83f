#!/usr/bin/env python3
"""growth_envelopes.py EGRESSC - what is taken off the lines of a log costs time and memory in proportion to the log.

Each kind of wrapper, once, twice and four times as long, those made to cost much among them. Prints a table; exit
status 1 where the processor's time or the memory grows by more than 2.6 when the input doubles. What is measured is
above that of one line, and differences too small to be told from noise count as none.
"""

import json
import os
import struct
import sys
import tempfile

sys.dont_write_bytecode = True

import growth_table

LEAST_MEMORY = 16 << 20
TIMES = 2
TIME = "2026-11-20T10:00:00.123456789Z"


def packet(i):
    return (f"egress: IN= OUT=eth0 SRC=192.0.2.10 DST=198.51.{i >> 8 & 255}.{i & 255} LEN=60 TOS=0x00 PREC=0x00 TTL=64 "
            f"ID=1 DF PROTO=TCP SPT=50001 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0 UID=1001 GID=1001 ")


def lines(n, form):
    return "".join(form(f"kernel: {packet(i)}") + "\n" for i in range(n)).encode()


def entry(i, transport="kernel"):
    return {"__REALTIME_TIMESTAMP": str(1795168800000000 + i), "_TRANSPORT": transport, "SYSLOG_IDENTIFIER": "kernel",
            "MESSAGE": packet(i)}


def exported(i):
    message = packet(i).encode()
    return (b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1795168800000000\n_TRANSPORT=kernel\nSYSLOG_IDENTIFIER=kernel\nMESSAGE\n" +
            struct.pack("<Q", len(message)) + message + b"\n\n")


def verbose(i):
    return ("Fri 2026-11-20 10:00:00.000000 UTC [s=1;i=2]\n    _TRANSPORT=kernel\n    SYSLOG_IDENTIFIER=kernel\n"
            f"    MESSAGE={packet(i)}\n")


def joined(n, form):
    return "".join(form(i) for i in range(n)).encode()


KINDS = {
    "docker logs -t": lambda n: lines(n, lambda line: f"{TIME} {line}"),
    "compose -t": lambda n: lines(n, lambda line: f"fw-1  | {TIME} {line}"),
    "services, all others": lambda n: joined(n, lambda i: f"service{i}-1  | {packet(i)}\n"),
    "CRI": lambda n: lines(n, lambda line: f"{TIME} stderr F {line}"),
    "CRI, parts without an end": lambda n: lines(n, lambda line: f"{TIME} stderr P {line}"),
    "json-file": lambda n: lines(n, lambda line: json.dumps({"log": line + "\n", "stream": "stdout", "time": TIME})),
    "json-file, parts without an end": lambda n: b"".join(
        json.dumps({"log": "x" * 16384, "stream": "stdout", "time": TIME}).encode() + b"\n" for _ in range(n // 80)),
    "quoted, grepped, tagged": lambda n: lines(n, lambda line: f"> > kern.log:12:Nov 20 10:00:00 lab fw-kern: {line}"),
    "blanks, zeros and line feeds": lambda n: lines(n, lambda line: "\0" * 50 + line + " #012\t" * 50),
    "an indented text": lambda n: b"[  1.0] x\n" + lines(n, lambda line: f"       {line}"),
    "repeated without end": lambda n: joined(n, lambda i: "2026-11-20T10:00:00Z lab kernel: message repeated "
                                                          f"4000000000 times: [ {packet(i)}]\n"),
    "dmesg -H": lambda n: b"[Nov20 10:00] x\n" + lines(n, lambda line: f"[  +0.000100] {line}"),
    "json of the journal": lambda n: joined(n, lambda i: json.dumps(entry(i)) + "\n"),
    "json, bytes": lambda n: joined(n, lambda i: json.dumps(entry(i) | {"MESSAGE": list(packet(i).encode())}) + "\n"),
    "json-pretty": lambda n: joined(n, lambda i: json.dumps(entry(i), indent="\t") + "\n"),
    "json-pretty, never closed": lambda n: b"{\n\t\"A\" : \"b\",\n" + joined(n, lambda i: f"\t\"B{i}\" : \"{packet(i)}\",\n"),
    "export": lambda n: b"".join(map(exported, range(n))),
    "export, one field without end": lambda n: exported(0) + b"__CURSOR=s=2\nMESSAGE\n" + b"\xff" * 8 +
                                               joined(n, packet),
    "verbose": lambda n: joined(n, verbose),
    "verbose, one field without end": lambda n: (verbose(0) + verbose(1)).encode() + joined(n, lambda i: f"          {packet(i)}\n"),
    "months of everywhere": lambda n: joined(n, lambda i: f"foo bar {i % 28 + 1} 10:00:00 lab kernel: {packet(i)}\n"),
}


def write(path, kind, count):
    """In a child: the memory of a process is at least that of the one which it was forked from."""
    child = os.fork()
    if child == 0:
        with open(path, "wb") as file:
            file.write(KINDS[kind](count))
        os._exit(0)
    os.waitpid(child, 0)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    failed = []
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "some.log")
        command = [sys.argv[1], "compile", "-q", "--allow-empty", "--year", "2026", "--to", "json", f"netfilter:{path}"]
        for kind in KINDS:
            def prepare(count, kind=kind):
                write(path, kind, count)
                return command, f"{os.path.getsize(path) >> 10} KiB"
            if growth_table.grows_too_fast(kind, LEAST_MEMORY, prepare, (20000, 40000, 80000), TIMES):
                failed.append(kind)
    if failed:
        sys.exit(f"growth_envelopes.py: faster than the input: {', '.join(failed)}")


main()
