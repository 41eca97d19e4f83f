"""From a policy to rules in the kernel, in each dialect."""

import json
import os
import tempfile

from lab import require, run, skip_unless

TOOLS = {
    "nftables": ["nft"],
    "iptables-nft": ["iptables-nft-restore", "ip6tables-nft-restore"],
    "iptables-legacy": ["iptables-legacy-restore", "ip6tables-legacy-restore"],
    "ferm": ["ferm", "iptables-nft-restore", "ip6tables-nft-restore"],
}


EMPTY = "*filter\nCOMMIT\n"


def require_dialect(dialect, *more):
    """Ends the test as skipped where the programs of a dialect are missing, or the kernel knows nothing of it."""
    require("ip", *TOOLS[dialect], *more)
    for tool in TOOLS[dialect]:
        if tool.endswith("-restore"):
            skip_unless(lambda tool=tool: run(tool, text=EMPTY), tool + " does not work here")
        elif tool == "nft":
            skip_unless(lambda: run("nft", "list", "tables"), "nft does not work here")


def compile_policy(egressc, policy, to):
    """The policy is a dict; JSON is YAML."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "policy.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(policy, file, indent=1)
        return run(egressc, "compile", "--quiet", "--allow-empty", "--to", to, path)


def load(egressc, policy, dialect, *options):
    """Loads the policy in this network namespace. options go to the restore programs."""
    if dialect == "nftables":
        run("nft", "--file", "-", text=compile_policy(egressc, policy, "nftables"))
    elif dialect == "ferm":
        text = compile_policy(egressc, policy, "ferm")
        for domain, restore in (("ip", "iptables-nft-restore"), ("ip6", "ip6tables-nft-restore")):
            run(restore, *options, text=run("ferm", "--remote", "--domain", domain, "-", text=text))
    else:
        kind = dialect.removeprefix("iptables-")
        for six in ("", "6"):
            text = compile_policy(egressc, policy, f"ip{six}tables-restore")
            run(f"ip{six}tables-{kind}-restore", *options, text=text)
