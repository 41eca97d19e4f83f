"""What the kernel room reads and tries, as root and as anybody, and that it leaves nothing behind.  kernel_room.py DRIVER"""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile

import lab
import policies

NOBODY = 65534
PR_SET_CHILD_SUBREAPER = 36

RULES = """table inet egressc {
	chain output {
		type filter hook output priority 0; policy accept;
		ct state established,related accept
		meta skuid { 0, 1001, 100000-4294967294 } meta skgid 33 drop
	}
}
"""
NFT_TABLE = "table inet other {\nchain output {\ntype filter hook output priority 5;\nmeta skuid 7 drop\n}\n}\n"


class Driver:
    """The kernel room, in a process; in a directory that everybody may enter."""

    def __init__(self, path, directory):
        os.chmod(directory, 0o755)
        self.directory = directory
        self.path = shutil.copy(path, directory)

    def __call__(self, what, argument="", text=None, uid=0, before=()):
        """The answer, key by key. Nothing is on stderr, whatever happens."""
        if text is not None:
            argument = os.path.join(self.directory, "text")
            with open(argument, "wb") as file:
                file.write(text if isinstance(text, bytes) else text.encode())
        result = subprocess.run([*before, self.path, what, argument], capture_output=True, user=uid, group=uid,
                                extra_groups=[], stdin=subprocess.DEVNULL, check=False)  # fmt: skip
        assert not result.stderr, result.stderr
        assert result.returncode in (0, 1), result.returncode
        answer, rest = {}, result.stdout
        while rest:
            head, rest = rest.split(b"\n", 1)
            key, size = head.decode().rsplit(" ", 1)
            answer[key], rest = rest[: int(size)].decode(), rest[int(size) + 1 :]
        assert answer.pop("left") == "nothing"
        return answer


def require_equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def require_in(part, whole):
    assert part in whole, f"{part!r} is not in {whole!r}"


def iptables(*arguments):
    lab.run("iptables-nft", *arguments)


def nft(text):
    lab.run("nft", "--file", "-", text=text)


def loads_and_lists(driver):
    """The kernel's own listing: numbers for users, words for states, whoever asks."""
    for uid in (0, NOBODY):
        answer = driver("nftables", text=RULES, uid=uid)
        require_equal((answer["outcome"], answer["refusal"], answer["loader"]), ("loaded", "", "libnftables"))
        rules = [entry["rule"]["expr"] for entry in json.loads(answer["nftables"])["nftables"] if "rule" in entry]
        require_equal(rules[0][0]["match"]["right"], ["established", "related"])
        require_equal(rules[1][0]["match"]["right"], {"set": [0, 1001, {"range": [100000, 4294967294]}]})
        require_equal(rules[1][1]["match"]["right"], 33)


def refuses_with_a_place(driver):
    for uid in (0, NOBODY):
        answer = driver("nftables", text="table inet x {\n\tchain c {\n\t\tjump nowhere\n\t}\n}\n", uid=uid)
        require_equal((answer["outcome"], answer["nftables"]), ("refused", ""))
        require_in("file:3:8: error: nftables refuses it: Could not process rule: No such file", answer["refusal"])
        require_in("jump nowhere\n", answer["refusal"])
        answer = driver("nftables", text="table inet x {\n\tchain c {\n\t\tip daddr 192.0.2.1 nonsense\n", uid=uid)
        require_in("file:3:", answer["refusal"])
        require_in("syntax error", answer["refusal"])
        require_in("file:1:7: error: a NUL byte", driver("nftables", text=b"table \0x\n", uid=uid)["refusal"])


def says_what_is_too_large(driver):
    elements = ", ".join(f"198.18.{i >> 8}.{i & 255} . tcp . 443" for i in range(20000))
    text = f"table inet x {{\n set s {{\n typeof ip daddr . meta l4proto . th dport\n elements = {{ {elements} }}\n }}\n}}\n"
    answer = driver("nftables", text=text)
    require_equal((answer["outcome"], answer["nftables"].count("198.18.")), ("loaded", 20000))
    answer = driver("nftables", text=text, uid=NOBODY)
    require_equal(answer["outcome"], "too_large")
    require_in("too large for one message", answer["refusal"])


def says_what_is_missing(driver):
    require_in("CAP_NET_ADMIN is missing", driver("list", uid=NOBODY)["failure"])
    require_in("CAP_SYS_ADMIN is missing", driver("iptables", text="", uid=NOBODY)["failure"])
    require_in("CAP_SYS_ADMIN is missing", driver("ferm", text="", uid=NOBODY)["failure"])
    answer = driver("abilities", uid=NOBODY)
    require_in("CAP_NET_ADMIN is missing", answer["net_admin"])
    require_equal((answer["user_namespaces"], answer["nf_tables"]), ("given", "given"))
    require_equal(driver("abilities"), dict.fromkeys(("net_admin", "user_namespaces", "nf_tables"), "given"))

    script = 'echo 0 >/proc/sys/user/max_user_namespaces; exec setpriv --inh-caps=-all --bounding-set=-all "$@"'
    closed = ("unshare", "--user", "--map-root-user", "sh", "-c", script, "sh")
    require_in("no more namespaces (user.max_user_namespaces", driver("nftables", text=RULES, before=closed)["failure"])
    require_in("no more namespaces", driver("abilities", before=closed)["user_namespaces"])


