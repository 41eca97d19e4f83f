"""What `egressc diff` says of the rules that a kernel holds.  diff.py EGRESSC DATA

Every case loads something into a network namespace of its own, with the program that a person would use, and asks for
the difference to what it should be.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import lab

NOBODY = 65534
POLICY = """egressc: 1
scope: subjects
deny: reject
resolvers: [192.0.2.53]
subjects:
  agent:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7, "2001:db8::7"]}
      - {to: 203.0.113.0/24, ports: [tcp/22, icmp]}
  build:
    uid: 3000
    gid: 7
    allow:
      - {to: "::/0", ports: [any/443]}
"""
LIVE = """egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7], live: true}
      - {to: "*.example.org", ports: [tcp/80], live: true}
"""
HOST = """egressc: 1
scope: host
baseline: [ndp, mld, dhcp, icmp-errors, loopback]
subjects:
  agent:
    uid: 1001
    allow:
      - {to: 203.0.113.0/24, ports: [tcp/22]}
"""
SAME = "no difference: both let through the same flows\n"


class Egressc:
    """The program, in a directory of its own that everybody may enter."""

    def __init__(self, path, data, directory):
        self.directory, self.data = directory, data
        os.chmod(directory, 0o755)
        self.path = shutil.copy(path, directory)

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def copy(self, name):
        with open(os.path.join(self.data, name), encoding="utf-8") as file:
            return self.file(name, file.read())

    def policy(self, text):
        """The path of the policy, and of a directory with its outputs."""
        path = self.file("policy.yaml", text)
        out = os.path.join(self.directory, "all")
        lab.run(self.path, "compile", "--quiet", "--to", "all", "-o", out, path)
        return path, out

    def diff(self, *words, uid=0):
        result = subprocess.run([self.path, "diff", *words], capture_output=True, text=True, user=uid, group=uid,
                                extra_groups=[], cwd=self.directory, stdin=subprocess.DEVNULL, check=False)  # fmt: skip
        return result.returncode, result.stdout, result.stderr


def require_equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def require_in(part, whole):
    assert part in whole, f"{part!r} is not in {whole!r}"


def require_same(answer):
    status, text, messages = answer
    assert (status, text.endswith(SAME), "error" in messages) == (0, True, False), f"status {status}\n{text}{messages}"


def require_lines(answer, wanted):
    """Exactly these lines with a sign."""
    status, text, messages = answer
    signed = [" ".join(line.split()) for line in text.split("\n") if line.startswith(("  +", "  -"))]
    require_equal((status, signed, "error" in messages), (1, wanted, False))


def restore(kind, out):
    lab.run(f"iptables-{kind}-restore", os.path.join(out, "policy.v4"))
    lab.run(f"ip6tables-{kind}-restore", os.path.join(out, "policy.v6"))


def loaded_with_nft(egressc):
    for policy in (POLICY, HOST):
        path, out = egressc.policy(policy)
        lab.run("nft", "--file", os.path.join(out, "policy.nft"))
        require_same(egressc.diff("kernel", path))
        require_same(egressc.diff(out, "kernel"))


def loaded_with_iptables_nft(egressc):
    for policy in (POLICY, HOST):
        path, out = egressc.policy(policy)
        restore("nft", out)
        require_same(egressc.diff("kernel", path))


def loaded_with_iptables_legacy(egressc):
    for policy in (POLICY, HOST):
        path, out = egressc.policy(policy)
        restore("legacy", out)
        require_same(egressc.diff("kernel", path))


def loaded_with_ferm(egressc):
    if not shutil.which("ferm"):
        print("  without ferm, which is not installed")
        return
    path, out = egressc.policy(POLICY)
    lab.run("ferm", os.path.join(out, "policy.ferm"))
    require_same(egressc.diff("kernel", path))


def sets_of_the_kernel(egressc):
    """Rules of both backends that ask for ipsets: what those hold is asked of the kernel, too."""
    lab.run("ipset", "create", "open4", "hash:ip,port")
    lab.run("ipset", "add", "open4", "198.51.100.7,tcp:443")
    lab.run("ipset", "create", "open6", "hash:net", "family", "inet6")
    lab.run("ipset", "add", "open6", "2001:db8::/32")
    for program, name, directions in (("iptables-nft", "open4", "dst,dst"), ("ip6tables-legacy", "open6", "dst")):
        lab.run(program, "-A", "OUTPUT", "-m", "set", "--match-set", name, directions, "-j", "ACCEPT")
        lab.run(program, "-P", "OUTPUT", "DROP")
    rules = egressc.file("same.v4", "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -d 198.51.100.7 -p tcp --dport 443 -j ACCEPT\nCOMMIT\n")
    six = egressc.file("same.v6", "*filter\n:OUTPUT DROP [0:0]\n-A OUTPUT -d 2001:db8::/32 -j ACCEPT\nCOMMIT\n")
    require_same(egressc.diff("kernel", f"iptables:{rules},ip6tables:{six}"))


def changed_by_hand_in_nftables(egressc):
    path, out = egressc.policy(POLICY)
    lab.run("nft", "--file", os.path.join(out, "policy.nft"))
    lab.run("nft", "add table inet by_hand")
    lab.run("nft", "add chain inet by_hand output { type filter hook output priority 5; }")
    lab.run("nft", "add rule inet by_hand output meta skuid 1001 ip daddr 198.51.100.7 drop")
    require_lines(egressc.diff(path, "kernel"), ["- api.example.com tcp/443 only 198.51.100.7"])
    require_lines(egressc.diff("kernel", path), ["+ api.example.com tcp/443 only 198.51.100.7"])
    lab.run("nft", "delete table inet by_hand")
    require_same(egressc.diff(path, "kernel"))


def changed_by_hand_in_iptables(egressc):
    path, out = egressc.policy(POLICY)
    restore("legacy", out)
    lab.run("iptables-legacy", "-I", "OUTPUT", "-m", "owner", "--uid-owner", "1001", "-p", "udp", "--dport", "123", "-j",
            "ACCEPT")  # fmt: skip
    require_lines(egressc.diff(path, "kernel"), ["+ 0.0.0.0/0 udp/123"])
    require_equal(egressc.diff("--only-widening", "--quiet", path, "kernel"), (1, "", ""))
    require_equal(egressc.diff("--only-widening", "--quiet", "kernel", path), (0, "", ""))
    lab.run("iptables-legacy", "-D", "OUTPUT", "1")
    lab.run("ip6tables-legacy", "-F", "OUTPUT")
    # IPv6 alone is open now, to everybody.
    status, text, _ = egressc.diff(path, "kernel")
    require_equal(status, 1)
    require_in("agent (uid 1001)\n  +  anything over IPv6 but\n       api.example.com  tcp/443  only 2001:db8::7\n", text)
    require_in("other groups (uid 3000 gid 0-6, 8-4294967294)\n  +  anything over IPv6\n", text)
    require_equal("  -" in text, False)


def empty(egressc):
    path, _ = egressc.policy(POLICY)
    status, text, messages = egressc.diff("kernel", path)
    require_equal((status, messages), (1, ""))
    require_in("agent (uid 1001)\n  -  anything but\n       api.example.com  tcp/443\n", text)
    require_in("other groups (uid 3000 gid 0-6, 8-4294967294)\n  -  anything\n", text)
    require_equal("everybody else" in text, False)
    require_same(egressc.diff("kernel", "kernel"))


def live_sets_fill_as_they_like(egressc):
    path = egressc.file("policy.yaml", LIVE)
    ruleset = egressc.file("policy.nft", lab.run(egressc.path, "compile", "--quiet", path))
    lab.run("nft", "--file", ruleset)
    require_same(egressc.diff(path, "kernel"))
    require_same(egressc.diff(ruleset, "kernel"))
    sets = [line.split()[1] for line in lab.run("nft", "list", "table", "inet", "egressc").split("\n")
            if line.strip().startswith("set ") and "_4" in line]  # fmt: skip
    changed = 0
    for name in sets:
        with contextlib.suppress(RuntimeError):  # other sets have other elements
            lab.run("nft", f"add element inet egressc {name} {{ 198.51.100.99 timeout 1h }}")
            changed += 1
    assert changed, sets
    require_same(egressc.diff(path, "kernel"))
    other = egressc.file("other.yaml", LIVE.replace("tcp/80", "tcp/81"))
    require_lines(egressc.diff(path, other), ["+ *.example.org (live) tcp/81", "- *.example.org (live) tcp/80"])
    require_lines(egressc.diff("kernel", other), ["+ *.example.org (live) tcp/81", "- *.example.org (live) tcp/80"])


def both_kinds_of_tables(egressc):
    """A flow has to pass iptables-nft's table and the one of nft."""
    path, out = egressc.policy(POLICY)
    restore("nft", out)
    lab.run("nft", "--file", os.path.join(out, "policy.nft"))
    require_same(egressc.diff(path, "kernel"))
    lab.run("iptables-nft", "-I", "OUTPUT", "-d", "203.0.113.9", "-j", "DROP")
    status, text, _ = egressc.diff(path, "kernel")
    require_equal(status, 1)
    require_in("  -  203.0.113.9  icmp echo-request, tcp/22\n", text)
    require_equal("  +" in text, False)


