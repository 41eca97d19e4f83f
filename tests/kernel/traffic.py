"""A change under traffic: what both policies grant leaves, and what both deny does not.

traffic.py EGRESSC TRAFFIC SWITCH_DRIVER [FACTOR [CASE...]]

Not one verdict is wrong: a ruleset is loaded beside the one that runs, then one rule is switched, and then the old
ruleset is deleted. FACTOR times as long as the test suite does it.
"""

import contextlib
import re
import subprocess
import sys
import time

import lab
import tidy
from applying import killed_at_the_end, require_equal, rules
from dns_server import DnsServer

UIDS = [2001, 2011, 2021, 2031]  # of ranges that begin with a 0
OTHERS = 300  # subjects that send nothing
AIM = 14000  # flows a second
WANTED = 20000  # flows
CHANGES = 50
NAME = "api.example.com"
PORTS = 12000  # as in traffic.cpp
SWITCHING = 8  # seconds at least
SWITCHES = 300  # at least


def policy(shift, others=0, live=False):
    """Each user may send to its own ports, and nowhere else; what differs is granted to somebody who sends nothing."""
    ranges = {f"u{uid}": {"uid": f"{uid - 1}-{uid + 8}", "allow": [
        {"to": "198.51.100.0/24", "ports": [f"udp/{1024 + number * PORTS}-{1024 + (number + 1) * PORTS - 1}"]}]}
        for number, uid in enumerate(UIDS)}  # fmt: skip
    more = {f"v{number}": {"uid": f"{10000 + 20 * number}-{10009 + 20 * number}", "allow": [
        {"to": f"203.0.113.{(number + shift) % 250}", "ports": ["tcp/443"]}]} for number in range(others)}  # fmt: skip
    grants = [{"to": f"203.0.113.{number + shift}", "ports": ["tcp/443"]} for number in range(100)]
    if live:
        grants.append({"to": NAME, "ports": ["tcp/443"], "addresses": ["203.0.113.7"], "live": True})
    return {"egressc": 1, "scope": "subjects", "subjects": {**ranges, **more, "other": {"uid": 2105, "allow": grants}}}


