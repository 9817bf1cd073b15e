#!/usr/bin/env python3
"""CPU time per request of mynahd and its peers, side by side.

    make bench                          the whole run, kept in the tree
    make bench BENCH=quick              two minutes, printed only
    tests/bench/run.py --rows 1k,page --servers floor,mynahd,lighttpd \\
        --rounds 5 --seconds 2 --mynahd new=PATH --mynahd old=PATH

Each server runs alone on one core, the load on another one. The servers take
turns within a round, so that whatever else the machine does meets all of
them. A figure is the median of the rounds.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import loads                                                # noqa: E402
import machine                                              # noqa: E402
import probes                                               # noqa: E402
import report                                               # noqa: E402
import scenarios                                            # noqa: E402
import servers                                              # noqa: E402
import site_files                                           # noqa: E402
from servers import Failure                                 # noqa: E402

DISTURBED = 0.05        # of a core, by others
TURNS_MAX = 5           # for one figure
DESCRIPTORS = 4000      # or some rows have no place
SETTLE = 0.05           # for a server to see that all clients have gone


class Bench:
    """What one run has: a directory, servers that run, results."""

    def __init__(self, options, work):
        self.options = options
        self.work = work
        self.root = os.path.join(work, "root")
        self.lists = os.path.join(work, "lists")
        self.running = {}
        self.results = {}               # of row and server: its figures
        self.failures = 0
        self.said = []
        self.repeats = options.patience

    def prepare(self):
        os.chmod(self.work, 0o755)
        os.makedirs(self.lists)
        old = os.umask(0o022)
        site_files.make(self.root)
        os.umask(old)

    def write_list(self, name, content):
        path = os.path.join(self.lists, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def start(self, server):
        server.start(self.work, self.options.server_core)
        self.running[server.name] = server

    def stop_all(self):
        for server in self.running.values():
            server.stop()

    def start_all(self):
        if "mynahd" in self.options.servers:
            for name, program in self.options.mynahd:
                self.start(servers.mynahd_server(name, program))
        for name in self.options.servers:
            if name in ("floor", "mynahd"):
                continue
            server = servers.peer_server(name)
            if server is None:
                self.say(["%s is not installed: skipped" % name])
            else:
                self.start(server)

    def sample(self, row):
        """An answer of mynahd, for the floor to give; without it, a peer's."""
        for server in sorted(self.running.values(),
                             key=lambda s: s.kind != "mynahd"):
            if server.kind != "floor":
                return loads.fetch(server.port, row.paths[0], row.headers).raw
        raise Failure("row %s: the floor alone has no answer" % row.name)

    def start_floor(self, row):
        answer = None
        if row.floor == "answer":
            answer = self.write_list("answer-" + row.name, self.sample(row))
        name = "floor-" + row.name
        floor = servers.floor_server(self.options.programs, name, answer)
        self.start(floor)
        return floor

    def servers_of(self, row):
        """In the order of the table."""
        found = []
        if row.floor and "floor" in self.options.servers:
            found.append(self.start_floor(row))
        if row.log:
            return found + self.servers_with_log()
        return found + self.servers_without_floor(row)

    def servers_with_log(self):
        """Of those that can keep one: others, which are started now."""
        found = [s.with_log() for s in self.running.values()
                 if s.kind in servers.LOGGED]
        for server in found:
            self.start(server)
        return found

    def is_of_row_only(self, server, row):
        return server.kind == "floor" or row.log

    def servers_without_floor(self, row):
        running = self.running.values()
        return [s for s in running if s.kind == "mynahd"] + [
            s for s in running if s.is_peer() and row.kind != "echo"]

    def turn(self, server, row, seconds):
        """Load for so long; what it reported, with the CPU time beside it."""
        options = self.options
        watch = machine.Watch(options.server_core, options.load_core)
        before = server.cpu_ns()
        if row.kind == "wrk":
            load = loads.run_wrk(options.wrk, HERE, server, row, seconds,
                                 options.load_core, self.lists)
        else:
            load = loads.run_client(options.programs, server, row, seconds,
                                    options.load_core, self.lists)
        time.sleep(SETTLE)
        used = server.cpu_ns() - before
        load.cpu = used / 1000 / max(load.requests, 1)
        load.others = watch.others(used / 1e9)
        return load

    def quiet_turn(self, server, row):
        """Again when others took too much: the quietest of some turns."""
        turns = [self.turn(server, row, self.options.seconds)]
        while turns[-1].others > DISTURBED and self.repeats > 0 and \
                len(turns) < TURNS_MAX:
            self.repeats -= 1
            turns.append(self.turn(server, row, self.options.seconds))
        return min(turns, key=lambda load: load.others)

    def check(self, server, row):
        """See to the answers; returns how many bytes they have, or None."""
        if row.kind == "echo" or server.kind == "floor":
            return None
        mean, codings = loads.check(server, row, self.root)
        if "Accept-Encoding" in row.headers:
            row.notes.append("%s: %s" % (server.name, ", ".join(
                "%d %s" % (number, coding)
                for coding, number in sorted(codings.items()))))
            if server.kind == "mynahd" and "br" not in codings:
                raise Failure("row %s, %s: no sibling is used" % (
                    row.name, server.name))
        return mean

    def measure(self, server, row, expected):
        """One turn; raises Failure where it is worth nothing."""
        load = self.quiet_turn(server, row)
        fault = loads.find_faults(load, row, expected)
        if fault or not server.is_alive():
            raise Failure("row %s, %s: %s\n%s" % (
                row.name, server.name, fault or "it ended",
                server.output()))
        return load

    def run_timed(self, row):
        measured = self.servers_of(row)
        expected = {}
        turns = {server.name: [] for server in measured}
        for number in range(self.options.rounds):
            # Another neighbour each time.
            first = number % len(measured)
            for server in measured[first:] + measured[:first]:
                if turns[server.name] is None:
                    continue
                try:
                    if number == 0:
                        expected[server.name] = self.check(server, row)
                    turns[server.name].append(self.measure(
                        server, row, expected[server.name]))
                except Failure as failure:
                    turns[server.name] = None
                    self.fail(failure)
        for server in measured:
            if self.is_of_row_only(server, row):
                self.running.pop(server.name).stop()
        return {("floor" if server.kind == "floor" else server.name):
                report.medians(turns[server.name], server.kind)
                for server in measured if turns[server.name]}

    def run_idle(self, row):
        """With a new process each, that has had no client."""
        results = {}
        row.connections = min(row.connections, servers.raise_descriptors() // 2)
        for server in self.servers_of(row):
            fresh = server.again("idle")
            self.start(fresh)
            try:
                results[server.name] = probes.idle(fresh, row)
            except (Failure, OSError) as failure:
                self.fail(failure)
            self.running.pop(fresh.name).stop()
        return results

    def run_quiet(self, row):
        seconds = 5 if self.options.mode == "quick" else 30
        row.title = "%d seconds without a connection" % seconds
        measured = self.servers_of(row)
        for server in measured:
            self.check(server, row)
        return probes.quiet(measured, seconds)

    def find_rate(self, row):
        """Half of what mynahd, or else a peer, can do with this request."""
        def first(names):
            return min(names, key=lambda s: s.kind != "mynahd")
        server = first(self.servers_without_floor(row))
        known = self.results.get("1k", {}).get(server.name)
        if known is None:
            closed = scenarios.Row("1k", "", paths=row.paths)
            known = {"rate": self.turn(server, closed, 1).rate}
        row.rate = known["rate"] // 2
        row.title += ": %.0f requests/s" % row.rate

    def run_row(self, row):
        if row.kind == "idle":
            return self.run_idle(row)
        if row.kind == "quiet":
            return self.run_quiet(row)
        if row.kind == "paced":
            self.find_rate(row)
        results = self.run_timed(row)
        report.add_ratios(results)
        return results

    def fail(self, failure):
        self.failures += 1
        self.say(["", "FAILED: %s" % failure])

    def say(self, lines):
        self.said += lines
        print("\n".join(lines), flush=True)

    def run(self):
        about = machine.description()
        versions = {name: server.version()
                    for name, server in self.running.items()}
        self.say(report.heading(self.options, about, versions))
        self.say(["", report.EXPLANATION.rstrip()])
        for row in self.options.rows:
            self.results[row.name] = results = self.run_row(row)
            self.say(report.table(row, results))
        self.say(["", *report.summary(self.options.rows, self.results)])
        if report.is_disturbed(self.results, DISTURBED):
            self.say(["", "Others took more than %.0f%% of a core in some "
                      "rows: such figures are too high." % (100 * DISTURBED)])
        chart = report.chart_data(self.options.rows, self.results)
        directory = self.options.save
        if directory is None:
            return
        if self.failures:
            print("\nbench: nothing is kept, as there were failures",
                  file=sys.stderr)
            return
        report.save(directory, self.said, {
            "machine": about, "versions": versions,
            "rounds": self.options.rounds, "seconds": self.options.seconds,
            "rows": self.results})
        report.draw(self.options.gnuplot, HERE, chart, self.work,
                    os.path.join(directory, "chart.svg"))
        print("\nbench: kept in %s" % directory)


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--mode", choices=("full", "quick"),
                        default="full")
    parser.add_argument("--rows", help="names with commas; see --list")
    parser.add_argument("--servers", help="of floor, mynahd, %s" %
                        ", ".join(servers.PEERS))
    parser.add_argument("--mynahd", action="append", metavar="[NAME=]PROGRAM",
                        help="may be given several times")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of one turn")
    parser.add_argument("--patience", type=int, metavar="N",
                        help="repeat turns that others disturbed, N in all")
    parser.add_argument("--programs", default=HERE, metavar="DIRECTORY",
                        help="where floor and client are")
    parser.add_argument("--save", metavar="DIRECTORY",
                        help="keep results and a chart there")
    parser.add_argument("--cores", help="the server's and the load's: 0,1")
    parser.add_argument("--list", action="store_true",
                        help="the names of the rows")
    return parser.parse_args()


