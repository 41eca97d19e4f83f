"""Live names that egressc keeps up to date itself, on the real kernel.  refresh.py EGRESSC"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

import dns_server
import lab
import tables
from applying import Egressc, killed_at_the_end, require_equal, require_in, table
from dns_server import NXDOMAIN, REFUSED, SERVFAIL, DnsServer
from peer import PEER_4, Peer, dial

API, WWW, IN = "api.example.com", "www.example.com", "in.example.com"
UID = 1001
ASK = ("--resolver", "127.0.0.1:53")
FIRST, SECOND, THIRD = "198.51.100.7", "198.51.100.8", "2001:db8::8"
LIFETIME, GRACE = 3900, 300  # seconds, of an address that is there, and of one that is gone


def policy(*grants):
    return {"egressc": 1, "scope": "subjects", "subjects": {"agent": {"uid": UID, "allow": list(grants)}}}


def live(name, *addresses, ports=("tcp/443",)):
    return {"to": name, "ports": list(ports), "live": True, **({"addresses": list(addresses)} if addresses else {})}


def held():
    """What all live sets hold, and for how many seconds."""
    found = {}
    for block in tables.ELEMENTS.findall(table()):
        for text, left in tables.elements(block):
            if left is not None:
                found[text.split(" ")[0]] = left
    return found


def require_held(wanted):
    """Addresses with the seconds that they may have left at most; within 30 of that."""
    found = held()
    require_equal(sorted(found), sorted(wanted))
    for address, most in wanted.items():
        assert most - 30 < found[address] <= most, (address, found[address], most)


def until(condition, what, patience=20):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience} s: {what}\n{table()}"
        time.sleep(0.05)


class Watch:
    """egressc refresh --watch, and what it says."""

    def __init__(self, egressc, *words, **how):
        self.process = subprocess.Popen(egressc.words("refresh", "--watch", *words), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)  # fmt: skip
        self.text = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.text += line

    def says(self, part, patience=20):
        until(lambda: part in self.text, f"{part!r} in {self.text!r}", patience)

    def end(self, wanted, with_signal=None):
        if with_signal is not None:
            self.process.send_signal(with_signal)
        status = self.process.wait(timeout=20)
        self.reader.join()
        require_equal((status, self.text), (wanted, self.text))
        return self.text

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def resolver(**how):
    lab.run("ip", "link", "set", "lo", "up")
    return DnsServer(**how)


def once(egressc):
    dns = resolver()
    dns.hold(API, SECOND, THIRD)
    dns.hold("denied.example.com", SECOND)
    one = policy(live(API, FIRST), live("*.example.org"), {"to": "denied.example.com", "ports": ["tcp/1"], "addresses": [FIRST]})
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    said = egressc.must("refresh", *ASK, path)
    require_equal(said, "warning: *.example.org is live, but nobody can be asked for it: only a resolver that fills its set can "
                        "follow it\n"
                        f"{API}: {SECOND} opened\n{API}: {THIRD} opened\n")  # fmt: skip
    require_held({FIRST: GRACE, SECOND: LIFETIME, THIRD: LIFETIME})
    # No other name is ever asked, and each once for each family.
    require_equal(dns.asked, [API, API])
    # What is open stays open, and nothing is said of it.
    require_equal(egressc.must("refresh", "--once", "--grace", "1h", *ASK, "-q", path), "")
    # The longest name of all, and an answer that does not fit into a datagram.
    many = [f"198.51.100.{i}" for i in range(1, 81)]
    dns.hold(API, *many)
    said = egressc.must("refresh", *ASK, path)
    require_in(f"warning: {API}: it has more than 64 IPv4 addresses, and the rest is not opened\n", said)
    require_equal(sum(left > GRACE for left in held().values()), 64)


def says_what_is_wrong(egressc):
    dns = resolver()
    one = policy(live(API, FIRST), live(WWW, FIRST, ports=["tcp/80"]))
    path = egressc.file("policy.yaml", one)

    def refuses(*words):
        status, _, errors = egressc.run("refresh", *ASK, *words, path)
        require_equal(status, 3)
        return errors

    require_equal(refuses(), f"egressc: there is no table inet egressc in this network namespace: run egressc apply {path}\n")
    egressc.apply(policy(live(WWW, FIRST, ports=["tcp/80"])))
    egressc.file("policy.yaml", one)
    require_equal(refuses(), f"egressc: the table inet egressc has no set for {API}: run egressc apply {path}\n")
    require_equal(dns.asked, [])
    egressc.apply(one)
    dns.hold(WWW, FIRST)
    for code, why in ((SERVFAIL, "no resolver could answer"), (REFUSED, "no resolver could answer")):
        dns.fail(API, code)
        require_equal(refuses(), f"warning: not answered ({why}): {API}; what they mean stays as it is\n")
    dns.hold(API, FIRST)
    dns.silent = True
    require_equal(refuses(), f"warning: not answered (no answer in time): {API}, {WWW}; what they mean stays as it is\n")
    dns.close()
    require_in("warning: not answered", refuses())
    status, _, errors = egressc.run("refresh", *ASK, path, user=65534)
    require_equal((status, errors), (3, "egressc: CAP_NET_ADMIN is missing: run egressc as root\n"))


def failure_keeps_what_is_there(egressc):
    dns = resolver()
    one = policy(live(API, FIRST))
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    name = re.search(r"set (n_\w+_4)", table())[1]
    lab.run("nft", f"delete element inet egressc {name} {{ {FIRST} }}; add element inet egressc {name} "
                   f"{{ {FIRST} timeout 1h expires 3s }}")  # fmt: skip
    dns.fail(API, SERVFAIL)
    status, _, _ = egressc.run("refresh", *ASK, path)
    require_equal(status, 3)
    require_held({FIRST: LIFETIME})
    # NXDOMAIN is an answer.
    dns.fail(API, NXDOMAIN)
    require_equal(egressc.must("refresh", *ASK, path), f"{API}: there is no such name; what it meant closes in 5 min 0 s\n")
    require_held({FIRST: GRACE})


def rebinding(egressc):
    dns = resolver()
    one = policy(live(API, FIRST), live(IN, "10.1.0.0/16"))
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    for address in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "::1", "fd00::1", "fe80::1", "::ffff:198.51.100.9"):
        dns.hold(API, address, FIRST)
        dns.hold(IN, "10.1.2.3")
        said = egressc.must("refresh", *ASK, path)
        shown = address.removeprefix("::ffff:")
        require_in(f"warning: {API}: {shown} is not opened: no address of the internet, and not among those that the policy "
                   "lists\n", said)  # fmt: skip
        require_equal(sorted(held()), sorted([FIRST, "10.1.0.0/16"]))
    dns.hold(IN, "10.2.0.1", "10.1.9.9")
    require_in(f"warning: {IN}: 10.2.0.1 is not opened", egressc.must("refresh", *ASK, path))


def networks_that_are_listed(egressc):
    """An address in one of them renews it, and is no element beside it."""
    dns = resolver()
    one = policy(live(API, "203.0.113.0/24", FIRST))
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    dns.hold(API, SECOND)
    egressc.must("refresh", *ASK, path)
    require_held({"203.0.113.0/24": GRACE, FIRST: GRACE, SECOND: LIFETIME})
    dns.hold(API, "203.0.113.9")
    egressc.must("refresh", *ASK, path)
    require_held({"203.0.113.0/24": LIFETIME, FIRST: GRACE, SECOND: GRACE})


def watch(egressc):
    dns = resolver()
    one = policy(live(API, FIRST))
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    dns.hold(API, FIRST)
    with Watch(egressc, *ASK, "--grace", "3s", path) as watching:
        until(lambda: len(dns.asked) >= 4, "asked again at the TTL")
        # Two at the same time would ask everything twice.
        status, _, errors = egressc.run("refresh", *ASK, path)
        require_equal((status, errors), (3, "egressc: another egressc refresh is at work in this network namespace\n"))
        dns.hold(API, SECOND)
        watching.says(f"{API}: {SECOND} opened\n")
        watching.says(f"{API}: {FIRST} closed\n")
        require_equal(list(held()), [SECOND])
        # A resolver that is down takes nothing away, and is asked again when it is back.
        dns.silent = True
        # For its addresses of IPv6, of which there are none, it is asked again after a minute.
        watching.says(f"warning: not answered (no answer in time): {API} (IPv4); what they mean there stays as it is\n", 30)
        time.sleep(5)
        require_equal(list(held()), [SECOND])
        dns.silent = False
        watching.says(f"answered again: {API} (IPv4)\n", 30)
        dns.fail(API, NXDOMAIN)
        watching.says(f"{API}: there is no such name; what it meant over IPv4 closes in 3 s\n")
        until(lambda: not held(), "closed")
        said = watching.end(0, signal.SIGTERM)
    require_equal(set(dns.asked), {API})
    require_equal(said.count("opened"), 1)


def ends_at_once(egressc):
    """Also while it waits for an answer."""
    dns = resolver()
    one = policy(live(API, FIRST))
    egressc.apply(one)
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        dns.silent = True
        with Watch(egressc, *ASK, egressc.file("policy.yaml", one)) as watching:
            time.sleep(0.7)
            since = time.monotonic()
            watching.end(0, signal_number)
            assert time.monotonic() - since < 1


def changes_meanwhile(egressc):
    dns = resolver(ttl=600)  # so that only a change makes it look again
    one = policy(live(API, FIRST))
    egressc.apply(one)
    path = egressc.file("policy.yaml", one)
    dns.hold(API, SECOND)
    dns.hold(WWW, "198.51.100.20")
    with Watch(egressc, *ASK, path) as watching:
        watching.says(f"{SECOND} opened\n")
        # The same policy once more, which switches tags.
        egressc.apply(one)
        time.sleep(1.5)
        require_equal(sorted(held()), [FIRST, SECOND])
        # Somebody takes an element out.
        name = re.search(r"set (n_\w+_4)", table())[1]
        lab.run("nft", f"delete element inet egressc {name} {{ {SECOND} }}")
        until(lambda: SECOND in held(), "in again")
        # The whole table from before, as an undo loads it.
        before = re.sub(rf",\s*{SECOND}[^,}}]*", " ", table())
        assert SECOND not in before
        tables.load(tables.REPLACE + before)
        until(lambda: SECOND in held(), "in again")
        # Another policy.
        egressc.apply(policy(live(API, FIRST), live(WWW, FIRST, ports=["tcp/80"])))
        watching.says("another policy was applied to this network namespace: going on with that\n")
        watching.says(f"{WWW}: 198.51.100.20 opened\n")
        # One that somebody loads from elsewhere, with the same sets.
        other = egressc.file("other.yaml", policy(live(API, FIRST), live(WWW, FIRST, ports=["tcp/80"]), {"to": FIRST, "ports": ["tcp/1"]}))
        egressc.must("apply", "--yes", "--warm-up", "0s", other)
        watching.says(f"warning: what runs in this network namespace is not {path}: `egressc apply {path}` would put that there\n")
        require_equal(watching.process.poll(), None)
        egressc.must("remove", "--yes")
        said = watching.end(3)
    require_in(f"egressc: there is no table inet egressc in this network namespace: run egressc apply {path}\n", said)


def sets_that_go(egressc):
    dns = resolver(ttl=600)
    one = policy(live(API, FIRST))
    egressc.apply(one)
    dns.hold(API, FIRST)
    path = egressc.file("one.yaml", one)
    with Watch(egressc, *ASK, path) as watching:
        until(lambda: dns.asked, "asked")
        egressc.apply(policy(live(WWW, FIRST)))
        require_in(f"egressc: the table inet egressc has no set for {API}: run egressc apply {path}\n", watching.end(3))


def json_lines(egressc):
    dns = resolver()
    one = policy(live(API, FIRST))
    egressc.apply(one)
    dns.hold(API, SECOND)
    status, out, _ = egressc.run("refresh", "--json", *ASK, egressc.file("policy.yaml", one))
    require_equal((status, [json.loads(line) for line in out.splitlines()]),
                  (0, [{"event": "added", "name": API, "family": 4, "address": SECOND}]))  # fmt: skip


def named_namespace(egressc):
    """The resolver of /etc/netns/NAME/resolv.conf, asked in that namespace."""
    name = f"egressc-test-{os.getpid()}"
    directory = f"/etc/netns/{name}"
    one = policy(live(API, FIRST))
    lab.run("ip", "netns", "add", name)
    try:
        os.makedirs(directory)
        with open(directory + "/resolv.conf", "w", encoding="ascii") as file:
            file.write("search example.net\nnameserver 127.0.0.53\n")
        egressc.apply(one, "--netns", name)
        path = egressc.file("policy.yaml", one)
        ready, is_ready = os.pipe()
        child = os.fork()
        if child == 0:
            handle = os.open(f"/run/netns/{name}", os.O_RDONLY)
            lab.ctypes.CDLL(None).setns(handle, lab.CLONE_NEWNET)
            resolver(address="127.0.0.53").hold(API, SECOND)
            os.write(is_ready, b"!")
            time.sleep(60)
            os._exit(0)
        try:
            os.read(ready, 1)
            require_equal(egressc.must("refresh", "--netns", name, path), f"{API}: {SECOND} opened\n")
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    finally:
        lab.run("ip", "netns", "delete", name)
        if os.path.isdir(directory):
            os.unlink(directory + "/resolv.conf")
            os.rmdir(directory)


ADDRESSES = [f"198.51.100.{i}" for i in range(1, 21)]
PERIOD, RATE, CYCLES, PORT = 2, 50, 2, 9090
LISTEN = f"""import socket
listener = socket.create_server(("", {PORT}), backlog=200)
print("ready", flush=True)
while True:
    listener.accept()[0].close()
