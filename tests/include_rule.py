#!/usr/bin/env python3
"""include_rule.py ROOT - holds the layout of the source below ROOT.

Arrows: every #include of include and src goes the way of the rooms, and libraries stay in the rooms that they are for.
Names: a room has one namespace, and no two headers define a class of the same name in one: the linker would take the
destructor of one for the other's (one definition rule), and say nothing.
Sizes: of directories, of files, and of all of it. Every room says in a README what it is for.

Prints "file:line: what is wrong" for each violation; exit status 1 if there is one. Before that it plants violations in
a tree of its own, and fails if it does not find them.
"""

import dataclasses
import re
import statistics
import sys
import tempfile
from pathlib import Path

# Public headers that every room but support may include. The rooms meet in these types.
MODEL_HEADERS = {
    "address", "attempts", "diagnostics", "filter", "flow_space", "guard", "learn_options", "name", "observation",
    "policy", "ruleset", "settings", "time",
}

# Headers of src by which a room is known to those that may know it. They are in the namespace egressc; all others are
# in that of their room, and private to it.
INTERFACES = {
    "model/words/words.h", "model/words/text.h", "model/document/document.h", "model/values/counters.h",
    "model/values/nft_table.h", "model/values/ranges.h", "model/values/passage.h", "model/values/dns_answer.h",
    "support/descriptor.h", "support/heap.h", "support/input.h", "support/output.h", "support/passwd.h",
    "support/random.h", "support/terminal.h",
    "readers/listing/listing.h", "backends/nft.h", "lint/lint.h", "usage/usage.h", "extend/extend.h",
    "rehearse/rehearse.h", "refresh/refresh.h", "resolver/resolver.h",
    "kernel/kernel.h", "kernel/guardian/guardian.h",
    "prove/dialects.h", "prove/read_back.h", "prove/verify.h",
    "cli/flags.h", "cli/option_values.h", "cli/options.h", "cli/outcome.h",
    "intake/extending.h", "intake/guards.h", "intake/input_words.h", "intake/inputs.h", "intake/operand.h", "intake/policy_file.h",
    "report/explain.h", "report/findings.h", "report/refresh.h", "report/rehearsal.h", "report/status.h",
    "report/summary.h", "report/watch_rules.h",
    "deploy/deploy.h",
    "commands/commands.h",
}

MODEL = {"model"}

# room: (public headers, rooms whose INTERFACES it may include besides its own headers). The library's rooms are
# siblings that meet in the model. Below them a row names what it needs of the rows above it.
ROOMS = {
    "support": ({"address", "diagnostics", "time"}, MODEL),
    "model": (MODEL_HEADERS, set()),
    "sources": (MODEL_HEADERS | {"sources"}, MODEL),
    "learn": (MODEL_HEADERS | {"learn"}, MODEL),
    "guard": (MODEL_HEADERS | {"ceiling"}, MODEL),
    "lint": (MODEL_HEADERS, MODEL),
    "lower": (MODEL_HEADERS | {"lower"}, MODEL),
    "backends": (MODEL_HEADERS | {"backends"}, MODEL),
    "readers": (MODEL_HEADERS | {"readers"}, MODEL),
    "compare": (MODEL_HEADERS | {"compare"}, MODEL),
    "explain": (MODEL_HEADERS | {"explain"}, MODEL),
    "usage": (MODEL_HEADERS, MODEL),
    "extend": (MODEL_HEADERS, MODEL),
    "rehearse": (MODEL_HEADERS, MODEL),
    "refresh": (MODEL_HEADERS, MODEL),
    "resolver": (MODEL_HEADERS, MODEL),
    "kernel": (MODEL_HEADERS, MODEL | {"support"}),
    "report": (MODEL_HEADERS | {"learn", "compare", "explain"}, MODEL | {"lint", "usage", "rehearse", "refresh"}),
    "prove": (MODEL_HEADERS | {"sources", "backends", "readers"}, MODEL | {"kernel"}),
    "cli": (MODEL_HEADERS | {"sources", "learn", "lower"}, MODEL | {"support", "lint", "refresh", "resolver", "prove"}),
    "intake": (MODEL_HEADERS | {"sources", "learn", "ceiling", "readers", "compare"},
               MODEL | {"support", "lint", "extend", "kernel", "prove", "cli"}),
    "deploy": (MODEL_HEADERS | {"lower", "backends", "readers", "compare"},
               MODEL | {"support", "backends", "readers", "usage", "refresh", "resolver", "kernel", "report", "prove",
                        "cli", "intake"}),
    "commands": (MODEL_HEADERS | {"lower", "backends", "compare", "explain"},
                 MODEL | {"support", "lint", "rehearse", "kernel", "report", "prove", "cli", "intake", "deploy"}),
    "main": (set(), {"support", "commands"}),
}

