#!/usr/bin/env python3
"""Can mynahd be left running? A mixed load, all at once, and then a look.

usage: tests/soak.py [--minutes n] [--without a,b] [--keep]

The real program serves on several listeners while files are replaced,
written in place, shortened, removed and put there, a release link is swapped,
the configuration is reloaded (some are broken, and must change nothing) and
the logs are rotated. Its clients keep connections alive or close them, ask
for ranges, heads, what is not there and what is malformed, pipeline, are
slow, silent or gone in the middle, come in crowds, and talk to the echo; see
soak_load.py. Each answer is compared with what there was to be seen between
the request and the answer (soak_site.py), and each has to have its line in
the access log (soak_logs.py). The load is paced, to take about half a core.

First the load runs for a while so that all that grows once has grown. When
all connections are closed, memory is noted, and compared with what it is
after the rest of the time; descriptors have to be the very same at the start
and both times. Of memory MEMORY_SPARE more is borne: a tenth of the heap is
in use at rest, and the gaps in it, which glibc does not give back, depend on
the order of things and take a long time to settle. In two minutes a leak of
64 bytes with each request goes past it, in an hour one with each twentieth.

--without names what the program is not to be asked for: logs (log files),
usr1 (rotation), reload, command (mynahd --reload), pid (pid file), sandbox;
memory is not compared without "memory": that of sanitizers says nothing.

A line a minute tells how it stands; errors are told when they are seen. The
environment may give MYNAHD (the program). The exit status is 0, 1 after a
failure, 2 without mynahd or for a wrong argument. After a failure, or with
--keep, the directory with configuration, site and logs is left and named.
"""

import argparse
import asyncio
import collections
import os
import pathlib
import random
import re
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from soak_load import Load, Session                         # noqa: E402
from soak_logs import Follower, Ledger                      # noqa: E402
from soak_server import KINDS, Program                      # noqa: E402
from soak_site import Site, Versions, Wrong                 # noqa: E402
from soak_wire import Ended                                 # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MYNAHD = pathlib.Path(os.environ.get("MYNAHD", HERE.parent / "build/mynahd"))

FEATURES = ("logs", "usr1", "reload", "command", "pid", "sandbox", "memory")
MEMORY_SPARE = 2 << 20
TELL_MOST = 40                  # errors with all they have to say
PATIENCE = 10                   # until a signal has had its effect
STOP_LOAD = 3                   # seconds until the rest is broken off


class Totals:
    """What was done; figures for who reads them."""

    def __init__(self):
        self.requests = self.bytes = self.connections = self.messages = 0
        self.reloads = self.broken = self.rotations = self.changes = 0
        self.late = self.refused = self.errors = self.extra = 0
        self.longest = 0.0


class Extra:
    """Whether the listener that comes and goes is there for certain."""

    surely = False


