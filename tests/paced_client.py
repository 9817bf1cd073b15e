#!/usr/bin/env python3
"""A client that asks at fixed times for a small file.

    tests/paced_client.py port seconds limit-ms [rate]

An open loop: request n is due at n times the interval, whatever the ones
before it do, and may run beside them. Each has a connection of its own, and
its time counts from the moment that it was due, so that a stall shows in all
requests that it delays. Asked for is /small.txt, of 1024 bytes. The exit
status is 1 if a request failed or the 99th percentile reached the limit.
"""

import selectors
import socket
import sys
import time

PATIENCE = 5
SIZE = 1024
REQUEST = (b"GET /small.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n"
           b"Connection: close\r\n\r\n")

selector = selectors.DefaultSelector()
times, failed = [], 0


def ask(port, due):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(("127.0.0.1", port))
    selector.register(s, selectors.EVENT_WRITE, [due, bytearray()])


def end(s, ok):
    global failed
    due, answer = selector.get_key(s).data
    selector.unregister(s)
    s.close()
    if ok and answer.startswith(b"HTTP/1.1 200 ") and \
            len(answer) - answer.find(b"\r\n\r\n") - 4 == SIZE:
        times.append(time.monotonic() - due)
    else:
        failed += 1


def go_on(s, data):
    try:
        if selector.get_key(s).events == selectors.EVENT_WRITE:
            s.send(REQUEST)
            selector.modify(s, selectors.EVENT_READ, data)
            return
        some = s.recv(65536)
        data[1] += some
        if not some:
            end(s, True)
    except OSError:
        end(s, False)


def run(port, total, rate):
    begin, sent = time.monotonic(), 0
    while sent < total or selector.get_map():
        now = time.monotonic()
        while sent < total and begin + sent / rate <= now:
            ask(port, begin + sent / rate)
            sent += 1
        late = [k.fileobj for k in selector.get_map().values()
                if now - k.data[0] > PATIENCE]
        for s in late:
            end(s, False)
        wait = begin + sent / rate - now if sent < total else 0.1
        for key, _ in selector.select(max(0, wait)):
            go_on(key.fileobj, key.data)


def percentile(p):
    return 1000 * times[min(len(times) - 1, int(len(times) * p / 100))]


def main():
    port, seconds, limit = sys.argv[1:4]
    rate = int(sys.argv[4]) if len(sys.argv) > 4 else 100
    total = int(float(seconds) * rate)
    run(int(port), total, rate)
    times.sort()
    if not times:
        print("no answer at all, %d failed" % failed)
        sys.exit(1)
    print("%d requests, %d failed, p50 %.2f ms, p99 %.2f ms, "
          "longest %.2f ms" % (total, failed, percentile(50),
                               percentile(99), 1000 * times[-1]))
    sys.exit(failed > 0 or percentile(99) >= float(limit))


main()