# Who may know a library, or act on the world outside: rooms, or files. First match wins; what is not listed is open to
# all.
SYSTEM_HEADERS = [
    (r"regex|iostream", set()),
    (r"(nftables/)?libnftables\.h|libmnl/.*|jansson\.h", {"kernel"}),
    (r"yaml-cpp/.*", {"model"}),
    (r"rapidjson/.*", {"model", "sources", "readers"}),
    (r"boost/.*", {"src/cli/parser.cpp"}),
    (r"nettle/.*", {"model", "lower", "backends"}),
    (r"idn2\.h", {"model"}),
    (r"libpsl\.h", {"model"}),
    (r"zlib\.h|zstd\.h|lzma\.h", {"support"}),
    (r"ares.*\.h", {"resolver"}),
    (r"fmt/.*|tsl/.*", set(ROOMS)),
    (r"fstream|filesystem|unistd\.h|fcntl\.h|poll\.h|dirent\.h|sys/.*|sched\.h",
     {"support", "kernel", "resolver", "cli", "intake", "deploy"}),
]
# Whoever includes a header compiles all of this again.
NOT_IN_HEADERS = re.compile(r"fmt/format\.h|boost/.*")

# Namespaces within another that hold nothing but constants.
CONSTANTS = {"ip_protocol", "exit_status", "style"}


@dataclasses.dataclass
class Limits:
    in_directory: int = 25  # files of any kind; below src, include and tests/unit
    lines_of_file: int = 600
    files: int = 400  # of src and include, as the others
    lines: int = 60_000
    median: tuple = (80, 200)


INCLUDE = re.compile(r"\s*#\s*include\b\s*(.*)")
NAMED = re.compile(r'<([^>]+)>|"([^"]+)"')


def room_of(path):
    """The room a file of the tree is in; "public" for include/egressc."""
    if path.parts[0] == "include":
        return "public"
    return "main" if len(path.parts) == 2 else path.parts[1]


def source_files(root, *suffixes):
    return [f for top in ("include", "src") for f in sorted((root / top).rglob("*")) if f.suffix in suffixes]


# Arrows


def system_violation(path, room, header):
    for pattern, allowed in SYSTEM_HEADERS:
        if re.fullmatch(pattern, header):
            if room not in allowed and str(path) not in allowed:
                return f"<{header}> is for {', '.join(sorted(allowed)) or 'nobody'}, not for {room}"
            break
    if path.suffix == ".h" and NOT_IN_HEADERS.fullmatch(header):
        return f"<{header}> is for no header"
    return None


def public_violation(path, room, header):
    if room == "public":
        allowed = MODEL_HEADERS
        room = f"the public header {path.name}"
    else:
        allowed = ROOMS[room][0]
    if header in allowed:
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
    if other == room or (other in ROOMS[room][1] and header in INTERFACES):
        return None
    return f'"{header}" is {"of" if header in INTERFACES else "private to"} {other}, not for {room}'


def include_violation(root, path, room, line):
    include = INCLUDE.match(line)
    if not include:
        return None
    named = NAMED.match(include[1])
    if not named:
        return f"#include {include[1].strip()}: spell the header out"
    system, quoted = named.groups()
    if system:
        return system_violation(path, room, system)
    public = re.fullmatch(r"egressc/(\w+)\.h", quoted)
    return public_violation(path, room, public[1]) if public else private_violation(root, path, room, quoted)


# Names

NAMESPACE = re.compile(r"namespace(?: ([\w:]+))? \{")
CLASS = re.compile(r"(?:class|struct|enum class) (\w+)\b[^;]*\{")


