#!/usr/bin/env python3
"""Records the logs of real resolvers: each in a network namespace of its own, with the same subjects that ask and
connect. Needs root, and the Debian packages of the resolvers that are asked for.

  resolvers.py DIRECTORY [NAME...]

writes DIRECTORY/NAME.log.gz (what the resolver wrote), NAME.netfilter.log.gz (the packets) and NAME.truth.json (who connected
where, under which name), for every name or those given."""

import gzip
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time

import daemons
import dns
import packets
import scenario
from packets import lab


def wait_for(resolver):
    """Until it answers, with a name that is no part of the recording."""
    for _ in range(100):
        try:
            scenario.ask_port_53(resolver, "ready.example.org")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the resolver does not answer")


def record(name, directory):
    recording = daemons.RECORDINGS[name]
    lab.add_silent_link()
    lab.run("ip", "address", "add", scenario.UPSTREAM + "/32", "dev", "lo")
    dns.serve(dns.Zone(scenario.ZONE, scenario.TURNS), scenario.UPSTREAM)
    work = pathlib.Path(tempfile.mkdtemp(prefix="egressc-record-"))
    os.chmod(work, 0o777)
    daemon = recording.start(work)
    try:
        wait_for(recording.address)
        recorder = packets.Recorder()
        truth = scenario.play(recording.ask, recording.address)
        time.sleep(0.5)
    finally:
        daemon.terminate()
        daemon.wait()
    log = recording.read(work)
    shutil.rmtree(work)
    directory = pathlib.Path(directory)
    write(directory / f"{name}.log.gz", log)
    write(directory / f"{name}.netfilter.log.gz", "".join(recorder.lines))
    facts = {"format": recording.format, "tells": recording.tells, "daemon": recording.version(), "connections": truth}
    (directory / f"{name}.truth.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="ascii")
    return len(log.splitlines())


def write(path, text):
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(text.encode())


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    os.environ["TZ"] = "UTC"
    for name in sys.argv[2:] or daemons.RECORDINGS:
        try:
            print(name, lab.isolated(record, name, sys.argv[1]), "lines", flush=True)
        except RuntimeError as error:
            sys.exit(f"{name}: {error}")


if __name__ == "__main__":
    main()
