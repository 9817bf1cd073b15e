#!/usr/bin/env python3
"""The same requests to mynahd, nginx, lighttpd, Apache and HAProxy.

    tests/differential/run.py [--mynahd PROGRAM] [--only PATTERN] ...

Every row of the tables in cases_*.py is sent to each server on a connection
of its own; what comes back is written as the statuses of the answers in
order and how the connection ended, such as "200 400 close":

    close     orderly: the server sent FIN
    reset     the server sent RST
    open      nothing more came and the connection stayed
    cut       (before the end) the last answer is shorter than it said
    extra     bytes came behind an answer that had said "close"
    noise     bytes came that are no HTTP answer, such as content after HEAD
    unsaid    the connection ended, the answer before it had not said so
    flood     far more came than any answer has
    stayed    an answer said "close" and the connection stayed open
    !Name     that field, or the content, is not as the row wants it

What mynahd has to do is in the tables: anything else is a failure. How the
others differ from it is printed; each difference has its reason in
differences.txt, and one that has none is a failure too. HAProxy stands in
front of mynahd, so that the syntax it lets through is judged twice; it has
no files of its own, and no part in the rest.

Servers that are not installed are skipped. Each one runs on a free port of
127.0.0.1 with files of its own below a temporary directory, and is ended
with the test. The exit status is 0, 1 after a failure, 2 without mynahd.
"""

import argparse
import concurrent.futures
import fnmatch
import importlib
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
import answers                                              # noqa: E402
import files                                                # noqa: E402
from cases import CASES, fill                               # noqa: E402

SECTIONS = ("syntax", "semantics", "ranges", "conditionals", "paths",
            "encoding", "connection")
for section in SECTIONS:
    before = len(CASES)
    importlib.import_module("cases_" + section)
    for added in CASES[before:]:
        added["section"] = section

QUIET = 0.25            # silence after which a connection counts as open
QUIET_SURE = 1.0        # the same when a surprise is looked at again
TOO_LONG = 8.0          # no case takes longer
TOO_MUCH = 4 << 20      # no case is answered with more
PAUSE = 0.02            # between the writes of one case
LATER = 0.15            # the same, when the answer is to come before


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
        self.learned = {}

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
    access_log off; types { %(nginx_types)s }
    default_type application/octet-stream;
    charset utf-8; charset_types text/plain text/css text/javascript;
    gzip_static on; gzip_vary on; gzip_proxied any; gzip_http_version 1.0;
    if_modified_since before; max_ranges 8; absolute_redirect off;
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
mimetype.assign = ( %(lighttpd_types)s "" => "application/octet-stream" )
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
LoadModule mime_module %(modules)s/mod_mime.so
TypesConfig /dev/null
%(apache_types)s
AddDefaultCharset utf-8
MaxRanges 8
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


# The types that peers are told, by the last part of a name.
TYPES = (
    ("text/html", "html htm"), ("text/plain", "txt"), ("text/css", "css"),
    ("text/javascript", "js mjs"), ("application/json", "json"),
    ("image/svg+xml", "svg"), ("image/png", "png"),
    ("image/jpeg", "jpg jpeg"), ("application/gzip", "gz"))


def types_of_peers():
    words = [(kind, e) for kind, ends in TYPES for e in ends.split()]
    return {
        "nginx_types": " ".join("%s %s;" % row for row in TYPES),
        "lighttpd_types": " ".join('".%s" => "%s%s",' % (
            e, kind, "; charset=utf-8" if kind.startswith("text/") else "")
            for kind, e in words),
        "apache_types": "\n".join("AddType %s .%s" % row for row in words)}


def start_all(all_servers, work):
    values = {
        "account": "User nobody\nGroup nogroup" if os.geteuid() == 0 else "",
        "modules": "/usr/lib/apache2/modules", "mynahd": 0}
    values.update(types_of_peers())
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