def namespaces(lines):
    """(number, line, the namespaces it is in or opens, outermost first) of a file that clang-format has formed."""
    opened = []  # (name, number of its line)
    for number, line in enumerate(lines, 1):
        if found := NAMESPACE.match(line):
            opened.append((found[1], number))
        yield number, line, [name for name, _ in opened]
        # Where the comment is missing, the namespace has one line.
        has_one_line = opened and number == opened[-1][1] + 2 and lines[number - 2].endswith(";")
        if opened and (line.startswith("}  // namespace") or (line == "}" and has_one_line)):
            opened.pop()


def is_declared_only(lines, number):
    """Whether nothing is defined in the namespace that is opened in this line."""
    for line in lines[number:]:
        if line.startswith("}"):
            return True
        if line and not line.endswith(";"):
            return False
    return False


def namespace_violation(path, room, lines, number, within):
    names = [name for name in within if name is not None]
    if within[-1] is None:
        return "a header has no anonymous namespace" if path.suffix == ".h" else None
    full = "::".join(names)
    plain = "::".join(part for part in full.split("::") if part not in CONSTANTS)
    if room == "public":
        other = plain.removeprefix("egressc::")
        if plain == "egressc" or (other in ROOMS and is_declared_only(lines, number)):
            return None
        return f"namespace {full} in a public header, which is of namespace egressc"
    own = f"egressc::{room}"
    if plain == own:
        return None
    if plain == "egressc":
        header = str(path.relative_to("src"))
        if path.suffix == ".cpp" or header in INTERFACES or full != plain:
            return None
        # To open the room's own within it, or to declare what is another's.
        if is_declared_only(lines, number) or (lines[number:] and NAMESPACE.match(lines[number])):
            return None
        return f"a private header is of namespace {own}"
    if not plain.startswith("egressc") and is_declared_only(lines, number):
        return None
    return f"namespace {full}: the room has egressc and {own}"


def shared_names(root):
    """Classes of headers that have their name from another header's, as text."""
    known = {}
    for file in sorted(source_files(root, ".h")):
        for number, line, within in namespaces(file.read_text(encoding="utf-8").splitlines()):
            if found := CLASS.match(line):
                name = "::".join([part for part in within if part] + [found[1]])
                first = known.setdefault(name, file)
                if first != file:
                    yield f"{file.relative_to(root)}:{number}: {name} is in {first.relative_to(root)} too"


# Sizes


def size_violations(root, limits):
    for top in ("include", "src", "tests/unit"):
        for directory in [root / top, *sorted(d for d in (root / top).rglob("*") if d.is_dir())]:
            count = sum(1 for entry in directory.iterdir() if entry.is_file()) if directory.is_dir() else 0
            if count > limits.in_directory:
                most = limits.in_directory
                yield f"{directory.relative_to(root)}: {count} files, and {most} are the most of a directory"
    lengths = {}
    for file in source_files(root, ".h", ".cpp"):
        lengths[file] = file.read_bytes().count(b"\n")
        if lengths[file] > limits.lines_of_file:
            yield f"{file.relative_to(root)}: {lengths[file]} lines, and {limits.lines_of_file} are the most"
    if not lengths:
        yield f"{root}: no sources found"
        return
    if len(lengths) > limits.files:
        yield f"src and include: {len(lengths)} files, and {limits.files} are the most"
    if (lines := sum(lengths.values())) > limits.lines:
        yield f"src and include: {lines} lines, and {limits.lines} are the most"
    if not limits.median[0] <= (median := statistics.median(lengths.values())) <= limits.median[1]:
        yield f"src and include: the median file has {median} lines, and not {limits.median[0]} to {limits.median[1]}"


def check(root, limits):
    """All violations, as text."""
    yield from size_violations(root, limits)
    for room in sorted(entry.name for entry in (root / "src").iterdir() if entry.is_dir()):
        if room not in ROOMS:
            yield f"src/{room}: {room} is no room of tests/include_rule.py"
        elif not (root / "src" / room / "README.md").is_file():
            yield f"src/{room}: a room has a README.md: what it is for, what it may know, where to begin"
    for file in source_files(root, ".h", ".cpp"):
        path = file.relative_to(root)
        room = room_of(path)
        if room != "public" and room not in ROOMS:
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        for number, line, within in namespaces(lines):
            wrong = include_violation(root, path, room, line)
            if NAMESPACE.match(line):
                wrong = namespace_violation(path, room, lines, number, within)
            if wrong:
                yield f"{path}:{number}: {wrong}"
    yield from shared_names(root)


