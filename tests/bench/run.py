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
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
import loads                                                # noqa: E402
import machine                                              # noqa: E402
import report                                               # noqa: E402
import scenarios                                            # noqa: E402
import servers                                              # noqa: E402
import site_files                                           # noqa: E402
from servers import Failure                                 # noqa: E402

DISTURBED = 0.05        # of a core, by others
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
        for name in self.options.servers:
            if name in ("floor", "mynahd"):
                continue
            server = servers.peer_server(name)
            if server is None:
                print("%s is not installed: skipped" % name)
            else:
                self.start(server)
        if "mynahd" in self.options.servers:
            for name, program in self.options.mynahd:
                self.start(servers.mynahd_server(name, program))

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
        for server in self.running.values():
            if server.kind == "mynahd":
                found.append(server)
        for server in self.running.values():
            if server.is_peer() and row.kind != "echo":
                found.append(server)
        return found

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
        turns = []
        while len(turns) < 1 + self.options.patience:
            turns.append(self.turn(server, row, self.options.seconds))
            if turns[-1].others <= DISTURBED:
                break
        return min(turns, key=lambda load: load.others)

    def check(self, server, row):
        if row.kind == "echo" or server.kind == "floor":
            return None
        mean, codings = loads.check(server, row, self.root)
        if "Accept-Encoding" in row.headers and self.options.verbose:
            print("  %s: %s" % (server.name, ", ".join(
                "%s %d" % pair for pair in sorted(codings.items()))))
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

    def run_row(self, row):
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
                    self.failures += 1
                    turns[server.name] = None
                    print("\nFAILED: %s" % failure)
        for server in measured:
            if server.kind == "floor":
                self.running.pop(server.name).stop()
        return {("floor" if server.kind == "floor" else server.name):
                report.figures(turns[server.name], server.kind)
                for server in measured if turns[server.name]}

    def run(self):
        report.print_head(self.options)
        for row in self.options.rows:
            results = self.run_row(row)
            self.results[row.name] = results
            report.print_row(row, results)
            sys.stdout.flush()


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], allow_abbrev=False)
    parser.add_argument("--mode", choices=("full", "quick"), default=None,
                        help="full keeps its results in the tree")
    parser.add_argument("--rows", help="names with commas; see --list")
    parser.add_argument("--servers", help="of floor, mynahd, %s" %
                        ", ".join(servers.PEERS))
    parser.add_argument("--mynahd", action="append", metavar="[NAME=]PROGRAM",
                        help="may be given several times")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of one turn")
    parser.add_argument("--patience", type=int, default=0, metavar="N",
                        help="repeat a turn that others disturbed, N times")
    parser.add_argument("--programs", default=HERE, metavar="DIRECTORY",
                        help="where floor and client are")
    parser.add_argument("--cores", help="the server's and the load's: 0,1")
    parser.add_argument("--list", action="store_true",
                        help="the names of the rows")
    parser.add_argument("--verbose", action="store_true")
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
    options.seconds = options.seconds or (1 if quick else 3)
    names = [row.name for row in every if row.quick or not quick]
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
    complete_cores(options)


def complete_programs(options):
    options.wrk = servers.find_program(["wrk"])
    if options.wrk is None:
        raise Failure("bench needs wrk (Debian: apt-get install wrk)")
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


def complete_cores(options):
    cores = sorted(os.sched_getaffinity(0))
    if options.cores:
        cores = [int(word) for word in options.cores.split(",")]
    if len(cores) < 2:
        raise Failure("bench needs two cores")
    options.server_core = cores[0]
    options.load_core = cores[-1]
    os.sched_setaffinity(0, {options.load_core})


def main():
    options = parse_options()
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
