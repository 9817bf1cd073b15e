#!/usr/bin/env python3
"""The same bytes to mynahd, nginx, lighttpd, Apache and HAProxy.

    tests/differential/run.py [--mynahd PROGRAM] [--only PATTERN] ...

Every row of cases.py is sent to each server on a connection of its own; what
comes back is written as the statuses of the answers in order and how the
connection ended, such as "200 400 close":

    close     orderly: the server sent FIN
    reset     the server sent RST
    open      nothing more came and the connection stayed
    cut       (before the end) the last answer is shorter than it said
    extra     bytes came behind an answer that had said "close"
    noise     bytes came that are no HTTP answer
    unsaid    the connection ended, the answer before it had not said so
    stayed    an answer said "close" and the connection stayed open

What mynahd has to do is in cases.py: anything else is a failure. How the
others differ from it is printed; each difference has its reason in
differences.txt, and one that has none is a failure too. HAProxy stands in
front of mynahd, so that what it lets through is judged twice.

Servers that are not installed are skipped. Each one runs on a free port of
127.0.0.1 with files of its own below a temporary directory, and is ended
with the test. The exit status is 0, 1 after a failure, 2 without mynahd.
"""

import argparse
import concurrent.futures
import fnmatch
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)
from cases import CASES                                     # noqa: E402

QUIET = 0.25            # silence after which a connection counts as open
QUIET_SURE = 1.0        # the same when a surprise is looked at again
TOO_LONG = 8.0          # no case takes longer
PAUSE = 0.02            # between the writes of one case

FILES = {
    "index.html": "<!doctype html><title>root</title>\n",
    "a.txt": "a\n", "a b.txt": "a b\n", "\u00e4.txt": "umlaut\n",
    "dir/index.html": "<!doctype html><title>dir</title>\n",
    "dir/c.txt": "c\n", "bare/d.txt": "d\n",
    ".hidden": "hidden\n", ".well-known/w.txt": "w\n",
}


# ---- servers ----

