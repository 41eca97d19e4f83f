"""Every policy, every probe: does a packet leave exactly if the policy says so?  verdicts.py EGRESSC DIALECT"""

import re
import sys
import time

import dialects
import lab
import model
import policies
import probes


def link_local_address():
    for _ in range(50):
        addresses = lab.run("ip", "-6", "address", "show", "egc-out")
        found = re.search(r"inet6 (fe80::\S+)/64 scope link (?!tentative)", addresses)
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise RuntimeError("the link got no link-local address")


def wrong_verdicts(egressc, dialect, policy):
    lab.add_silent_link()
    tried = policies.probes(link_local_address())
    dialects.load(egressc, policy, dialect)
    own = {lab.OUT_4, lab.OUT_6}
    wrong = []
    for probe, left in zip(tried, probes.leaves(tried)):
        wanted = model.leaves(policy, probe, own)
        if left != wanted:
            wrong.append(f"{probe}: {'left' if left else 'did not leave'}")
    return [len(tried), wrong]


def main():
    egressc, dialect = sys.argv[1:]
    dialects.require_dialect(dialect)
    failures = 0
    for name, policy in policies.POLICIES.items():
        tried, wrong = lab.isolated(wrong_verdicts, egressc, dialect, policy)
        print(f"{'ok' if not wrong else 'FAILED':6} {name}: {tried} probes, {len(wrong)} wrong")
        for line in wrong[:20]:
            print("      ", line)
        failures += bool(wrong)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
