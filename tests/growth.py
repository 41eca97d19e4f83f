#!/usr/bin/env python3
"""growth.py EGRESSC [NAME...] [--times N] - time and memory of `egressc compile` grow with the logs, and no faster.

For each kind of input, lines that are all distinct, once, twice and four times as many. Prints the processor's time and
the memory of each; exit status 1 where one of them grows by more than 2.6 when the input doubles. What is measured is
above that of an input with nothing in it, and differences too small to be told from noise count as none.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True

import growth_table

LEAST_MEMORY = 32 << 20
START = 1795419858  # 2026-11-23T07:44:18Z
HOUR = 3600


def address(number):
    return f"2001:db8::{number >> 16:x}:{number & 0xffff:x}"


def stamp(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + second))


def packet(second, to, port=443, uid=1001, source="192.0.2.10", sport=50001, protocol="TCP"):
    head = "LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF"
    if ":" in to:
        source, head = "2001:db8:1::1", "LEN=60 TC=0 HOPLIMIT=64 FLOWLBL=0"
    return (f"{stamp(second)} host kernel: egress: IN= OUT=eth0 SRC={source} DST={to} {head} PROTO={protocol} "
            f"SPT={sport} DPT={port} UID={uid} GID={uid} ")


def packets(count, **fields):
    """A packet each second of an hour, or more."""
    return [packet(i * HOUR // count, "203.0.113.1", **fields) for i in range(count)]


def audit(number, exe="/usr/bin/a", uid=1001, to=0, port=443):
    """The records of socket(2) and connect(2)."""
    head = f"msg=audit({START + number // 1000}.{number % 1000:03}"
    tail = (f"a3=0 items=0 ppid=1 pid={1000 + number} auid={uid} uid={uid} gid={uid} euid={uid} suid={uid} "
            f'fsuid={uid} egid={uid} sgid={uid} fsgid={uid} tty=(none) ses=1 comm="a" exe="{exe}" key="egress"')
    saddr = f"0A00{port:04X}0000000020010DB8{to:024X}00000000"
    call = "arch=c000003e syscall"
    return [f"type=SYSCALL {head}:{2 * number}): {call}=41 success=yes exit=5 a0=a a1=1 a2=0 {tail}",
            f"type=SYSCALL {head}:{2 * number + 1}): {call}=42 success=yes exit=0 a0=5 a1=7f00 a2=1c {tail}",
            f"type=SOCKADDR {head}:{2 * number + 1}): saddr={saddr}"]


def dnsmasq(second, name, to, port=0, number=1):
    who = f"{number} 127.0.0.1/{port} " if port else ""
    kind = "AAAA" if ":" in to else "A"
    return [f"{stamp(second)} host dnsmasq[712]: {who}query[{kind}] {name} from 127.0.0.1",
            f"{stamp(second)} host dnsmasq[712]: {who}reply {name} is {to}"]


def message(name, to):
    return [f";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1", ";; QUESTION SECTION:", f"{name}.\tIN\tA", "",
            ";; ANSWER SECTION:", f"{name}.\t300\tIN\tA\t{to}", ""]


def flat(lists):
    return [line for lines in lists for line in lines]


# Each of these gives the inputs that hold n of a kind. second(i, n) spreads them over an hour.
def second(i, n):
    return i * HOUR // n


def named(i):
    return f"n{i}.example"


def plain(n, to=lambda i: "203.0.113.1", name=named):
    """A plain log of dnsmasq: who asks is not told."""
    return flat(dnsmasq(second(i, n), name(i), to(i)) for i in range(n))


def names_of_one_address(n):
    return {"netfilter": packets(n), "dnsmasq": plain(n)}


def names_of_one_asker(n):
    ports = [1024 + i % 60000 for i in range(n)]
    asked = [packet(i, "127.0.0.1", 53, source="127.0.0.1", sport=port, protocol="UDP") for i, port in enumerate(ports)]
    told = flat(dnsmasq(i, named(i), "203.0.113.1", port, i % 65536 + 1) for i, port in enumerate(ports))
    return {"netfilter": asked + packets(n), "dnsmasq": told}


def questions_of_one_port(n):
    asked = [packet(0, "127.0.0.1", 53, source="127.0.0.1", sport=1024, protocol="UDP")] * n
    told = flat(dnsmasq(0, f"n{i // 2 * 2}.example", "203.0.113.1", 1024, i % 65536 + 1) for i in range(n))
    return {"netfilter": asked + packets(n), "dnsmasq": told}


def names_of_many_users(n):
    return {"netfilter": [packet(second(i, n), "203.0.113.1", uid=1000 + i) for i in range(n)], "dnsmasq": plain(n)}


def names_of_many_ports(n):
    reached = [packet(second(i, n), "203.0.113.1", 1 + i % 65535, protocol="UDP" if i >= 65535 else "TCP")
               for i in range(n)]
    return {"netfilter": reached, "dnsmasq": plain(n)}


def names_and_addresses(n):
    return {"netfilter": netfilter_addresses(n)["netfilter"], "dnsmasq": plain(n, address)}


def addresses_of_one_name(n):
    return {"netfilter": packets(n), "dnsmasq": plain(n, address, lambda i: "a.example")}


def few_names_each_second(n):
    """Never many at a time, and always others."""
    def one(i):
        head = f"{stamp(i * 60)} queries: info: client @0x1 127.0.0.1#5 ({named(i)}): query: {named(i)} IN A + (::1)"
        return [head, f"{stamp(i * 60)} resolver: debug 10: received packet from 192.0.2.53#53",
                *message(named(i), "203.0.113.1")]
    return {"netfilter": [packet(i * 60, "203.0.113.1") for i in range(n)], "bind": flat(map(one, range(n)))}


def unbound(n):
    def one(i):
        head = f"[{START + second(i, n)}] unbound[1:0] info:"
        first, *rest = message(named(i), "203.0.113.1")
        return [f"{head} 127.0.0.1 {named(i)}. A IN", f"{head} incoming scrubbed packet: {first}", *rest]
    return {"netfilter": packets(n), "unbound": flat(map(one, range(n)))}


def resolved(n):
    def one(i):
        key = {"class": 1, "type": 1, "name": named(i)}
        return json.dumps({"state": "success", "question": [key],
                           "answer": [{"rr": {"key": key, "address": [203, 0, 113, 1]}}]})
    return {"netfilter": packets(n), "resolved": list(map(one, range(n)))}


def hosts_of_one_address(n):
    return {"netfilter": packets(n), "hosts": [f"203.0.113.1 {named(i)}" for i in range(n)]}


def hosts_in_one_line(n):
    most = 50000  # a line over 1 MiB is left out
    return {"netfilter": packets(n), "hosts": [f"203.0.113.1 {' '.join(map(named, range(first, min(first + most, n))))}"
                                               for first in range(0, n, most)]}


def audit_programs(n):
    return {"audit": flat(audit(i, exe=f"/usr/bin/program{i}") for i in range(n))}


def audit_addresses(n):
    return {"audit": flat(audit(i, to=i) for i in range(n))}


def audit_ports(n):
    return {"audit": flat(audit(i, port=1 + i % 65535) for i in range(n))}


def netfilter_addresses(n):
    return {"netfilter": [packet(second(i, n), address(i)) for i in range(n)]}


def netfilter_users(n):
    return {"netfilter": [packet(second(i, n), "203.0.113.1", uid=1000 + i) for i in range(n)]}


def netfilter_seconds(n):
    return {"netfilter": [packet(i, "203.0.113.1") for i in range(n)]}


def claims_json(n):
    said = [json.dumps({"time": stamp(second(i, n)), "host": named(i), "port": 443, "uid": 1001}) for i in range(n)]
    return {"netfilter": netfilter_addresses(n)["netfilter"], "agent-json": said}


def claims_text(n):
    said = [f"{stamp(second(i, n))} GET https://{named(i)}/ -> 200 OK" for i in range(n)]
    return {"netfilter": netfilter_addresses(n)["netfilter"], "agent-text": said}


# How many at first.
KINDS = {
    names_of_one_address: 32000, names_of_one_asker: 32000, questions_of_one_port: 32000,
    names_of_many_users: 8000, names_of_many_ports: 16000,
    names_and_addresses: 16000, addresses_of_one_name: 32000, few_names_each_second: 16000, unbound: 32000,
    resolved: 32000, hosts_of_one_address: 80000, hosts_in_one_line: 80000, audit_programs: 16000,
    audit_addresses: 16000, audit_ports: 16000, netfilter_addresses: 16000, netfilter_users: 8000,
    netfilter_seconds: 80000, claims_json: 16000, claims_text: 16000,
}


def written(kind, count, directory):
    """The words that name the inputs, and how many lines they have. Made by a child: the memory of a process is at
    least that of the one which it was forked from."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lines = 0
        words = []
        for name, text in kind(count).items():
            path = Path(directory) / f"{name}.log"
            path.write_text("".join(f"{line}\n" for line in text), encoding="ascii")
            words.append(f"{name}:{path}")
            lines += len(text)
        os.write(writer, json.dumps([words, lines]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        result = json.load(told)
    os.waitpid(child, 0)
    return result


def grows_too_fast(egressc, kind, least, directory, times):
    def prepare(count):
        words, lines = written(kind, count, directory)
        return [egressc, "compile", "-q", "--threads", "1", "--verify", "none", "--allow-empty", "--to", "json",
                "-o", os.path.join(directory, "out.json"), *words], f"{lines} lines"
    return growth_table.grows_too_fast(kind.__name__, LEAST_MEMORY, prepare, (least, 2 * least, 4 * least), times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("egressc")
    parser.add_argument("names", nargs="*", choices=[[], *(kind.__name__ for kind in KINDS)])
    parser.add_argument("--times", type=int, default=2, help="how often each is run; the best counts (default: 2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        failed = [kind.__name__ for kind, least in KINDS.items()
                  if (not options.names or kind.__name__ in options.names)
                  and grows_too_fast(options.egressc, kind, least, directory, options.times)]
    if failed:
        sys.exit(f"growth.py: faster than the input: {', '.join(failed)}")


main()