class Server:
    """A program that listens on a port, started and ended by pid."""

    def __init__(self, name, programs, arguments, config=None):
        self.name = name
        self.program = find_program(programs)
        self.arguments = arguments
        self.config = config
        self.process = None
        self.port = None

    def start(self, work, **values):
        self.port = free_port()
        place = os.path.join(work, self.name)
        os.makedirs(place, mode=0o755)
        if os.geteuid() == 0:
            shutil.chown(place, "nobody")
        values.update(place=place, port=self.port,
                      root=os.path.join(work, "root"))
        config = os.path.join(place, "config")
        with open(config, "w", encoding="ascii") as out:
            out.write((self.config or "") % values)
        arguments = [a % dict(values, config=config) for a in self.arguments]
        with open(os.path.join(place, "output"), "wb") as output:
            self.process = subprocess.Popen(
                [self.program] + arguments, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output, cwd=place)

    def wait(self, work):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        with open(os.path.join(work, self.name, "output"),
                  encoding="utf-8", errors="replace") as text:
            print("%s does not start:\n%s" % (self.name, text.read()))
        return False

    def version(self):
        option = {"nginx": "-v", "haproxy": "-v", "apache": "-v",
                  "lighttpd": "-v", "mynahd": "--version"}[self.name]
        said = subprocess.run([self.program, option], check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout.decode()
        found = re.search(r"\d+\.\d+(\.\d+)?", said)
        return found.group() if found else "?"

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_program(names):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


NGINX = """
daemon off; worker_processes 1; pid %(place)s/pid;
error_log %(place)s/error.log crit;
events { worker_connections 512; }
http {
    access_log off; types { text/plain txt; text/html html; }
    client_body_temp_path %(place)s; proxy_temp_path %(place)s;
    fastcgi_temp_path %(place)s; uwsgi_temp_path %(place)s;
    scgi_temp_path %(place)s;
    server { listen 127.0.0.1:%(port)d; root %(root)s; }
}
"""

LIGHTTPD = """
server.document-root = "%(root)s"
server.bind = "127.0.0.1"
server.port = %(port)d
server.errorlog = "%(place)s/error.log"
server.upload-dirs = ( "%(place)s" )
server.modules = ( )
index-file.names = ( "index.html" )
mimetype.assign = ( ".txt" => "text/plain", ".html" => "text/html" )
"""

APACHE = """
ServerRoot %(place)s
ServerName example.org
DefaultRuntimeDir %(place)s
PidFile %(place)s/pid
ErrorLog %(place)s/error.log
Listen 127.0.0.1:%(port)d
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule dir_module %(modules)s/mod_dir.so
StartServers 1
ServerLimit 1
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
%(account)s
DocumentRoot %(root)s
<Directory %(root)s>
Require all granted
</Directory>
"""

HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend front
    bind 127.0.0.1:%(port)d
    default_backend back
backend back
    server mynahd 127.0.0.1:%(mynahd)d
"""


def servers(mynahd):
    root = os.geteuid() == 0
    user = ["--user", "nobody"] if root else []
    return [
        Server("mynahd", [mynahd], [
            "--config", "%(config)s", "--host", "127.0.0.1",
            "--port", "%(port)d", "--protocol", "http",
            "--document_root", "%(root)s"] + user, "{}\n"),
        Server("nginx", ["nginx"], [
            "-p", "%(place)s", "-e", "%(place)s/error.log",
            "-c", "%(config)s"],
            ("user nobody nogroup;" if root else "") + NGINX),
        Server("lighttpd", ["lighttpd"], ["-D", "-f", "%(config)s"],
               LIGHTTPD + ('server.username = "nobody"\n' if root else "")),
        Server("apache", ["apache2", "httpd"], [
            "-DFOREGROUND", "-f", "%(config)s"], APACHE),
        Server("haproxy", ["haproxy"], ["-db", "-f", "%(config)s"],
               ("global\n    user nobody\n" if root else "") + HAPROXY),
    ]


def make_files(work):
    for name, text in FILES.items():
        path = os.path.join(work, "root", name)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    # Old enough for every cache and validator to be settled.
    past = time.time() - 86400 * 7
    for place, _, names in os.walk(os.path.join(work, "root")):
        for name in names:
            os.utime(os.path.join(place, name), (past, past))


def start_all(all_servers, work):
    values = {
        "account": "User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
        "modules": "/usr/lib/apache2/modules", "mynahd": 0}
    running = []
    for server in all_servers:
        if server.program is None:
            print("%-9s is not installed: skipped" % server.name)
            continue
        server.start(work, **values)
        if server.name == "mynahd":
            values["mynahd"] = server.port
        running.append(server)
    return [s for s in running if s.wait(work)]


# ---- one case on one connection ----

def exchange(port, case, quiet):
    """Send the case; what came back, and how it ended."""
    pieces = list(case["pieces"])
    received = bytearray()
    start = time.monotonic()
    s = socket.create_connection(("127.0.0.1", port), 5)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.setblocking(False)
    unsent = memoryview(pieces.pop(0) if pieces else b"")
    due = start                 # when the next bytes may be sent
    last = start                # when something happened
    half_closed = False
    end = "late"
    try:
        while time.monotonic() - start < TOO_LONG:
            now = time.monotonic()
            if not unsent and pieces and now >= due:
                unsent = memoryview(pieces.pop(0))
            if not unsent and not pieces and case["eof"] and not half_closed:
                half_closed = True
                last = now
                try:
                    s.shutdown(socket.SHUT_WR)
                except OSError:
                    pass
            if unsent or pieces:
                last = now
            elif now - last >= quiet:
                end = "open"
                break
            timeout = due - now if pieces and not unsent else \
                last + quiet - now
            readable, writable, _ = select.select(
                [s], [s] if unsent else [], [], max(0.001, timeout))
            if readable:
                try:
                    some = s.recv(262144)
                except ConnectionResetError:
                    end = "reset"
                    break
                last = time.monotonic()
                if not some:
                    end = "close"
                    break
                received += some
            if writable:
                try:
                    n = s.send(unsent)
                    unsent = unsent[n:]
                    due = time.monotonic() + PAUSE
                except (BrokenPipeError, ConnectionResetError):
                    # What was answered before may still be there.
                    unsent = memoryview(b"")
                    pieces = []
                last = time.monotonic()
        if end == "open":
            # Leave nothing behind: servers count their connections.
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack("ii", 1, 0))
    finally:
        s.close()
    return bytes(received), end


STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r\n")


def field(head, name):
    values = re.findall(rb"\r\n" + name + rb":[ \t]*([^\r\n]*)", head, re.I)
    return b", ".join(values)


def chunked_end(data, at):
    """Where the chunked content that begins at ends, or -1."""
    while True:
        found = re.compile(rb"([0-9a-fA-F]+)[^\r\n]*\r\n").match(data, at)
        if not found:
            return -1
        size = int(found.group(1), 16)
        at = found.end() + size + 2
        if size == 0 or at > len(data):
            return at if at <= len(data) else -1


def content_end(data, at, head, status, is_head, ended):
    """Where the content of an answer ends, or -1 when it is cut."""
    length = field(head, rb"Content-Length")
    if status < 200 or status in (204, 304):
        return at
    if is_head and (at == len(data) or STATUS.match(data, at)):
        return at
    if b"chunked" in field(head, rb"Transfer-Encoding").lower():
        return chunked_end(data, at)
    if length.isdigit():
        at += int(length)
        return at if at <= len(data) else -1
    return len(data) if ended else -1


def read_answers(data, end, heads):
    """Statuses, and words for all that is not as it should be."""
    words, at, said_close = [], 0, False
    finals = 0
    while at < len(data):
        if said_close:
            words.append("extra")
            break
        found = STATUS.match(data, at)
        stop = data.find(b"\r\n\r\n", at)
        if not found or stop == -1:
            words.append("noise")
            break
        head = data[at:stop + 2]
        status = int(found.group(1))
        words.append(str(status))
        said_close = b"close" in field(head, rb"Connection").lower()
        at = content_end(data, stop + 4, head, status, finals in heads,
                         end != "open")
        finals += status >= 200
        if at == -1:
            words.append("cut")
            break
    return words, said_close


def outcome(port, case, quiet):
    try:
        data, end = exchange(port, case, quiet)
    except OSError as error:
        return "cannot connect: %s" % error
    words, said_close = read_answers(data, end, case["heads"])
    statuses = [w for w in words if w.isdigit()]
    # The peer that has ended its side need not be told.
    if end == "close" and statuses and not said_close and not case["eof"]:
        words.append("unsaid")
    if end == "open" and said_close:
        words.append("stayed")
    return " ".join(shorten(words) + [end])


def shorten(words):
    """Many equal ones in a row: 200 x 100."""
    out = []
    for word in words:
        if out and out[-1][0] == word:
            out[-1][1] += 1
        else:
            out.append([word, 1])
    return [w if n == 1 else " ".join([w] * n) if n < 5 else
            "%s x %d" % (w, n) for w, n in out]


def required(case):
    words = case["required"].split()
    return " ".join(shorten(words))


def compared(text):
    """What counts between servers: RST or FIN, and what was said, do not."""
    words = [w for w in text.split() if w not in ("unsaid", "stayed")]
    return " ".join("close" if w == "reset" else w for w in words)


# ---- the table of differences ----

class Reason:
    """One line of differences.txt."""

    def __init__(self, number, pattern, peers, outcomes, why):
        group, _, names = pattern.partition("/")
        self.number = number
        self.pattern = pattern
        self.patterns = [group + "/" + n.strip() for n in names.split(";")]
        self.peers = peers
        self.outcomes = outcomes
        self.why = why
        self.used = {peer: 0 for peer in peers}

    def explains(self, name, peer, got):
        return peer in self.peers and \
            any(fnmatch.fnmatchcase(name, p) for p in self.patterns) and \
            any(fnmatch.fnmatchcase(got, o) for o in self.outcomes)


def read_reasons(path):
    reasons, why = [], ""
    with open(path, encoding="ascii") as text:
        for number, row in enumerate(text, 1):
            row = row.rstrip("\n")
            if not row or row.startswith("#"):
                continue
            if not row.startswith("\t"):
                why = row
                continue
            parts = [p.strip() for p in row.strip().split("|")]
            if len(parts) != 3 or not why:
                sys.exit("%s:%d: not \"group/cases | peers | outcomes\" "
                         "below a reason" % (path, number))
            reasons.append(Reason(number, parts[0], parts[1].split(),
                                  [o.strip() for o in parts[2].split(",")],
                                  why))
    return reasons


def explain(reasons, name, peer, got):
    for reason in reasons:
        if reason.explains(name, peer, got):
            reason.used[peer] += 1
            return reason
    return None


# ---- the run ----

def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Send hostile and valid requests to mynahd and others "
        "and compare.")
    parser.add_argument("--mynahd", default=os.environ.get("MYNAHD"),
                        help="the program (else $MYNAHD, build/mynahd, "
                        "mynahd)")
    parser.add_argument("--only", default="*", metavar="PATTERN",
                        help="cases whose name matches, such as '9112-7*'")
    parser.add_argument("--peer", action="append", metavar="NAME",
                        help="only this peer (may be repeated)")
    parser.add_argument("--jobs", type=int, default=32,
                        help="connections at a time")
    parser.add_argument("--list", action="store_true",
                        help="print every outcome of every server")
    parser.add_argument("--brief", action="store_true",
                        help="do not print differences that have a reason")
    return parser.parse_args()


def find_mynahd(said):
    top = os.path.dirname(os.path.dirname(HERE))
    for path in [said] if said else [os.path.join(top, "build", "mynahd"),
                                     os.path.join(top, "mynahd")]:
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return os.path.abspath(path)
    print("no mynahd at %s: build it, or say --mynahd" %
          (said or "build/mynahd"), file=sys.stderr)
    sys.exit(2)


def run_cases(running, cases, jobs):
    """All outcomes: {server: {case: text}}."""
    results = {s.name: {} for s in running}

    def one(server, case):
        return server.name, case["name"], outcome(server.port, case, QUIET)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(one, s, c) for c in cases for s in running]
        for done in concurrent.futures.as_completed(waiting):
            server, name, text = done.result()
            results[server][name] = text
    return results


def look_again(running, cases, results, reasons, jobs):
    """Surprises are tried once more, with patience: the load may be one."""
    surprises = []
    for server in running:
        for case in cases:
            name = case["name"]
            got = results[server.name][name]
            if server.name == "mynahd":
                bad = got != required(case)
            else:
                mine = compared(required(case))
                bad = compared(got) != mine and not any(
                    r.explains(name, server.name, compared(got))
                    for r in reasons)
            if bad:
                surprises.append((server, case))

    def one(pair):
        return pair, outcome(pair[0].port, pair[1], QUIET_SURE)

    with concurrent.futures.ThreadPoolExecutor(max(1, jobs // 4)) as pool:
        for (server, case), text in pool.map(one, surprises):
            results[server.name][case["name"]] = text


def show_bytes(case):
    text = b"".join(case["pieces"]).decode("latin-1")
    text = text.encode("unicode_escape").decode("ascii")
    return text if len(text) <= 160 else text[:157] + "..."


def check_mynahd(cases, got):
    failures = 0
    for case in cases:
        if got[case["name"]] == required(case):
            continue
        failures += 1
        print("FAIL %s: %s, not %s\n     %s" % (
            case["name"], got[case["name"]], required(case),
            show_bytes(case)))
    return failures


def compare_peer(peer, cases, results, reasons, brief):
    """Print how peer differs; returns how many differ, and unexplained."""
    differing, unexplained = 0, 0
    by_reason = {}
    for case in cases:
        name = case["name"]
        mine = compared(required(case))
        theirs = compared(results[peer][name])
        if mine == theirs:
            continue
        differing += 1
        reason = explain(reasons, name, peer, theirs)
        if reason is None:
            unexplained += 1
            print("FAIL %s: %s %s, mynahd %s: no reason in differences.txt"
                  % (name, peer, results[peer][name], mine))
        else:
            by_reason.setdefault(reason.why, []).append(
                "%s: %s, mynahd %s" % (name, theirs, mine))
    if not brief:
        for why, rows in by_reason.items():
            print("\n%s: %s" % (peer, why))
            for row in rows:
                print("    " + row)
    return differing, unexplained


def tell_stale(reasons, running, only):
    names = [s.name for s in running]
    for reason in reasons:
        for peer in reason.peers:
            if peer in names and reason.used[peer] == 0 and only == "*":
                print("stale: differences.txt:%d: %s | %s" %
                      (reason.number, reason.pattern, peer))


def report(running, cases, results, reasons, options):
    if options.list:
        for case in cases:
            print(case["name"])
            for server in running:
                print("    %-9s %s" % (server.name,
                                       results[server.name][case["name"]]))
    failures = check_mynahd(cases, results["mynahd"])
    summary = ["mynahd: %d of %d as required" % (
        len(cases) - failures, len(cases))]
    for server in running:
        if server.name == "mynahd":
            continue
        differing, unexplained = compare_peer(
            server.name, cases, results, reasons, options.brief)
        failures += unexplained
        summary.append("%s %s: %d alike, %d differ, %d without a reason" % (
            server.name, server.version(), len(cases) - differing,
            differing, unexplained))
    print()
    tell_stale(reasons, running, options.only)
    print("\n".join(summary))
    return failures


def main():
    options = parse_arguments()
    mynahd = find_mynahd(options.mynahd)
    cases = [c for c in CASES if fnmatch.fnmatchcase(c["name"], options.only)]
    reasons = read_reasons(os.path.join(HERE, "differences.txt"))
    wanted = [s for s in servers(mynahd) if s.name == "mynahd" or
              options.peer is None or s.name in options.peer]
    work = tempfile.mkdtemp(prefix="mynah-differential-")
    os.chmod(work, 0o755)
    os.umask(0o022)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        make_files(work)
        running = start_all(wanted, work)
        if not running or running[0].name != "mynahd":
            return 2
        if len(running) < sum(s.program is not None for s in wanted):
            return 1
        results = run_cases(running, cases, options.jobs)
        look_again(running, cases, results, reasons, options.jobs)
        failures = report(running, cases, results, reasons, options)
        for server in running:
            if server.process.poll() is not None:
                print("FAIL %s has died" % server.name)
                failures += 1
    finally:
        for server in reversed(wanted):
            server.stop()
        shutil.rmtree(work, ignore_errors=True)
    print("%d cases, %.0f s: %s" % (
        len(cases), time.monotonic() - began,
        "%d failures" % failures if failures else "passed"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
