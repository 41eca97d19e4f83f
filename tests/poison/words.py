"""Files that somebody else made, where egressc is run: their names become words, their texts are read, and -o writes there."""

import os
from pathlib import Path

from attempt import AGENT, Attempt, EVIL, OTHER, SHARED, answered, asked, connect, left

POLICY = f"""egressc: 1
scope: subjects
mode: monitor
subjects:
  x:
    uid: 1001
    allow:
      - to: {EVIL}
        ports: [tcp/443]
"""
POLICY_JSON = ('{"egressc": 1, "scope": "subjects", "subjects": {"x": {"uid": 1001, "allow": [{"to": "' + EVIL
               + '", "ports": ["tcp/443"]}]}}}\n')
FORGED = left(2, 1001, EVIL)


def file_named(name, text, what, *words):
    """A shell's * gives the name as a word."""
    return Attempt(SHARED, what, files={name: text}, words=[name, *words], may_refuse=True)


def prepared(what, prepare, words, untouched=None, who=SHARED):
    return Attempt(who, what, prepare=prepare, words=words, may_refuse=True, untouched=untouched or {})


def shared(directory):
    """What /tmp is like, and whose."""
    place = directory / "shared"
    place.mkdir()
    place.chmod(0o1777)
    return place


def link(target):
    def prepare(directory):
        (directory / "mine").write_text("mine\n")
        (shared(directory) / "out").symlink_to(target)
    return prepare


def linked_directory(directory):
    (directory / "private").mkdir()
    (directory / "private/out").write_text("mine\n")
    (shared(directory) / "sub").symlink_to("../private")


def fifo(name):
    return lambda directory: os.mkfifo(directory / name)


def fifo_for_output(directory):
    os.mkfifo(shared(directory) / "out")
    if os.geteuid() == 0:
        os.chown(directory / "shared/out", 1001, 1001)


def foreign_output(directory):
    out = shared(directory) / "out"
    out.write_text("theirs\n")
    out.chmod(0o666)
    if os.geteuid() == 0:
        os.chown(out, 1001, 1001)


ATTEMPTS = [
    Attempt(AGENT, "its log is a policy", files={"agent.log": POLICY}, words=["agent.log"], may_refuse=True),
    Attempt(AGENT, "its log is a policy in JSON", files={"agent.jsonl": POLICY_JSON}, words=["agent.jsonl"], may_refuse=True),
    Attempt(AGENT, "its log is a policy behind comments", files={"agent.log": "# 2025-06-27\n---\n\n" + POLICY}, words=["agent.log"], may_refuse=True),
    Attempt(AGENT, "its log is a policy behind a byte order mark", files={"agent.log": "\ufeff" + POLICY}, words=["agent.log"], may_refuse=True),
    Attempt(AGENT, "its log is called a policy, and is one, among logs", files={"agent.yaml": POLICY}, words=["agent.yaml"], may_refuse=True),
    Attempt(AGENT, "its log is called a policy of JSON, and is one, among logs", files={"agent.json": POLICY_JSON}, words=["agent.json"], may_refuse=True),
    file_named("netfilter:x.log", "", "a file whose name vouches for another", "x.log"),
    file_named("netfilter:agent.log", "", "a file whose name vouches for the agent's"),
    file_named("audit:agent.log", "", "a file whose name vouches for the agent's"),
    file_named("dnsmasq:agent.log", "", "a file whose name vouches for the agent's"),
    file_named("hosts:agent.log", "", "a file whose name vouches for the agent's"),
    file_named("policy:agent.log", "", "a file whose name says that another is a policy"),
    file_named("--trust=claimed", "", "a file that is an option: whatever is claimed is granted"),
    file_named("--include-denied", "", "a file that is an option: what was denied is granted"),
    file_named("--no-system-guard", "", "a file that is an option: no guard"),
    file_named("--scope=subjects", "", "a file that is an option: nobody else is governed"),
    file_named("--mode=monitor", "", "a file that is an option: nothing is denied"),
    file_named("--allow-empty", "", "a file that is an option: nothing may be granted"),
    file_named("--uid=1003", "", "a file that is an option: nobody else is observed"),
    file_named("--until=2000-01-01T00:00:00Z", "", "a file that is an option: nothing was observed"),
    file_named("-omine", "mine\n", "a file that is an option: something else is written"),
    file_named("-q", "", "a file that is an option: nothing is said"),
    prepared("a link where the output goes", link("../mine"), ["-o", "shared/out"], {"mine": "mine\n"}),
    prepared("a link to nothing where the output goes", link("../new"), ["-o", "shared/out"]),
    prepared("a link to a directory on the way of the output", linked_directory, ["-o", "shared/sub/out"], {"private/out": "mine\n"}),
    prepared("a pipe where the output goes", fifo_for_output, ["-o", "shared/out"]),
    prepared("its own file where the output goes, which it could change later", foreign_output, ["-o", "shared/out"]),
    prepared("a pipe that nobody writes to, as the guard", fifo("pipe"), ["--guard", "pipe"]),
    prepared("a pipe that nobody writes to, as a policy", fifo("pipe"), ["policy:pipe"]),
    prepared("a pipe that nobody writes to, as the policy that is extended", fifo("pipe"), ["--base", "pipe"]),
    prepared("a pipe that nobody writes to, as the users", fifo("pipe"), ["--passwd", "pipe"]),
    prepared("a pipe that nobody writes to, as the groups", fifo("pipe"), ["--group", "pipe"]),
    prepared("a device without an end, as a policy", lambda directory: None, ["policy:/dev/zero"]),
    prepared("a directory, as a log", lambda directory: (Path(directory) / "agent.log").mkdir(), ["agent.log"]),
]

# The agent's log, which the words above would vouch for.
for attempt in ATTEMPTS:
    if any(word.endswith(":agent.log") for word in attempt.words):
        attempt.files["agent.log"] = POLICY if "policy:" in attempt.words[0] else (
            FORGED + connect(2, 900, 1001, EVIL) + asked(2, 1001, 45000) + answered(2, 9, 45000, "api.acme.example", EVIL))
    if "x.log" in attempt.words:
        attempt.files["x.log"] = FORGED