def complete(options):
    """What was not said; raises Failure for what cannot be."""
    every = scenarios.rows()
    if options.list:
        for row in every:
            print("%-10s %s" % (row.name, row.title))
        raise SystemExit(0)
    quick = options.mode == "quick"
    options.rounds = options.rounds or (1 if quick else 5)
    options.seconds = options.seconds or (1 if quick else 2)
    if options.patience is None:
        options.patience = 0 if quick else 100
    names = [row.name for row in every]
    if options.rows:
        names = options.rows.split(",")
    known = {row.name: row for row in every}
    for name in names:
        if name not in known:
            raise Failure("no row has the name %s: see --list" % name)
    options.rows = [row for row in every if row.name in names]
    possible = ["floor", "mynahd", *servers.PEERS]
    options.servers = options.servers.split(",") if options.servers else [
        name for name in possible if not quick or name != "apache"]
    for name in options.servers:
        if name not in possible:
            raise Failure("no server has the name " + name)
    complete_programs(options)
    complete_machine(options)


def complete_programs(options):
    options.wrk = servers.find_program(["wrk"])
    if options.wrk is None:
        raise Failure("bench needs wrk (Debian: apt-get install wrk)")
    options.gnuplot = servers.find_program(["gnuplot"])
    if options.save is not None and options.gnuplot is None:
        raise Failure("bench needs gnuplot (Debian: apt-get install "
                      "gnuplot-nox)")
    if options.save is not None and not os.access(options.save, os.W_OK):
        raise Failure("%s is not ours to write to" % options.save)
    for name in ("floor", "client"):
        if not os.access(os.path.join(options.programs, name), os.X_OK):
            raise Failure("%s/%s is not built: run make bench" % (
                options.programs, name))
    named = []
    for word in options.mynahd or ["mynahd"]:
        name, given, program = word.rpartition("=")
        name = name if given else "mynahd"
        if not os.access(program, os.X_OK):
            raise Failure("no mynahd at " + program)
        if name in [n for n, _ in named] or name in servers.PEERS:
            raise Failure("two servers have the name " + name)
        named.append((name, os.path.abspath(program)))
    options.mynahd = named


def complete_machine(options):
    cores = sorted(os.sched_getaffinity(0))
    if options.cores:
        cores = [int(word) for word in options.cores.split(",")]
    if len(cores) < 2:
        raise Failure("bench needs two cores")
    if servers.raise_descriptors() < DESCRIPTORS:
        raise Failure("bench needs %d descriptors: see ulimit -Hn" %
                      DESCRIPTORS)
    options.server_core = cores[0]
    options.load_core = cores[-1]
    os.sched_setaffinity(0, {options.load_core})


def on_signal(number, _):
    """End as after an exception: with the servers."""
    raise SystemExit(128 + number)


def main():
    options = parse_options()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    work = tempfile.mkdtemp(prefix="mynah-bench.")
    try:
        complete(options)
        bench = Bench(options, work)
        try:
            bench.prepare()
            bench.start_all()
            bench.run()
        finally:
            bench.stop_all()
    except Failure as failure:
        print("bench: %s" % failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