# Whether the rules above find what they are for.


def within(namespace, body):
    return f"namespace {namespace} {{\n{body}\n}}  // namespace {namespace}\n"


ALLOWED = {
    "include/egressc/ruleset.h":
        '#include <vector>\n#include "egressc/policy.h"\n' + within("egressc", "namespace lower {\nclass Private;\n}\n"
        + within("ip_protocol", "inline constexpr int tcp = 6;")),
    "src/support/output.h": "#include <sys/stat.h>\n" + within("egressc", "class Own {\n};\nstruct Declared;"),
    "src/lint/own.h":
        "namespace egressc {\nstruct Declared;\n}\n"
        + within("egressc::lint", "class Own final : public Other {\n};\nstruct Declared;"),
    "src/support/own.cpp":
        '#include "support/output.h"\n#include "output.h"\n#include <zlib.h>\n#include <fmt/format.h>\n'
        + within("egressc", within("support", "namespace {\nint a;\n}") + "namespace {\nint b;\n}\nint c;"),
    "src/model/policy.cpp": '#include "egressc/policy.h"\n#include <yaml-cpp/yaml.h>\n',
    "src/kernel/apply.cpp": '#include "kernel/kernel.h"\n#include <nftables/libnftables.h>\n#include <jansson.h>\n',
    "src/commands/compile.cpp": '#include "egressc/lower.h"\n#include "support/output.h"\n#include "kernel/kernel.h"\n',
    "src/usage/own.cpp": '#include "model/document/document.h"\n',
    "src/main.cpp": '#include "commands/commands.h"\n',
    "src/cli/parser.cpp": '#include <boost/program_options.hpp>\n',
    "src/cli/outcome.h": within("egressc::exit_status", "inline constexpr int done = 0;"),
}
SMALL = Limits(in_directory=5, lines_of_file=20, files=19, lines=80, median=(2, 12))

