"""Just enough of DNS (RFC 1035) to ask, and to answer from a table."""

import ipaddress
import socket
import struct
import threading

A, CNAME, SOA, AAAA = 1, 5, 6, 28
NXDOMAIN = 3


def encode_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def decode_name(message, at):
    labels = []
    end = None
    while message[at] != 0:
        if message[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            continue
        labels.append(message[at + 1 : at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), end or at + 1


def question(number, name, kind):
    return struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + encode_name(name) + struct.pack("!HH", kind, 1)


def addresses(message):
    """The number, the answer's code, and the addresses in it."""
    number, flags, questions, answers = struct.unpack_from("!HHHH", message)
    at = 12
    for _ in range(questions):
        _, at = decode_name(message, at)
        at += 4
    found = []
    for _ in range(answers):
        _, at = decode_name(message, at)
        kind, _, _, size = struct.unpack_from("!HHIH", message, at)
        if kind in (A, AAAA):
            found.append(str(ipaddress.ip_address(message[at + 10 : at + 10 + size])))
        at += 10 + size
    return number, flags & 15, found


class Zone:
    """name -> (ttl, what it is: addresses, "another.name", or a list of addresses that take turns)."""

    def __init__(self, records, turns):
        self.records = records
        self.turns = {name: [ttl, list(values)] for name, (ttl, values) in turns.items()}

    def find(self, name, kind):
        """Whether there is such a name, and the records (owner, kind, ttl, data) of the answer."""
        found, name, exists = [], name.lower(), True
        while True:
            if name in self.turns:
                ttl, values = self.turns[name]
                if kind == A:
                    values.append(values.pop(0))
                    found.append((name, A, ttl, ipaddress.ip_address(values[0]).packed))
                return True, found
            if name not in self.records:
                return bool(found) and exists, found
            ttl, value = self.records[name]
            if isinstance(value, str):
                found.append((name, CNAME, ttl, encode_name(value)))
                name = value
                continue
            for text in value:
                address = ipaddress.ip_address(text)
                if kind == (A if address.version == 4 else AAAA):
                    found.append((name, kind, ttl, address.packed))
            return True, found

    def answer(self, message):
        number, flags = struct.unpack_from("!HH", message)
        name, at = decode_name(message, 12)
        (kind,) = struct.unpack_from("!H", message, at)
        exists, found = self.find(name, kind)
        authority = b""
        if not found:
            soa = encode_name("ns.example") + encode_name("post.example") + struct.pack("!IIIII", 1, 60, 60, 60, 60)
            authority = b"\0" + struct.pack("!HHIH", SOA, 1, 60, len(soa)) + soa
        code = 0 if exists else NXDOMAIN
        reply = struct.pack("!HHHHHH", number, 0x8480 | (flags & 0x0100) | code, 1, len(found), 1 if authority else 0, 0)
        reply += message[12 : at + 4]
        for owner, owner_kind, ttl, data in found:
            # The first owner is the question's name, in its spelling.
            owner = struct.pack("!H", 0xC00C) if owner == name.lower() else encode_name(owner)
            reply += owner + struct.pack("!HHIH", owner_kind, 1, ttl, len(data)) + data
        return reply + authority


def serve(zone, address):
    """Answers on UDP, and on TCP too since some resolvers insist on it, until the process ends."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind((address, 53))

    def answer_udp():
        while True:
            message, client = udp.recvfrom(4096)
            udp.sendto(zone.answer(message), client)

    threading.Thread(target=answer_udp, daemon=True).start()
