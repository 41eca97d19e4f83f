#!/usr/bin/env python3
"""library_check.py beside EGRESSC LOG EXAMPLE - EXAMPLE, which links the public library alone, prints what `egressc
compile` does.

library_check.py installed EGRESSC LOG SOURCE MESON BUILD COMPILER... - BUILD is installed below a temporary directory,
and SOURCE is compiled there with COMPILER and nothing but what pkg-config says of egressc. Skipped (77) without
pkg-config.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIPPED = 77


def run(command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def compare(egressc, log, example, environment=None):
    """Equal but for the version that the head of the ruleset names."""
    wanted = run([egressc, "compile", "--quiet", "--to", "nftables", f"audit:{log}"])
    found = run([example, log], env=environment)
    wanted, found = (re.sub(r"egressc \S+(?=,? policy)", "egressc VERSION", text) for text in (wanted, found))
    if wanted != found:
        sys.exit(f"the example prints something else than {egressc}:\n{found}")


def installed(egressc, log, source, meson, build, *compiler):
    pkg_config = shutil.which("pkg-config")
    if pkg_config is None:
        print("skipped: there is no pkg-config (Debian: pkgconf)")
        return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        run([meson, "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", name])
        [described] = Path(name).rglob("egressc.pc")
        [library] = Path(name).rglob("libegressc.so")
        headers = {header.name for header in Path(name).rglob("include/egressc/*.h")}
        public = {header.name for header in (Path(source).parents[2] / "include/egressc").glob("*.h")}
        if headers != public:
            sys.exit(f"include/meson.build installs too few headers, or too many: {sorted(headers ^ public)}")
        environment = os.environ | {"PKG_CONFIG_PATH": str(described.parent), "PKG_CONFIG_SYSROOT_DIR": name}
        flags = shlex.split(run([pkg_config, "--cflags", "--libs", "egressc"], env=environment))
        example = Path(name) / "example"
        run([*compiler, "-std=c++20", source, "-o", str(example), *flags])
        compare(egressc, log, str(example), os.environ | {"LD_LIBRARY_PATH": str(library.parent)})
    return 0


def main():
    how, *rest = sys.argv[1:]
    if how == "installed":
        return installed(*rest)
    return compare(*rest)


if __name__ == "__main__":
    sys.exit(main())
