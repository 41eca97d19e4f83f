"""Packets as netfilter saw them (NFLOG), written as netfilter's LOG target writes them."""

import datetime
import ipaddress
import pathlib
import struct
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kernel"))
import lab  # noqa: E402
import nflog  # noqa: E402

PAYLOAD, UID, GID = 9, 11, 14  # linux/netfilter/nfnetlink_log.h
GROUP = 5
# Kernels log to the ring buffer for the first network namespace alone, but to a group for every one.
RULES = f"""
table inet record {{
  chain output {{
    type filter hook output priority 0;
    udp sport 53 accept
    ip daddr 192.0.2.53 accept
    meta l4proto udp log group {GROUP}
    tcp flags & (syn | ack) == syn log group {GROUP}
  }}
}}
"""


def line_of(at, payload, uid, gid):
    version = payload[0] >> 4
    if version == 4:
        header, protocol = (payload[0] & 15) * 4, payload[9]
        source, target = payload[12:16], payload[16:20]
    else:
        header, protocol = 40, payload[6]
        source, target = payload[8:24], payload[24:40]
    source, target = ipaddress.ip_address(source), ipaddress.ip_address(target)
    ports = struct.unpack_from("!HH", payload, header)
    device = "lo" if target.is_loopback else "egc-out"
    stamp = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat(timespec="microseconds")
    full = source.exploded if version == 6 else source
    full_target = target.exploded if version == 6 else target
    text = f"{stamp} lab kernel: egress: IN= OUT={device} SRC={full} DST={full_target} LEN={len(payload)} "
    text += "TOS=0x00 PREC=0x00 TTL=64 ID=0 DF " if version == 4 else "TC=0 HOPLIMIT=64 FLOWLBL=0 "
    text += f"PROTO={'TCP' if protocol == 6 else 'UDP'} SPT={ports[0]} DPT={ports[1]} "
    text += "SEQ=0 ACK=0 WINDOW=64240 RES=0x00 SYN URGP=0 " if protocol == 6 else f"LEN={len(payload) - header} "
    return text + f"UID={uid} GID={gid} \n"


class Recorder:
    def __init__(self):
        lab.run("nft", "-f", "-", text=RULES)
        self.lines = []
        self.group = nflog.Group(GROUP)
        self.group.socket.settimeout(None)
        self.group.deliver_at_once()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            data = self.group.socket.recv(65536)
            now = time.time()
            at = 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=LH", data, at)
                if length < 16:
                    break
                if kind == nflog.PACKET:
                    fields = dict(nflog.attributes(data[at + 20 : at + length]))
                    if PAYLOAD in fields and UID in fields:
                        uid, gid = (struct.unpack("!L", fields[key])[0] for key in (UID, GID))
                        self.lines.append(line_of(now, fields[PAYLOAD], uid, gid))
                at += (length + 3) & ~3
