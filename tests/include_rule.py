#!/usr/bin/env python3
"""include_rule.py ROOT - checks every #include below ROOT/include and ROOT/src against the direction of the rooms, and
that no two headers define a class of the same name in the same namespace: the linker would take the destructor of one
for the other's (one definition rule), and say nothing.

Prints "file:line: what is wrong" for each violation; exit status 1 if there is one. Before that it plants violations in
a tree of its own, and fails if it does not find them.
"""

import re
import sys
import tempfile
from pathlib import Path

# Public headers that every room but support may include. The rooms meet in these types.
MODEL_HEADERS = {
    "diagnostics", "address", "name", "time", "observation", "policy", "flow_space", "ruleset", "filter", "guard", "settings",
    "attempts",
}

# Headers of src by which a room is known to those that may know it. What stands in model is known to every room.
INTERFACES = {
    "model/words/words.h", "model/words/text.h", "model/document/document.h", "model/values/counters.h", "model/values/nft_table.h", "model/values/ranges.h", "model/values/passage.h", "model/values/dns_answer.h",
    "readers/listing/listing.h", "backends/nft.h", "kernel/kernel.h", "kernel/guardian/guardian.h", "lint/lint.h", "usage/usage.h",
    "extend/extend.h", "rehearse/rehearse.h", "refresh/refresh.h", "resolver/resolver.h",
    "prove/dialects.h", "prove/read_back.h", "prove/verify.h",
    "report/explain.h", "report/findings.h", "report/refresh.h", "report/rehearsal.h", "report/status.h",
    "report/summary.h",
}

# Rooms that are neither front nor model, and whose headers of INTERFACES they may include.
MEETS = {"prove": {"kernel"}, "report": {"lint", "usage", "rehearse", "refresh"}}

FRONT = {"support", "cli", "intake", "deploy", "commands"}

# room: (public headers, rooms whose private headers it may include besides its own). None: all of them.
ROOMS = {
    "support": ({"address", "diagnostics", "time"}, set()),
    "model": (MODEL_HEADERS, set()),
    "sources": (MODEL_HEADERS | {"sources"}, set()),
    "learn": (MODEL_HEADERS | {"learn"}, set()),
    "lower": (MODEL_HEADERS | {"lower"}, set()),
    "backends": (MODEL_HEADERS | {"backends"}, set()),
    "compare": (MODEL_HEADERS | {"compare"}, set()),
    "guard": (MODEL_HEADERS | {"ceiling"}, set()),
    "lint": (MODEL_HEADERS, set()),
    "readers": (MODEL_HEADERS | {"readers"}, set()),
    "usage": (MODEL_HEADERS, set()),
    "extend": (MODEL_HEADERS, set()),
    "explain": (MODEL_HEADERS | {"explain"}, set()),
    "rehearse": (MODEL_HEADERS, set()),
    "refresh": (MODEL_HEADERS, set()),
    "resolver": (MODEL_HEADERS, set()),
    "kernel": (MODEL_HEADERS, {"support"}),
    "cli": (None, FRONT),
    "intake": (None, FRONT),
    "prove": (MODEL_HEADERS | {"sources", "backends", "readers"}, set()),
    "deploy": (None, FRONT),
    "report": (MODEL_HEADERS | {"learn", "compare", "explain"}, set()),
    "commands": (None, FRONT),
    "main": (None, FRONT),
}

# Who may know a library, or act on the world outside. First match wins; what is not listed is open to all.
SYSTEM_HEADERS = [
    (r"regex|iostream", set()),
    (r"(nftables/)?libnftables\.h|libmnl/.*|jansson\.h", {"kernel"}),
    (r"yaml-cpp/.*", {"model"}),
    (r"rapidjson/.*", {"model", "sources", "readers"}),
    (r"boost/container/.*", {"learn"}),
    (r"boost/.*", {"cli", "intake"}),
    (r"nettle/.*", {"model", "lower", "backends"}),
    (r"idn2\.h", {"model"}),
    (r"libpsl\.h", {"model"}),
    (r"zlib\.h", {"support"}),
    (r"ares.*\.h", {"resolver"}),
    (r"fmt/.*|tsl/.*", set(ROOMS)),
    (r"fstream|filesystem|unistd\.h|fcntl\.h|poll\.h|dirent\.h|sys/.*|sched\.h", {"support", "kernel", "resolver", "main"} | FRONT),
]

