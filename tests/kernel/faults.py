"""What apply refuses, or survives, and changes nothing.  faults.py EGRESSC PRELOAD_MISSING [CASE...]"""

import contextlib
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys

import lab
import policies
import tidy
from applying import Terminal, killed_at_the_end, require_equal, require_in, require_not_in, rules, table

OLD = policies.POLICIES["subjects"]
NEW = policies.POLICIES["gids of a uid"]
LONG = """egressc: 1
scope: subjects
subjects:
  agent:
    uid: 1001
    allow:
      - {to: 198.51.100.7, ports: [tcp/443]}
      - {to: 203.0.113.0/24, ports: [udp/53]}
  other:
    uid: 1002
    allow:
      - {to: 2001:db8::7, ports: [tcp/443]}
"""


def records(egressc):
    """What is kept of this network namespace."""
    (directory,) = pathlib.Path(egressc.state).iterdir()
    return {path.name: path.read_text(encoding="utf-8") for path in directory.iterdir() if path.is_file()}


def require_refused(egressc, reason, command="apply", options=("--yes",), operands=None, **how):
    """Exit 3, the kernel as it was, and what was kept as it was."""
    before = rules()
    operands = [egressc.file("new.yaml", NEW)] if operands is None else operands
    status, _, messages = egressc.run(command, *options, *operands, **how)
    require_equal((status, rules()), (3, before))
    assert re.search(reason, messages), f"no {reason!r} in {messages!r}"
    return messages


@contextlib.contextmanager
def state_on_disk_of_its_own(egressc, *options):
    """A small one, where the state directory is."""
    tidy.have_mounts_of_its_own()
    disk = os.path.join(egressc.directory, "disk")
    os.mkdir(disk)
    lab.run("mount", "-t", "tmpfs", "-o", ",".join(["size=256k,mode=0700", *options]), "egressc-test", disk)
    egressc.state = os.path.join(disk, "state")
    try:
        yield disk
    finally:
        lab.run("umount", disk)