def tells_xtables_apart(driver):
    """Each ruleset is listed by who owns it, and all at once."""
    nft(NFT_TABLE)
    iptables("-A", "OUTPUT", "-m", "owner", "--uid-owner", "1001", "-j", "ACCEPT")
    lab.run("ip6tables-legacy", "-A", "OUTPUT", "-m", "owner", "--uid-owner", "1002", "-j", "DROP")
    answer = driver("list")
    require_in('"name": "other"', answer["nftables"])
    require_in('{"xt": {"type": "match", "name": "owner"}}', answer["nftables"])
    require_in("-A OUTPUT -m owner --uid-owner 1001 -j ACCEPT\n", answer["nft-4"])
    require_in("-A OUTPUT -m owner --uid-owner 1002 -j DROP\n", answer["legacy-6"])
    require_equal([key for key in answer if key.startswith(("nft-", "legacy-"))], ["nft-4", "legacy-6"])


BUSY = """*nat
:PREROUTING ACCEPT [10:600]
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [5:300]
:POSTROUTING ACCEPT [5:300]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 192.0.2.0/24 ! -o docker0 -j MASQUERADE
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.2:80
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:ufw-logging - [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m recent --update --seconds 30 --name DEFAULT --mask 255.255.255.255 --rsource -j DROP
-A INPUT -p tcp -m multiport --dports 80,443,8000:8010 -j ACCEPT
-A INPUT -p icmp -m icmp --icmp-type 8 -m limit --limit 3/min --limit-burst 10 -j ACCEPT
-A OUTPUT -m owner --uid-owner 1000-1999 -m comment --comment "agents; of \\"us\\"" -j REJECT --reject-with tcp-reset -p tcp
-A OUTPUT -m iprange --dst-range 192.0.2.1-192.0.2.9 -j ACCEPT
-A OUTPUT -m state --state NEW -j ufw-logging
-A ufw-logging -j LOG --log-prefix "[UFW BLOCK] " --log-uid
-A ufw-logging -j NFLOG --nflog-group 5
COMMIT
"""


def reads_a_busy_host(driver):
    """Tables that only iptables-nft wrote are believed, whatever they use."""
    lab.run("iptables-nft-restore", text=BUSY)
    rules = [line for line in driver("list")["nft-4"].split("\n") if line.startswith(("*", "-A"))]
    saved = [line for line in lab.run("iptables-nft-save").split("\n") if line.startswith(("*", "-A"))]
    require_equal((rules, len(rules)), (saved, 14))


def believes_only_what_is_whole(driver):
    """iptables-nft-save leaves a set lookup out, and with it the rule would accept everything."""
    added = {
        "ip daddr 192.0.2.1 counter accept": True,
        "ip daddr 192.0.2.1 accept": False,  # iptables-nft would have counted it
        "ip daddr @some counter accept": False,
        "ip daddr { 192.0.2.1, 192.0.2.3 } counter accept": False,
        "tcp dport vmap { 5 : drop, 6 : accept }": False,
        "ip ttl 5 counter accept": True,
        "ip id 5 counter accept": False,
        "meta skuid 5 counter accept": False,
        "ct mark 5 counter accept": False,
        "udp length 9 counter accept": False,
    }
    iptables("-A", "OUTPUT", "-j", "ACCEPT")
    for rule, believed in added.items():
        iptables("-F", "OUTPUT")
        iptables("-A", "OUTPUT", "-m", "owner", "--uid-owner", "1001", "-j", "ACCEPT")
        needs_set = "@some" in rule
        if needs_set:
            nft("add set ip filter some { type ipv4_addr; }\n")
        nft(f"add rule ip filter OUTPUT {rule}\n")
        require_equal((rule, "nft-4" in driver("list")), (rule, believed))
        if needs_set:
            nft("flush chain ip filter OUTPUT\ndelete set ip filter some\n")


def keeps_comments_from_commands(driver):
    """A comment with a line break stands on lines of its own in what iptables-nft-save prints."""
    iptables("-A", "OUTPUT", "-m", "comment", "--comment", "a\n*filter; add table ip injected\nCOMMIT", "-j", "ACCEPT")
    before = lab.run("nft", "list", "ruleset")
    require_equal("nft-4" in driver("list"), False)
    require_equal(lab.run("nft", "list", "ruleset"), before)


def reads_policies_back(driver):
    for name, policy in policies.POLICIES.items():
        answer = driver("compare", text=json.dumps(policy))
        dialects = ["iptables-restore-4", "ip6tables-restore-6", "ferm-4", "ferm-6"]
        require_equal((name, answer), (name, dict.fromkeys(dialects, "equal")))


