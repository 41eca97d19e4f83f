"""Another host at the end of a wire, which is told what to do beside the wire."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
import traceback

from lab import OUT_4, OUT_6, run, unshare_network

PEER_4, PEER_6 = "192.0.2.2", "2001:db8::2"
ECHO, OTHER_ECHO, SINK, CLOSED, SPEAKER, OTHER_SPEAKER = 8080, 8081, 8082, 8083, 8084, 8085


class Peer:
    """`with Peer() as peer`: the wire is egc-out here. Serves ECHO, OTHER_ECHO, SINK, SPEAKER
    and OTHER_SPEAKER in both families."""

    def __init__(self):
        self.control, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                serve(theirs)
            except Exception:  # pylint: disable=broad-except
                traceback.print_exc()
            os._exit(1)
        theirs.close()
        self.reply()
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "egc-out", "type", "veth", "peer", "name", "egc-peer")
        run("ip", "link", "set", "egc-peer", "netns", str(self.pid))
        run("ip", "address", "add", OUT_4 + "/24", "dev", "egc-out")
        run("ip", "address", "add", OUT_6 + "/64", "dev", "egc-out", "nodad")
        run("ip", "link", "set", "egc-out", "up")
        self.ask("up")
        for address in (PEER_4, PEER_6):
            await_wire(address)

    def ask(self, *command):
        """"dial ADDRESS PORT": does a listener there echo?  "sunk": how many bytes did the last sender to SINK send?
        "heard": how many bytes has SPEAKER got?  "hold ADDRESS PORT": a connection to a listener, over which "held" asks it
        to echo."""
        self.control.sendall(json.dumps(command).encode() + b"\n")
        return self.reply()

    def reply(self):
        reply = self.control.recv(4096)
        if not reply:
            raise RuntimeError("the peer ended")
        return json.loads(reply)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.close()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


# More than a second: a SYN that is lost while a neighbour is asked for is sent again after one.
PATIENCE = 2.5


def await_wire(address):
    """A new link takes a moment, and on a busy machine more than one, until it carries anything."""
    deadline = time.monotonic() + 15
    while not isinstance(connection := dial(address, ECHO, patience=0.5), socket.socket):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the wire to {address} stays dead: {connection}")
        time.sleep(0.05)
    connection.close()


def echoes(connection, patience=PATIENCE):
    """Whether what is sent comes back."""
    connection.settimeout(patience)
    try:
        connection.sendall(b"ping")
        return connection.recv(4) == b"ping"
    except OSError:
        return False


def dial(address, port, patience=PATIENCE):
    """A connection, or the name of what went wrong."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(patience)
    try:
        connection.connect((address, port))
        return connection
    except OSError as error:
        connection.close()
        return type(error).__name__


def echo_server(address, port):
    """Listens at once, and answers in threads."""
    listener = socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)

    def echo(connection):
        with contextlib.suppress(OSError):
            while data := connection.recv(4096):
                connection.sendall(data)

    def accept():
        with contextlib.suppress(OSError):  # until the listener is closed
            while True:
                threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def sink_server(address, port, counts):
    """Reads so late and so little that the sender is gone before its data."""
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind((address, port))
    listener.listen()

    def accept():
        while True:
            connection = listener.accept()[0]
            connection.settimeout(5)
            time.sleep(0.3)
            count = 0
            try:
                while data := connection.recv(1024):
                    count += len(data)
            except OSError:
                count = -count
            counts.append(count)

    threading.Thread(target=accept, daemon=True).start()


def speaker_server(address, port, heard):
    """Says something all the time, by TCP at once, by UDP to whoever has spoken once."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, port), family=family)
    datagrams = socket.socket(family, socket.SOCK_DGRAM)
    datagrams.bind((address, port))

    def speak(say, hear):
        while True:
            with contextlib.suppress(OSError):
                say(b".")
                while data := hear():
                    heard.append(len(data))
            time.sleep(0.1)

    def speak_stream():
        while True:
            connection = listener.accept()[0]
            connection.setblocking(False)
            threading.Thread(target=speak, args=(connection.sendall, lambda one=connection: one.recv(4096)), daemon=True).start()

    def speak_datagrams():
        to = datagrams.recvfrom(4096)[1]
        datagrams.setblocking(False)
        speak(lambda data: datagrams.sendto(data, to), lambda: datagrams.recv(4096))

    for run_it in (speak_stream, speak_datagrams):
        threading.Thread(target=run_it, daemon=True).start()


def serve(control):
    unshare_network()
    control.sendall(b'"ready"')
    counts, heard, held = [], [], []
    for line in control.makefile():
        command, *arguments = json.loads(line)
        reply = "done"
        if command == "up":
            run("ip", "link", "set", "lo", "up")
            run("ip", "address", "add", PEER_4 + "/24", "dev", "egc-peer")
            run("ip", "address", "add", PEER_6 + "/64", "dev", "egc-peer", "nodad")
            run("ip", "link", "set", "egc-peer", "up")
            for address in (PEER_4, PEER_6):
                echo_server(address, ECHO)
                echo_server(address, OTHER_ECHO)
                sink_server(address, SINK, counts)
                speaker_server(address, SPEAKER, heard)
                speaker_server(address, OTHER_SPEAKER, [])
        elif command == "dial":
            connection = dial(*arguments)
            reply = isinstance(connection, socket.socket) and echoes(connection)
        elif command == "heard":
            reply = sum(heard)
        elif command == "hold":
            held.append(dial(*arguments))
            reply = isinstance(held[-1], socket.socket) and echoes(held[-1])
        elif command == "held":
            reply = [echoes(connection) for connection in held]
        elif command == "sunk":
            deadline = time.monotonic() + 8
            while not counts and time.monotonic() < deadline:
                time.sleep(0.02)
            reply = counts.pop() if counts else None
        control.sendall(json.dumps(reply).encode())