def exchange(port, pieces, eof, quiet, pause):
    """Send the pieces; what came back, and how it ended."""
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
            if not unsent and not pieces and eof and not half_closed:
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
                if len(received) > TOO_MUCH:
                    end = "flood"
                    break
            if writable:
                try:
                    n = s.send(unsent)
                    unsent = unsent[n:]
                    due = time.monotonic() + pause
                except (BrokenPipeError, ConnectionResetError):
                    # What was answered before may still be there.
                    unsent = memoryview(b"")
                    pieces = []
                last = time.monotonic()
        if end in ("open", "flood"):
            # Leave nothing behind: servers count their connections.
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                         struct.pack("ii", 1, 0))
    finally:
        s.close()
    return bytes(received), end


class Talk:
    """What a check may know: who is asked, for what, and other answers."""

    def __init__(self, server, request):
        self.server = server.name
        self.port = server.port
        self.learned = server.learned
        self.request = request

    def ask(self, request):
        text = self.fill(request)
        if text not in self.learned:
            self.learned[text] = answers.fetch(
                self.port, text.encode("latin-1"), request.method == "HEAD")
        return self.learned[text]

    def fill(self, text):
        return fill(text, self.request, self.ask)


def pieces_for(server, case):
    """The bytes that this server gets, write by write."""
    if not case["requests"]:
        return list(case["pieces"])
    texts = [Talk(server, r).fill(r).encode("latin-1")
             for r in case["requests"]]
    return texts if case["later"] else [b"".join(texts)]


def check_answers(server, case, came):
    """Words for what is wrong with the answers, and all about it."""
    finals = [a for a in came if a.status >= 200]
    words, told = [], []

    def add(found):
        if found is not None:
            words.append("!" + found[0])
            told.append("%s: %s" % found)

    if server.name == "mynahd":
        for answer in came:
            add(answers.general_fault(answer))
    for number, check in case["checks"]:
        if number < len(finals):
            talk = Talk(server, case["requests"][number])
            if isinstance(check, str):
                check = answers.field_check(check)
            add(check(finals[number], talk))
    return list(dict.fromkeys(words)), told


def outcome(server, case, quiet):
    """In a word or two, and more about what is wrong."""
    try:
        data, end = exchange(server.port, pieces_for(server, case),
                             case["eof"], quiet,
                             LATER if case["later"] else PAUSE)
    except OSError as error:
        return "cannot connect: %s" % error, []
    came, words, said_close = answers.read(data, end != "open",
                                           case["heads"])
    statuses = [w for w in words if w.isdigit()]
    # The peer that has ended its side need not be told.
    if end == "close" and statuses and not said_close and not case["eof"]:
        words.append("unsaid")
    if end == "open" and said_close:
        words.append("stayed")
    try:
        wrong, told = check_answers(server, case, came)
    except OSError as error:
        wrong, told = ["!" + str(error)], []
    return " ".join(shorten(words) + [end] + wrong), told


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
    parser.add_argument("--section", action="append", choices=SECTIONS,
                        help="only this section (may be repeated)")
    parser.add_argument("--peer", action="append", metavar="NAME",
                        help="only this peer (may be repeated)")
    parser.add_argument("--jobs", type=int, default=64,
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


def is_for(server, case):
    return server.name == "mynahd" or server.name in case["peers"]


def run_pairs(pairs, quiet, jobs):
    """[(server, case, (outcome, details))] of servers and cases."""
    def one(pair):
        return pair + (outcome(*pair, quiet),)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(one, pairs))


def run_cases(running, cases, jobs):
    """All outcomes: {server: {case: (text, details)}}."""
    results = {s.name: {} for s in running}
    pairs = [(s, c) for c in cases for s in running if is_for(s, c)]
    for server, case, came in run_pairs(pairs, QUIET, jobs):
        results[server.name][case["name"]] = came
    return results


def is_surprise(server, case, text, reasons):
    if server.name == "mynahd":
        return text != required(case)
    got = compared(text)
    return got != compared(required(case)) and not any(
        r.explains(case["name"], server.name, got) for r in reasons)