"""


def connect_all_the_time(seconds):
    """As the governed user: how many connections were tried and denied in the first cycle, and afterwards."""
    os.setgid(UID)
    os.setuid(UID)
    start, tried, denied = time.monotonic(), [0, 0], [0, 0]
    for number in range(seconds * RATE):
        time.sleep(max(0, start + number / RATE - time.monotonic()))
        later = int(time.monotonic() - start >= PERIOD * len(ADDRESSES))
        connection = dial(dns_server.ask("127.0.0.1", API), PORT, patience=1)
        tried[later] += 1
        if isinstance(connection, str):
            denied[later] += 1
        else:
            connection.close()
    return tried, denied


def a_name_that_rotates(egressc):
    """The experiment: 20 addresses, one at a time, each for 2 seconds, and 50 connections a second."""
    with Peer() as peer:
        inside = ["nsenter", "--target", str(peer.pid), "--net"]
        for address in ADDRESSES:
            lab.run(*inside, "ip", "address", "add", address + "/32", "dev", "egc-peer")
        lab.run("ip", "route", "add", "198.51.100.0/24", "via", PEER_4)
        dns = resolver(ttl=PERIOD)
        dns.zone[API] = lambda kind: [] if kind == dns_server.AAAA else [ADDRESSES[int(time.monotonic() / PERIOD) % 20]]
        one = policy(live(API, ADDRESSES[0], ports=[f"tcp/{PORT}"]), {"to": "127.0.0.1", "ports": ["udp/53"]})
        egressc.apply(one)
        path = egressc.file("policy.yaml", one)
        server = subprocess.Popen([*inside, sys.executable, "-c", LISTEN], stdout=subprocess.PIPE)
        with killed_at_the_end(server), Watch(egressc, *ASK, path) as watching:
            server.stdout.readline()
            tried, denied = in_child(connect_all_the_time, CYCLES * PERIOD * len(ADDRESSES))
            watching.end(0, signal.SIGTERM)
        print(f"      false denies: {denied[0]} of {tried[0]} connections in the first 40 s, {denied[1]} of {tried[1]} afterwards")
        sys.stdout.flush()
        # An address is not known before it is asked for; once it was, it stays for longer than a cycle.
        assert denied[1] * 20 <= tried[1], (tried, denied)


def in_child(function, *arguments):
    """Its result."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, json.dumps(function(*arguments)).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text)


def main():
    program = sys.argv[1]
    lab.require("nft", "ip", "nsenter")

    def around(case):
        with tempfile.TemporaryDirectory(prefix=f"egressc-test-{os.getpid()}-") as directory:
            case(Egressc(program, directory))

    cases = [once, says_what_is_wrong, failure_keeps_what_is_there, rebinding, networks_that_are_listed, watch, ends_at_once,
             changes_meanwhile, sets_that_go, json_lines, named_namespace, a_name_that_rotates]  # fmt: skip
    wanted = sys.argv[2:]
    lab.run_cases([case for case in cases if not wanted or case.__name__ in wanted], around)


if __name__ == "__main__":
    main()
