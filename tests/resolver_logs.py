"""Recordings of real resolvers (tests/record): is each connection granted under the name that its subject asked for?

  resolver_logs.py EGRESSC DIRECTORY"""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile


def compiled(egressc, *inputs):
    """{(uid, address, port): names}; of a subject's addresses without a name the names are empty."""
    command = [egressc, "compile", "-q", "--to", "json", *inputs]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {result.returncode}: {result.stderr}")
    found = {}
    for subject in json.loads(result.stdout)["subjects"].values():
        for grant in subject.get("allow") or []:
            to = grant["to"] if isinstance(grant["to"], list) else [grant["to"]]
            addresses = grant.get("addresses", to)
            names = {name.lower() for name in to} if "addresses" in grant else set()
            for address in addresses:
                for port in grant["ports"]:
                    found[subject["uid"], address, int(port.split("/")[1])] = names
    return found


def mismatches(truth, found, tells):
    asked = {}  # address -> every name it had
    for flow in truth["connections"]:
        if flow["name"]:
            asked.setdefault(flow["to"], set()).add(flow["name"].lower())
    for flow in truth["connections"]:
        key = flow["uid"], flow["to"], flow["port"]
        names = found.get(key)
        mine = {flow["name"].lower()} if flow["name"] else set()
        if names is None:
            yield f"{key}: no grant"
        elif tells == "asker" and names != mine:
            yield f"{key}: {names}, and not {mine}"
        elif tells == "host" and not mine <= names <= asked.get(flow["to"], set()):
            yield f"{key}: {names}, and not {mine} nor all of {asked.get(flow['to'])}"
        elif tells == "nothing" and names:
            yield f"{key}: {names}, and the log has no answers"


# What stands before dnsmasq's messages elsewhere: OpenWrt's logread, rsyslog, journalctl -o json.
FORMS = {
    "openwrt": lambda stamp, pid, text: f"Fri {stamp} 2026 daemon.info dnsmasq[{pid}]: {text}",
    "syslog": lambda stamp, pid, text: f"<30>{stamp} router dnsmasq[{pid}]: {text}",
    "iso": lambda stamp, pid, text: f"2026-11-{stamp[4:6]}T{stamp[7:]}+00:00 router dnsmasq[{pid}]: {text}",
}


def in_form(log, form):
    """dnsmasq's own file, as another program would have written it."""
    lines = []
    for line in log.splitlines():
        head, text = line.split("]: ", 1)
        lines.append(FORMS[form](head[:15], head.split("[")[1], text))
    return "\n".join(lines) + "\n"


def main():
    egressc, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    failures = checks = 0

    def check(label, truth, resolver, netfilter, tells):
        nonlocal failures, checks
        wrong = list(mismatches(truth, compiled(egressc, resolver, netfilter), tells))
        checks += len(truth["connections"])
        failures += len(wrong)
        print("FAILED" if wrong else "ok    ", label, *wrong, sep="\n  " if wrong else " ")

    truths = sorted(directory.glob("*.truth.json"))
    for path in truths:
        name = path.name.removesuffix(".truth.json")
        truth = json.loads(path.read_text(encoding="ascii"))
        log, netfilter = directory / f"{name}.log.gz", f"netfilter:{directory}/{name}.netfilter.log.gz"
        check(name, truth, f"{truth['format']}:{log}", netfilter, truth["tells"])
        if not name.startswith("dnsmasq-"):
            continue
        for form in FORMS:
            with tempfile.NamedTemporaryFile("w", suffix=".log") as other:
                other.write(in_form(gzip.decompress(log.read_bytes()).decode(), form))
                other.flush()
                check(f"{name} {form}", truth, f"dnsmasq:{other.name}", netfilter, truth["tells"])
    print(f"{len(truths)} recordings, {checks} connections, {failures} mismatches")
    sys.exit(0 if truths and failures == 0 else 1)


main()
