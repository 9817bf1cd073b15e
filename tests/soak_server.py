"""The program under tests/soak.py: configured, started, signalled, watched."""

import collections
import os
import random
import re
import signal
import socket
import subprocess
import time

FIRST_PORT, LAST_PORT = 20000, 30000    # below what the kernel gives away
PATIENCE = 15
RELEASES, LIST = "release.test", "list.test"

# Fewer than all clients together at times, so that some have to wait.
CONNECTIONS, PER_ADDRESS = 240, 100
HEADER_S, IDLE_S = 8, 8

CONFIG = """\
# Version %(version)d.
listeners:
  - {name: web, host: 127.0.0.1, port: %(web)d, backlog: 1024, protocol: http}
  - {name: auto, host: 127.0.0.1, port: %(auto)d, protocol: auto}
  - {name: echo, host: 127.0.0.1, port: %(echo)d, protocol: echo}
  - {name: welcome, host: 127.0.0.1, port: %(welcome)d, protocol: welcome}
  - {name: local, unix: %(work)s/run/web.sock, mode: "0666", protocol: http}
%(more)swelcome: {message: "Welcome <%(version)d>\\n"}
echo: {prefix: "<%(version)d>"}
http:
  document_root: %(work)s/site
  headers:
    - {match: "/*", set: {X-Soak: "%(version)d"}}
  hosts:
    %(releases)s: {document_root: %(work)s/releases/current}
    %(list)s: {listing: json}
limits:
  max_connections: %(connections)d
  connections_per_address: %(per_address)d
  requests_per_connection: %(requests)d
  detect_timeout: 2s
  header_timeout: %(header)ds
  idle_timeout: %(idle)ds
cache: {memory: %(memory)s, entries: %(entries)d}
%(log)s%(process)s"""

EXTRA = "  - {name: extra, host: 127.0.0.1, port: %d, protocol: http}\n"

LOG = """\
log:
  error: {target: %(work)s/log/error.log, level: info}
  access: {target: %(work)s/log/access.log, format: %(format)s}
"""

# What the versions differ in, in turns; the first is the one at rest.
USUAL = {"format": "json", "memory": "4MiB", "entries": 10000,
         "requests": 1000000, "extra": False}
KINDS = (
    {},
    {"format": "combined", "extra": True},
    {"memory": "2MiB"},
    {"format": "common", "requests": 50},
    {"entries": 0, "extra": True},
    {"format": "combined", "entries": 20},
)

# Each must be refused, and change nothing. held is a port that is in use.
BROKEN = (
    ("not YAML", lambda text, held: text.replace("echo: {", "echo: {{")),
    ("an unknown key", lambda text, held: "prot: 8080\n" + text),
    ("no document root", lambda text, held:
     text.replace("/site\n", "/none\n")),
    ("an address in use", lambda text, held:
     text.replace("welcome: {", EXTRA % held + "welcome: {", 1)),
    ("what needs a restart", lambda text, held: text + "  daemon: true\n"),
    ("cut off", lambda text, held: text[:text.index("document_root")]),
)


def free_ports(number):
    """Held until all are known, so that no two are the same."""
    held = []
    try:
        while len(held) < number:
            s = socket.socket()
            try:
                s.bind(("127.0.0.1", random.randint(FIRST_PORT, LAST_PORT)))
                s.listen()
                held.append(s)
            except OSError:
                s.close()
        return [s.getsockname()[1] for s in held]
    finally:
        for s in held:
            s.close()


class Program:
    """mynahd, and what the system tells of it."""

    def __init__(self, path, work, features):
        self.path = path
        self.work = work
        self.features = features
        self.config = os.path.join(work, "etc", "mynahd.yaml")
        self.said = os.path.join(work, "said")
        self.access_log = os.path.join(work, "log", "access.log")
        self.error_log = os.path.join(work, "log", "error.log")
        if "logs" not in features:
            self.error_log = self.said
        self.process = None
        names = ("web", "auto", "echo", "welcome", "extra")
        self.ports = dict(zip(names, free_ports(len(names))))
        self.held = socket.create_server(("127.0.0.1", 0))
        self.unix = os.path.join(work, "run", "web.sock")
        for name in ("etc", "log", "run"):
            os.mkdir(os.path.join(work, name))
            if os.geteuid() == 0 and name != "etc":
                os.chown(os.path.join(work, name), *nobody())

    def place(self, name):
        if name == "local":
            return self.unix
        return ("127.0.0.1", self.ports[name])

    # Configurations

    def text(self, version, kind):
        values = dict(USUAL)
        values.update(kind)
        more = EXTRA % self.ports["extra"] if values["extra"] else ""
        values.update(self.ports)
        values.update({
            "version": version, "work": self.work, "releases": RELEASES,
            "list": LIST, "connections": CONNECTIONS,
            "per_address": PER_ADDRESS, "header": HEADER_S, "idle": IDLE_S,
            "more": more, "process": self.process_keys(), "log": ""})
        if "logs" in self.features:
            values["log"] = LOG % values
        return CONFIG % values

    def process_keys(self):
        keys = "process:\n  grace: 10s\n"
        if "pid" in self.features:
            keys += "  pid_file: %s/run/pid\n" % self.work
        if "sandbox" in self.features:
            keys += "  readable: [%s/releases]\n" % self.work
        else:
            keys += "  sandbox: none\n"
        return keys

    def broken(self, version, turn):
        """A configuration that must be refused, and its name."""
        name, spoil = BROKEN[turn % len(BROKEN)]
        return name, spoil(self.text(version, {}), self.held.getsockname()[1])

    def configure(self, text):
        """By rename, as an editor does."""
        with open(self.config + ".next", "w", encoding="ascii") as out:
            out.write(text)
        os.rename(self.config + ".next", self.config)

    # The process

    def user(self):
        return ["--user", "nobody"] if os.geteuid() == 0 else []

    def start(self):
        arguments = [self.path, "--config", self.config, *self.user()]
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, cwd="/")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with socket.create_connection(self.place("web"), 10) as s:
                    # Its end comes when it serves; the port is open before.
                    s.shutdown(socket.SHUT_WR)
                    s.recv(1)
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def words(self):
        """What it said when it did not start."""
        said = ""
        for path in {self.said, self.error_log}:
            try:
                with open(path, encoding="utf-8", errors="replace") as text:
                    said += text.read()
            except OSError:
                pass
        return said

    def is_alive(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Its exit status; None where it had to be killed."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    # What the system tells

    def descriptors(self):
        """What it has open, and how many of each."""
        place = "/proc/%d/fd" % self.process.pid
        found = collections.Counter()
        for name in os.listdir(place):
            try:
                what = os.readlink(os.path.join(place, name))
            except FileNotFoundError:
                continue
            found["socket" if what.startswith("socket:") else what] += 1
        return found

    def memory(self):
        """Bytes of its own, those of files not counted."""
        with open("/proc/%d/status" % self.process.pid,
                  encoding="ascii", errors="replace") as text:
            return 1024 * int(re.search(r"RssAnon:\s+(\d+)", text.read())[1])

    def cpu(self):
        """Seconds."""
        with open("/proc/%d/stat" % self.process.pid, "rb") as text:
            fields = text.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def nobody():
    import pwd
    user = pwd.getpwnam("nobody")
    return user.pw_uid, user.pw_gid
