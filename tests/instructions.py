#!/usr/bin/env python3
"""How many instructions does mynahd take for a request?

usage: tests/instructions.py [--store] [row ...]

Times drift with the machine and what else it does; the number of instructions
does not. The real mynahd runs under callgrind (Debian: valgrind) and is asked
by one client on one connection, which waits for each answer before it goes
on. Each row is run twice, with COUNT requests and with twice as many: the
difference has neither the start nor the first request nor the end in it.
What the kernel does is not counted. Debian 12's valgrind has no openat2, so
that files are opened by the portable way there.

The figures are held against those in instructions.txt. More than a tenth
above is a failure; more than a tenth below is told, as the stored figure no
longer guards anything. They are those of one compiler and one kind of
machine, which the file names and the program's own .comment section tells:
for another one they are printed, but not judged (77, skipped). The checks of
each change run on Debian 12, for which they are stored.

A change that has to cost more says so in its commit: build with the flags
that users get, run this with --store (with rows: these alone), commit
instructions.txt with the change, and give the reason for each figure that
went up. Who made something faster stores the lower figure in the same way.

The environment may give MYNAHD (the program). The exit status is 0, 1 after a
failure or when a row grew, 2 without mynahd or for a wrong argument, 77 when
valgrind is missing or nothing can be judged.
"""

import concurrent.futures
import os
import pathlib
import platform
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
MYNAHD = pathlib.Path(os.environ.get("MYNAHD", HERE.parent / "build/mynahd"))
STORED = HERE / "instructions.txt"

COUNT = 800         # requests of the shorter run; a multiple of PIPELINED
PIPELINED = 16
GROWTH = 1.10       # a failure above this ratio
SHRINKING = 0.90    # told below this one
SECONDS = 60        # for each answer: callgrind is slow, machines are busy

# Files are not trusted by their stamps before they are 2 s old.
SETTLED = 2.5
MODIFIED = 1577836800

# Functions of libc are chosen by what the processor has: not here.
ENVIRONMENT = {
    "LC_ALL": "C",
    "PATH": "/usr/bin:/bin",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-ERMS,-FSRM",
}

BROWSER = """\
Connection: keep-alive
Cache-Control: max-age=0
sec-ch-ua: "Chromium";v="120", "Not A Brand";v="99"
sec-ch-ua-mobile: ?0
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like \
Gecko) Chrome/120.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,\
image/webp,*/*;q=0.8
Sec-Fetch-Site: none
Sec-Fetch-Mode: navigate
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Cookie: session=0123456789abcdef0123456789; theme=dark
"""


class Failure(Exception):
    pass


class Row:
    """What is asked, and what has to come: else the wrong thing is counted."""

    def __init__(self, path, fields="", status=200, has="", batch=1):
        self.path = path
        self.fields = fields    # {etag} stands for that of the path
        self.status = status
        self.has = has
        self.batch = batch

    def request(self, fields=""):
        lines = f"GET {self.path} HTTP/1.1\nHost: 127.0.0.1:8080\n{fields}\n"
        return lines.replace("\n", "\r\n").encode()