# (path, its text or None for none, what is said of it)
PLANTED = [
    ("src/support/a.cpp", '#include "egressc/policy.h"', '"egressc/policy.h" is not for support'),
    ("src/model/a.cpp", '#include "egressc/learn.h"', '"egressc/learn.h" is not for model'),
    ("src/model/a.cpp", '#include "support/output.h"', '"support/output.h" is of support, not for model'),
    ("src/learn/a.cpp", '#include "egressc/sources.h"', '"egressc/sources.h" is not for learn'),
    ("src/learn/a.cpp", '  #  include  "sources/lines.h"', '"sources/lines.h" is private to sources, not for learn'),
    ("src/lower/a.cpp", '#include "../learn/grants.h"', '"../learn/grants.h": name it from src/'),
    ("src/backends/a.cpp", '#include "support/own.h"', '"support/own.h" is private to support, not for backends'),
    ("src/backends/a.cpp", '#include "kernel/kernel.h"', '"kernel/kernel.h" is of kernel, not for backends'),
    ("src/backends/a.cpp", '#include "missing.h"', '"missing.h" is in no room'),
    ("src/commands/a.cpp", '#include "main/options.h"', '"main/options.h" is private to main, not for commands'),
    ("src/commands/a.cpp", '#include "deploy/state.h"', '"deploy/state.h" is private to deploy, not for commands'),
    ("src/deploy/a.cpp", '#include "commands/commands.h"', '"commands/commands.h" is of commands, not for deploy'),
    ("src/cli/a.cpp", '#include "intake/inputs.h"', '"intake/inputs.h" is of intake, not for cli'),
    ("src/prove/a.cpp", '#include "cli/options.h"', '"cli/options.h" is of cli, not for prove'),
    ("src/commands/a.cpp", "#include <libmnl/libmnl.h>", "<libmnl/libmnl.h> is for kernel, not for commands"),
    ("src/sources/a.cpp", "#include <regex>", "<regex> is for nobody, not for sources"),
    ("src/main.cpp", "#include <iostream>", "<iostream> is for nobody, not for main"),
    ("src/learn/a.cpp", "#include <yaml-cpp/yaml.h>", "<yaml-cpp/yaml.h> is for model, not for learn"),
    ("src/cli/a.cpp", "#include <boost/program_options.hpp>", "is for src/cli/parser.cpp, not for cli"),
    ("src/lower/a.cpp", "#include <fstream>", "is for cli, deploy, intake, kernel, resolver, support, not for lower"),
    ("src/model/a.cpp", "#include HEADER", "#include HEADER: spell the header out"),
    ("src/model/a.h", "#include <fmt/format.h>", "<fmt/format.h> is for no header"),
    ("src/report/a.cpp", '#include "kernel/kernel.h"', '"kernel/kernel.h" is of kernel, not for report'),
    ("src/commands/a.cpp", '#include "report/words.h"', '"report/words.h" is private to report, not for commands'),
    ("src/newroom/README.md", "", "newroom is no room of tests/include_rule.py"),
    ("include/egressc/a.h", '#include "model/a.h"', '"model/a.h": a public header includes nothing private'),
    ("include/egressc/policy.h", '#include "egressc/learn.h"', "is not for the public header policy.h"),
    ("include/egressc/policy.h", "#include <rapidjson/reader.h>", "not for public"),
    ("src/support/passwd.h", within("egressc", "enum class Own : char { a };"),
     "egressc::Own is in src/support/output.h too"),
    ("src/lint/services.h", within("egressc", within("lint", "struct Own {\n};")),
     "egressc::lint::Own is in src/lint/own.h too"),
    ("src/lint/a.h", within("egressc", "int f() {\n}"), "a private header is of namespace egressc::lint"),
    ("src/lint/a.cpp", within("egressc::linting", "int f();"), "the room has egressc and egressc::lint"),
    ("src/lint/a.cpp", within("egressc", within("usage", "int f() {\n}")),
     "namespace egressc::usage: the room has egressc and egressc::lint"),
    ("src/lint/a.h", within("egressc::lint", "namespace {\nint f();\n}"), "no anonymous namespace"),
    ("include/egressc/a.h", within("egressc", within("model", "struct A {\n};")),
     "namespace egressc::model in a public header"),
    ("src/main.cpp", "//\n" * 20, "21 lines, and 20 are the most"),
    ("src/lint/README.md", None, "a room has a README.md"),
]
# (files, where, what is said of it)
PLANTED_TREES = [
    ({f"tests/unit/a/{i}.cpp": "" for i in range(6)}, "tests/unit/a", "6 files, and 5 are the most of a directory"),
    ({f"src/lint/{i}/{j}.cpp": "//\n" * 2 for i in range(3) for j in range(3)}, "src and include",
     "20 files, and 19 are the most"),
    ({f"src/lint/{i}.cpp": "//\n" * 15 for i in range(2)}, "src and include", "lines, and 80 are the most"),
    ({f"src/lint/{i}/{j}.cpp": "" for i in range(2) for j in range(4)}, "src and include", "the median file has 1"),
]


def self_test():
    """What the check gets wrong on a tree where the violations are known."""
    plantings = [({path: text and text + "\n"}, path.removesuffix("/README.md"), said) for path, text, said in PLANTED]
    for files, where, said in [({}, None, None), *plantings, *PLANTED_TREES]:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            tree = {f"src/{room}/README.md": room for room in ROOMS if room != "main"} | ALLOWED | files
            for path, text in tree.items():
                if text is not None:
                    (root / path).parent.mkdir(parents=True, exist_ok=True)
                    (root / path).write_text(text, encoding="utf-8")
            found = list(check(root, SMALL))
            if len(found) != (1 if said else 0) or (said and (where not in found[0] or said not in found[0])):
                yield f"self-test: planted {files}, found {found}"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) == 2 else Path(__file__).resolve().parent.parent
    wrong = list(self_test()) or list(check(root, Limits()))
    wrong += [f"src/{header}: there is no such header" for header in sorted(INTERFACES)
              if not (root / "src" / header).is_file()]
    print("\n".join(wrong) if wrong else "the layout holds: arrows, names and sizes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
