"""What the kernel lists of random policies means what they say.  listing.py COMPARE"""

import os
import sys
import tempfile

import dialects
import lab

SEEDS = 60


def differences(compare):
    """What is wrong, by seed; each ruleset replaces the one before."""
    found = []
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "listing.json")
        for seed in range(1, SEEDS + 1):
            lab.run("nft", "--file", "-", text=lab.run(compare, str(seed)))
            with open(path, "w", encoding="utf-8") as file:
                file.write(lab.run("nft", "--json", "--stateless", "list", "ruleset"))
            try:
                lab.run(compare, str(seed), path)
            except RuntimeError as error:
                found.append(str(error))
    return found


def main():
    compare = sys.argv[1]
    dialects.require_dialect("nftables")
    found = lab.isolated(differences, compare)
    print("\n".join(found) if found else f"ok     {SEEDS} policies")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
