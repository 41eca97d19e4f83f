"""egressc rehearse: right rulesets are equal to their policies, wrong ones are not.  rehearse.py EGRESSC FAULTY EXAMPLES"""

import ctypes
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import lab
import policies

DIALECTS = ["nftables", "iptables-restore", "ip6tables-restore", "ferm"]
NOBODY = 65534
RANDOM_POLICIES = 24
PR_SET_CHILD_SUBREAPER = 36
LEAST_SPEED = 2000  # flows a second


class Failed(Exception):
    """What is wrong, for a person."""


def rehearse(program, policy, *options, fault=None, become=None):
    """What the command says of a policy, which is a dict or a path."""
    environment = {name: value for name, value in os.environ.items() if name != "EGRESSC_FAULT"}
    if fault:
        environment["EGRESSC_FAULT"] = fault
    path, text = (policy, None) if isinstance(policy, (str, pathlib.Path)) else ("-", json.dumps(policy, indent=1))
    command = [program, "rehearse", *options, str(path)]
    return subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, env=environment, preexec_fn=become
    )


def require(condition, *what):
    if not condition:
        raise Failed("\n".join(str(each) for each in what))


def require_equal(done, dialects):
    require(done.returncode == 0, f"status {done.returncode}", done.stdout, done.stderr)
    for dialect in dialects:
        require(re.search(rf"^{dialect}: \d+ flows sent, no mismatch", done.stderr, re.MULTILINE), done.stderr)


