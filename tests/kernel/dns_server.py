"""A DNS server that answers what a test tells it to, by UDP and TCP."""

import contextlib
import ipaddress
import socket
import struct
import threading

A, AAAA, SOA = 1, 28, 6
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
MOST_UDP = 512


class DnsServer:
    """`zone` maps a name to a function of (type): a list of addresses, or a response code. `asked` is every name it was
    asked for; while `silent` it answers nobody."""

    def __init__(self, address="127.0.0.1", port=53, ttl=1):
        self.zone, self.asked, self.ttl = {}, [], ttl
        self.silent = False
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, port))
        self.tcp = socket.create_server((address, port))
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def hold(self, name, *addresses):
        """From now on the name has these, of either family."""
        self.zone[name] = lambda kind: [a for a in addresses if (":" in a) == (kind == AAAA)]

    def fail(self, name, code):
        self.zone[name] = lambda kind: code

    def close(self):
        for one in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def serve_udp(self):
        with contextlib.suppress(OSError):
            while True:
                query, sender = self.udp.recvfrom(4096)
                if not self.silent:
                    answer = self.answer(query)
                    if len(answer) > MOST_UDP:  # truncated: ask again by TCP
                        end = self.question(query)[2]
                        answer = query[:2] + struct.pack(">HHHHH", 0x8380, 1, 0, 0, 0) + query[12:end]
                    self.udp.sendto(answer, sender)

    def serve_tcp(self):
        with contextlib.suppress(OSError):
            while True:
                connection = self.tcp.accept()[0]
                with connection:
                    size = struct.unpack(">H", connection.recv(2))[0]
                    answer = self.answer(connection.recv(size))
                    connection.sendall(struct.pack(">H", len(answer)) + answer)

    @staticmethod
    def question(query):
        """(name, type, where it ends)"""
        labels, place = [], 12
        while query[place]:
            labels.append(query[place + 1 : place + 1 + query[place]].decode())
            place += 1 + query[place]
        return ".".join(labels).lower(), struct.unpack_from(">H", query, place + 1)[0], place + 5

    def answer(self, query):
        name, kind, end = self.question(query)
        self.asked.append(name)
        found = self.zone.get(name, lambda kind: NXDOMAIN)(kind)
        code = found if isinstance(found, int) else NOERROR
        records = [] if isinstance(found, int) else found
        answer = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(records), 0, 0) + query[12:end]
        for address in records:
            data = ipaddress.ip_address(address).packed
            answer += struct.pack(">HHHIH", 0xC00C, kind, 1, self.ttl, len(data)) + data
        return answer


def ask(server, name, port=53):
    """The first IPv4 address, by a query of our own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(2)
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        udp.sendto(struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + labels + struct.pack(">BHH", 0, A, 1), (server, port))
        return socket.inet_ntoa(udp.recv(4096)[-4:])
