#!/usr/bin/env python3
"""man_options.py EGRESSC PAGE... - holds the options of the man pages against those of the program.

Every option that `egressc COMMAND --help` lists has an entry in egressc-COMMAND(1), or in a page that ELSEWHERE names
and egressc-COMMAND(1) refers to; with the same short form, and the same words where it takes one of some. No page has an
entry that its command does not know. Prints what is wrong; exit status 1 if there is something.
"""

import re
import subprocess
import sys
from pathlib import Path

# Where the options that a command shares with another are described.
ELSEWHERE = {"diff": ["compile"], "explain": ["compile", "diff"], "remove": ["apply"], "rollback": ["apply"],
             "confirm": ["apply"]}

OPTION = re.compile(r"  (?:-(\w), |    )?--([\w-]+)(?: (\S+))?")


def options_of(help_text):
    """name: (letter or None, words that it takes or None) for each line of an option; usage lines name more."""
    options = {}
    for line in help_text.splitlines():
        if found := OPTION.match(line):
            letter, name, value = found.groups()
            words = value.split("|") if value and value.islower() and "|" in value else None
            options[name] = (letter, words)
    for name in re.findall(r"egressc .*?--([\w-]+)", help_text.split("\n\n")[0]):
        options.setdefault(name, (None, None))
    return options


def entries_of(page):
    """name: (letter or None, words or None) of each .It with an option."""
    entries = {}
    for line in page.splitlines():
        if not line.startswith(".It Fl "):
            continue
        letter = None
        for part in line.split(" Fl ")[1:]:
            name, *rest = part.replace(",", " ").split()
            if not name.startswith("-"):
                letter = name
                continue
            words = " ".join(rest)
            words = words[3:].split(" | ") if words.startswith("Cm ") else None
            entries[name[1:]] = (letter, words)
            letter = None
    return entries


def wrong(command, help_text, pages):
    options = options_of(help_text)
    page = pages[command]
    own = entries_of(page)
    known = dict(own)
    for other in ELSEWHERE.get(command, []):
        if f".Xr egressc-{other} 1" not in page:
            yield f"it refers to no egressc-{other}(1)"
        known = {**entries_of(pages[other]), **known}
    for name in own:
        if name not in options:
            yield f"--{name} is described, and the command does not know it"
    for name, option in options.items():
        if name == "help":
            continue
        if name not in known:
            yield f"--{name} is nowhere described"
        elif known[name] != option:
            yield f"--{name} is described as {known[name]}, and is {option}"


def main():
    egressc = sys.argv[1]
    pages = {Path(name).stem.removeprefix("egressc-"): Path(name).read_text(encoding="utf-8") for name in sys.argv[2:]}
    run = lambda *words: subprocess.run([egressc, *words, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  ([\w-]+) ", run(), re.M)
    found = [f"egressc-{command}.1: {what}" for command in commands for what in wrong(command, run(command), pages)]
    print("\n".join(found) if found else f"the options of {len(commands)} commands are those of their man pages")
    return 1 if found or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