def named_namespace(egressc):
    path, out = egressc.policy(POLICY)
    name = f"egressc-test-{os.getpid()}"
    lab.run("ip", "netns", "add", name)
    try:
        lab.run("ip", "netns", "exec", name, "nft", "--file", os.path.join(out, "policy.nft"))
        require_same(egressc.diff("kernel:" + name, path))
        status, _, _ = egressc.diff("kernel", "kernel:" + name)
        require_equal(status, 1)
    finally:
        lab.run("ip", "netns", "delete", name)
    status, text, messages = egressc.diff("kernel:" + name, path)
    require_equal((status, text), (3, ""))
    require_in("there is no network namespace of this name", messages)


def ordinary_user(egressc):
    """Whose rules these are is for root to see; texts are for everybody."""
    path, _ = egressc.policy(POLICY)
    status, text, messages = egressc.diff("kernel", path, uid=NOBODY)
    require_equal((status, text), (3, ""))
    require_in("CAP_NET_ADMIN is missing", messages)
    for name in ("docker", "firewalld", "hand-written"):
        nft, json = egressc.copy(name + ".nft"), egressc.copy(name + ".json")
        for uid in (0, NOBODY):
            require_same(egressc.diff(nft, json, uid=uid))
            require_same(egressc.diff("nftables:" + nft, "nftables:" + json, uid=uid))
    for uid in (0, NOBODY):
        wrong = egressc.file("wrong.nft", "table inet x {\n\tchain c {\n\t\tnonsense\n\t}\n}\n")
        status, text, messages = egressc.diff(wrong, path, uid=uid)
        require_equal((status, text), (2, ""))
        require_in("wrong.nft:3:11: error: nftables refuses it: syntax error", messages)


