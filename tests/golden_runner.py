#!/usr/bin/env python3
"""golden_runner.py EGRESSC [--rewrite] [CASE...] - runs tests/golden/*.txt, or only the cases named.

A case is a text file; a line of these forms begins a section, which goes on to the next such line:

    # What stands before the first section is for the reader.
    $ egressc compile --to nftables audit:audit.log
    ? 0
    --- stdout
    table inet egressc {
    --- stderr
    --- file audit.log
    type=SYSCALL msg=audit(1795419858.462:299616): ...

"$" is a command for sh(1), run in a new directory that holds the case's files, and "policy-examples" and "data"
(tests/data) besides. "?" is its exit status; stdout and stderr are what it prints there. What is left out is 0 and
empty. A case may have several commands, which follow each other in one directory. In a section, "\\" before a line that
would begin one keeps it from doing so, and "--- stdout (no newline)" tells that the last line does not end. {FORMATS} is
the list of the log formats, as a hint has it: what a new one adds to the help it adds there.

With --rewrite, or EGRESSC_GOLDEN=rewrite in the environment, what the commands do is written to the cases.
"""

import argparse
import dataclasses
import difflib
import functools
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent
HEADER = re.compile(r"\$ (?P<command>.+)|\? (?P<status>\d+)|--- (?P<kind>file (?P<name>\S+)|stdout|stderr)(?P<cut> \(no newline\))?")
SECONDS = 60


@dataclasses.dataclass
class File:
    name: str
    text: str = ""


@dataclasses.dataclass
class Step:
    command: str
    status: int = 0
    stdout: str = ""
    stderr: str = ""


@dataclasses.dataclass
class Case:
    path: Path
    introduction: str
    parts: list  # of File and Step, as they stand

    def files(self):
        return [part for part in self.parts if isinstance(part, File)]

    def steps(self):
        return [part for part in self.parts if isinstance(part, Step)]


class Malformed(Exception):
    pass


# Bytes that are no UTF-8 pass through unharmed, and so do all control bytes: lines end at "\n" and nowhere else.
def read(path):
    return path.read_bytes().decode("utf-8", "surrogateescape")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def sections(text):
    """(match or None, lines) for each section; the one before the first header has no match."""
    header, body = None, []
    for line in text.removesuffix("\n").split("\n") if text else []:
        match = HEADER.fullmatch(line)
        if match:
            yield header, body
            header, body = match, []
        else:
            body.append(line[1:] if re.match(r"\\+", line) and HEADER.fullmatch(line.lstrip("\\")) else line)
    yield header, body


def parse(path):
    case = Case(path, "", [])
    for header, lines in sections(read(path)):
        text = "".join(line + "\n" for line in lines)
        if header is None:
            case.introduction = text
        elif header["kind"]:
            add_text(case, header, text.removesuffix("\n") if header["cut"] else text)
        elif text:
            raise Malformed(f"{path.name}: \"{lines[0]}\" belongs to no section")
        elif header["command"]:
            case.parts.append(Step(header["command"]))
        else:
            last_step(case, header[0]).status = int(header["status"])
    if not case.steps():
        raise Malformed(f"{path.name}: no command (\"$ egressc ...\")")
    return case


def add_text(case, header, text):
    if header["name"]:
        case.parts.append(File(header["name"], text))
    else:
        setattr(last_step(case, header[0]), header["kind"], text)


def last_step(case, header):
    if not case.parts or not isinstance(case.parts[-1], Step):
        raise Malformed(f"{case.path.name}: \"{header}\" follows no command")
    return case.parts[-1]


def render(case):
    out = [case.introduction]
    for part in case.parts:
        if isinstance(part, File):
            out.append(render_section(f"file {part.name}", part.text))
        else:
            out.append(f"$ {part.command}\n? {part.status}\n")
            out += [render_section(name, getattr(part, name)) for name in ("stdout", "stderr") if getattr(part, name)]
    return "".join(out)


def render_section(name, text):
    cut = text != "" and not text.endswith("\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    body = ["\\" + line if HEADER.fullmatch(line.lstrip("\\")) else line for line in lines]
    return "".join(f"{line}\n" for line in [f"--- {name}{' (no newline)' if cut else ''}", *body])


def environment(egressc, directory):
    (directory / "egressc").symlink_to(egressc)
    kept = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    # A zone that no case expects, because no output may depend on the host's.
    return {**kept, "PATH": f"{directory}:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TERM": "dumb",
            "HOME": "/nonexistent", "TZ": "Asia/Kathmandu"}


@functools.cache
def formats(egressc):
    """The log formats that the help lists, as a hint lists them."""
    text = subprocess.run([egressc, "compile", "--help"], capture_output=True, timeout=SECONDS, check=True).stdout.decode()
    listed = text.split("\nFormats:\n", 1)[1].split("\n\n", 1)[0].splitlines()
    return ", ".join(line.split()[0] for line in listed if not line.startswith("  policy "))


def run(case, egressc):
    """The case as it really goes."""
    with tempfile.TemporaryDirectory() as programs, tempfile.TemporaryDirectory() as name:
        env = environment(egressc, Path(programs))
        directory = Path(name)
        (directory / "policy-examples").symlink_to(TESTS.parent / "policy-examples")
        (directory / "data").symlink_to(TESTS / "data")
        for file in case.files():
            write(directory / file.name, file.text)
        parts = [part if isinstance(part, File) else named(run_step(part, directory, env), formats(egressc))
                 for part in case.parts]
    return dataclasses.replace(case, parts=parts)


def run_step(step, directory, env):
    try:
        done = subprocess.run(["sh", "-c", step.command], cwd=directory, env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return Step(step.command, 124, "", f"golden_runner.py: not done after {SECONDS} seconds\n")
    stdout, stderr = (out.decode("utf-8", "surrogateescape") for out in (done.stdout, done.stderr))
    return Step(step.command, done.returncode % 256, stdout, stderr)


def named(step, listed):
    return Step(step.command, step.status, step.stdout, step.stderr.replace(listed, "{FORMATS}"))


def difference(expected, actual, name):
    lines = difflib.unified_diff(render(expected).split("\n"), render(actual).split("\n"), f"{name} (expected)",
                                 f"{name} (actual)", lineterm="")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def try_case(path, egressc, rewrite):
    """"" if the case passed or was rewritten, else what is wrong."""
    try:
        expected = parse(path)
    except Malformed as malformed:
        return f"{malformed}\n"
    actual = run(expected, egressc)
    if rewrite:
        if render(actual) != read(path):
            write(path, render(actual))
            print(f"rewritten: {path.name}")
        return ""
    return "" if actual == expected else difference(expected, actual, path.name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("egressc", type=Path)
    parser.add_argument("--rewrite", action="store_true", default=os.environ.get("EGRESSC_GOLDEN") == "rewrite")
    parser.add_argument("--cases", type=Path, default=TESTS / "golden", help="directory of the cases")
    parser.add_argument("case", nargs="*", help="names without .txt; default: all")
    args = parser.parse_intermixed_args()  # EGRESSC --rewrite CASE
    paths = [args.cases / f"{name}.txt" for name in args.case] or sorted(args.cases.glob("*.txt"))
    if not paths:
        sys.exit(f"{args.cases}: no case found")
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        wrong = list(pool.map(lambda path: try_case(path, args.egressc.resolve(strict=True), args.rewrite), paths))
    sys.stdout.write("".join(wrong))
    print(f"golden: {len(paths)} cases, {sum(map(bool, wrong))} failed")
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
