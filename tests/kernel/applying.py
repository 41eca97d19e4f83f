"""egressc as a person runs it: with a state directory of its own, and a terminal where it asks."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import lab

TABLE = ["nft", "list", "table", "inet", "egressc"]


class Egressc:
    """The program, in a directory of its own that everybody may enter."""

    def __init__(self, path, directory):
        os.chmod(directory, 0o755)
        self.directory = directory
        self.path = shutil.copy(path, directory)
        self.state = os.path.join(directory, "state")

    def file(self, name, content):
        """The path of a file with a text, or with a value as JSON, which is YAML."""
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content if isinstance(content, str) else json.dumps(content))
        return path

    def words(self, command, *words):
        return [self.path, command, "--state-dir", self.state, *words]

    def run(self, command, *words, **how):
        """(exit status, standard output, standard error)"""
        how = {"stdin": subprocess.DEVNULL, **how}
        done = subprocess.run(self.words(command, *words), capture_output=True, text=True, check=False, **how)
        return done.returncode, done.stdout, done.stderr

    def must(self, command, *words, **how):
        status, out, errors = self.run(command, *words, **how)
        assert status == 0, f"{command} {words}: exit {status}: {errors}"
        return out + errors

    def apply(self, policy, *words):
        return self.must("apply", "--yes", "--warm-up", "0s", *words, self.file("policy.yaml", policy))


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, words, **how):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, **how)
        os.close(slave)
        self.text = ""

    def until(self, wanted, patience=20):
        """What it has printed when `wanted` (None: the end) is in it."""
        deadline = time.monotonic() + patience
        while wanted is None or wanted not in self.text:
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise RuntimeError(f"no {wanted!r} in {self.text!r}")
            try:
                data = os.read(self.master, 4096)
            except OSError:
                data = b""
            if not data:
                if wanted is None:
                    return self.text
                raise RuntimeError(f"ended without {wanted!r}: {self.text!r}")
            self.text += data.decode()
        return self.text

    def answer(self, line):
        self.text = ""
        os.write(self.master, line.encode() + b"\n")

    def end(self):
        """(exit status, what it printed)"""
        text = self.until(None)
        os.close(self.master)
        return self.process.wait(), text.replace("\r\n", "\n")

    def close(self):
        """The window is closed."""
        os.close(self.master)


@contextlib.contextmanager
def killed_at_the_end(process):
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()


def table():
    """The table inet egressc as nft lists it, "" if there is none."""
    done = subprocess.run(TABLE, capture_output=True, text=True, check=False)
    return done.stdout


OWN_BLOCK = re.compile(r"(?:set|chain) (?:[ug]\d|deny|rules)\w*")


def rules():
    """The same, without what changes by itself: counters, the time that is left to elements, the tag of names, and what
    nothing leads to."""
    text = re.sub(r"counter packets \d+ bytes \d+", "counter", table())
    text = re.sub(r" expires [0-9dhms]+", "", text)
    runs_second = "goto rules_b" in text
    blocks = []
    for block in re.findall(r"^\t(?:set|chain|map) .*?^\t}$", text, re.S | re.M):
        name = OWN_BLOCK.match(block.strip())
        is_second = name is not None and (name.group().endswith("_b") or "_b_" in name.group())
        if name is None or is_second == runs_second:
            blocks.append(re.sub(r"\b([ug]\d\w*?|deny|rules)_b(?![a-z0-9])", r"\1", block))
    return "\n".join(sorted(blocks))


def require_equal(found, wanted):
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def require_in(part, whole):
    assert part in whole, f"{part!r} is not in {whole!r}"


def require_not_in(part, whole):
    assert part not in whole, f"{part!r} is in {whole!r}"