ROWS = {
    "1k": Row("/1k.html"),
    "1k-browser": Row("/1k.html", BROWSER),
    "304": Row("/1k.html", "If-None-Match: {etag}\n", status=304),
    "404": Row("/not-there.html", status=404),
    "asset-br": Row("/assets/app.js", "Accept-Encoding: gzip, deflate, br\n",
                    has="\r\nContent-Encoding: br\r\n"),
    "1k-pipelined": Row("/1k.html", batch=PIPELINED),
}


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.input = b""

    def close(self):
        self.socket.close()

    def fill(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise Failure("the server closed the connection")
        self.input += part

    def answer(self):
        """Take one answer: its head as text, with the line end first."""
        while b"\r\n\r\n" not in self.input:
            self.fill()
        head, _, rest = self.input.partition(b"\r\n\r\n")
        text = head.decode("latin-1") + "\r\n"
        length = re.search(r"\r\nContent-Length: (\d+)\r\n", text)
        size = int(length[1]) if length and " 304 " not in text[:13] else 0
        while len(rest) < size:
            self.input = b""
            self.fill()
            rest += self.input
        self.input = rest[size:]
        return text

    def ask(self, row, request):
        self.socket.sendall(request * row.batch)
        for _ in range(row.batch):
            head = self.answer()
            if not head.startswith(f"HTTP/1.1 {row.status} ") or \
                    row.has not in head:
                raise Failure(f"not what was to be counted:\n{head}")

    def run(self, row, count):
        fields = row.fields
        if "{etag}" in fields:
            self.socket.sendall(row.request())
            etag = re.search(r"\r\nETag: (.*)\r\n", self.answer())
            fields = fields.format(etag=etag[1])
        request = row.request(fields)
        for _ in range(count // row.batch):
            self.ask(row, request)


class Site:
    """A directory with the program, its configuration and what it serves."""

    def __init__(self, work):
        self.work = work
        self.user = {}
        work.chmod(0o755)
        # Root's own directories may be closed to the user it is run as.
        shutil.copy2(MYNAHD, work / "mynahd")
        root = work / "site"
        (root / "assets").mkdir(parents=True)
        self.write(root / "1k.html", 1024)
        self.write(root / "assets/app.js", 8192)
        self.write(root / "assets/app.js.br", 2048)
        self.settled = time.monotonic() + SETTLED
        (work / "mynahd.yaml").write_text(
            f"host: 127.0.0.1\nport: 0\nprotocol: http\n"
            f"document_root: {root}\n")
        (work / "out").mkdir()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.user = {"user": nobody.pw_uid, "group": nobody.pw_gid,
                         "extra_groups": []}
            os.chown(work / "out", nobody.pw_uid, nobody.pw_gid)

    @staticmethod
    def write(path, size):
        path.write_bytes(b"x" * size)
        os.utime(path, (MODIFIED, MODIFIED))

    def count(self, name, count):
        """The instructions of a whole run, from the start to the end."""
        base = self.work / "out" / f"{name}-{count}"
        out, log = base.with_suffix(".callgrind"), base.with_suffix(".log")
        with open(log, "wb") as stderr:
            server = subprocess.Popen(
                ["valgrind", "--tool=callgrind", "--vgdb=no",
                 f"--callgrind-out-file={out}",
                 f"--log-file={base.with_suffix('.valgrind')}",
                 "./mynahd", "--config", str(self.work / "mynahd.yaml")],
                cwd=self.work, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                stderr=stderr, **self.user)
        try:
            client = Client(self.port_of(server, log))
            client.run(ROWS[name], count)
            client.close()
            server.send_signal(signal.SIGTERM)
            if server.wait(SECONDS) != 0:
                raise Failure(f"mynahd ended with {server.returncode}")
        except (Failure, OSError, subprocess.TimeoutExpired) as error:
            raise Failure(f"{name}: {error}\n{log.read_text()}") from error
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()
        return int(re.search(r"^totals: (\d+)", out.read_text(), re.M)[1])

    @staticmethod
    def port_of(server, log):
        deadline = time.monotonic() + SECONDS
        while server.poll() is None and time.monotonic() < deadline:
            found = re.search(r"listening on .* port (\d+) .*\n",
                              log.read_text())
            if found:
                return int(found[1])
            time.sleep(0.02)
        raise Failure("mynahd did not start")


def measure(names):
    """Instructions a request, by name."""
    with tempfile.TemporaryDirectory(prefix="mynah.") as work:
        site = Site(pathlib.Path(work))
        time.sleep(max(0, site.settled - time.monotonic()))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            runs = {(name, count): pool.submit(site.count, name, count)
                    for name in names for count in (COUNT, 2 * COUNT)}
            try:
                total = {run: future.result() for run, future in runs.items()}
            except Failure:
                pool.shutdown(cancel_futures=True)
                raise
    return {name: round((total[name, 2 * COUNT] - total[name, COUNT]) / COUNT)
            for name in names}


def compiler():
    """What the program was made with, and for, in a word each."""
    binary = MYNAHD.read_bytes()
    found = sorted(set(
        f"{name.decode().lower()}-{version.decode()}" for name, version in
        re.findall(rb"(GCC): \([^)]*\) (\d+\.\d+)", binary) +
        re.findall(rb"(clang) version (\d+\.\d+)", binary)))
    return " ".join(found + [platform.machine()])


def load():
    """The compiler and the figures that are stored."""
    made_with, figures = "", {}
    if STORED.exists():
        for line in STORED.read_text().splitlines():
            name, _, value = line.partition("\t")
            if name == "compiler":
                made_with = value.strip()
            elif name and not name.startswith("#"):
                figures[name] = int(value)
    return made_with, figures


def store(figures):
    width = max(map(len, ROWS)) // 8 + 1
    lines = ["# Instructions of mynahd for one request. Written by",
             "# instructions.py --store; how and when is said there.",
             f"compiler\t{compiler()}"]
    for name in ROWS:
        if name in figures:
            tabs = "\t" * (width - len(name) // 8)
            lines.append(f"{name}{tabs}{figures[name]}")
    STORED.write_text("\n".join(lines) + "\n")


def judge(name, figure, stored):
    """Print a line of the table; False if the row grew or is not stored."""
    ratio = figure / stored if stored else 0
    note = ""
    if not stored:
        note = "not stored"
    elif ratio > GROWTH:
        note = "GREW"
    elif ratio < SHRINKING:
        note = "lower it: the stored figure is out of date"
    shown = f"{ratio:.3f}" if stored else "-"
    print(f"{name:14}{figure:>10}{stored or '-':>10}{shown:>8}  {note}"
          .rstrip())
    return stored is not None and ratio <= GROWTH


def main():
    names = [word for word in sys.argv[1:] if word != "--store"]
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        print(f"instructions.py: unknown: {' '.join(unknown)}; "
              f"known: {' '.join(ROWS)}", file=sys.stderr)
        return 2
    if not os.access(MYNAHD, os.X_OK):
        print(f"instructions.py: no mynahd at {MYNAHD}", file=sys.stderr)
        return 2
    if shutil.which("valgrind") is None:
        print("valgrind is not installed")
        return 77
    made_with, stored = load()
    try:
        figures = measure(names or list(ROWS))
    except Failure as error:
        print(f"FAIL: {error}", file=sys.stderr)
        return 1
    print(f"{'row':14}{'a request':>10}{'stored':>10}{'ratio':>8}")
    good = [judge(name, figure, stored.get(name))
            for name, figure in figures.items()]
    if "--store" in sys.argv:
        store({**(stored if made_with == compiler() else {}), **figures})
        return 0
    if made_with != compiler():
        print(f"not judged: stored for {made_with or 'none'}, "
              f"this is {compiler()}")
        return 77
    if not all(good):
        print("FAIL: a row grew by more than a tenth, or is not stored: what "
              "to do is said in tests/instructions.py", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