def fill(disk):
    with open(os.path.join(disk, "full"), "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def fill_with_names(disk):
    os.mkdir(os.path.join(disk, "full"))
    with contextlib.suppress(OSError):
        for number in range(1000):
            pathlib.Path(disk, "full", str(number)).touch()


def free(disk):
    path = os.path.join(disk, "full")
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


FULL = r"egressc: \S+/disk/state/net-\d+/(next|before)?: No space left on device: nothing is changed\n"


def disk_is_full(egressc):
    with state_on_disk_of_its_own(egressc, "nr_inodes=20") as disk:
        for make_full in (fill, fill_with_names):
            egressc.must("apply", "--yes", "--warm-up", "0s", egressc.file("old.yaml", OLD))
            kept = records(egressc)
            make_full(disk)
            require_refused(egressc, FULL)
            require_refused(egressc, FULL, options=("--yes", "--confirm-within", "60s"))
            require_refused(egressc, FULL, "remove", operands=[])
            require_equal(records(egressc), kept)
            require_equal(egressc.run("status")[0], 0)
            free(disk)
            egressc.must("apply", "--yes", egressc.file("new.yaml", NEW))
            egressc.must("rollback", "--yes")
            require_equal(egressc.run("status")[0], 0)


def disk_becomes_full(egressc):
    """While a change waits for its confirmation: neither answer needs any space."""
    with state_on_disk_of_its_own(egressc) as disk:
        egressc.must("apply", "--yes", "--warm-up", "0s", egressc.file("old.yaml", OLD))
        old = rules()
        for answer in ("rollback", "confirm"):
            egressc.must("apply", "--yes", "--confirm-within", "600s", egressc.file("new.yaml", NEW))
            guardian, new = tidy.the_guardian(), rules()
            fill(disk)
            egressc.must(answer)
            assert tidy.ends(guardian)
            require_equal(rules(), old if answer == "rollback" else new)
            require_equal(egressc.run("status")[0], 0)
            free(disk)


def disk_is_full_from_the_start(egressc):
    with state_on_disk_of_its_own(egressc, "nr_inodes=2") as disk:
        pathlib.Path(disk, "full").touch()
        require_refused(egressc, r"egressc: \S+/disk/state: No space left on device\n")
        require_equal(table(), "")
        free(disk)
        egressc.state = egressc.directory + "/state"
        egressc.apply(NEW)


def state_is_read_only(egressc):
    with state_on_disk_of_its_own(egressc) as disk:
        for is_there in (False, True):
            if is_there:
                egressc.apply(OLD)
            kept = records(egressc) if is_there else {}
            lab.run("mount", "-o", "remount,ro", disk)
            name = r"state/net-\d+/lock" if is_there else "state"
            require_refused(egressc, rf"egressc: \S+/disk/{name}: Read-only file system\n")
            if is_there:
                require_refused(egressc, r"/lock: Read-only file system\n", "remove", operands=[])
                require_refused(egressc, r"/lock: Read-only file system\n", "rollback", operands=[])
                require_equal(egressc.run("status")[0], 0)
                require_equal(records(egressc), kept)
            require_equal(egressc.run("apply", "--dry-run", egressc.file("new.yaml", NEW))[0], 0)
            lab.run("mount", "-o", "remount,rw", disk)
        egressc.apply(NEW)


def state_is_open_to_others(egressc):
    """What others could write would become the firewall of root at the next rollback."""
    egressc.apply(OLD)
    (inner,) = (str(path) for path in pathlib.Path(egressc.state).iterdir())
    for path in (egressc.state, inner):
        for mode, uid in ((0o720, 0), (0o702, 0), (0o750, 0), (0o700, 1001)):
            os.chmod(path, mode)
            os.chown(path, uid, 0)
            require_refused(egressc, f"egressc: {path}: others could read or write it: chown it to yourself, and chmod 0700")
        os.chmod(path, 0o700)
        os.chown(path, 0, 0)
    real = egressc.state
    os.symlink(real, egressc.directory + "/link")
    for egressc.state in (egressc.directory + "/link", egressc.file("file", "")):
        require_refused(egressc, rf"egressc: {egressc.state}\S*: Not a directory\n")
    egressc.state = real
    egressc.apply(NEW)


class Preload:
    """The library that lets the kernel lack an expression."""

    missing = ""


def expression_is_missing(egressc):
    """The dry run finds it, and the message is about a line of the policy."""
    egressc.apply(OLD)
    kept = records(egressc)
    path = egressc.file("long.yaml", LONG)
    # The lines of both subjects, and whether some rule is of neither.
    for missing, lines, more in (("payload", ["4", "9"], False), ("lookup", ["4", "9"], True), ("counter", ["4", "9"], True),
                                 ("reject", [], True), ("bitwise", [], True)):  # fmt: skip
        environment = {**os.environ, "LD_PRELOAD": Preload.missing, "EGRESSC_TEST_MISSING": missing}
        for options in (("--yes",), ("--yes", "--confirm-within", "60s"), ("--dry-run",)):
            refused = "error: nftables refuses it: Could not process rule: No such file or directory\n"
            messages = require_refused(egressc, refused, options=options, operands=[path], env=environment)
            require_equal(sorted(set(re.findall(rf"^{path}:(\d+):3: {refused}", messages, re.MULTILINE))), lines)
            require_equal(f"{path}: {refused}" in messages, more)
            require_in("egressc: the kernel does not take this ruleset: nothing is changed\n", messages)
        require_equal(tidy.guardians(), [])
    require_equal(records(egressc), kept)
    egressc.must("apply", "--yes", path, env={**os.environ, "LD_PRELOAD": Preload.missing, "EGRESSC_TEST_MISSING": "none"})


def many_at_once(egressc):
    """Started at the same moment: each has applied its own, or says why not."""
    paths, tables = [], {}
    for number in range(8):
        policy = {"egressc": 1, "scope": "subjects", "subjects": {f"agent{number}": {"uid": 1001 + number, "allow": [
            {"to": f"198.51.{number}.{grant}", "ports": ["tcp/443"]} for grant in range(200)]}}}  # fmt: skip
        paths.append(egressc.file(f"{number}.yaml", policy))
        egressc.must("apply", "--yes", "--warm-up", "0s", paths[-1])
        tables[rules()] = paths[-1]
    require_equal(len(tables), 8)
    for _ in range(3):
        random.shuffle(paths)
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        processes = [(path, subprocess.Popen(egressc.words("apply", "--yes", path), **pipes)) for path in paths]
        applied = []
        with contextlib.ExitStack() as stack:
            for path, process in processes:
                stack.enter_context(killed_at_the_end(process))
            for path, process in processes:
                messages = process.communicate(timeout=60)[1]
                if process.returncode == 0:
                    applied.append(path)
                    require_in("applied to this network namespace", messages)
                else:
                    require_equal((process.returncode, messages), (3, "egressc: another egressc is changing this network "
                                   "namespace: try again when it has ended\n"))  # fmt: skip
        assert applied, "none has applied"
        require_in(rules(), tables)
        require_in(tables[rules()], applied)
        require_equal(egressc.run("status")[0], 0)


QUESTIONS = ("change this host? [y/N] ", "this is an ssh session")


def is_asked(egressc, words, environment, answers):
    """What it prints, to somebody who answers so."""
    terminal = Terminal(["env", "--unset=SSH_CONNECTION", *environment, *words])
    text = ""
    for answer in answers:
        text += terminal.until("[y/N] ")
        terminal.answer(answer)
    status, last = terminal.end()
    return status, text + last


def ssh_asks_twice(egressc):
    """Where the first process is in the same network namespace, that is the host's."""
    ssh = ["SSH_CONNECTION=192.0.2.9 50000 192.0.2.1 22"]
    sshd = shutil.copy(shutil.which("bash"), egressc.directory + "/sshd")
    host = ["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child"]
    path = egressc.file("policy.yaml", OLD)
    plain = egressc.words("apply", "--warm-up", "0s", path)
    guarded = egressc.words("apply", "--warm-up", "0s", "--confirm-within", "600s", path)

    def below_sshd(words):
        return [sshd, "-c", '"$@"; exit $?', "sshd", *words]

    def of_host(words):
        return [*host, "sh", "-c", '"$@"; exit $?', "sh", *words]

    for environment, words in ((ssh, of_host(plain)), ([], of_host(below_sshd(plain)))):
        for answers, wanted in ((["y", "n"], 3), (["n"], 3), (["y", "y"], 0)):
            status, text = is_asked(egressc, words, environment, answers)
            require_equal((status, bool(table())), (wanted, wanted == 0))
            for question in QUESTIONS[: len(answers)]:
                require_in(question, text)
        lab.run("nft", "delete", "table", "inet", "egressc")
    for environment, words in (([], of_host(plain)), (ssh, of_host(guarded))):
        status, text = is_asked(egressc, words, environment, ["y"])
        require_equal(status, 0)
        require_not_in("ssh session", text)
        subprocess.run(["nft", "delete", "table", "inet", "egressc"], check=False, stderr=subprocess.DEVNULL)


CASES = [
    disk_is_full,
    disk_becomes_full,
    disk_is_full_from_the_start,
    state_is_read_only,
    state_is_open_to_others,
    expression_is_missing,
    many_at_once,
    ssh_asks_twice,
]


def main():
    path, Preload.missing, *wanted = sys.argv[1:]
    lab.require("nft", "ip", "unshare", "mount", "bash")
    tidy.run_cases([case for case in CASES if not wanted or case.__name__ in wanted], path)


if __name__ == "__main__":
    main()
