"""What ferm would run is refused before ferm sees it; and what is not refused is read as ferm prints it.

foreign_ferm.py HARMLESS_FERM FOREIGN_VERDICTS
"""

import os
import shutil
import subprocess
import sys
import tempfile

# MARK becomes a command that leaves a file behind.
INJECTIONS = [
    "@def $x = `MARK`;\n",
    "domain ip table filter chain OUTPUT { daddr `MARK` DROP; }\n",
    "# '\n@def $x = (`MARK` 1); # '\n",
    "@include 'MARK|';\n",
    "include 'MARK|';\n",
    '@include "MARK|";\n',
    "@include ('MARK|');\n",
    "@include @glob('MARK|');\n",
    "@def $f = 'MARK|'; @include $f;\n",
    "! 'include' 'MARK|';\n",
    "! '@include' 'MARK|';\n",
    "! ('@include') 'MARK|';\n",
    "@def $k = 'include'; ! $k 'MARK|';\n",
    "! @cat('inc', 'lude') 'MARK|';\n",
    "! @join('', 'inc', 'lude') 'MARK|';\n",
    "! @substr('xinclude', 1, 7) 'MARK|';\n",
    "! @basename('/x/include') 'MARK|';\n",
    '@def $a = inc; @def $b = lude; ! "$a$b" \'MARK|\';\n',
    "@def &f($v) = { ! $v 'MARK|'; } &f('@include');\n",
    "@def $a = inc; @def $b = lude; @def &f($v) = { ! $v 'MARK|'; } &f('\"$a$b\"');\n",
    "@def &f($v) = { daddr $v DROP; } domain ip table filter chain OUTPUT { &f('`MARK`'); }\n",
    "@if @eq(1, 1) { @include 'MARK|'; }\n",
    "@hook pre 'MARK';\n",
    "hook post 'MARK';\n",
    "! 'hook' flush 'MARK';\n",
    "domain ip table filter chain OUTPUT { daddr @resolve('host.invalid') DROP; }\n",
]

# text, [(flow, verdict)]
ACCEPTED = [
    ("""# `other people's` ferm
@def $WEB = (80 443);
@def $NET = (192.0.2.0/24 2001:db8::/32);
@def &allow($proto, $ports) = { proto $proto dport $ports ACCEPT; }
domain (ip ip6) table filter {
    chain OUTPUT {
        policy DROP;
        mod state state (ESTABLISHED RELATED) ACCEPT;
        outerface lo ACCEPT;
        daddr @ipfilter($NET) &allow(tcp, $WEB);
        proto udp dport 53 jump resolvers;
        mod owner uid-owner 0 REJECT;
        LOG log-prefix "blocked: [x] ";
    }
    chain resolvers { @if @eq($DOMAIN, ip) daddr 192.0.2.53 ACCEPT; }
}
""", [("1000 1000 0 6 192.0.2.9 443", "allowed"), ("1000 1000 0 6 192.0.2.9 444", "denied"),
      ("1000 1000 0 17 192.0.2.53 53", "allowed"), ("1000 1000 0 17 192.0.2.54 53", "denied"),
      ("1000 1000 1 6 127.0.0.1 9", "allowed"), ("0 0 0 6 198.51.100.1 443", "denied")]),
    ("""table filter chain OUTPUT {
    proto tcp @subchain "mail" { dport 25 mod owner uid-owner ! 12 REJECT reject-with tcp-reset; }
    mod addrtype dst-type MULTICAST DROP;
    mod multiport proto udp destination-ports (1000:2000 3000) DROP;
    mod comment comment 'it is | ; { fine' daddr 203.0.113.0/24 DROP;
}
""", [("1000 1000 0 6 192.0.2.9 25", "denied"), ("12 12 0 6 192.0.2.9 25", "allowed"),
      ("1000 1000 0 17 224.0.0.251 5353", "denied"), ("1000 1000 0 17 192.0.2.9 1500", "denied"),
      ("1000 1000 0 6 203.0.113.9 80", "denied"), ("1000 1000 0 6 192.0.2.9 80", "allowed")]),
]


def refused(program, text):
    return subprocess.run([program], input=text, text=True, capture_output=True, check=False).returncode == 1


def runs_a_command(text, directory):
    """Whether ferm itself, told to execute nothing, runs what the text says."""
    marker = os.path.join(directory, "ran")
    text = text.replace("MARK", f"touch {marker}")
    try:
        subprocess.run(["ferm", "--noexec", "--remote", "--domain", "ip", "-"], input=text, text=True,
                       capture_output=True, check=False, timeout=20, cwd=directory,
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    except subprocess.TimeoutExpired:
        pass
    ran = os.path.exists(marker)
    if ran:
        os.remove(marker)
    return ran


def printed(text):
    command = ["ferm", "--noexec", "--lines", "--remote", "--domain", "ip", "-"]
    return subprocess.run(command, input=text, text=True, capture_output=True, check=True, timeout=20).stdout


def verdicts(program, rules, flows, directory):
    path = os.path.join(directory, "rules")
    with open(path, "w", encoding="ascii") as file:
        file.write(rules)
    text = "\n".join(flows) + "\n"
    return subprocess.run([program, "4", path], input=text, text=True, capture_output=True, check=True).stdout.split()


def main():
    harmless, foreign_verdicts = sys.argv[1:]
    if shutil.which("ferm") is None:
        print("skipped: not installed: ferm")
        sys.exit(77)
    failures = 0
    ran = 0
    with tempfile.TemporaryDirectory() as directory:
        for text in INJECTIONS:
            works = runs_a_command(text, directory)
            ran += works
            is_refused = refused(harmless, text.replace("MARK", f"touch {directory}/ran"))
            state = "ok" if is_refused else "FAILED"
            print(f"{state:6} {'ferm runs it' if works else 'ferm does not'}: {text.strip()}")
            failures += not is_refused
        for text, expected in ACCEPTED:
            if refused(harmless, text):
                print("FAILED refused:", text)
                failures += 1
                continue
            got = verdicts(foreign_verdicts, printed(text), [flow for flow, _ in expected], directory)
            for (flow, wanted), verdict in zip(expected, got, strict=True):
                print(f"{'ok' if verdict == wanted else 'FAILED':6} {flow}: {verdict}")
                failures += verdict != wanted
    if ran < 10:
        print(f"FAILED only {ran} of the injections run at all: this test proves little")
        failures += 1
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
