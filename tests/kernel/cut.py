"""established: cut ends what is open and denied, whoever speaks first, known to the kernel or not.  cut.py EGRESSC"""

import re
import socket
import subprocess
import sys
import time

import lab
import tidy
from applying import require_equal, require_in, require_not_in
from connections import opened, policy, start_tracking, user
from peer import ECHO, OTHER_ECHO, OTHER_SPEAKER, PEER_4, PEER_6, SPEAKER, Peer, echo_server, echoes

ADDRESSES = (PEER_4, PEER_6)
LISTEN = 9000


def cut_policy(**settings):
    made = policy("subjects", established="cut", **settings)
    for grant in made["subjects"]["agent"]["allow"]:
        grant["ports"] += [f"tcp/{OTHER_SPEAKER}", f"udp/{OTHER_SPEAKER}"]
    return made


def datagrams(uid, address, port):
    with user(uid):
        connection = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    connection.connect((address, port))
    connection.send(b"hello")
    return connection


def lives(connection):
    """Whether it can be sent over, and heard from."""
    connection.settimeout(2)
    try:
        connection.send(b"still here")
        return connection.recv(4096) != b""
    except OSError:
        return False


def cuts(egressc, is_warm, options=(), **settings):
    """What apply says."""
    with Peer() as peer:
        if is_warm:
            start_tracking()
        with user(1001):
            listeners = [echo_server(address, LISTEN) for address in (lab.OUT_4, lab.OUT_6)]
        mapped = socket.socket(socket.AF_INET6)
        with user(1001):
            mapped_agent = socket.socket(socket.AF_INET6)
        for one in (mapped, mapped_agent):
            one.connect(("::ffff:" + PEER_4, SPEAKER))
        denied, kept = {"mapped": mapped_agent}, {"mapped, another user's": mapped}
        for address in ADDRESSES:
            assert peer.ask("hold", {PEER_4: lab.OUT_4, PEER_6: lab.OUT_6}[address], LISTEN)
            denied[address, "quiet"] = opened(1001, address, ECHO)
            denied[address, "speaks"] = opened(1001, address, SPEAKER)
            kept[address, "speaks"] = opened(1001, address, OTHER_SPEAKER)
            kept[address, "another user's"] = opened(2000, address, SPEAKER)
            kept[address, "datagrams"] = datagrams(1001, address, OTHER_SPEAKER)
            denied[address, "datagrams"] = datagrams(1001, address, SPEAKER)
            kept[address, "quiet"] = opened(1001, address, OTHER_ECHO)
        time.sleep(0.5)
        said = egressc.must("apply", "--yes", *options, egressc.file("cut.yaml", cut_policy(**settings)))
        if settings.get("mode") == "monitor":
            return said
        for name, connection in denied.items():
            assert not lives(connection), f"not cut: {name}"
        heard = peer.ask("heard")
        for name, connection in denied.items():
            if "datagrams" not in name:
                assert not lives(connection), f"not cut: {name}"
        for name, connection in kept.items():
            alive = echoes(connection) if "quiet" in name else lives(connection)
            assert alive, f"cut: {name}"
        # What others of SPEAKER said in between.
        assert peer.ask("heard") - heard <= 3 * len(b"still here")
        require_equal(peer.ask("held"), [True, True])
        for listener in listeners:
            listener.close()
        return said


def require_ended(said):
    """Seven, without those that the rules have reset before: whoever acknowledges what the other end says is denied."""
    ended = re.search(r"^this network namespace: ended (\d+) open connections? that the policy denies$", said, re.M)
    assert ended and 1 <= int(ended[1]) <= 7, said


def cold(egressc):
    require_ended(cuts(egressc, False, ["--warm-up", "1s"]))


def cold_at_once(egressc):
    require_ended(cuts(egressc, False, ["--warm-up", "0"]))


def warm(egressc):
    require_ended(cuts(egressc, True))


def in_a_trial(egressc):
    require_ended(cuts(egressc, False, ["--warm-up", "1s", "--confirm-within", "60s"]))
    egressc.must("confirm")


def monitored(egressc):
    require_not_in("ended", cuts(egressc, False, ["--warm-up", "0"], mode="monitor"))


PAIR = """
import os, socket, sys
listener = socket.create_server(("127.0.0.1", 9001))
os.seteuid(1001)
client = socket.socket()
os.seteuid(0)
client.connect(("127.0.0.1", 9001))
server = listener.accept()[0]
print("open", flush=True)
sys.stdin.readline()
client.settimeout(2)
try:
    server.send(b".")
    print(client.recv(1) == b".", flush=True)
except OSError:
    print(False, flush=True)
"""


def in_its_namespace_alone(egressc):
    """The same connection elsewhere stays."""
    lab.run("ip", "link", "set", "lo", "up")
    with tidy.named_network() as name:
        lab.run(*tidy.inside(name, "ip", "link", "set", "lo", "up"))
        pairs = []
        for words in ([], tidy.inside(name)):
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            pairs.append(subprocess.Popen([*words, sys.executable, "-c", PAIR], **pipes))
            require_equal(pairs[-1].stdout.readline(), "open\n")
        said = egressc.must("apply", "--yes", "--warm-up", "0", "--netns", name, egressc.file("cut.yaml", cut_policy()))
        require_in(f"network namespace {name}: ended 1 open connection that the policy denies\n", said)
        require_equal([pair.communicate("\n")[0] for pair in pairs], ["True\n", "False\n"])


def main():
    path, *wanted = sys.argv[1:]
    lab.require("nft", "ip")
    cases = [cold, cold_at_once, warm, in_a_trial, monitored, in_its_namespace_alone]
    tidy.run_cases([case for case in cases if not wanted or case.__name__ in wanted], path)


if __name__ == "__main__":
    main()
