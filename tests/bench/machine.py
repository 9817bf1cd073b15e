"""The machine: what it is, and whether it has time for nothing but us."""

import os
import platform
import re
import resource
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def first_match(path, pattern, otherwise="?"):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            found = re.search(pattern, text.read(), re.MULTILINE)
    except OSError:
        return otherwise
    return found.group(1) if found else otherwise


def commit():
    """Of the sources here; "-" outside of a clone."""
    try:
        done = subprocess.run(
            ["git", "-C", os.path.dirname(os.path.abspath(__file__)),
             "describe", "--always", "--dirty"], check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
    except OSError:
        return "-"
    return done.stdout.strip() or "-"


def description():
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "kernel": "%s %s" % (platform.system(), platform.release()),
        "system": first_match("/etc/os-release", r'^PRETTY_NAME="?([^"\n]*)'),
        "processor": "%s, %d cores" % (
            first_match("/proc/cpuinfo", r"^model name\s*:\s*(.*)$"),
            os.cpu_count()),
        "sources": commit()}


def idle_seconds(core):
    """How long a core has had nothing to do since the machine started."""
    with open("/proc/stat", encoding="ascii") as stat:
        for line in stat:
            words = line.split()
            if words[0] == "cpu%d" % core:
                return (int(words[4]) + int(words[5])) / TICK
    return 0.0


class Watch:
    """Tells how much of two cores went to others than server and load."""

    def __init__(self, server_core, load_core):
        self.cores = (server_core, load_core)
        self.start = time.monotonic()
        self.idle = [idle_seconds(core) for core in self.cores]
        self.children = children_seconds()

    def others(self, server_seconds):
        """The larger share of the two cores."""
        passed = time.monotonic() - self.start
        ours = (server_seconds, children_seconds() - self.children)
        shares = []
        for core, idle, own in zip(self.cores, self.idle, ours):
            busy = passed - (idle_seconds(core) - idle)
            shares.append((busy - own) / passed)
        return max(0.0, *shares)


def children_seconds():
    """CPU time of the load generators; servers are not waited for yet."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