def look_again(running, cases, results, reasons, jobs):
    """Surprises are tried once more, with patience: the load may be one."""
    pairs = [(s, c) for s in running for c in cases if is_for(s, c) and
             is_surprise(s, c, results[s.name][c["name"]][0], reasons)]
    for server, case, came in run_pairs(pairs, QUIET_SURE,
                                        max(1, jobs // 4)):
        results[server.name][case["name"]] = came


def show_bytes(case):
    texts = case["requests"] or [p.decode("latin-1") for p in case["pieces"]]
    text = "".join(texts).encode("unicode_escape").decode("ascii")
    return text if len(text) <= 300 else text[:297] + "..."


def check_mynahd(cases, results):
    failures = 0
    for case in cases:
        got, told = results[case["name"]]
        if got == required(case):
            continue
        failures += 1
        print("FAIL %s: %s, not %s" % (case["name"], got, required(case)))
        for row in told + [show_bytes(case)]:
            print("     " + row)
    return failures


def compare_peer(peer, cases, results, reasons, brief):
    """Print how peer differs; how many are alike, differ, have no reason."""
    differing, unexplained = 0, 0
    cases = [c for c in cases if c["name"] in results[peer]]
    by_reason = {}
    for case in cases:
        name = case["name"]
        mine = compared(required(case))
        theirs, told = results[peer][name]
        theirs = compared(theirs)
        if mine == theirs:
            continue
        differing += 1
        reason = explain(reasons, name, peer, theirs)
        if reason is None:
            unexplained += 1
            print("FAIL %s: %s %s, mynahd %s: no reason in differences.txt"
                  % (name, peer, theirs, mine))
            for row in told:
                print("     " + row)
        else:
            by_reason.setdefault(reason.why, []).append(
                "%s: %s, mynahd %s" % (name, theirs, mine))
    if not brief:
        for why, rows in by_reason.items():
            print("\n%s: %s" % (peer, why))
            for row in rows:
                print("    " + row)
    return len(cases) - differing, differing, unexplained


def tell_stale(reasons, running):
    names = [s.name for s in running]
    for reason in reasons:
        for peer in reason.peers:
            if peer in names and reason.used[peer] == 0:
                print("stale: differences.txt:%d: %s | %s" %
                      (reason.number, reason.pattern, peer))


def report(running, cases, results, reasons, options):
    if options.list:
        for case in cases:
            print(case["name"])
            for server in running:
                if is_for(server, case):
                    text, told = results[server.name][case["name"]]
                    print("    %-9s %s" % (server.name, text))
                    for row in told:
                        print("              " + row)
    failures = check_mynahd(cases, results["mynahd"])
    summary = ["mynahd: %d of %d as required (%s)" % (
        len(cases) - failures, len(cases), ", ".join("%s %d" % (
            name, sum(c["section"] == name for c in cases))
            for name in SECTIONS if name in (options.section or SECTIONS)))]
    for server in running:
        if server.name == "mynahd" or not results[server.name]:
            continue
        alike, differing, unexplained = compare_peer(
            server.name, cases, results, reasons, options.brief)
        failures += unexplained
        summary.append("%s %s: %d alike, %d differ, %d without a reason" % (
            server.name, server.version(), alike, differing, unexplained))
    print()
    if options.only == "*" and not options.section:
        tell_stale(reasons, running)
    print("\n".join(summary))
    return failures


def main():
    options = parse_arguments()
    mynahd = find_mynahd(options.mynahd)
    cases = [c for c in CASES if
             fnmatch.fnmatchcase(c["name"], options.only) and
             c["section"] in (options.section or SECTIONS)]
    reasons = read_reasons(os.path.join(HERE, "differences.txt"))
    wanted = [s for s in servers(mynahd) if s.name == "mynahd" or
              options.peer is None or s.name in options.peer]
    work = tempfile.mkdtemp(prefix="mynah-differential-")
    os.chmod(work, 0o755)
    os.umask(0o022)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        files.make(work)
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
        files.unlock(work)
        shutil.rmtree(work, ignore_errors=True)
    print("%d cases, %.0f s: %s" % (
        len(cases), time.monotonic() - began,
        "%d failures" % failures if failures else "passed"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
