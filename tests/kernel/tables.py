"""What `nft list table inet egressc` prints, and when two of its listings mean the same."""

import re

import lab

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
QUOTED = r'"[^"]*"'
ELEMENTS = re.compile(rf"^\t\telements = \{{((?:{QUOTED}|[^\"}}])*)\}}\n", re.MULTILINE)
ELEMENT = re.compile(rf"(?:{QUOTED}|[^\",])+")
EXPIRES = re.compile(r" expires (\S+)")

REPLACE = "add table inet egressc\ndelete table inet egressc\n"


def listing():
    """"" if there is no table."""
    return lab.run("nft", "list", "table", "inet", "egressc") if "inet egressc" in lab.run("nft", "list", "tables") else ""


def load(text):
    lab.run("nft", "--file", "-", text=text)


def seconds(duration):
    return sum(int(count) * UNITS[unit] for count, unit in re.findall(r"(\d+)(ms|d|h|m|s)", duration))


def elements(block):
    """Each with the time that it has left, or None."""
    for text in ELEMENT.findall(block):
        text = " ".join(text.split())
        expires = EXPIRES.search(re.sub(QUOTED, lambda match: "_" * len(match[0]), text))
        yield (text, None) if not expires else (
            text[: expires.start()] + text[expires.end() :], seconds(expires[1]))  # fmt: skip


def later(text, passed):
    """The listing without its elements, and those that are left after so many seconds, by the place of their set."""
    sets = {}
    for match in ELEMENTS.finditer(text):
        left = {key: time if time is None else time - passed for key, time in elements(match[1])}
        left = {key: time for key, time in left.items() if time is None or time > 0}
        if left:
            sets[text.count("\n\t}", 0, match.start())] = left
    return ELEMENTS.sub("", text), sets


# Loading and listing take time, in which nothing that is loaded has become older.
LOADING = 20.0


def require_same(before, after, least, most):
    """Whether `after` is `before`, so many seconds later: between `least` and `most`."""
    rest, wanted = later(before, least)
    rest_found, found = later(after, 0)
    assert rest == rest_found, f"before:\n{before}\nafter:\n{after}"
    assert {place: list(left) for place, left in wanted.items()} == {place: list(left) for place, left in found.items()}, (
        f"before:\n{before}\nafter {least} to {most}:\n{after}")  # fmt: skip
    for place, left in wanted.items():
        for key, time in left.items():
            now = found[place][key]
            assert time is now is None or time - (most - least) - 0.1 <= now <= time + LOADING, (
                f"{key}: expires in {now}, not in {time} less {most - least}")  # fmt: skip
