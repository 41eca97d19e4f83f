"""Names that follow DNS, with the real dnsmasq: what it fills lets through, and no more.  live_names.py EGRESSC"""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import dialects
import lab
from peer import dial, echo_server, echoes

UID = 1001
NAME, PORT = "api.example.com", 8443
UPSTREAM, RESOLVER = ("127.0.0.2", 5353), ("127.0.0.1", 53)
ADDRESSES = [f"198.51.100.{i}" for i in range(1, 21)]
ADDRESSES_6 = [f"2001:db8:5::{i:x}" for i in range(1, 21)]
ROUND = 2.0  # seconds for all of them
RATE = 50  # connections a second
A, AAAA = 1, 28
POLICY = {
    "egressc": 1,
    "scope": "subjects",
    "resolvers": [RESOLVER[0]],
    "subjects": {
        "agent": {
            "uid": UID,
            "allow": [{"to": NAME, "ports": [f"tcp/{PORT}"], "addresses": [ADDRESSES[0]], "live": True}],
        }
    },
}


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", os.getpid() & 0xFFFF, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def resolve(name, kind):
    """(address, TTL), as the resolver of the subject says."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(5)
        asker.sendto(question(name, kind), RESOLVER)
        answer = asker.recv(4096)
    if struct.unpack(">H", answer[6:8])[0] == 0:
        raise RuntimeError(f"no answer for {name}: {answer!r}")
    size = 4 if kind == A else 16
    ttl = struct.unpack(">I", answer[-size - 6 : -size - 2])[0]
    return socket.inet_ntop(socket.AF_INET if kind == A else socket.AF_INET6, answer[-size:]), ttl


class Upstream:
    """Answers for every name, with the address of the moment."""

    def __init__(self, ttl, pinned=False):
        self.ttl, self.pinned, self.asked = ttl, pinned, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(UPSTREAM)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            self.asked += 1
            self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        end = query.index(b"\0", 12) + 5
        (kind,) = struct.unpack(">H", query[end - 4 : end - 2])
        now = 0 if self.pinned else int(time.monotonic() / ROUND * len(ADDRESSES)) % len(ADDRESSES)
        data = b""
        if kind == A:
            data = socket.inet_pton(socket.AF_INET, ADDRESSES[now])
        elif kind == AAAA:
            data = socket.inet_pton(socket.AF_INET6, ADDRESSES_6[now])
        head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1 if data else 0, 0, 0) + query[12:end]
        return head + (b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, self.ttl, len(data)) + data if data else b"")


@contextlib.contextmanager
def dnsmasq(fragment):
    """The fragment as it would lie in /etc/dnsmasq.d. As root it gives its privileges up, but for those it needs."""
    with tempfile.TemporaryDirectory(prefix=f"egressc-test-{os.getpid()}-") as directory:
        os.chmod(directory, 0o755)
        with open(f"{directory}/egressc.conf", "w", encoding="ascii") as file:
            file.write(fragment)
        daemon = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", f"--conf-dir={directory}", "--no-resolv", "--no-hosts",
             f"--server={UPSTREAM[0]}#{UPSTREAM[1]}", f"--listen-address={RESOLVER[0]}", "--bind-interfaces", "--pid-file="],
            stderr=subprocess.PIPE, text=True)  # fmt: skip
        try:
            await_resolver(daemon)
            yield
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()


def await_resolver(daemon):
    deadline = time.monotonic() + 15
    while True:
        with contextlib.suppress(OSError):
            resolve("ready.example.net", A)
            return
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"dnsmasq does not answer: {daemon.stderr.read() if daemon.poll() is not None else ''}")
        time.sleep(0.05)


def set_up():
    lab.run("ip", "link", "set", "lo", "up")
    for address in ADDRESSES:
        lab.run("ip", "address", "add", address + "/32", "dev", "lo")
    for address in ADDRESSES_6:
        lab.run("ip", "address", "add", address + "/128", "dev", "lo", "nodad")
    return [echo_server("0.0.0.0", PORT), echo_server("::", PORT)]


def as_subject(function, *arguments):
    """function(*arguments) as the governed user, in a child; its result is a number."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(UID)
            os.setuid(UID)
            os.write(write_end, str(int(function(*arguments))).encode())
        except Exception as error:  # pylint: disable=broad-except
            os.write(write_end, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return int(said)


def reaches(kind=A):
    """Whether what the resolver just answered can be reached."""
    connection = dial(resolve(NAME, kind)[0], PORT)
    if isinstance(connection, str):
        return False
    connection.close()
    return True


def denies(seconds):
    """How many connections of RATE a second fail, each right after its own question."""
    failed, begin = 0, time.monotonic()
    for count in range(int(seconds * RATE)):
        time.sleep(max(0.0, begin + count / RATE - time.monotonic()))
        failed += not reaches(AAAA if count % 2 else A)
    return failed


def compiled(egressc, to):
    return lab.run(egressc, "compile", "--quiet", "--accept-below", "--to", to, "policy:-", text=json.dumps(POLICY))


def load(egressc, kind, timeout=None):
    """The rules of a kind, with another time that addresses stay."""
    if kind == "nftset":
        text = compiled(egressc, "nftables")
        assert text.count("timeout 1h") == 2
        lab.run("nft", "--file", "-", text=text.replace("timeout 1h", f"timeout {timeout}s") if timeout else text)
        return compiled(egressc, "dnsmasq")
    sets = compiled(egressc, "ipset")
    assert sets.count("timeout 3600") == 2
    lab.run("ipset", "restore", text=sets.replace("timeout 3600", f"timeout {timeout}") if timeout else sets)
    for six in ("", "6"):
        lab.run(f"ip{six}tables-nft-restore", "--noflush", text=compiled(egressc, f"ip{six}tables-restore"))
    return compiled(egressc, "dnsmasq-ipset")


def no_false_deny(egressc, kind, seconds):
    servers = set_up()
    upstream = Upstream(ttl=1)
    with dnsmasq(load(egressc, kind)):
        failed = as_subject(denies, seconds)
    print(f"    {kind}: {failed} of {seconds * RATE} connections denied, {upstream.asked} questions upstream")
    assert failed == 0, failed
    assert upstream.asked > seconds * RATE / 2
    del servers


def rotation_nftset(egressc):
    no_false_deny(egressc, "nftset", 20)


def rotation_ipset(egressc):
    no_false_deny(egressc, "ipset", 8)


def unfilled_sets_deny(egressc):
    """What the others prove nothing without."""
    servers = set_up()
    upstream = Upstream(ttl=1)
    fragment = load(egressc, "nftset")
    with dnsmasq("".join(line for line in fragment.splitlines(True) if not line.startswith("nftset="))):
        failed = as_subject(denies, 2)
    assert failed > RATE, failed
    del servers, upstream


def only_the_name_and_port(egressc):
    servers = set_up()
    upstream = Upstream(ttl=1, pinned=True)
    with dnsmasq(load(egressc, "nftset", 1)):
        time.sleep(1.2)  # what it starts with is gone
        assert not as_subject(lambda: isinstance(dial(ADDRESSES[0], PORT), socket.socket))
        # Another name does not open it; a name below does, which is why it has to be accepted.
        as_subject(lambda: len(resolve("other.example.com", A)))
        assert not as_subject(lambda: isinstance(dial(ADDRESSES[0], PORT), socket.socket))
        as_subject(lambda: len(resolve("deep.below." + NAME, A)))
        assert as_subject(lambda: isinstance(dial(ADDRESSES[0], PORT), socket.socket))
        assert not as_subject(lambda: isinstance(dial(ADDRESSES[0], PORT + 1), socket.socket))
    del servers, upstream


def expiry_cuts_no_connection(egressc):
    servers = set_up()
    upstream = Upstream(ttl=60, pinned=True)

    def outlives():
        connection = dial(resolve(NAME, A)[0], PORT)
        assert echoes(connection), "no connection"
        time.sleep(2.5)
        fresh = dial(ADDRESSES[0], PORT)
        assert isinstance(fresh, str), "the element did not expire"
        return echoes(connection)

    for kind in ("nftset", "ipset"):
        with dnsmasq(load(egressc, kind, 2)):
            assert as_subject(outlives), kind
        lab.run("nft", "flush", "ruleset")
    del servers, upstream


def cache_trap(egressc):
    """A cached answer refills nothing. The fragment's own settings make every answer fill the sets."""
    servers = set_up()
    upstream = Upstream(ttl=600, pinned=True)
    for kind in ("nftset", "ipset"):
        fragment = load(egressc, kind, 2)
        assert "\ncache-size=0\n" in fragment
        with dnsmasq(fragment.replace("\ncache-size=0\n", "\n")):
            assert as_subject(reaches)
            time.sleep(2.5)
            assert not as_subject(reaches), f"{kind}: the trap is gone: then the setting is needless"
        with dnsmasq(fragment):
            for _ in range(2):
                time.sleep(2.5)
                assert as_subject(reaches), kind
            ttl = as_subject(lambda: resolve(NAME, A)[1])
            assert ttl == 60, ttl
        lab.run("nft", "flush", "ruleset")
    del servers, upstream


def short_lives(egressc):
    """In an ipset an answer renews the time of an address. In nftables it does not: whoever asks just before an element
    expires may connect just after."""
    servers = set_up()
    upstream = Upstream(ttl=1, pinned=True)
    for kind in ("ipset", "nftset"):
        with dnsmasq(load(egressc, kind, 1)):
            failed = as_subject(denies, 6)
        print(f"    {kind}: {failed} of {6 * RATE} connections denied while elements live for one second")
        assert failed == 0 if kind == "ipset" else failed < 6 * RATE / 10
        lab.run("nft", "flush", "ruleset")
    del servers, upstream


def main():
    egressc = sys.argv[1]
    dialects.require_dialect("nftables", "dnsmasq", "ipset")
    dialects.require_dialect("iptables-nft")
    lab.skip_unless(lambda: lab.run("ipset", "create", "egressc-test", "hash:net"), "no ipset in this kernel")
    cases = [rotation_nftset, rotation_ipset, unfilled_sets_deny, only_the_name_and_port, expiry_cuts_no_connection,
             cache_trap, short_lives]  # fmt: skip
    lab.run_cases(cases, lambda case: case(egressc))


if __name__ == "__main__":
    main()