def refuses_xtables(driver):
    wrong = "*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT --nonsense\nCOMMIT\n"
    for what in ("iptables", "ip6tables"):
        answer = driver(what, text=wrong)
        require_equal(answer["outcome"], "refused")
        require_in(f"{what}-nft-restore v", answer["loader"])
        require_in(f"file:3: error: {what}-nft-restore refuses it: ", answer["refusal"])
        require_in("-A OUTPUT --nonsense\n", answer["refusal"])
    # The listed rules would end at the NUL byte.
    require_in("file:2:4: error: a NUL byte", driver("iptables", text=b"*filter\n-A \0\n")["refusal"])
    answer = driver("ferm", text="domain ip table filter chain OUTPUT {\n  nonsense ACCEPT;\n}\n")
    require_in("file:2: error: ferm refuses it: ", answer["refusal"])


@contextlib.contextmanager
def named(name, *make):
    lab.run(*make)
    try:
        yield name
    finally:
        lab.run("ip", "netns", "delete", name)


def lists_named_namespaces(driver):
    name = f"egressc-test-{os.getpid()}"
    with named(name, "ip", "netns", "add", name):
        lab.run("ip", "netns", "exec", name, "nft", "--file", "-", text=NFT_TABLE)
        lab.run("ip", "netns", "exec", name, "iptables-legacy", "-A", "OUTPUT", "-j", "DROP")
        answer = driver("list", name)
        require_in('"name": "other"', answer["nftables"])
        require_in("-A OUTPUT -j DROP\n", answer["legacy-4"])
    require_in("there is no network namespace of this name", driver("list", name)["failure"])
    with open("/run/netns/" + name, "x", encoding="ascii"):
        try:
            require_in("no network namespace, but a file", driver("list", name)["failure"])
        finally:
            os.unlink("/run/netns/" + name)
    for wrong in ("..", "../netns/x", "/etc/passwd", "\x1b[2J"):
        failure = driver("list", wrong)["failure"]
        require_in("/run/netns/", failure)
        require_equal("\x1b" in failure, False)


def refuses_the_namespaces_of_other_users(driver):
    """Its rules count users as its user namespace does."""
    name = f"egressc-test-{os.getpid()}"
    # It says so when it is there, and ends with its standard input.
    with subprocess.Popen(["unshare", "--user", "--net", "sh", "-c", "echo; read line"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as owner:  # fmt: skip
        owner.stdout.readline()
        with named(name, "ip", "netns", "attach", name, str(owner.pid)):
            require_in("it belongs to another user namespace", driver("list", name)["failure"])
        owner.communicate()


CASES = [
    loads_and_lists,
    refuses_with_a_place,
    says_what_is_too_large,
    says_what_is_missing,
    tells_xtables_apart,
    reads_a_busy_host,
    believes_only_what_is_whole,
    keeps_comments_from_commands,
    reads_policies_back,
    refuses_xtables,
    lists_named_namespaces,
    refuses_the_namespaces_of_other_users,
]


def everything():
    """What is in force in the calling process's network namespace."""
    programs = [f"{ip}-{kind}-save" for ip in ("iptables", "ip6tables") for kind in ("nft", "legacy")]
    kept = [line for program in programs for line in lab.run(program).split("\n") if not line.startswith("#")]
    return [lab.run("nft", "--handle", "list", "ruleset"), *kept]


def undisturbed(case, driver_path):
    """Runs the case, and then looks whether there is a process more, which alone would keep a private namespace."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as directory:
        case(Driver(driver_path, directory))
    try:
        left = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        left = None
    require_equal(left, None)


def trials_change_nothing(driver):
    """In a namespace with rules of every kind, all stay as they are, whatever is tried and whoever tries."""
    nft(NFT_TABLE)
    for program in ("iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy"):
        lab.run(program, "-A", "OUTPUT", "-m", "owner", "--uid-owner", "1001", "-j", "ACCEPT")
    before = everything()
    for uid in (0, NOBODY):
        for text in ("flush ruleset\n", RULES, "delete table inet other\n", "add rule inet other output drop\n"):
            driver("nftables", text=text, uid=uid)
        driver("abilities", uid=uid)
    policy = json.dumps(policies.POLICIES["host"])
    require_equal(set(driver("compare", text=policy).values()), {"equal"})
    driver("list")
    require_equal(everything(), before)


def main():
    path = sys.argv[1]
    lab.require("nft", "ip", "ferm", "setpriv", "unshare", "iptables-nft", "ip6tables-nft", "iptables-legacy",
                "ip6tables-legacy")  # fmt: skip
    for tool in ("iptables-nft", "iptables-legacy"):
        lab.skip_unless(lambda tool=tool: lab.run(tool, "-A", "OUTPUT", "-j", "ACCEPT"), tool + " does not work here")
    lab.run_cases([*CASES, trials_change_nothing], lambda case: undisturbed(case, path))


if __name__ == "__main__":
    main()
