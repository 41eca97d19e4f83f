#!/usr/bin/env python3
"""private_suffixes.py LIST DATE - prints src/model/values/private_suffixes.cpp of a public suffix list.

LIST is public_suffix_list.dat of https://publicsuffix.org/list/, DATE its day. Of its private section is taken what
src/model/values/domains.cpp does not have, with "*" in the place of a region's name. ./bootstrap format does the rest.
"""

import re
import sys
from pathlib import Path

REGION = re.compile(r"(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(-[a-z]+)+-\d+")
DOMAINS = Path(__file__).resolve().parents[2] / "src/model/values/domains.cpp"

HEAD = """\
// The private section of the public suffix list of {date} (publicsuffix.org), as tests/record/private_suffixes.py
// prints it. The list is under the Mozilla Public License 2.0 (mozilla.org/MPL/2.0), and so is this file.
#include "model/values/domains.h"

namespace egressc::model {{

std::string_view private_suffixes() {{
  return
"""


def private_section(text):
    section = text.split("===BEGIN PRIVATE DOMAINS===")[1].split("===END PRIVATE DOMAINS===")[0]
    for line in section.splitlines():
        word = line.split("//")[0].strip()
        # An exception of a suffix is one party's; the suffix above it is still known. Others are IDNs.
        if word and not word.startswith("!"):
            yield word.encode("idna").decode() if not word.isascii() else word


def main():
    known = set(re.findall(r"[a-z0-9*-]+(?:\.[a-z0-9*-]+)+", DOMAINS.read_text()))
    found = set()
    for suffix in private_section(Path(sys.argv[1]).read_text(encoding="utf-8")):
        found.add(".".join("*" if REGION.fullmatch(label) else label for label in suffix.split(".")))
    rest = sorted(found - known, key=lambda name: name.split(".")[::-1])
    lines, line = [], ""
    for name in rest:
        if len(line) + len(name) > 110:
            lines.append(line)
            line = ""
        line += name + " "
    lines.append(line.rstrip())
    print(HEAD.format(date=sys.argv[2]), end="")
    print("\n".join(f'      "{text}"' for text in lines) + ";\n}\n\n}  // namespace egressc::model")


if __name__ == "__main__":
    main()
