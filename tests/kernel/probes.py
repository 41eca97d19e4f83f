"""Real packets of real users, and whether they leave."""

import os
import socket
import struct
from dataclasses import dataclass

ETH_P_ALL = 3
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
PACKET_OUTGOING = 4
TCP, UDP, ICMP, ICMPV6, OTHER = 6, 17, 1, 58, 253  # 253: for experiments (RFC 3692)
DESTINATION_OPTIONS = 60


@dataclass(frozen=True)
class Probe:
    uid: int
    gid: int
    protocol: str  # tcp, udp, icmp, icmpv6; root: other, which is protocol 253
    address: str
    port: int = 0  # icmp, icmpv6: type << 8 | code of what root sends, or 0 for an echo request
    from_port: int = 0  # the identifier of what root sends of icmp; 0: any
    source: str = ""
    optioned: bool = False  # udp of root to IPv6: a header stands before that of the transport

    @property
    def is_v6(self):
        return ":" in self.address

    def __str__(self):
        port = f" port {self.port}" if self.port else ""
        return f"uid {self.uid} gid {self.gid} {self.protocol} {self.address}{port}"


class Capture:
    """What leaves by any link, the loopback too. Open it before anything is sent."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
        self.socket.setblocking(False)

    def keys(self):
        """A key for each packet since the last call, as key_of() makes them."""
        keys = set()
        while True:
            try:
                packet, (_, ethertype, kind, _, _) = self.socket.recvfrom(2048)
            except BlockingIOError:
                return keys
            if kind == PACKET_OUTGOING and ethertype in (ETH_P_IP, ETH_P_IPV6):
                keys.add(key_of(packet, ethertype))


def key_of(packet, ethertype):
    """(protocol, destination, port, source port), or the payload of an echo request."""
    if ethertype == ETH_P_IP:
        protocol, data, to = packet[9], packet[(packet[0] & 15) * 4 :], socket.inet_ntop(socket.AF_INET, packet[16:20])
    else:
        protocol, data, to = packet[6], packet[40:], socket.inet_ntop(socket.AF_INET6, packet[24:40])
        if protocol == DESTINATION_OPTIONS:
            protocol, data = data[0], data[(data[1] + 1) * 8 :]
    if protocol in (ICMP, ICMPV6):
        return ("echo", to, data[0], data[8:])
    if protocol in (TCP, UDP, OTHER):
        from_port, port = struct.unpack("!HH", data[:4])
        return (protocol, to, port, from_port)
    return (protocol, to)


def send(probe, number):
    """Sends one probe. Returns the key that its packet has."""
    family = socket.AF_INET6 if probe.is_v6 else socket.AF_INET
    if probe.protocol == "other" or (probe.protocol in ("icmp", "icmpv6") and probe.port):
        return send_raw(probe, number, family)
    if probe.protocol in ("icmp", "icmpv6"):
        kind, echo = (ICMPV6, 128) if probe.protocol == "icmpv6" else (ICMP, 8)
        payload = b"egressc-probe-%d" % number
        with socket.socket(family, socket.SOCK_DGRAM, kind) as sock:
            attempt(sock.sendto, struct.pack("!BBHHH", echo, 0, 0, 0, number & 0xFFFF) + payload, (probe.address, 0))
        return ("echo", probe.address, echo, payload)
    kind = socket.SOCK_STREAM if probe.protocol == "tcp" else socket.SOCK_DGRAM
    from_port = probe.from_port or 20000 + number
    scope = socket.if_nametoindex("egc-out") if probe.is_v6 and probe.source else 0
    with socket.socket(family, kind) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if probe.optioned:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, bytes([0, 0, 1, 4, 0, 0, 0, 0]))
        sock.bind((probe.source, from_port, 0, scope) if probe.is_v6 else (probe.source, from_port))
        to = (probe.address, probe.port, 0, scope) if probe.is_v6 else (probe.address, probe.port)
        if probe.protocol == "tcp":
            attempt(sock.connect, to)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            attempt(sock.sendto, b"egressc", to)
    return (TCP if probe.protocol == "tcp" else UDP, probe.address, probe.port, from_port)


def send_raw(probe, number, family):
    """Protocol 253 has the ports where tcp has them, and ICMP the type and code of the probe."""
    from_port = probe.from_port or 20000 + number
    if probe.protocol == "other":
        kind, packet = OTHER, struct.pack("!HHI", from_port, probe.port, 0)
        key = (OTHER, probe.address, probe.port, from_port)
    else:
        kind = ICMPV6 if probe.protocol == "icmpv6" else ICMP
        payload = b"egressc-probe-%d" % number
        packet = struct.pack("!HHHH", probe.port, 0, from_port, 0) + payload
        checksum = sum(struct.unpack(f"!{(len(packet) + 1) // 2}H", packet + b"\0" * (len(packet) % 2)))
        while checksum >> 16:
            checksum = (checksum & 0xFFFF) + (checksum >> 16)
        packet = packet[:2] + struct.pack("!H", checksum ^ 0xFFFF) + packet[4:]  # IPv6: the kernel writes its own
        key = ("echo", probe.address, probe.port >> 8, payload)
    with socket.socket(family, socket.SOCK_RAW, kind) as sock:
        attempt(sock.sendto, packet, (probe.address, 0))
    return key


def attempt(call, *arguments):
    """A refusal is no failure of the test: what leaves is seen on the wire."""
    try:
        call(*arguments)
    except (BlockingIOError, PermissionError, ConnectionRefusedError, OSError):
        pass


def as_user(uid, gid, function):
    """function() in a child that is wholly that user. Returns its list of keys."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            with os.fdopen(write_end, "w") as pipe:
                pipe.write(repr(function()))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError(f"the child of uid {uid} failed")
    return eval(text, {})  # pylint: disable=eval-used  # tuples and bytes of our own child


def origin_of(key):
    """What rewriting leaves: whose packet it is, wherever it goes."""
    return (key[0], key[2:] if key[0] == "echo" else key[3:])


def leaves(probes, capture=None, rewritten=False):
    """For each probe, whether its packet left, with `rewritten` for wherever. Source ports are used once, so no probe is
    part of another's flow."""
    capture = capture or Capture()
    capture.keys()
    users = {}
    for number, probe in enumerate(probes):
        users.setdefault((probe.uid, probe.gid), []).append((number, probe))
    keys = {}
    seen = set()
    for (uid, gid), mine in users.items():
        sent = as_user(uid, gid, lambda mine=mine: [send(probe, number) for number, probe in mine])
        for (number, _), key in zip(mine, sent):
            keys[number] = key
        seen |= capture.keys()
    if rewritten:
        keys, seen = {number: origin_of(key) for number, key in keys.items()}, {origin_of(key) for key in seen}
    return [keys[number] in seen for number in range(len(probes))]
