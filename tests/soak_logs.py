"""The logs of tests/soak.py: read on while they are rotated, and accounted.

Each request has a number in its query, n=17, by which its line in the access
log is known. The ledger has what became of each on this side, and what its
line said: an answer that came whole must have one line, with its status; a
request that was given up by its client may have one; no other line may be.
Requests without a number, as many of the malformed, are counted by status.
"""

import collections
import json
import os
import re
import time

# A rotated file is read on for so long after the next one is there.
READ_ON = 4

# Of those that are kept for who looks for the reason, the last ones.
KEEP_MOST = 50

# A second is promised; this is for a busy machine.
LATEST = 5

NUMBER = re.compile(r"[?&]n=(\d+)")
LINE = re.compile(
    r'(\S+) \S+ \S+ \[[^]"]+\] "((?:[^"\\]|\\.)*)" (\d{3}) (\d+|-)'
    r'(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?')


class Ledger:
    """What was asked, what came, and what was logged of it."""

    def __init__(self, fail):
        self.fail = fail
        self.last = 0
        self.asked = {}                         # number: the request
        self.early = {}                         # number: its line, before
        self.answered = {}                      # number: what came, when
        self.dropped = set()
        self.plain = collections.Counter()      # without number, by status
        self.plain_lines = collections.Counter()
        self.lines = 0
        self.latest = 0                         # seconds until a line came
        self.is_on = True

    def ask(self, what):
        self.last += 1
        if self.is_on:
            self.asked[self.last] = what
        return self.last

    def answer(self, number, status, length):
        """All of it has come."""
        if not self.is_on:
            return
        what = self.asked.pop(number)
        line = self.early.pop(number, None)
        if line is None:
            self.answered[number] = (status, length, what, time.monotonic())
        else:
            self.compare(line, status, length, what)

    def drop(self, number):
        """Given up by the client: the server may have answered it."""
        if not self.is_on:
            return
        del self.asked[number]
        if self.early.pop(number, None) is None:
            self.dropped.add(number)

    def compare(self, line, status, length, what):
        if line != (status, length):
            self.fail("access log", "%s: %d with %d bytes of content came, "
                      "%d with %s were logged" % (
                          what, status, length, *line))

    def line(self, text):
        self.lines += 1
        entry = parse(text)
        if entry is None:
            self.fail("access log", "a line that is none: %.300r" % text)
            return
        number, status, length = entry
        if number is None:
            self.plain_lines[status] += 1
        elif number in self.answered:
            *came, when = self.answered.pop(number)
            self.latest = max(self.latest, time.monotonic() - when)
            self.compare((status, length), *came)
        elif number in self.asked and number not in self.early:
            self.early[number] = (status, length)
        elif number in self.dropped:
            self.dropped.discard(number)
        else:
            self.fail("access log", "a line too many: %.300r" % text)

    def is_even(self):
        return not self.answered and self.plain == self.plain_lines

    def settle(self, may_be):
        """At the end. may_be: what could not be known, by status."""
        for _, _, what, _ in list(self.answered.values())[:5]:
            self.fail("access log", "no line for %s" % what)
        if len(self.answered) > 5:
            self.fail("access log", "no line for %d more requests" % (
                len(self.answered) - 5))
        if self.latest > LATEST:
            self.fail("access log", "a line came after %.1f s" % self.latest)
        for status in sorted(self.plain | self.plain_lines):
            least = self.plain[status]
            lines = self.plain_lines[status]
            if not least <= lines <= least + may_be[status]:
                self.fail("access log", "%d lines with %d that have no "
                          "number, of %d answers" % (lines, status, least))


def parse(text):
    """Number or None, status and length; None where it is no line."""
    if text.startswith("{"):
        try:
            entry = json.loads(text)
            status, length = entry["status"], entry["bytes"]
        except (ValueError, KeyError):
            return None
    else:
        match = LINE.fullmatch(text)
        if match is None:
            return None
        status = int(match[3])
        length = 0 if match[4] == "-" else int(match[4])
    number = NUMBER.search(text)
    return int(number[1]) if number else None, status, length


class Part:
    """One file that the log is or was."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")
        self.inode = os.fstat(self.file.fileno()).st_ino
        self.rest = b""
        self.over = None                # when the next one was there

    def read(self, on_line):
        while True:
            some = self.file.read(1 << 20)
            if not some:
                return
            *lines, self.rest = (self.rest + some).split(b"\n")
            for line in lines:
                on_line(line.decode("utf-8", "backslashreplace"))


class Follower:
    """A log by its name, and what was renamed until it is read."""

    def __init__(self, path, on_line, fail):
        self.path = path
        self.on_line = on_line
        self.fail = fail
        self.parts = []
        self.rotations = 0
        self.kept = []
        self.keep = False               # the files that have been read

    def read(self):
        self.look()
        for part in self.parts:
            part.read(self.on_line)
        while len(self.parts) > 1 and self.parts[0].over is not None and \
                time.monotonic() - self.parts[0].over > READ_ON:
            self.finish(self.parts.pop(0))

    def look(self):
        """Is there another file by now?"""
        try:
            inode = os.stat(self.path).st_ino
        except FileNotFoundError:
            return False
        if self.parts and self.parts[-1].inode == inode:
            return self.parts[-1].path == self.path
        for part in self.parts:
            part.over = part.over or time.monotonic()
        self.parts.append(Part(self.path))
        return True

    def rename(self):
        """As logrotate does; the server is told, or not, by the caller."""
        self.read()
        self.rotations += 1
        path = "%s.%d" % (self.path, self.rotations)
        os.rename(self.path, path)
        self.parts[-1].path = path

    def finish(self, part):
        if part.rest:
            self.fail("log", "%s ends within a line: %.100r" % (
                part.path, part.rest))
        part.file.close()
        if part.path == self.path:
            return
        self.kept.append(part.path)
        while len(self.kept) > (KEEP_MOST if self.keep else 0):
            os.unlink(self.kept.pop(0))

    def close(self):
        self.read()
        for part in self.parts:
            self.finish(part)
        self.parts = []
