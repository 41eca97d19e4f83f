"""Reads what netfilter logs to a group (linux/netfilter/nfnetlink_log.h)."""

import socket
import struct

NETLINK_NETFILTER = 12
NLM_F_REQUEST, NLM_F_ACK = 1, 4
SUBSYSTEM = 4 << 8  # NFNL_SUBSYS_ULOG
PACKET, CONFIG = SUBSYSTEM | 0, SUBSYSTEM | 1
CONFIG_COMMAND, CONFIG_THRESHOLD, BIND = 1, 5, 1
PAYLOAD, PREFIX, UID, GID = 9, 10, 11, 14


def attributes(data):
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            return
        yield kind & 0x3FFF, data[at + 4 : at + length]
        at += (length + 3) & ~3


class Packet:
    """What netfilter logged of one packet."""

    def __init__(self, fields):
        self.prefix = fields.get(PREFIX, b"").rstrip(b"\0").decode()
        self.uid = struct.unpack("!L", fields[UID])[0] if UID in fields else None
        self.gid = struct.unpack("!L", fields[GID])[0] if GID in fields else None
        self.payload = fields.get(PAYLOAD, b"")


class Group:
    """One group of this network namespace."""

    def __init__(self, number):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.number = number
        self.configure(struct.pack("=HHB3x", 5, CONFIG_COMMAND, BIND))
        self.socket.settimeout(1.5)

    def configure(self, attribute):
        body = struct.pack("=BB", 0, 0) + struct.pack("!H", self.number) + attribute
        self.socket.sendall(struct.pack("=LHHLL", 16 + len(body), CONFIG, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
        (error,) = struct.unpack_from("=i", self.socket.recv(4096), 16)
        if error != 0:
            raise OSError(-error, "configuring an NFLOG group")

    def deliver_at_once(self):
        """Instead of once a second; before the first packet."""
        self.configure(struct.pack("=HH", 8, CONFIG_THRESHOLD) + struct.pack("!L", 1))

    def packets(self, count):
        """Up to `count` of them."""
        found = []
        try:
            while len(found) < count:
                data = self.socket.recv(65536)
                at = 0
                while at + 16 <= len(data):
                    length, kind = struct.unpack_from("=LH", data, at)
                    if length < 16:
                        break
                    if kind == PACKET:
                        found.append(Packet(dict(attributes(data[at + 20 : at + length]))))
                    at += (length + 3) & ~3
        except TimeoutError:
            pass
        return found

    def messages(self, count):
        """Up to `count` (prefix, uid)."""
        return [(packet.prefix, packet.uid) for packet in self.packets(count)]
