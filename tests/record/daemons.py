"""The resolvers, how each is started to log, and where its log then is."""

import ctypes
import dataclasses
import os
import pathlib
import subprocess
import time
import typing

import scenario
from packets import lab
from scenario import UPSTREAM


@dataclasses.dataclass
class Recording:
    format: str
    tells: str  # whose question an answer is for: of the "asker", of the "host", or "nothing": it names no address
    address: str  # where it listens
    start: typing.Callable  # (work) -> the process
    version: typing.Callable
    ask: typing.Callable = scenario.ask_port_53
    read: typing.Callable = lambda work: (work / "log").read_text(encoding="utf-8")  # once it has ended


def first_line(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout or result.stderr).splitlines()[0].strip()


def background(work, *command, **more):
    """The process; what it says on its own goes to a file that a failure can be read in."""
    output = open(work / "output", "w", encoding="utf-8")  # pylint: disable=consider-using-with
    return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=work, **more)


def dnsmasq(tells, *options):
    def start(work):
        return background(
            work, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
            f"--server={UPSTREAM}", "--listen-address=127.0.0.1", "--bind-interfaces",
            f"--log-facility={work}/log", "--pid-file=", *options)
    return Recording("dnsmasq", tells, "127.0.0.1", start, lambda: first_line("dnsmasq", "--version"))


def unbound(tells, verbosity, *options):
    def start(work):
        lines = ["server:", "do-daemonize: no", 'chroot: ""', 'username: ""', f'directory: "{work}"', 'pidfile: ""',
                 "interface: 127.0.0.1", "num-threads: 1", "do-not-query-localhost: no", "module-config: iterator",
                 f"verbosity: {verbosity}", f'logfile: "{work}/log"', "use-syslog: no", "log-queries: yes",
                 "qname-minimisation: no", "do-ip6: no", *options,
                 "remote-control:", "control-enable: no", "forward-zone:", 'name: "."', f"forward-addr: {UPSTREAM}"]
        (work / "unbound.conf").write_text("\n".join(lines) + "\n", encoding="ascii")
        return background(work, "unbound", "-d", "-p", "-c", str(work / "unbound.conf"))
    return Recording("unbound", tells, "127.0.0.1", start, lambda: "unbound " + first_line("unbound", "-V").lower())


def bind(tells, logging, options="", more=(), **read):
    def start(work):
        (work / "named.conf").write_text(f"""
options {{
  directory "{work}"; pid-file none; session-keyfile none; dump-file "{work}/dump";
  managed-keys-directory "{work}"; listen-on {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; allow-recursion {{ any; }}; dnssec-validation no; empty-zones-enable no;
  forward only; forwarders {{ {UPSTREAM}; }}; querylog yes; {options}
}};
controls {{ }};
logging {{
  channel record {{ file "{work}/log"; {logging} }};
  category default {{ record; }}; category queries {{ record; }}; category resolver {{ record; }};
}};
""", encoding="ascii")
        return background(work, "named", "-f", "-4", "-n", "1", "-c", str(work / "named.conf"), *more)
    return Recording("bind", tells, "127.0.0.1", start, lambda: first_line("named", "-V"), **read)



def read_dnstap(work):
    return lab.run("dnstap-read", "-p", str(work / "dnstap"))


# Debian's package takes over the machine's resolv.conf when it is installed. Unpacked (dpkg -x) into the directory that
# this variable names it does as well; with systemd's own package beside it, whose library it needs.
UNPACKED = pathlib.Path(os.environ.get("EGRESSC_RESOLVED", "/"))
RESOLVED_USER = 997
BUS = """<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/></policy></busconfig>"""