INCLUDE = re.compile(r"\s*#\s*include\b\s*(.*)")
NAMED = re.compile(r'<([^>]+)>|"([^"]+)"')


def room_of(path):
    """The room a file of the tree is in; "public" for include/egressc."""
    if path.parts[0] == "include":
        return "public"
    return "main" if len(path.parts) == 2 else path.parts[1]


def system_violation(room, header):
    for pattern, rooms in SYSTEM_HEADERS:
        if re.fullmatch(pattern, header):
            return None if room in rooms else f"<{header}> is for {', '.join(sorted(rooms)) or 'nobody'}, not for {room}"
    return None


def public_violation(path, room, header):
    if room == "public":
        allowed = MODEL_HEADERS
        room = f"the public header {path.name}"
    else:
        allowed = ROOMS[room][0]
    if allowed is None or header in allowed:
        return None
    return f'"egressc/{header}.h" is not for {room}'


def private_violation(root, path, room, header):
    if room == "public":
        return f'"{header}": a public header includes nothing private'
    if ".." in header.split("/"):
        return f'"{header}": name it from src/'
    if "/" not in header and (root / path.parent / header).is_file():
        return None
    other = header.split("/")[0]
    if other not in ROOMS or "/" not in header:
        return f'"{header}" is in no room'
    if other == room or other in ROOMS[room][1]:
        return None
    if header in INTERFACES and (other == "model" or other in MEETS.get(room, ()) or "commands" in ROOMS[room][1]):
        return None
    return f'"{header}" is private to {other}, not for {room}'


def violation(root, path, room, line):
    include = INCLUDE.match(line)
    if not include:
        return None
    named = NAMED.match(include[1])
    if not named:
        return f"#include {include[1].strip()}: spell the header out"
    system, quoted = named.groups()
    if system:
        return system_violation(room, system)
    public = re.fullmatch(r"egressc/(\w+)\.h", quoted)
    return public_violation(path, room, public[1]) if public else private_violation(root, path, room, quoted)


def check(root):
    """All violations, as text."""
    files = [f for top in ("include", "src") for f in sorted((root / top).rglob("*")) if f.suffix in (".h", ".cpp")]
    if not files:
        yield f"{root}: no sources found"
    for file in files:
        path = file.relative_to(root)
        room = room_of(path)
        if room != "public" and room not in ROOMS:
            yield f"{path}: {room} is no room of tests/include_rule.py"
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            wrong = violation(root, path, room, line)
            if wrong:
                yield f"{path}:{number}: {wrong}"
    yield from shared_names(root)


CLASS = re.compile(r"(?:class|struct|enum class) (\w+)\b[^;]*\{")
NAMESPACE = re.compile(r"namespace (egressc[\w:]*) \{")


def shared_names(root):
    """Classes of headers that have their name from another header's, as text."""
    known = {}
    for file in sorted(f for top in ("include", "src") for f in (root / top).rglob("*.h")):
        namespace = None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            if found := NAMESPACE.match(line):
                namespace = found[1]
            elif found := CLASS.match(line):
                name = f"{namespace}::{found[1]}"
                first = known.setdefault(name, file)
                if first != file:
                    yield f"{file.relative_to(root)}:{number}: {name} is in {first.relative_to(root)} too"


ALLOWED = {
    "include/egressc/ruleset.h": '#include <vector>\n#include "egressc/policy.h"\n',
    "src/support/own.h": "#include <sys/stat.h>\nnamespace egressc {\nclass Own {\n};\nstruct Declared;\n}\n",
    "src/lint/own.h": "namespace egressc::linting {\nclass Own final : public Other {\n};\nstruct Declared;\n}\n",
    "src/support/own.cpp": '#include "support/own.h"\n#include "own.h"\n#include <zlib.h>\n#include <fmt/core.h>\n',
    "src/model/policy.cpp": '#include "egressc/policy.h"\n#include <yaml-cpp/yaml.h>\n',
    "src/kernel/apply.cpp": '#include "kernel/kernel.h"\n#include <nftables/libnftables.h>\n#include <libmnl/libmnl.h>\n',
    "src/commands/compile.cpp": '#include "egressc/learn.h"\n#include "support/own.h"\n#include "kernel/kernel.h"\n',
    "src/usage/own.cpp": '#include "model/document/document.h"\n',
    "src/main.cpp": '#include "commands/compile.h"\n',
    "src/cli/a.cpp": '#include <boost/program_options.hpp>\n',
}

