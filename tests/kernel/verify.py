"""compile --verify kernel: the kernel's own listing is equal to the policy.  verify.py EGRESSC"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import lab
import policies

NOBODY = 65534


def drop_privileges():
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def compile_policy(egressc, directory, policy, dialect, ordinary):
    """The exit status, and what was said."""
    path = directory / "policy.json"
    path.write_text(json.dumps(policy), encoding="utf-8")
    path.chmod(0o644)
    command = [egressc, "compile", "--quiet", "--verify", "kernel", "--to", dialect]
    command += ["-o", str(directory / "out")] if dialect == "all" else []
    result = subprocess.run(
        [*command, str(path)], capture_output=True, text=True, check=False, preexec_fn=drop_privileges if ordinary else None
    )
    return result.returncode, result.stderr


def main(egressc):
    lab.require("nft", "iptables", "ip6tables", "ferm")
    failures = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        # Where an ordinary user can execute it.
        ordinary = directory / "egressc"
        shutil.copy(egressc, ordinary)
        for title, policy in policies.POLICIES.items():
            cases = [(egressc, "all", False, 0), (str(ordinary), "nftables", True, 0), (str(ordinary), "ferm", True, 3)]
            for program, dialect, is_ordinary, expected in cases:
                status, errors = compile_policy(program, directory, policy, dialect, is_ordinary)
                who = "an ordinary user" if is_ordinary else "root"
                print(f"{title}: {dialect} as {who}: status {status}")
                if status != expected:
                    failures.append(f"{title}: {dialect} as {who}: status {status}, not {expected}: {errors}")
                if expected == 3 and "--verify model" not in errors:
                    failures.append(f"{title}: no way out is named: {errors}")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
