"""What is encoded from the value of a ruleset is what nft makes of its text.  encode.py DRIVER EGRESSC EXAMPLES"""

import glob
import json
import os
import random
import sys
import tempfile

import bulk
import dialects
import lab
import policies

SEED, RANDOM_POLICIES = 21, 150


class Lab:
    def __init__(self, driver, egressc):
        self.driver, self.egressc = driver, egressc

    def run(self, what, policy, tag):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            json.dump(policy, file)
            file.flush()
            return lab.run(self.driver, what, file.name, tag)


def by_nft(tools, policy, tag):
    lab.run("nft", "-f", "-", text=tools.run("text", policy, tag))
    return bulk.listings()


def by_messages(tools, policy, tag):
    tools.run("load", policy, tag)
    return bulk.listings()


def same(tools, policy):
    for tag in ("", "_b"):
        wanted, seen = [lab.isolated(way, tools, policy, tag) for way in (by_nft, by_messages)]
        for one, other in zip(wanted, seen):
            assert one == other, (policy, tag, one, other)


def same_policies(tools, _examples):
    for policy in policies.POLICIES.values():
        same(tools, policy)


def same_random(tools, _examples):
    chance = random.Random(SEED)
    for _ in range(RANDOM_POLICIES):
        same(tools, bulk.random_policy(chance))


def same_large(tools, _examples):
    """Elements in several messages."""
    same(tools, bulk.large(4000))


def main():
    driver, egressc, examples = sys.argv[1:]
    dialects.require_dialect("nftables")
    cases = [same_policies, same_random, same_large]
    lab.run_cases(cases, lambda case: case(Lab(driver, egressc), examples))


if __name__ == "__main__":
    main()