class Soak:
    def __init__(self, options, work):
        self.options = options
        self.features = set(FEATURES) - set(options.without)
        self.work = work
        self.begin = time.monotonic()
        self.totals = Totals()
        self.failures = collections.Counter()
        self.config = Versions()
        self.extra = Extra()
        self.may_be = collections.Counter()     # lines without number
        self.ledger = Ledger(self.fail)
        self.ledger.is_on = "logs" in self.features
        self.site = Site(work)
        self.program = Program(str(MYNAHD), work, self.features)
        self.access = Follower(self.program.access_log, self.ledger.line,
                               self.fail)
        self.error = Follower(self.program.error_log, self.on_error_line,
                              self.fail)
        self.access.keep = self.error.keep = options.keep
        self.breaking = False           # errors are to be logged
        self.told_broken = 0
        self.resting = False
        self.text = ""                  # of the configuration in force
        self.kind = 0
        self.turn = 0
        self.first = None               # state() before any load
        self.last = (self.begin, 0.0, 0.0)

    # What is told

    def fail(self, who, text):
        self.totals.errors += 1
        self.failures[who] += 1
        self.access.keep = self.error.keep = True
        if self.totals.errors <= TELL_MOST:
            print("%6.1f s: %s: %s" % (
                time.monotonic() - self.begin, who, text), flush=True)

    def on_error_line(self, line):
        if "error:" not in line:
            return
        if self.breaking:
            self.told_broken += "not reloaded" in line
        else:
            self.fail("error log", line)

    def cpu(self):
        """Of the server and of this program, as parts of a core."""
        now, served, used = (time.monotonic(), self.program.cpu(),
                             time.process_time())
        before, self.last = self.last, (now, served, used)
        took = max(now - before[0], 0.001)
        return (served - before[1]) / took, (used - before[2]) / took

    def tell(self):
        t = self.totals
        served, used = self.cpu()
        print("%6.1f s: %d requests and %d messages on %d connections, %d "
              "MB; %d reloads, %d refused; %d rotations; %d changes; %d "
              "errors\n          mynahd: %.0f %% of a core, %d KiB, %d "
              "descriptors; this program: %.0f %%" % (
                  time.monotonic() - self.begin, t.requests, t.messages,
                  t.connections, t.bytes // 1000000, t.reloads, t.broken,
                  t.rotations, t.changes, t.errors, 100 * served,
                  self.program.memory() // 1024,
                  sum(self.program.descriptors().values()), 100 * used),
              flush=True)

    # What goes on beside the load

    async def change_files(self):
        while not self.resting:
            await asyncio.sleep(0.03)
            self.site.change_one()
            self.totals.changes += 1

    async def change_places(self):
        while not self.resting:
            await asyncio.sleep(random.uniform(0.5, 2))
            self.site.release.change()
            self.site.change_listed()
            self.totals.changes += 2

    async def read_logs(self):
        while True:
            await asyncio.sleep(0.2)
            self.read_once()

    def read_once(self):
        if self.ledger.is_on:
            self.access.read()
        self.error.read()

    async def until(self, condition, seconds=PATIENCE):
        """Whether it came true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    # Reloads

    async def reload_on(self):
        while not self.resting:
            await asyncio.sleep(random.uniform(1, 4))
            if self.resting:
                break
            if random.random() < 0.3:
                await self.reload_broken()
            else:
                self.kind = (self.kind + 1) % len(KINDS)
                await self.reload(KINDS[self.kind])

    async def trigger(self):
        """The exit status of mynahd --reload, and its words; or the signal.
        """
        if "command" not in self.features or random.random() < 0.5:
            self.program.signal(signal.SIGHUP)
            return None, ""
        process = await asyncio.create_subprocess_exec(
            self.program.path, "--config", self.program.config, "--reload",
            *self.program.user(), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    async def version_seen(self):
        """On a new connection; 0 where there was none."""
        session = Session(self, "web", "127.0.0.12")
        try:
            answer = await session.ask("/still/0.txt")
            return int(answer.field("x-soak"))
        except (Wrong, Ended, OSError) as error:
            self.fail("reload", "%s: %s" % (type(error).__name__, error))
            return 0
        finally:
            session.close()

    async def reload(self, kind):
        version = self.config.begin()
        self.extra.surely = False
        self.text = self.program.text(version, kind)
        self.program.configure(self.text)
        status, said = await self.trigger()
        if status:
            self.fail("reload", "mynahd --reload ends with %d: %s" % (
                status, said))
        deadline = time.monotonic() + PATIENCE
        while await self.version_seen() != version:
            if time.monotonic() > deadline:
                self.fail("reload", "version %d is not in force" % version)
                return
            await asyncio.sleep(0.02)
        self.config.end()
        self.extra.surely = kind.get("extra", False)
        self.totals.reloads += 1

    async def reload_broken(self):
        """Had it an effect, answers would be of a version that is none."""
        self.turn += 1
        name, text = self.program.broken(self.config.begun + 1, self.turn)
        self.read_once()
        self.breaking, self.told_broken = True, 0
        self.program.configure(text)
        status, said = await self.trigger()
        if status == 0:
            self.fail("reload", "%s: mynahd --reload ends with 0: %s" % (
                name, said))
        # The command finds most errors itself, and sends no signal.
        if status is None and not await self.until(self.was_told):
            self.fail("reload", "%s: it is not told that it is refused" %
                      name)
        await self.version_seen()       # it has turned: all is written
        self.read_once()
        self.breaking = False
        self.program.configure(self.text)
        self.totals.broken += 1

    def was_told(self):
        self.read_once()
        return self.told_broken > 0

    # Rotation

    async def rotate_on(self):
        while not self.resting:
            await asyncio.sleep(random.uniform(4, 8))
            if not self.resting:
                await self.rotate("usr1" in self.features and
                                  random.random() < 0.5)

    async def rotate(self, told):
        """Without the signal the server has to notice by itself."""
        follow = [self.access, self.error] if told else [self.access]
        for log in follow:
            log.rename()
        if told:
            self.program.signal(signal.SIGUSR1)
        for log in follow:
            if not await self.until(log.look):
                self.fail("rotation", "%s was renamed%s, and there is no "
                          "new one" % (log.path, ", the signal sent"
                                       if told else ""))
        self.totals.rotations += 1

    # The course of it

    async def start(self):
        self.config.begin()
        self.text = self.program.text(1, KINDS[0])
        self.program.configure(self.text)
        if not self.program.start():
            print("soak: mynahd does not start:\n%s" % self.program.words())
            self.failures["start"] += 1
            return False
        self.config.end()
        if self.ledger.is_on and not os.path.exists(self.access.path):
            print("soak: there is no %s" % self.access.path)
            self.failures["start"] += 1
            return False
        await asyncio.sleep(0.5)        # the end of the first connection
        self.first = self.state()
        return True

    def is_quiet(self):
        """Are all connections closed?"""
        self.read_once()
        return self.program.descriptors()["socket"] <= \
            self.first[0]["socket"]

    async def load(self, seconds):
        self.resting = False
        deadline = time.monotonic() + seconds
        load = Load(self)
        load.start()
        beside = [self.change_files(), self.change_places()]
        if "reload" in self.features:
            beside.append(self.reload_on())
        if "logs" in self.features:
            beside.append(self.rotate_on())
        beside = [asyncio.create_task(work) for work in beside]
        reading = asyncio.create_task(self.read_logs())
        minute = 60 * ((time.monotonic() - self.begin) // 60 + 1)
        while time.monotonic() < deadline and self.program.is_alive() and \
                not any(task.done() for task in [reading, *beside]):
            await asyncio.sleep(min(0.2, max(0, deadline - time.monotonic())))
            if time.monotonic() - self.begin >= minute:
                minute += 60
                self.tell()
        self.resting = True
        await load.stop(STOP_LOAD)
        await asyncio.gather(*beside)
        if reading.done():
            reading.result()            # raises what has ended it
        reading.cancel()

    async def rest(self):
        """Without connections, as configured at first."""
        if "reload" in self.features:
            await self.reload(KINDS[0])
        if not await self.until(self.is_quiet):
            self.fail("rest", "%d sockets are open, not %d" % (
                self.program.descriptors()["socket"],
                self.first[0]["socket"]))
        if self.ledger.is_on:
            await self.until(self.is_even, 3)
        await asyncio.sleep(0.5)
        return self.state()

    def is_even(self):
        self.read_once()
        return self.ledger.is_even()

    def state(self):
        """
        Descriptors, by what does not change, and memory. The cache holds
        those directories that it has files of, each once.
        """
        found = collections.Counter()
        for what, number in self.program.descriptors().items():
            if number > 1 or not self.site.is_folder(what):
                found[re.sub(r"\d+", "N", what)] += number
        return found, self.program.memory()

    def compare_descriptors(self, before, after):
        for what in sorted(before[0] | after[0]):
            if before[0][what] != after[0][what]:
                self.fail("descriptors", "%d times %s, before that %d" % (
                    after[0][what], what, before[0][what]))

    def compare_memory(self, before, after):
        if "memory" in self.features and \
                after[1] > before[1] + MEMORY_SPARE:
            self.fail("memory", "%d KiB, before that %d KiB" % (
                after[1] // 1024, before[1] // 1024))

    async def run(self):
        """Warm up, rest, load, rest, and stop."""
        total = 60 * self.options.minutes
        warm = min(300, total / 4)
        if not await self.start():
            return
        await self.load(warm)
        if not self.program.is_alive():
            return
        before = await self.rest()
        print("%6.1f s: warm, at rest: %d descriptors, %d KiB" % (
            time.monotonic() - self.begin, sum(before[0].values()),
            before[1] // 1024), flush=True)
        self.compare_descriptors(self.first, before)
        # Until all is written, and read: a few seconds.
        left = total - (time.monotonic() - self.begin) - STOP_LOAD - 6
        await self.load(left)
        if not self.program.is_alive():
            return
        after = await self.rest()
        self.tell()
        print("          at rest: %d descriptors, %d KiB" % (
            sum(after[0].values()), after[1] // 1024))
        self.compare_descriptors(before, after)
        self.compare_memory(before, after)

    def finish(self):
        """The end of the program, and of what it has logged."""
        alive = self.program.process is not None and self.program.is_alive()
        status = self.program.stop()
        if self.program.process is None or "start" in self.failures:
            return
        if not alive:
            self.fail("end", "mynahd has died with %s" % status)
        elif status != 0:
            self.fail("end", "TERM ends it with %s" % status)
        if self.ledger.is_on:
            self.access.close()
            self.ledger.settle(self.may_be)
        self.error.close()

    def judge(self):
        t = self.totals
        print("%d requests, the longest took %.0f ms; %d reused too late; %d "
              "refused as too many; %d by the listener that comes and goes; "
              "%d lines in the access log, the latest after %.1f s" % (
                  t.requests, 1000 * t.longest, t.late, t.refused, t.extra,
                  self.ledger.lines, self.ledger.latest))
        for who, number in self.failures.most_common():
            print("    %s: %d" % (who, number))
        print("FAIL" if self.failures else "PASS")
        return 1 if self.failures else 0


def parse():
    parser = argparse.ArgumentParser(
        description="A soak test; see the top of the file.")
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--without", default="",
                        help="of: " + ", ".join(FEATURES))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    options.without = [w for w in options.without.split(",") if w]
    unknown = set(options.without) - set(FEATURES)
    if unknown or options.minutes < 0.5:
        parser.error("unknown: " + ", ".join(unknown) if unknown else
                     "less than half a minute tells nothing")
    if not {"reload", "pid"} <= set(FEATURES) - set(options.without):
        options.without.append("command")
    return options


def main():
    options = parse()
    if not os.access(MYNAHD, os.X_OK):
        print("soak: no mynahd at %s" % MYNAHD, file=sys.stderr)
        return 2
    os.umask(0o022)
    work = tempfile.mkdtemp(prefix="mynah-soak.")
    os.chmod(work, 0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    soak = Soak(options, work)
    try:
        asyncio.run(soak.run())
    except BaseException:
        soak.program.stop()
        print("soak: see %s" % work)
        raise
    soak.finish()
    status = soak.judge()
    if status or options.keep:
        print("see %s" % work)
    else:
        shutil.rmtree(work)
    return status


if __name__ == "__main__":
    sys.exit(main())