class Traffic:
    def __init__(self, program):
        command = [program, "egc-out", str(AIM), *map(str, UIDS)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def end(self):
        """(flows, flows a second, granted flows that did not leave, denied flows that did)"""
        out = self.process.communicate()[0]
        require_equal(self.process.returncode, 0)
        *result, missed = (int(word) for word in out.split())
        if missed:
            raise Missed(f"the capture missed {missed} packets")
        return result


class Missed(Exception):
    """This machine was too busy to count."""


def counted(attempt, *arguments):
    """attempt(*arguments), again where the capture missed something."""
    for _ in range(9):
        with contextlib.suppress(Missed):
            return attempt(*arguments)
    return attempt(*arguments)


def two_policies(egressc, **how):
    return [egressc.file(name + ".yaml", policy(shift, **how)) for name, shift in (("one", 1), ("two", 101))]


def prepare_network():
    lab.add_silent_link()
    # A flow is one packet: nothing is to be remembered of it.
    lab.set_sysctl("net.netfilter.nf_conntrack_udp_timeout", "1")


def under_traffic(program, what, changes, opens=False):
    """changes() returns how many there were. With `opens`, what is denied may leave in between."""
    traffic = Traffic(program)
    with killed_at_the_end(traffic.process):
        begin = time.monotonic()
        number = changes()
        took = time.monotonic() - begin
        flows, rate, lost, left = traffic.end()
    print(f"{what}: {rate} flows/s with {number} changes in {took:.1f} s: of {flows} flows, {lost} that are granted did not "
          f"leave, and {left} that are denied did", file=sys.stderr)  # fmt: skip
    require_equal((lost, 0 if opens else left), (0, 0))
    assert flows >= WANTED, f"{flows} flows"


def applies_under_traffic(egressc, program, _, factor):
    prepare_network()
    paths = two_policies(egressc)
    tables = []
    for path in paths:
        egressc.must("apply", "--yes", "--warm-up", "0s", path)
        tables.append(rules())
    assert tables[0] != tables[1]

    def changes():
        for number in range(CHANGES * factor):
            egressc.must("apply", "--yes", "--quiet", paths[number % 2])
        return CHANGES * factor

    counted(under_traffic, program, "apply", changes)


def driven(egressc, program, driver, how, factor, opens=False, **policies):
    """Hundreds a second: deleted with the switch, the old rules let a denied flow out in one of 250."""
    prepare_network()
    paths = two_policies(egressc, **policies)
    egressc.must("apply", "--yes", "--warm-up", "0s", paths[0])
    wanted = SWITCHES * factor if not policies else 0

    def changes():
        made, rate = lab.run(driver, how, *paths, str(SWITCHING * factor), str(wanted)).split()
        print(f"{how}: {rate} changes/s", file=sys.stderr)
        return int(made)

    counted(under_traffic, program, how, changes, opens)


def switches_under_traffic(egressc, program, driver, factor):
    driven(egressc, program, driver, "switch", factor)


def undoes_under_traffic(egressc, program, driver, factor):
    driven(egressc, program, driver, "undo", factor)


def undoes_many_under_traffic(egressc, program, driver, factor):
    driven(egressc, program, driver, "undo", factor, others=OTHERS)


def removes_under_traffic(egressc, program, driver, factor):
    """What the policy grants is never lost; what it denies leaves where nothing is."""
    driven(egressc, program, driver, "remove", factor, opens=True)


def own_rules():
    """What a refresh does not change."""
    return re.sub(r"\tset n_.*?\n\t}\n", "", rules(), flags=re.S)


def trials_under_traffic(egressc, program, _, factor):
    """Undone in time, by rollback, after a kill, and confirmed, while names are refreshed."""
    prepare_network()
    dns = DnsServer()
    dns.hold(NAME, "203.0.113.7", "203.0.113.8")
    paths = two_policies(egressc, others=OTHERS, live=True)
    egressc.must("apply", "--yes", "--warm-up", "0s", paths[0])
    before = own_rules()

    def trial(seconds, path=paths[1]):
        egressc.must("apply", "--yes", "--quiet", "--confirm-within", seconds, path)
        return tidy.the_guardian()

    def killed(moment):
        words = egressc.words("apply", "--yes", "--quiet", "--confirm-within", "60s", paths[1])
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moment)
        process.kill()
        process.wait()
        if "PENDING" in egressc.run("status")[1]:
            egressc.must("rollback")
        assert tidy.within(tidy.PATIENCE, lambda: not (tidy.reap(), tidy.guardians())[1])

    def changes():
        for turn in range(CHANGES * factor // 10):
            assert tidy.ends(trial("1s"))
            guardian = trial("60s")
            egressc.must("rollback", "--quiet")
            assert tidy.ends(guardian)
            assert own_rules() == before, "not as before"
            killed(0.02 + 0.013 * turn)
            assert own_rules() == before, "not as before"
            guardian = trial("60s")
            egressc.must("confirm", "--quiet")
            assert tidy.ends(guardian)
            egressc.must("rollback", "--yes", "--quiet")
            assert own_rules() == before, "not as before"
        return CHANGES * factor

    refresh = egressc.words("refresh", "--watch", "--resolver", "127.0.0.1:53", "--quiet", paths[0])
    with killed_at_the_end(subprocess.Popen(refresh, stderr=subprocess.DEVNULL)) as refreshing:
        counted(under_traffic, program, "trials", changes)
        require_equal(refreshing.poll(), None)
        refreshing.terminate()
        refreshing.wait()


CASES = [
    applies_under_traffic,
    switches_under_traffic,
    undoes_under_traffic,
    undoes_many_under_traffic,
    removes_under_traffic,
    trials_under_traffic,
]


def main():
    path, program, driver, *more = sys.argv[1:]
    lab.require("nft", "ip")
    wanted = [case for case in CASES if not more[1:] or case.__name__ in more[1:]]
    tidy.run_cases(wanted, path, program, driver, int(more[0]) if more else 1)


if __name__ == "__main__":
    main()
