"""compile --verify kernel: the kernel's own listing is equal to the policy.  verify.py EGRESSC EXAMPLES"""

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
    command = [egressc, "compile", "--quiet", "--allow-empty", "--verify", "kernel", "--to", dialect]
    command += ["-o", str(directory / "out")] if dialect == "all" else []
    become = drop_privileges if ordinary else None
    result = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, preexec_fn=become)
    return result.returncode, result.stderr


def run_egressc(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


def example(egressc, directory, source):
    """What is wrong with the outputs of an example's logs: by the kernel, and by what diff says of each."""
    formats = {"audit.log": "audit", "kern.log": "netfilter", "dnsmasq.log": "dnsmasq", "agent.jsonl": "agent-json"}
    inputs = [f"{format}:{source / name}" for name, format in formats.items()]
    wrong = []
    for scope in ("host", "subjects"):
        out = directory / f"{source.name}-{scope}"
        command = [egressc, "compile", "--quiet", "--verify", "kernel", "--scope", scope, "--to", "all", "-o", str(out)]
        status, said = run_egressc(*command, *inputs)
        if status != 0:
            wrong.append(f"{out.name}: status {status}: {said}")
            continue
        pair = f"iptables:{out / 'policy.v4'},ip6tables:{out / 'policy.v6'}"
        for operand in (str(out), str(out / "policy.nft"), pair, str(out / "policy.ferm")):
            status, said = run_egressc(egressc, "diff", str(out / "policy.yaml"), operand)
            print(f"{out.name}: diff policy.yaml {pathlib.Path(operand).name}: status {status}")
            if status != 0:
                wrong.append(f"{operand}: status {status}: {said}")
    return wrong


def main(egressc, examples):
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
        for source in sorted(path for path in pathlib.Path(examples).iterdir() if (path / "audit.log").exists()):
            failures += example(egressc, directory, source)
        # With live names.
        for policy in sorted(pathlib.Path(examples).glob("*.yaml")):
            status, said = run_egressc(egressc, "compile", "--quiet", "--verify", "kernel", str(policy))
            print(f"{policy.name}: status {status}")
            failures += [] if status == 0 else [f"{policy}: status {status}: {said}"]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
