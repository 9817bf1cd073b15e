"""Connections of tests/soak.py: bytes out, answers in, ends of every kind.

A Wire is a socket in asyncio's loop. What goes wrong on it raises Ended where
the other side ended it, and Wrong where an answer is none.
"""

import asyncio
import socket
import struct

from soak_site import Wrong

READ = 1 << 18
HEAD_MAX = 1 << 16
LINGER_NONE = struct.pack("ii", 1, 0)


class Ended(Exception):
    """The server ended the connection, in order or not."""


class Answer:
    """A head, and the content when it has come."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        if len(words) < 2 or words[0] != "HTTP/1.1" or \
                not words[1].isdigit():
            raise Wrong("no status line: %.100r" % lines[0])
        self.status = int(words[1])
        self.fields = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise Wrong("no field: %.100r" % line)
            self.fields[name.lower()] = value.strip()
        self.body = b""

    def field(self, name):
        return self.fields.get(name)

    def length(self):
        """Of its content, where it has some."""
        if self.status in (204, 304):
            return 0
        value = self.field("content-length")
        if value is None or not value.isdigit():
            raise Wrong("%d with Content-Length %r" % (self.status, value))
        return int(value)

    def says_close(self):
        return self.field("connection") == "close"


class Wire:
    """One connection, by TCP from a source address or to a Unix socket."""

    def __init__(self, totals, place, source=None, room=None):
        self.totals = totals
        self.place = place
        self.buffer = bytearray()
        self.loop = asyncio.get_running_loop()
        family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
        self.sock = socket.socket(family)
        self.sock.setblocking(False)
        if room is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        if source is not None and family == socket.AF_INET:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.sock.bind((source, 0))

    async def open(self):
        try:
            await self.loop.sock_connect(self.sock, self.place)
        except OSError as error:
            self.sock.close()
            raise Ended("cannot connect: %s" % error) from None
        self.totals.connections += 1
        return self

    async def send(self, data):
        try:
            await self.loop.sock_sendall(self.sock, data)
        except OSError as error:
            raise Ended("sending: %s" % error) from None

    async def more(self, size=READ):
        """Some more bytes; Ended at the end."""
        try:
            some = await self.loop.sock_recv(self.sock, size)
        except OSError as error:
            raise Ended("reading: %s" % error) from None
        if not some:
            raise Ended("the end of its input")
        self.totals.bytes += len(some)
        self.buffer += some

    async def head(self):
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end >= 0:
                break
            if len(self.buffer) > HEAD_MAX:
                raise Wrong("a head without an end")
            try:
                await self.more()
            except Ended as end:
                raise Ended("%s, after %d bytes of a head" % (
                    end, len(self.buffer))) from None
        head = bytes(self.buffer[:end])
        del self.buffer[:end + 4]
        return Answer(head)

    async def content(self, answer, pace=None):
        """Its length says how much. pace: bytes to read, and then to wait."""
        length = answer.length()
        while len(self.buffer) < length:
            try:
                if pace is None:
                    await self.more()
                else:
                    await self.more(pace[0])
                    await asyncio.sleep(pace[1])
            except Ended as end:
                answer.body = bytes(self.buffer)
                raise Ended("%s, after %d of %d bytes of content" % (
                    end, len(self.buffer), length)) from None
        answer.body = bytes(self.buffer[:length])
        del self.buffer[:length]

    async def rest(self):
        """All that comes until the end, which has to be in order."""
        while True:
            try:
                some = await self.loop.sock_recv(self.sock, READ)
            except OSError as error:
                raise Ended("%s, before the end and after %d bytes" % (
                    error, len(self.buffer))) from None
            if not some:
                return bytes(self.buffer)
            self.totals.bytes += len(some)
            self.buffer += some

    def has_ended(self):
        """Whether an end, or anything else, is there unasked."""
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def half_close(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Ended("half-closing: %s" % error) from None

    def close(self):
        self.sock.close()

    def abort(self):
        """By a reset."""
        if self.sock.fileno() != -1:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 LINGER_NONE)
            self.sock.close()