class Random:
    """Small policies whose grants meet and overlap."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def policy(self):
        pick = self.random.choice
        scope = pick(["host", "subjects"])
        subjects = {f"subject-{number}": self.subject(number) for number in range(self.random.randint(1, 4))}
        settings = {"deny": pick(["reject", "drop"]), "established": pick(["keep", "cut"])}
        if scope == "host":
            words = ["ndp", "mld", "dhcp", "icmp-errors", "loopback"]
            settings["baseline"] = self.random.sample(words, self.random.randint(0, len(words)))
        if pick([True, False]):
            settings["resolvers"] = self.random.sample(["127.0.0.53", "192.0.2.53", "2001:db8::53", "::1"], 2)
        return {"egressc": 1, "scope": scope, **settings, "subjects": subjects}

    def subject(self, number):
        first = number * 10 + 1000
        result = {"uid": [first, f"{first + 2}-{first + 2 + self.random.randint(1, 4)}"]}
        if self.random.random() < 0.3:
            result["gid"] = ["7-9", first]
        result["allow"] = [self.grant() for _ in range(self.random.randint(0, 5))]
        return result

    def grant(self):
        if self.random.random() < 0.5:
            length = self.random.choice([0, 1, 8, 15, 24, 29, 31, 32])
            base = ipaddress.ip_address(self.random.choice(["198.51.100.7", "203.0.113.128", "127.0.0.1"]))
        else:
            length = self.random.choice([0, 3, 32, 48, 64, 126, 127, 128])
            base = ipaddress.ip_address(self.random.choice(["2001:db8::7", "2001:db8:1::ffff", "::1"]))
        network = ipaddress.ip_network(f"{base}/{length}", strict=False)
        services = {self.service(base.version) for _ in range(self.random.randint(1, 3))}
        result = {"to": str(network), "ports": sorted(services)}
        if self.random.random() < 0.2:
            result["expires"] = self.random.choice(["2020-02-29", "2099-12-31"])
        return result

    def service(self, version):
        protocol = self.random.choice(["tcp", "udp", "any"])
        first = self.random.choice([1, 53, 80, 443, 1000, 65000])
        return self.random.choice(
            [protocol, f"{protocol}/{first}", f"{protocol}/{first}-{first + 535}", "icmp" if version == 4 else "icmpv6"]
        )


def right_policies(egressc, _faulty, _examples):
    for name, policy in policies.POLICIES.items():
        try:
            require_equal(rehearse(egressc, policy, "--to", "all"), DIALECTS)
        except Failed as failed:
            raise Failed(f"{name}: {failed}") from failed


def random_policies(egressc, _faulty, _examples):
    for seed in range(RANDOM_POLICIES):
        policy = Random(seed).policy()
        done = rehearse(egressc, policy, "--to", "all", "--seed", str(seed))
        require(done.returncode == 0, f"seed {seed}: {json.dumps(policy)}", done.stdout, done.stderr)


def examples(egressc, _faulty, directory):
    with tempfile.TemporaryDirectory() as name:
        for source in sorted(path for path in directory.iterdir() if (path / "audit.log").exists()):
            policy = pathlib.Path(name, source.name + ".yaml")
            logs = [f"audit:{source}/audit.log", f"netfilter:{source}/kern.log", f"dnsmasq:{source}/dnsmasq.log"]
            lab.run(egressc, "compile", "--quiet", "--to", "policy", "-o", str(policy), *logs)
            require_equal(rehearse(egressc, policy, "--to", "all"), DIALECTS)
    for policy in directory.glob("*.yaml"):
        done = rehearse(egressc, policy)
        require_equal(done, ["nftables"])
        require("research-agent" in done.stdout, done.stdout)
        require_equal(rehearse(egressc, policy, "--to", "all"), DIALECTS)  # with live names


def a_mismatch_says_which(_egressc, faulty, _examples):
    """The policy is JSON with an indent of one, so the grant has a line of its own."""
    policy = policies.policy({"agent": policies.subject(1001, allow=[("198.51.100.7", "tcp/443")])})
    done = rehearse(faulty, policy, fault="nftables/4/wrong-port")
    expected = (
        "mismatch: nftables: agent (uid 1001): tcp 198.51.100.7 443: the policy allows it, the kernel stopped it "
        "(of the grant at stdin:8:5)\n"
    )
    require(expected in done.stdout, done.stdout)
    require("the policy denies it, the kernel let it pass (a port beside the grant at stdin:8:5)" in done.stdout, done)
    report = json.loads(rehearse(faulty, policy, "--json", fault="nftables/4/wrong-port").stdout)["dialects"][0]
    wrong = {(each["flow"], each["kernel"]) for each in report["mismatches"]}
    require(wrong == {("tcp 198.51.100.7 443", "stopped"), ("tcp 198.51.100.7 444", "passed")}, wrong)


def many_grants(count):
    networks = list(ipaddress.ip_network("10.0.0.0/8").subnets(new_prefix=24))[:count]
    subjects = {
        f"agent-{number}": policies.subject(
            2000 + number, allow=[(str(each), "tcp/443", "udp/1000-2000") for each in networks[number::10]]
        )
        for number in range(10)
    }
    return policies.policy(subjects, "host", resolvers=["192.0.2.53"])


def fast_enough(egressc, _faulty, _examples):
    policy = many_grants(4000)
    for options in ([], ["--probes", "20000"]):
        done = rehearse(egressc, policy, "--to", "all", *options)
        require(done.returncode == 0, done.stdout, done.stderr)
        for line in done.stderr.splitlines():
            print("      ", line)
            speed = re.search(r"(\d+) flows a second", line)
            require(not speed or int(speed[1]) >= LEAST_SPEED, line)
        sent = int(re.search(r"nftables: (\d+) flows sent", done.stderr)[1])
        most = int(options[1]) if options else 2000
        # More than one namespace holds, in the second.
        require(most < sent <= 2 * most, f"{sent} flows sent for --probes {most}")


def a_sample_is_repeated(egressc, _faulty, _examples):
    policy = many_grants(200)
    first, again, other = (
        rehearse(egressc, policy, "--quiet", "--json", "--probes", "300", "--seed", seed).stdout for seed in "112"
    )
    require(first == again, "the same seed gave two answers")
    require(first.replace('"seed": 1', "") != other.replace('"seed": 2', ""), "two seeds gave one answer")


def what_cannot_be_sent_is_said(egressc, _faulty, _examples):
    policy = policies.policy({"agent": policies.subject(1001, allow=[("224.0.0.5", "tcp/80", "udp/80")])})
    done = rehearse(egressc, policy)
    require_equal(done, ["nftables"])
    require("not sent, with or without the ruleset: 1 (Network is unreachable)" in done.stdout, done.stdout)
    require(re.search(r"^    grant +1 +1 +- +-  1 not sent$", done.stdout, re.MULTILINE), done.stdout)


def of_root_alone(egressc, _faulty, _examples):
    def drop_privileges():
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        program = shutil.copy(egressc, name)
        done = rehearse(program, policies.POLICIES["subjects"], become=drop_privileges)
    require(done.returncode == 3 and "run egressc as root" in done.stderr and not done.stdout, done)
    # Root of a user namespace in which nobody else is.
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", egressc, "rehearse", "-"], input=json.dumps(policies.POLICIES["subjects"]),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    require(done.returncode == 3 and "run egressc outside of it" in done.stderr and not done.stdout, done)


def leaves_nothing_behind(egressc, _faulty, _examples):
    """Nothing leaves by the links around it, and nothing is there afterwards. A namespace without a name has a process."""

    def inside():
        import socket  # pylint: disable=import-outside-toplevel

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        lab.add_silent_link()
        watch = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        watch.setblocking(False)
        rules = lab.run("nft", "list", "ruleset")
        before = lab.run("ip", "-o", "link")
        done = rehearse(egressc, policies.POLICIES["host"], "--to", "all")
        require_equal(done, DIALECTS)
        probes = []
        while True:
            try:
                packet, (_, ethertype, *_) = watch.recvfrom(2048)
            except BlockingIOError:
                break
            # The link's own: neighbours, routers, multicast listeners.
            if not (ethertype == 0x86DD and packet[6] in (0, 58)):
                probes.append((ethertype, packet.hex()))
        with open("/proc/self/task/%d/children" % os.getpid(), encoding="ascii") as file:
            children = file.read().split()
        return [probes, children, before == lab.run("ip", "-o", "link"), rules == lab.run("nft", "list", "ruleset")]

    result = lab.isolated(inside)
    require(result == [[], [], True, True], result)


CASES = [
    right_policies, random_policies, examples, a_mismatch_says_which, fast_enough, a_sample_is_repeated,
    what_cannot_be_sent_is_said, of_root_alone, leaves_nothing_behind,
]  # fmt: skip


def main(egressc, faulty, directory):
    lab.require("ip", "unshare", "nft", "iptables-restore", "ip6tables-restore", "ferm", "ipset")
    failures = 0
    for case in CASES:
        try:
            case(egressc, faulty, pathlib.Path(directory))
        except (Failed, RuntimeError) as failed:
            failures += 1
            print("FAILED", case.__name__)
            print(failed)
        else:
            print("ok    ", case.__name__)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
