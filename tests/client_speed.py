#!/usr/bin/env python3
"""The rounds of client_speed.sh: clients that fetch the same file in turn."""

import argparse
import filecmp
import os
import statistics
import subprocess
import sys
import threading
import time

LIMIT_KIB = 4096
SAMPLE_SECONDS = 0.005


def rss_anon(pid):
    """In KiB; 0 when it has ended."""
    try:
        with open("/proc/%d/status" % pid, encoding="ascii",
                  errors="replace") as text:
            for line in text:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Client:
    """A command; one that talks is given a request, and prints a head."""

    def __init__(self, name, command, talks, is_ours):
        self.name = name
        self.command = command
        self.talks = talks
        self.is_ours = is_ours
        self.wall = []
        self.cpu = []
        self.peak = 0

    def watch(self, process):
        while process.returncode is None:
            self.peak = max(self.peak, rss_anon(process.pid))
            time.sleep(SAMPLE_SECONDS)

    def fetch(self, request, copy):
        """One copy, timed; returns the exit status."""
        read_end, write_end = os.pipe()
        os.write(write_end, request if self.talks else b"")
        os.close(write_end)
        with open(copy if self.talks else os.devnull, "wb") as out:
            begin = time.monotonic()
            process = subprocess.Popen(self.command, stdin=read_end,
                                       stdout=out)
            watcher = threading.Thread(target=self.watch, args=(process,))
            watcher.start()
            _, status, usage = os.wait4(process.pid, 0)
            self.wall.append(time.monotonic() - begin)
        os.close(read_end)
        process.returncode = os.waitstatus_to_exitcode(status)
        watcher.join()
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        return process.returncode


def head_length(path):
    with open(path, "rb") as f:
        start = f.read(65536)
    return start.index(b"\r\n\r\n") + 4


def is_same(path, offset, original):
    if offset == 0:
        return filecmp.cmp(path, original, shallow=False)
    with open(path, "rb") as a, open(original, "rb") as b:
        a.seek(offset)
        while True:
            x, y = a.read(1 << 20), b.read(1 << 20)
            if x != y:
                return False
            if not x:
                return True


def clients(options, copy):
    host, port = "127.0.0.1", str(options.port)
    url = "http://%s:%s/big.bin" % (host, port)
    return [
        Client("mynah get", [options.mynah, "get", "-q", "--force", "-o",
                             copy, url], False, True),
        Client("curl", ["curl", "-s", "-o", copy, url], False, False),
        Client("mynah connect", [options.mynah, "connect", host, port],
               True, True),
        Client("nc", ["nc", host, port], True, False)]


def run_round(some, options, copy):
    """Returns what was wrong, in words, or None."""
    original = os.path.join(options.work, "site", "big.bin")
    request = b"GET /big.bin HTTP/1.0\r\n\r\n"
    for client in some:
        if os.path.exists(copy):
            os.unlink(copy)
        status = client.fetch(request, copy)
        if status != 0:
            return "%s: status %d" % (client.name, status)
        if not is_same(copy, head_length(copy) if client.talks else 0,
                       original):
            return "%s: other bytes" % client.name
    return None


def ratio(curl, own):
    """That of each round: what disturbs it disturbs both."""
    return statistics.median(a / b for a, b in zip(curl, own))


def print_table(some, size):
    curl = next(c for c in some if c.name == "curl")
    print("%d MiB, %d rounds" % (size >> 20, len(curl.wall)))
    print("%-14s %8s %8s %8s %12s %18s" % (
        "", "wall s", "CPU s", "MiB/s", "RssAnon KiB", "curl: wall, CPU"))
    for c in some:
        wall = statistics.median(c.wall)
        print("%-14s %8.3f %8.3f %8.0f %12d %11.2f %6.2f" % (
            c.name, wall, statistics.median(c.cpu), (size >> 20) / wall,
            c.peak, ratio(curl.wall, c.wall), ratio(curl.cpu, c.cpu)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mynah", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--work", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    copy = os.path.join(options.work, "copy")
    some = clients(options, copy)
    for i in range(options.rounds):
        # None always comes first.
        wrong = run_round(some[i % 4:] + some[:i % 4], options, copy)
        if wrong:
            print("client_speed: " + wrong, file=sys.stderr)
            return 1
    print_table(some, os.path.getsize(
        os.path.join(options.work, "site", "big.bin")))
    for client in some:
        if client.is_ours and client.peak >= LIMIT_KIB:
            print("client_speed: %s took %d KiB" % (
                client.name, client.peak), file=sys.stderr)
            return 1
    return 0


sys.exit(main())