def table_with_one_flag(egressc):
    """libnftables 1.0.6 lists such a table from memory that it has freed."""
    dormant = egressc.copy("dormant.nft")
    lab.run("nft", "--file", dormant)
    nothing = egressc.file("nothing.nft", "table inet x {\n}\n")
    for words in (["kernel"], ["nftables:" + dormant]):
        for filling in ("0", "24"):  # of what is freed, mallopt(3)
            os.environ["MALLOC_PERTURB_"] = filling
            require_same(egressc.diff(*words, nothing))


def other_peoples_ferm(egressc):
    if not shutil.which("ferm"):
        print("  without ferm, which is not installed")
        return
    rules = egressc.file("rules.ferm", "@def $WEB = (80 443);\ndomain (ip ip6) table filter chain OUTPUT {\n"
                         "  policy DROP;\n  mod owner uid-owner 1001 proto tcp dport $WEB ACCEPT;\n}\n")  # fmt: skip
    same = egressc.file("rules.nft", "table inet x {\nchain output {\ntype filter hook output priority 0; policy drop;\n"
                        "meta skuid 1001 tcp dport { 80, 443 } accept\n}\n}\n")  # fmt: skip
    for uid in (0, NOBODY):
        require_same(egressc.diff("ferm:" + rules, same, uid=uid))
    ran = os.path.join(egressc.directory, "ran")
    runs = egressc.file("runs.ferm", f"table filter chain OUTPUT {{ daddr `touch {ran}; echo 192.0.2.1` ACCEPT; }}\n")
    status, text, messages = egressc.diff("ferm:" + runs, same)
    require_equal((status, text, os.path.exists(ran)), (2, "", False))
    require_in("runs.ferm:1:35: error: ferm runs what stands in backticks", messages)


CASES = [
    loaded_with_nft,
    loaded_with_iptables_nft,
    loaded_with_iptables_legacy,
    loaded_with_ferm,
    sets_of_the_kernel,
    changed_by_hand_in_nftables,
    changed_by_hand_in_iptables,
    empty,
    live_sets_fill_as_they_like,
    both_kinds_of_tables,
    named_namespace,
    ordinary_user,
    table_with_one_flag,
    other_peoples_ferm,
]


def in_directory(case, path, data):
    with tempfile.TemporaryDirectory() as directory:
        case(Egressc(path, data, directory))


def main():
    path, data = sys.argv[1:]
    lab.require("nft", "ip", "ipset", "iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy")
    for tool in ("iptables-nft", "iptables-legacy"):
        lab.skip_unless(lambda tool=tool: lab.run(tool, "-A", "OUTPUT", "-j", "ACCEPT"), tool + " does not work here")
    lab.run_cases(CASES, lambda case: in_directory(case, path, data))


if __name__ == "__main__":
    main()