def hide_run():
    """A /run and a user database of our own, for this process and its children."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) != 0:  # CLONE_NEWNS
        raise OSError(ctypes.get_errno(), "unshare")
    lab.run("mount", "--make-rprivate", "/")
    lab.run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for file, line in (("passwd", f"systemd-resolve:x:{RESOLVED_USER}:{RESOLVED_USER}::/:/usr/sbin/nologin\n"),
                       ("group", f"systemd-resolve:x:{RESOLVED_USER}:\n")):
        mine = pathlib.Path("/run") / file
        mine.write_text(pathlib.Path("/etc", file).read_text(encoding="utf-8") + line, encoding="utf-8")
        lab.run("mount", "--bind", str(mine), "/etc/" + file)


def start_resolved(work, monitor):
    hide_run()
    for directory in ("systemd/resolve", "systemd/resolved.conf.d", "dbus"):
        pathlib.Path("/run", directory).mkdir(parents=True)
    os.chown("/run/systemd/resolve", RESOLVED_USER, RESOLVED_USER)
    pathlib.Path("/run/systemd/resolved.conf.d/record.conf").write_text(
        f"[Resolve]\nDNS={UPSTREAM}\nDomains=~.\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\n", encoding="ascii")
    library = str(UNPACKED / "lib/x86_64-linux-gnu/systemd")
    environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": library, "SYSTEMD_LOG_TIME": "1"}
    log = open(work / "log", "w", encoding="utf-8")  # pylint: disable=consider-using-with
    daemon = subprocess.Popen([str(UNPACKED / "lib/systemd/systemd-resolved")], stderr=log,
                              env=environment | {"SYSTEMD_LOG_LEVEL": "debug", "SYSTEMD_LOG_TARGET": "console"})
    if not monitor:
        return daemon
    (work / "bus.conf").write_text(BUS, encoding="ascii")
    bus = background(work, "dbus-daemon", f"--config-file={work}/bus.conf", "--nofork", "--nopidfile")
    time.sleep(1)
    records = open(work / "monitor", "w", encoding="utf-8")  # pylint: disable=consider-using-with
    watcher = subprocess.Popen([str(UNPACKED / "usr/bin/resolvectl"), "monitor", "--json=short"], stdout=records,
                               env=environment)
    return Together([watcher, daemon, bus])


class Together:
    """Processes that end one after the other."""

    def __init__(self, processes):
        self.processes = processes

    def terminate(self):
        for process in self.processes:
            process.terminate()
            process.wait()

    def wait(self):
        pass


def read_monitor(work):
    return (work / "monitor").read_text(encoding="utf-8")


def resolved_version():
    return first_line("env", f"LD_LIBRARY_PATH={UNPACKED}/lib/x86_64-linux-gnu/systemd",
                      str(UNPACKED / "usr/bin/resolvectl"), "--version")


RECORDINGS = {
    "dnsmasq-plain": dnsmasq("host", "--log-queries"),
    "dnsmasq-extra": dnsmasq("asker", "--log-queries=extra"),
    "dnsmasq-async": dnsmasq("asker", "--log-queries=extra", "--log-async=20"),
    "unbound-2": unbound("nothing", 2, "log-replies: yes"),
    "unbound-4": unbound("host", 4, "log-replies: yes"),
    "unbound-4-tagged": unbound("host", 4, "log-replies: yes", "log-tag-queryreply: yes", "log-time-ascii: yes"),
    "unbound-4-queries": unbound("host", 4),
    "bind-queries": bind("nothing", "severity info; print-time yes; print-category yes; print-severity yes;"),
    "bind-packets": bind("asker", "severity debug 10; print-time iso8601-utc; print-category yes; print-severity yes;",
                         more=("-d", "10")),
    "bind-packets-local": bind("asker", "severity debug 10; print-time yes; print-category yes; print-severity yes;",
                               more=("-d", "10")),
    "bind-dnstap": bind("asker", "severity info;", 'dnstap { client response; }; dnstap-output file "dnstap";',
                        read=read_dnstap),
    "resolved-debug": Recording("resolved", "asker", "127.0.0.53", lambda work: start_resolved(work, False),
                                resolved_version, scenario.ask_varlink),
    "resolved-monitor": Recording("resolved", "host", "127.0.0.53", lambda work: start_resolved(work, True),
                                  resolved_version, read=read_monitor),
}