PLANTED = [
    ("src/support/a.cpp", '#include "egressc/policy.h"', '"egressc/policy.h" is not for support'),
    ("src/model/a.cpp", '#include "egressc/learn.h"', '"egressc/learn.h" is not for model'),
    ("src/learn/a.cpp", '#include "egressc/sources.h"', '"egressc/sources.h" is not for learn'),
    ("src/learn/a.cpp", '  #  include  "sources/lines.h"', '"sources/lines.h" is private to sources, not for learn'),
    ("src/lower/a.cpp", '#include "../learn/grants.h"', '"../learn/grants.h": name it from src/'),
    ("src/backends/a.cpp", '#include "support/own.h"', '"support/own.h" is private to support, not for backends'),
    ("src/backends/a.cpp", '#include "kernel/kernel.h"', '"kernel/kernel.h" is private to kernel, not for backends'),
    ("src/backends/a.cpp", '#include "missing.h"', '"missing.h" is in no room'),
    ("src/commands/a.cpp", '#include "main/options.h"', '"main/options.h" is private to main, not for commands'),
    ("src/commands/a.cpp", "#include <libmnl/libmnl.h>", "<libmnl/libmnl.h> is for kernel, not for commands"),
    ("src/sources/a.cpp", "#include <regex>", "<regex> is for nobody, not for sources"),
    ("src/main.cpp", "#include <iostream>", "<iostream> is for nobody, not for main"),
    ("src/learn/a.cpp", "#include <yaml-cpp/yaml.h>", "<yaml-cpp/yaml.h> is for model, not for learn"),
    ("src/lower/a.cpp", "#include <fstream>", "<fstream> is for cli, commands, deploy, intake, kernel, main, resolver, support, not for lower"),
    ("src/model/a.cpp", "#include HEADER", "#include HEADER: spell the header out"),
    ("src/report/a.cpp", '#include "kernel/kernel.h"', '"kernel/kernel.h" is private to kernel, not for report'),
    ("src/report/a.cpp", '#include "cli/outcome.h"', '"cli/outcome.h" is private to cli, not for report'),
    ("src/commands/a.cpp", '#include "report/words.h"', '"report/words.h" is private to report, not for commands'),
    ("src/newroom/a.cpp", "", "newroom is no room of tests/include_rule.py"),
    ("include/egressc/a.h", '#include "model/a.h"', '"model/a.h": a public header includes nothing private'),
    ("include/egressc/policy.h", '#include "egressc/learn.h"', "is not for the public header policy.h"),
    ("include/egressc/policy.h", "#include <rapidjson/reader.h>", "not for public"),
    ("src/usage/a.h", "namespace egressc {\nenum class Own : char { a };", "egressc::Own is in src/support/own.h too"),
    ("src/usage/a.h", "namespace egressc {\nnamespace inner {\nstruct A;\n}\nstruct Own {\n};\n}",
     "egressc::Own is in src/support/own.h too"),
]


def self_test():
    """What the check gets wrong on a tree where the violations are known."""
    for planted in [None, *PLANTED]:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            files = dict(ALLOWED)
            if planted:
                files[planted[0]] = planted[1] + "\n"
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            found = list(check(root))
            expected = [f"{planted[0]}", planted[2]] if planted else []
            if len(found) != (1 if planted else 0) or any(part not in found[0] for part in expected):
                yield f"self-test: planted {planted}, found {found}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent.parent
    wrong = list(self_test()) or list(check(root))
    print("\n".join(wrong) if wrong else "every include keeps the direction of the rooms")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
