"""apply, rollback and remove, on the real kernel.  apply.py EGRESSC DATA"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import lab
import model
import policies
import probes
from applying import (Egressc, Terminal, killed_at_the_end, require_equal, require_in, require_not_in, rules,
                      table)  # fmt: skip
from peer import ECHO, OTHER_ECHO, PEER_4, PEER_6, Peer, dial, echoes

SMALL = policies.POLICIES["subjects"]
OTHER = policies.POLICIES["gids of a uid"]
NOBODY = 65534
LIVE = """egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7], live: true}
      - {to: www.example.com, ports: [tcp/443], addresses: [198.51.100.9], live: true}
"""


def some_probes():
    flows = [flow for flow in policies.FLOWS if flow[1] not in (lab.OUT_4, lab.OUT_6)]
    return [probes.Probe(uid, uid, *flow) for uid in (1001, 1002, 2000) for flow in flows]


def require_verdicts(policy):
    tried = some_probes()
    left = [str(probe) for probe, out in zip(tried, probes.leaves(tried)) if out]
    require_equal(left, [str(probe) for probe in tried if model.leaves(policy, probe, set())])


def means_what_the_policy_does(egressc):
    lab.add_silent_link()
    for policy in (SMALL, OTHER, SMALL, SMALL):
        egressc.apply(policy)
        require_verdicts(policy)
    text = egressc.must("apply", "--yes", egressc.file("policy.yaml", SMALL))
    require_in("no difference", text)


def others_stay(egressc):
    """Whatever is there besides stays byte for byte."""
    lab.add_silent_link()
    for name in ("docker", "firewalld"):
        lab.run("nft", "--file", os.path.join(egressc.data, name + ".nft"))
    for kind in ("nft", "legacy"):
        for six in ("", "6"):
            lab.run(f"ip{six}tables-{kind}-restore", "--noflush",
                    text="*filter\n:MINE - [0:0]\n-A OUTPUT -j MINE\n-A MINE -p tcp --dport 9 -j DROP\nCOMMIT\n")  # fmt: skip

    def everything():
        tables = lab.run("nft", "list", "tables").split("\n")
        all_tables = [lab.run("nft", "--stateless", "--handle", "list", *name.split())
                      for name in tables if name and name != "table inet egressc"]  # fmt: skip
        return all_tables + [re.findall(r"^(?:\*.*|-A .*|:\S+ \S+)", lab.run(f"ip{six}tables-legacy-save"), re.M) for six in ("", "6")]

    before = everything()
    for policy in (SMALL, OTHER):
        egressc.apply(policy)
        require_equal(everything(), before)
    egressc.must("rollback", "--yes")
    require_equal(everything(), before)
    egressc.must("remove", "--yes")
    require_equal(everything(), before)
    require_equal(table(), "")


def warns_of_others(egressc):
    path = egressc.file("policy.yaml", LIVE.replace(", live: true", ""))
    _, text, _ = egressc.run("apply", "--dry-run", path)
    require_not_in("warning", text)
    lab.run("nft", "add table ip mine; add chain ip mine out { type filter hook output priority 5; }; "
                   "add rule ip mine out ip daddr 198.51.100.7 drop")  # fmt: skip
    _, text, _ = egressc.run("apply", "--dry-run", path)
    require_in("warning: ip mine out denies what the policy grants, and goes on to do so:\n"
               "agent (uid 1001)\n  -  api.example.com  tcp/443", text)  # fmt: skip
    require_not_in("www.example.com", text[text.index("warning") :])
    lab.run("nft", "delete table ip mine")
    lab.run("iptables-legacy", "-A", "OUTPUT", "-p", "tcp", "--dport", "443", "-j", "REJECT")
    _, text, _ = egressc.run("apply", "--dry-run", path)
    require_in("warning: kernel (iptables-legacy-save)", text)
    lab.run("iptables-legacy", "-F", "OUTPUT")
    # What others accept opens nothing, whether they are asked first or last.
    lab.run("nft", "add table ip mine; add chain ip mine first { type filter hook output priority -500; }; "
                   "add chain ip mine last { type filter hook output priority 500; }; "
                   "add rule ip mine first accept; add rule ip mine last accept")  # fmt: skip
    lab.add_silent_link()
    _, text, _ = egressc.run("apply", "--dry-run", path)
    require_not_in("warning", text)
    egressc.apply(SMALL)
    require_verdicts(SMALL)


def dry_run(egressc):
    egressc.apply(SMALL)
    before = rules()
    state, egressc.state = egressc.state, egressc.directory + "/none"
    status, text, messages = egressc.run("apply", "--dry-run", egressc.file("other.yaml", OTHER))
    require_equal((status, rules(), os.path.exists(egressc.state)), (0, before, False))
    egressc.state = state
    require_in("newly allowed", text)
    require_in("dry run: the kernel takes it; nothing is changed", messages)


def sets():
    """Of each element of a live set, how many seconds are left."""
    left = {}
    for address, hours, minutes, seconds in re.findall(r"([0-9.:a-f]+) (?:timeout \w+ )?expires (?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", table()):  # fmt: skip
        left[address] = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return left


def names_of_sets():
    return re.findall(r"set (n_\w+_[46])", table())


def accepts_errors(egressc):
    """What check calls an error is in a dry run, and in force only where it is accepted."""
    path = egressc.file("policy.yaml", "egressc: 1\nscope: subjects\nsubjects:\n  agent:\n    uid: 1001\n    allow:\n"
                        "      - {to: 169.254.169.254, ports: [tcp/80]}\n")  # fmt: skip
    words = ("--no-system-guard", "--warm-up", "0s", path)
    error = "error: agent: 169.254.169.254 is a cloud's metadata service [metadata]"
    status, text, messages = egressc.run("apply", "--yes", *words)
    require_equal((status, text, table()), (2, "", ""))
    require_in(error, messages)
    status, text, messages = egressc.run("apply", "--dry-run", *words)
    require_equal((status, table()), (2, ""))
    require_in("newly denied", text)
    require_in(error, messages)
    require_in("it would not be applied", messages)
    said = egressc.must("apply", "--dry-run", "--accept", "metadata", *words)
    require_in("warning: agent: 169.254.169.254 is a cloud's metadata service, which is accepted [metadata]", said)
    require_equal(table(), "")
    egressc.must("apply", "--yes", "--accept", "metadata", *words)
    require_in("169.254.169.254", table())


def live_elements_stay(egressc):
    path = egressc.file("live.yaml", LIVE)
    egressc.must("apply", "--yes", "--warm-up", "0s", path)
    (name,) = [n for n in names_of_sets() if n.endswith("_4") and "198.51.100.7" in
               lab.run("nft", "list", "set", "inet", "egressc", n)]  # fmt: skip
    lab.run("nft", f"add element inet egressc {name} {{ 198.51.100.70 timeout 1h expires 20m, 198.51.100.71 timeout 2s }}")
    time.sleep(2.1)
    egressc.must("apply", "--yes", path)
    left = sets()
    require_equal(sorted(left), ["198.51.100.7", "198.51.100.70", "198.51.100.9"])
    assert 1100 < left["198.51.100.70"] < 1200 and left["198.51.100.7"] > 3500, left
    # The set of a name that is gone goes with it.
    egressc.must("apply", "--yes", egressc.file("less.yaml", LIVE.replace("api", "apix")))
    require_equal(sorted(sets()), ["198.51.100.7", "198.51.100.9"])


def cold_start(egressc):
    """A connection that nothing tracked lives on, over both families, and a new one is denied."""
    policy = {"egressc": 1, "scope": "host", "baseline": ["ndp", "mld", "icmp-errors"],
              "subjects": {"agent": {"uid": 1001, "allow": [{"to": PEER_4, "ports": [f"tcp/{OTHER_ECHO}"]}]}}}  # fmt: skip
    path = egressc.file("policy.yaml", policy)
    with Peer():
        connections = [dial(address, ECHO) for address in (PEER_4, PEER_6)]
        assert all(isinstance(one, socket.socket) for one in connections), connections
        command = egressc.words("apply", "--yes", "--warm-up", "2s", path)
        with killed_at_the_end(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
            while process.poll() is None:
                assert all(echoes(one) for one in connections), "a live connection was cut"
                time.sleep(0.1)
            messages = process.stderr.read()
        require_in("this network namespace: not all connections are tracked yet: waiting 2 s", messages)
        require_equal([process.returncode, [echoes(one) for one in connections]], [0, [True, True]])
        require_equal(dial(PEER_4, ECHO), "ConnectionRefusedError")
        # Now that connections are tracked, there is nothing to wait for.
        begin = time.monotonic()
        require_not_in("waiting", egressc.must("apply", "--yes", "--warm-up", "1h", path))
        assert time.monotonic() - begin < 60


def cold_start_interrupted(egressc):
    command = egressc.words("apply", "--yes", "--warm-up", "1h", egressc.file("policy.yaml", SMALL))
    with killed_at_the_end(subprocess.Popen(command, stderr=subprocess.PIPE, text=True)) as process:
        while "egressc warm-up" not in table():
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        require_equal(process.wait(), 3)
        require_in("interrupted: nothing is changed", process.stderr.read())
    require_equal(table(), "")


def changed_meanwhile(egressc):
    """Between the reading and the answer somebody changes what passes: the person has to look again."""
    egressc.apply(SMALL)
    before = rules()
    terminal = Terminal(egressc.words("apply", egressc.file("other.yaml", OTHER)))
    terminal.until("change this network namespace? [y/N] ")
    lab.run("nft", "add table ip mine; add chain ip mine out { type filter hook output priority 5; }; "
                   "add rule ip mine out ip daddr 198.51.100.7 drop")  # fmt: skip
    terminal.answer("y")
    status, text = terminal.end()
    require_equal((status, rules()), (3, before))
    require_in("the ruleset was changed meanwhile by nft (pid ", text)


def elements_come_meanwhile(egressc):
    """What a resolver adds to a live set is no change to the person, and is not lost."""
    path = egressc.file("live.yaml", LIVE)
    egressc.must("apply", "--yes", "--warm-up", "0s", path)
    names = [name for name in names_of_sets() if name.endswith("_4")]
    terminal = Terminal(egressc.words("apply", path))
    terminal.until("[y/N] ")
    lab.run("nft", f"add element inet egressc {names[0]} {{ 198.51.100.77 timeout 1h }}")
    terminal.answer("y")
    require_equal(terminal.end()[0], 0)
    require_in("198.51.100.77", table())


def asks(egressc):
    path = egressc.file("policy.yaml", SMALL)
    status, _, messages = egressc.run("apply", path)
    require_equal((status, table()), (2, ""))
    require_in("standard input is no terminal, so nobody can be asked: add --yes", messages)
    for answer in ("n", "", "no", "x"):
        terminal = Terminal(egressc.words("apply", path))
        terminal.until("[y/N] ")
        terminal.answer(answer)
        require_equal((terminal.end()[0], table()), (3, ""))
    terminal = Terminal(egressc.words("apply", "--warm-up", "0s", path))
    terminal.until("[y/N] ")
    terminal.answer("yes")
    require_equal(terminal.end()[0], 0)
    assert table()


def one_at_a_time(egressc):
    path = egressc.file("policy.yaml", SMALL)
    terminal = Terminal(egressc.words("apply", "--warm-up", "0s", path))
    terminal.until("[y/N] ")
    for command in (("apply", "--yes", path), ("remove", "--yes"), ("rollback", "--yes")):
        status, _, messages = egressc.run(*command)
        require_equal((status, table()), (3, ""))
        require_in("another egressc is changing this network namespace", messages)
    terminal.answer("y")
    require_equal(terminal.end()[0], 0)
    egressc.apply(OTHER)


def back_and_forth(egressc):
    """rollback goes to what was before, whatever that was, and back again."""
    by_hand = "table inet egressc {\n\tset s {\n\t\ttype ipv4_addr\n\t\tflags timeout\n\t\telements = { 192.0.2.9 timeout 1h expires 30m }\n\t}\n\n\tchain mine {\n\t\ttcp dport 9 counter packets 5 bytes 300 drop comment \"by hand\"\n\t}\n}\n"  # fmt: skip
    lab.run("nft", "--file", "-", text=by_hand)
    before = rules()
    egressc.apply(SMALL)
    first = rules()
    egressc.apply(OTHER)
    second = rules()
    assert len({before, first, second}) == 3
    for wanted in (first, second, first):
        egressc.must("rollback", "--yes")
        require_equal(rules(), wanted)
    egressc.must("remove", "--yes")
    require_equal(table(), "")
    egressc.must("rollback", "--yes")
    require_equal(rules(), first)
    egressc.must("remove", "--yes")
    lab.run("nft", "--file", "-", text=by_hand)
    egressc.apply(SMALL)
    egressc.must("rollback", "--yes")
    require_equal(rules(), before)
    require_in("counter packets 5 bytes 300", table())
    assert 1700 < sets()["192.0.2.9"] <= 1800, table()


def from_another_directory(egressc):
    """A relative path, and a confirmation by a guardian that works elsewhere."""
    state, egressc.state = egressc.state, "state"
    here = {"cwd": egressc.directory}
    egressc.file("policy.yaml", SMALL)
    egressc.must("apply", "--yes", "--warm-up", "0s", "--confirm-within", "1m", "policy.yaml", **here)
    require_in("confirmed", egressc.must("confirm", **here))
    egressc.state = state
    require_in(f"from      {egressc.directory}/policy.yaml", egressc.must("status"))


def nothing_to_go_back_to(egressc):
    status, _, messages = egressc.run("rollback", "--yes")
    require_equal(status, 3)
    require_in("nothing is known of this network namespace before what runs now", messages)
    status, _, messages = egressc.run("confirm")
    require_equal(status, 3)
    require_in("no change of this network namespace waits for a confirmation", messages)
    require_in("there is no table inet egressc", egressc.must("remove", "--yes"))


def named_namespaces(egressc):
    name = f"egressc-test-{os.getpid()}"
    try:
        for words in ((), ("--create",)):
            status, _, messages = egressc.run("apply", "--yes", "--netns", name, *words, "--warm-up", "0s",
                                              egressc.file("policy.yaml", SMALL))  # fmt: skip
            require_equal(status, 0 if words else 3)
        require_in(f"applied to network namespace {name}; `egressc rollback --netns {name}` takes it back", messages)
        require_equal(table(), "")
        require_in("chain u1001", lab.run("ip", "netns", "exec", name, "nft", "list", "table", "inet", "egressc"))
        # Entered in another way it is the same place.
        require_in("no difference", lab.run("ip", "netns", "exec", name, *egressc.words("apply", "--yes", egressc.file("policy.yaml", SMALL))))  # fmt: skip
        require_in(f"deleted network namespace {name}", egressc.must("remove", "--yes", "--netns", name, "--delete"))
        require_equal(name in lab.run("ip", "netns"), False)
        require_equal(os.listdir(egressc.state), [])
        # One that was made for nothing goes again.
        bad = egressc.file("bad.yaml", SMALL)
        require_equal(egressc.run("apply", "--netns", name, "--create", "--dry-run", bad)[0], 0)
        require_equal(egressc.run("apply", "--netns", name, "--create", bad)[0], 2)
        for stop in (lambda terminal: terminal.answer("\x03"), lambda terminal: terminal.process.terminate()):
            terminal = Terminal(egressc.words("apply", "--netns", name, "--create", bad))
            terminal.until("[y/N] ")
            require_in(name, lab.run("ip", "netns"))
            stop(terminal)
            require_equal(terminal.end()[0], 3)
        require_equal(name in lab.run("ip", "netns"), False)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def of_another_user_namespace(egressc):
    name = f"egressc-test-{os.getpid()}"
    path = "/run/netns/" + name
    lab.run("ip", "netns", "add", name)
    lab.run("umount", path)
    try:
        with killed_at_the_end(subprocess.Popen(["unshare", "--user", "--net", "sleep", "60"])) as process:
            own = os.readlink("/proc/self/ns/user")
            while os.readlink(f"/proc/{process.pid}/ns/user") == own:
                time.sleep(0.01)
            time.sleep(0.1)
            lab.run("mount", "--bind", f"/proc/{process.pid}/ns/net", path)
            status, _, messages = egressc.run("apply", "--yes", "--netns", name, egressc.file("policy.yaml", SMALL))
            require_equal(status, 3)
            require_in("it belongs to another user namespace, where users have other numbers", messages)
    finally:
        subprocess.run(["umount", path], check=False)
        os.unlink(path)


def without_privilege(egressc):
    for command in (["apply", "--yes", egressc.file("policy.yaml", SMALL)], ["remove", "--yes"], ["rollback", "--yes"]):
        status, _, messages = egressc.run(*command, user=NOBODY, group=NOBODY, extra_groups=[])
        require_equal(status, 3)
        require_in("CAP_NET_ADMIN is missing: run egressc as root", messages)
    require_equal(table(), "")


def wrong_inputs(egressc):
    log = egressc.file("audit.log", 'type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=42 success=yes exit=0 a0=3 pid=1 uid=1000 fsuid=1000 comm="x" exe="/x"\n')  # fmt: skip
    ruleset = egressc.file("rules.nft", lab.run(egressc.path, "compile", "--quiet", egressc.file("p.yaml", SMALL)))
    for word, wanted in ((log, "this is a log (audit): apply takes a policy that somebody has read"),
                         ("audit:" + log, f"egressc compile --to policy -o policy.yaml audit:{log}, read it, and: egressc apply policy.yaml"),
                         (ruleset, "this is a ruleset: apply takes the policy that it was compiled from"),
                         (egressc.file("bad.yaml", "egressc: 1\nscope: hots\n"), "bad.yaml:2:8: error"),
                         (egressc.directory + "/none.yaml", "No such file or directory")):  # fmt: skip
        status, out, messages = egressc.run("apply", "--yes", word)
        require_equal((status, out, table()), (2, "", ""))
        require_in(wanted, messages)


CASES = [
    means_what_the_policy_does,
    others_stay,
    warns_of_others,
    dry_run,
    accepts_errors,
    live_elements_stay,
    cold_start,
    cold_start_interrupted,
    changed_meanwhile,
    elements_come_meanwhile,
    asks,
    one_at_a_time,
    back_and_forth,
    from_another_directory,
    nothing_to_go_back_to,
    named_namespaces,
    of_another_user_namespace,
    without_privilege,
    wrong_inputs,
]


def in_directory(case, path, data):
    with tempfile.TemporaryDirectory() as directory:
        egressc = Egressc(path, directory)
        egressc.data = data
        case(egressc)


def main():
    path, data = sys.argv[1:3]
    chosen = [case for case in CASES if case.__name__ in sys.argv[3:]] or CASES
    lab.require("nft", "ip", "iptables-nft", "iptables-legacy", "unshare")
    lab.run_cases(chosen, lambda case: in_directory(case, path, data))


if __name__ == "__main__":
    main()
