"""Packet records: who can have a line of them in a log."""

from attempt import BASELINE, AGENT, ANSWER, Attempt, EVIL, SYSLOG, iso, journal, kernel, left, packet

FORGED = packet(1001, EVIL)
TAG = "egress-5f0c9a41: "


def sent(line, what, who=SYSLOG):
    return Attempt(who, what, append={"kern.log": line + "\n"})


def journaled(what, *entries, who=SYSLOG):
    real = journal(0.4, packet(1001, "203.0.113.10"), _TRANSPORT="kernel", SYSLOG_IDENTIFIER="kernel")
    return Attempt(who, what, files={"journal.json": real + "".join(entries)}, words=["netfilter:journal.json"])


def denied(word):
    return Attempt(AGENT, f"went where a rule says \"{word}\", so that the record of it becomes a grant",
                   append={"kern.log": left(2, 1001, EVIL, prefix=word)})


def tagged(what, message):
    """Beside rules that log with a tag."""
    return Attempt(SYSLOG, what,
                   files={"kern.log": BASELINE["kern.log"].replace("egress: ", TAG) + kernel(2, message)},
                   words=["--tag", TAG.strip()])


ATTEMPTS = [
    sent(f"{iso(2)} host1 agent: {FORGED}", "a packet record under a program's own name"),
    sent(f"{iso(2)} host1 agent[77]: {FORGED}", "a packet record of a process with a pid"),
    sent(f"{iso(2)} host1 kernel[77]: {FORGED}", "a packet record of a \"kernel\" that has a pid"),
    sent(f"{iso(2)} host1 agent[77]: kernel: {FORGED}", "\"kernel:\" within the message"),
    sent(f"{iso(2)} host1 agent: host1 kernel: {FORGED}", "a syslog head within the message"),
    sent(f"<14>1 2025-06-27T04:53:22Z host1 agent 77 - - {FORGED}", "RFC 5424, of another program"),
    sent(f"<14>1 2025-06-27T04:53:22Z host1 kernel 77 - - {FORGED}", "RFC 5424, of a \"kernel\" that has a PROCID"),
    sent(f"<14>1 2025-06-27T04:53:22Z host1 agent 77 - [x kernel=\"kernel:\"] {FORGED}", "RFC 5424, with structured data that says kernel"),
    sent(f"Jun 27 04:53:22 host1 sudo[7]: {FORGED}", "RFC 3164, of another program"),
    sent(f"{iso(2)} host1 kernel: overlayfs: failed to resolve '/tmp/x#012{FORGED}#012y': -2",
         "a line feed in the path of a failed mount, as rsyslog escapes it", AGENT),
    sent(f"{iso(2)} host1 kernel: overlayfs: failed to resolve '/tmp/x\\n{FORGED}\\ny': -2",
         "a line feed in the path of a failed mount, escaped otherwise", AGENT),
    sent(f"{iso(2)} host1 kernel: overlayfs: failed to resolve '/tmp/x {FORGED}': -2",
         "a packet record as the path of a failed mount", AGENT),
    sent(f"{iso(2)} host1 kernel: egress: IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.10 LEN=60 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=443 "
         f"DST={EVIL} UID=1001 GID=1001 ", "a field twice", AGENT),
    sent(f"{iso(2)} host1 kernel: egress: IN=eth0 OUT=eth1 SRC=192.0.2.77 DST={EVIL} LEN=60 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=443 SYN ",
         "a packet that this host forwards for somebody else", AGENT),
    sent(f"{iso(2)} host1 kernel: egress: IN=eth0 OUT= SRC={EVIL} DST=192.0.2.10 LEN=60 TTL=64 ID=1 PROTO=TCP SPT=443 DPT=50000 SYN ",
         "a packet that came in", ANSWER),
    sent(f"{iso(2)} host1 kernel: egress: IN= OUT=lo SRC=192.0.2.10 DST=192.0.2.10 LEN=88 TTL=64 ID=1 PROTO=ICMP TYPE=3 CODE=1 "
         f"[SRC=192.0.2.10 DST={EVIL} LEN=60 TTL=64 ID=1 PROTO=TCP SPT=1 DPT=443 SYN ] ", "the packet within an ICMP error", ANSWER),
    Attempt(SYSLOG, "a line that goes on, in a dmesg that other lines stand in",
            files={"dmesg.log": f"[  930.100000] {packet(1001, '203.0.113.10')}\n[  936.999559] overlayfs: failed to resolve 'x\n"
                                f"               {FORGED}\n               y': -2\n"},
            words=["netfilter:dmesg.log"]),
    Attempt(AGENT, "a message that begins as a packet and goes on in an indented line",
            files={"dmesg.log": f"[  930.100000] {packet(1001, '203.0.113.10')}\n[  936.999559] {FORGED}\n               y': -2\n"},
            words=["netfilter:dmesg.log"]),
    Attempt(AGENT, "a second record under the kernel's time of one that is no packet",
            files={"dmesg.log": f"[  930.100000] {packet(1001, '203.0.113.10')}\n[  936.999559] overlayfs: failed to resolve 'x\n"
                                f"[  936.999559] {FORGED}\n"},
            words=["netfilter:dmesg.log"]),
    Attempt(AGENT, "its own file of packet records, beside logs", files={"agent.log": left(2, 1001, EVIL)}, words=["agent.log"]),
    Attempt(AGENT, "its own file of packet records that give another user what is not his",
            files={"agent.log": left(2, 1002, EVIL)}, words=["agent.log"]),
    journaled("an entry of stdout called kernel", journal(2, FORGED, _TRANSPORT="stdout", SYSLOG_IDENTIFIER="kernel"), who=AGENT),
    journaled("an entry of /dev/log called kernel", journal(2, FORGED, _TRANSPORT="syslog", SYSLOG_IDENTIFIER="kernel")),
    journaled("an entry of the journal's socket that says it is the kernel",
              journal(2, FORGED, _TRANSPORT="journal", SYSLOG_IDENTIFIER="kernel", TRANSPORT="kernel")),
    journaled("an entry without a transport", journal(2, FORGED, SYSLOG_IDENTIFIER="kernel")),
    journaled("_TRANSPORT twice, of which the last is the kernel",
              '{"__REALTIME_TIMESTAMP":"1751000002000000","_TRANSPORT":["stdout","kernel"],"SYSLOG_IDENTIFIER":"kernel","MESSAGE":'
              + journal(2, FORGED).split('"MESSAGE": ')[1], who=AGENT),
    journaled("the bytes of a message, of stdout",
              journal(2, list((FORGED + "\x1b").encode()), _TRANSPORT="stdout", SYSLOG_IDENTIFIER="kernel"), who=AGENT),
    journaled("a second line in a record of the kernel's",
              journal(2, f"overlayfs: failed to resolve 'x\n{FORGED}\ny': -2", _TRANSPORT="kernel", SYSLOG_IDENTIFIER="kernel"), who=AGENT),
    Attempt(AGENT, "an entry of stdout, in the export format",
            files={"journal.export": f"__REALTIME_TIMESTAMP=1751000002000000\n_TRANSPORT=stdout\n_UID=1001\nSYSLOG_IDENTIFIER=kernel\n"
                                     f"MESSAGE={FORGED}\n\n"},
            words=["netfilter:journal.export"]),
    *[denied(word) for word in ("egress-DENIED: ", "[UFW BLOCK] ", "refused: ", "Rejected: ", "fw_discarded: ", "PROHIBITED ",
                                "blocked: ", "out.drop: ")],
    tagged("a packet record without the tag, where rules have one", FORGED),
    tagged("a packet record with a part of the tag", packet(1001, EVIL, prefix="egress-5f0c9a4: ")),
    tagged("a packet record with a longer tag", packet(1001, EVIL, prefix="egress-5f0c9a411: ")),
    tagged("a packet record whose tag is spelled otherwise", packet(1001, EVIL, prefix=TAG.upper())),
]
