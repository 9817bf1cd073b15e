#!/usr/bin/env python3
"""Old clients: each says what it expected and what came.

usage: old_clients.py port site
"""

import concurrent.futures
import pathlib
import socket
import struct
import sys
import time

PORT = int(sys.argv[1])
SITE = pathlib.Path(sys.argv[2])
WELCOME = b"Welcome to the server. Type something and hit enter\n"
PREFIX = b"OK..."


def connect(receive_buffer=None):
    s = socket.socket()
    if receive_buffer:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    s.settimeout(20)
    s.connect(("127.0.0.1", PORT))
    return s


def read_to_end(s, piece, pause=0):
    """Read until the server closes, never more than piece bytes at once."""
    answer = b""
    while True:
        part = s.recv(piece)
        if not part:
            return answer
        answer += part
        time.sleep(pause)


def read_exactly(s, length):
    answer = b""
    while len(answer) < length:
        part = s.recv(length - len(answer))
        if not part:
            raise AssertionError("closed after %r" % answer)
        answer += part
    return answer


def expect(wanted, got, what):
    if wanted != got:
        raise AssertionError("%s: wanted %.200r, got %.200r"
                             % (what, wanted, got))


def split(answer):
    """The status line, the head and the body of an answer."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    if not blank:
        raise AssertionError("no blank line in %.200r" % answer)
    return head.split(b"\r\n")[0].decode(), head.decode(), body


def ask(request, piece=4096, pause=0, receive_buffer=None):
    with connect(receive_buffer) as s:
        s.sendall(request)
        return split(read_to_end(s, piece, pause))


def bare_line_feeds():
    """Line feeds alone, HOST in capitals, no blank after a colon."""
    status, _, body = ask(b"GET /files/a.txt HTTP/1.1\n"
                          b"HOST: 127.0.0.1\nConnection:close\n\n")
    expect("HTTP/1.1 200 OK", status, "status")
    expect((SITE / "files/a.txt").read_bytes(), body, "body")


def absolute_form():
    """A whole URL in the request line, HTTP/1.0, 512 bytes at a time."""
    status, _, body = ask(b"GET http://127.0.0.1/romeo.txt HTTP/1.0\n\n", 512)
    expect("HTTP/1.1 200 OK", status, "status")
    expect((SITE / "romeo.txt").read_bytes(), body, "body")


def slow_picture():
    """A picture of 230 KB, 5,120 bytes at a time and slowly."""
    status, head, body = ask(b"GET http://127.0.0.1/cover.jpg HTTP/1.0"
                             b"\r\n\r\n", 5120, 0.1, 4096)
    expect("HTTP/1.1 200 OK", status, "status")
    expect((SITE / "cover.jpg").read_bytes(), body, "body")
    expect(True, "content-type: image/jpeg" in head.lower(), "image/jpeg")


def reads_first():
    """A client that says nothing is welcomed within half a second."""
    start = time.monotonic()
    with connect() as s:
        expect(WELCOME, read_exactly(s, len(WELCOME)), "welcome")
        took = time.monotonic() - start
        expect(True, took < 0.5, "welcome after %.3f s" % took)


def echo_lines(s, lines):
    for line in lines:
        s.sendall(line)
        expect(PREFIX + line, read_exactly(s, len(PREFIX + line)), "echo")


def two_echo_clients():
    """Two at once; the end of one, polite or not, is nothing to the other."""
    for linger in (None, struct.pack("ii", 1, 0)):
        with connect() as stays:
            goes = connect()
            for s in (stays, goes):
                expect(WELCOME, read_exactly(s, len(WELCOME)), "welcome")
            echo_lines(stays, [b"one\n"])
            echo_lines(goes, [b"two\n", b"three\n"])
            if linger:
                goes.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            goes.sendall(b"the answer to this is not awaited")
            goes.close()
            echo_lines(stays, [b"four\n", b"five\r\n", b"x" * 1000 + b"\n"])
            stays.shutdown(socket.SHUT_WR)
            expect(b"", read_to_end(stays, 100), "after the end")


def types_at_once():
    """A line that is no request is echoed, after the welcome."""
    with connect() as s:
        s.sendall(b"hello there\n")
        wanted = WELCOME + PREFIX + b"hello there\n"
        expect(wanted, read_exactly(s, len(wanted)), "echo")


def no_host():
    status, _, body = ask(b"GET / HTTP/1.1\r\n\r\n")
    expect("HTTP/1.1 400 Bad Request", status, "status")
    expect(True, b"Host" in body, "Host is named in %.300r" % body)


def wrong_case():
    status, _, body = ask(b"Get / HTTP/1.1\r\nHost: a\r\n"
                          b"Connection: close\r\n\r\n")
    expect("HTTP/1.1 501 Not Implemented", status, "status")
    expect(True, b"case-sensitive" in body, "case-sensitive: %.300r" % body)
    expect(True, b"GET" in body, "GET is named in %.300r" % body)


def typed_by_hand():
    """A request that comes in pieces, as from a keyboard."""
    with connect() as s:
        for part in (b"G", b"ET / HT", b"TP/1.1\r", b"\nHo", b"st: x\r\n",
                     b"Connection: close\r\n", b"\r", b"\n"):
            s.sendall(part)
            time.sleep(0.15)
        status, _, body = split(read_to_end(s, 4096))
    expect("HTTP/1.1 200 OK", status, "status")
    expect((SITE / "index.html").read_bytes(), body, "body")


CLIENTS = [bare_line_feeds, absolute_form, slow_picture, reads_first,
           two_echo_clients, types_at_once, no_host, wrong_case,
           typed_by_hand]


def main():
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(len(CLIENTS)) as pool:
        runs = [(c.__name__, pool.submit(c)) for c in CLIENTS]
        for name, run in runs:
            try:
                run.result()
                print("ok    ", name)
            except Exception as error:      # whatever it is, it is told
                failed += 1
                print("FAILED", name, "-", repr(error))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
