"""What README shows of rehearse, apply, confirm and status is what they print.  readme.py EGRESSC README EXAMPLES"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

import lab
from applying import Terminal, require_equal

LOGS = ["audit:audit.log", "netfilter:kern.log", "dnsmasq:dnsmasq.log", "agent-json:agent.jsonl"]
NUMBERS = [(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"), (r"\(\d+ \w+ ago\)", "(AGE)"), (r"/\S+/policy\.yaml", "POLICY"),
           (r"[\d.]+ s, \d+ flows a second", "SPEED")]  # fmt: skip


def blocks(readme):
    """[(command, lines of output)] of the code blocks of the step that applies."""
    section = readme[readme.index("### 7.") :]
    section = section[: section.index("\n### ")]
    commands = []
    for block in re.findall(r"```\n(.*?)```", section, re.S):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append((line[2:], []))
            else:
                commands[-1][1].append(line)
    return commands


def normalized(lines):
    for pattern, word in NUMBERS:
        lines = [re.sub(pattern, word, line) for line in lines]
    return lines


def matches(lines, shown):
    """Whether the lines are those that are shown, where "..." stands for any number of them."""
    if not shown:
        return not lines
    if shown[0] == "...":
        return any(matches(lines[skipped:], shown[1:]) for skipped in range(len(lines) + 1))
    return bool(lines) and lines[0] == shown[0] and matches(lines[1:], shown[1:])


def answered(command, directory, environment):
    terminal = Terminal(command, cwd=directory, env=environment)
    text = ""
    if command[1] == "apply":
        text = terminal.until("[y/N] ")
        terminal.answer("y")
    status, rest = terminal.end()
    require_equal(status, 0)
    return (text + rest).replace("\r\n", "\n").splitlines()


def inside(egressc, readme, examples):
    """In namespaces of its own, where process 1 is on the same network: this is a host."""
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as state:
        lab.run("mount", "--bind", state, "/var/lib")
        for name in os.listdir(os.path.join(examples, "web-agent")):
            shutil.copy(os.path.join(examples, "web-agent", name), directory)
        program = shutil.copy(egressc, directory)
        subprocess.run([program, "compile", "-q", "--uid", "61001,61002", "--to", "policy", "-o", "policy.yaml", *LOGS],
                       cwd=directory, check=True)  # fmt: skip
        environment = {"PATH": os.environ["PATH"], "NO_COLOR": "1"}
        failures = 0
        for command, shown in blocks(readme):
            words = command.split()
            assert words[0] == "egressc", command
            lines = answered([program, *words[1:]], directory, environment)
            good = matches(normalized(lines), normalized(shown))
            print("ok    " if good else "FAILED", command)
            if not good:
                print("\n".join(lines))
            failures += not good
        return failures


def main():
    egressc, path, examples = sys.argv[1:4]
    lab.require("nft", "ip", "unshare", "mount")
    if "inside" not in sys.argv:
        enter = ["unshare", "--net", "--pid", "--fork", "--mount", "--mount-proc"]
        sys.exit(subprocess.run([*enter, sys.executable, *sys.argv, "inside"], check=False).returncode)
    with open(path, encoding="utf-8") as file:
        readme = file.read()
    assert len(blocks(readme)) == 4
    sys.exit(1 if inside(egressc, readme, examples) else 0)


if __name__ == "__main__":
    main()
