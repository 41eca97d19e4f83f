"""apply under traffic: what both policies grant leaves, and what both deny does not.

traffic.py EGRESSC TRAFFIC SWITCH_DRIVER

Not one verdict is wrong: a ruleset is loaded beside the one that runs, then one rule is switched, and then the old
ruleset is deleted.
"""

import contextlib
import subprocess
import sys
import time

import lab
import tidy
from applying import killed_at_the_end, require_equal, rules

UIDS = [2001, 2002, 2003, 2004]
AIM = 14000  # flows a second
WANTED = 20000  # flows
APPLIES = 50
PORTS = 12000  # as in traffic.cpp
SWITCHING = 8  # seconds at least
SWITCHES = 300  # at least


def policy(shift):
    """Each user may send to its own ports, and nowhere else; what differs is granted to somebody who sends nothing."""
    users = {f"u{uid}": {"uid": uid, "allow": [
        {"to": "198.51.100.0/24", "ports": [f"udp/{1024 + number * PORTS}-{1024 + (number + 1) * PORTS - 1}"]}]}
        for number, uid in enumerate(UIDS)}  # fmt: skip
    others = [{"to": f"203.0.113.{number + shift}", "ports": ["tcp/443"]} for number in range(100)]
    return {"egressc": 1, "scope": "subjects", "subjects": {**users, "other": {"uid": 2005, "allow": others}}}


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


def two_policies(egressc):
    return [egressc.file(name + ".yaml", policy(shift)) for name, shift in (("one", 1), ("two", 101))]


def prepare_network():
    lab.add_silent_link()
    # A flow is one packet: nothing is to be remembered of it.
    lab.set_sysctl("net.netfilter.nf_conntrack_udp_timeout", "1")


def applies_under_traffic(egressc, program, _):
    prepare_network()
    paths = two_policies(egressc)
    tables = []
    for path in paths:
        egressc.must("apply", "--yes", "--warm-up", "0s", path)
        tables.append(rules())
    assert tables[0] != tables[1]

    counted(apply_again_and_again, egressc, program, paths)


def apply_again_and_again(egressc, program, paths):
    traffic = Traffic(program)
    with killed_at_the_end(traffic.process):
        begin = time.monotonic()
        for number in range(APPLIES):
            egressc.must("apply", "--yes", "--quiet", paths[number % 2])
        took = time.monotonic() - begin
        flows, rate, lost, left = traffic.end()
    print(f"{rate} flows/s with {APPLIES} applies in {took:.1f} s: of {flows} flows, {lost} that are granted did not leave, "
          f"and {left} that are denied did", file=sys.stderr)  # fmt: skip
    require_equal((lost, left), (0, 0))
    assert flows >= WANTED, f"{flows} flows"


def switches_under_traffic(egressc, program, driver):
    """Hundreds a second: deleted with the switch, the old rules let a denied flow out in one of 250."""
    prepare_network()
    paths = two_policies(egressc)
    egressc.must("apply", "--yes", "--warm-up", "0s", paths[0])
    counted(switch_again_and_again, program, driver, paths)


def switch_again_and_again(program, driver, paths):
    traffic = Traffic(program)
    with killed_at_the_end(traffic.process):
        switches = int(lab.run(driver, *paths, str(SWITCHING), str(SWITCHES)))
        flows, _, lost, left = traffic.end()
    print(f"{switches} switches: of {flows} flows, {lost} that are granted did not leave, and {left} that are denied did",
          file=sys.stderr)  # fmt: skip
    require_equal((lost, left), (0, 0))
    assert switches >= SWITCHES and flows >= WANTED, f"{switches} switches, {flows} flows"


def main():
    path, *programs = sys.argv[1:]
    lab.require("nft", "ip")
    tidy.run_cases([applies_under_traffic, switches_under_traffic], path, *programs)


if __name__ == "__main__":
    main()
