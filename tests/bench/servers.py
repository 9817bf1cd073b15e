"""The servers that are measured: how each is set up, started and watched.

One configuration each, for all scenarios. The peers are tuned as their
manuals say: one worker or thread, no log of requests (but in rows that are
about it), connections that are never cut, descriptors for all clients, connections accepted when they have
spoken (mynahd, h2o and Apache do so by themselves), the compressed
siblings of files used in the way that the server has.
"""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

DESCRIPTORS = 20000
FIRST_PORT = 20000              # below what the kernel gives to clients
LAST_PORT = 30000
ports_given = set()

TYPES = (
    ("text/html", "html"), ("text/css", "css"), ("text/javascript", "js"),
    ("text/plain", "txt"), ("image/svg+xml", "svg"), ("image/png", "png"),
    ("image/jpeg", "jpg"), ("image/webp", "webp"), ("font/woff2", "woff2"))
TEXTS = ("html", "css", "js", "svg")    # what has siblings

MYNAHD = """
listeners:
  - {name: web, host: 127.0.0.1, port: %(port)d, backlog: 4096, protocol: http}
  - {name: echo, host: 127.0.0.1, port: %(echo_port)d, backlog: 4096,
     protocol: echo}
echo: {prefix: ""}
http: {document_root: %(root)s}
"""

NGINX = """
daemon off; worker_processes 1; pid %(place)s/pid;
worker_rlimit_nofile %(descriptors)d;
error_log %(place)s/error.log crit;
events { use epoll; worker_connections %(connections)d; multi_accept on; }
http {
    access_log off; server_tokens off;
    sendfile on; tcp_nopush on; tcp_nodelay on;
    keepalive_timeout 300; keepalive_requests 1000000000;
    open_file_cache max=20000 inactive=300s; open_file_cache_valid 60s;
    open_file_cache_min_uses 1; open_file_cache_errors on;
    types { %(nginx_types)s } default_type application/octet-stream;
    gzip_static on; gzip_vary on; gzip_proxied any;
    client_body_temp_path %(place)s; proxy_temp_path %(place)s;
    fastcgi_temp_path %(place)s; uwsgi_temp_path %(place)s;
    scgi_temp_path %(place)s;
    server {
        listen 127.0.0.1:%(port)d backlog=4096 deferred;
        root %(root)s;
        log_not_found off;
    }
}
"""

# A line for each request, in the format that both call combined: mynahd as it
# does it, nginx as Debian has it set up, unbuffered.
LOGGED = {
    "mynahd": lambda config: config +
    "log: {access: {target: %(place)s/access.log}}\n",
    "nginx": lambda config: config.replace(
        "access_log off;", "access_log %(place)s/access.log;"),
}

# Fewer threads than clients, and it closes connections that are kept alive.
APACHE_THREADS = 1024

# What is negotiated is chosen by the path first, so that other paths do not
# pay for it. The conditions are looked at again with the path of the sibling.
LIGHTTPD = """
server.document-root = "%(root)s"
server.bind = "127.0.0.1"
server.port = %(port)d
server.errorlog = "%(place)s/error.log"
server.upload-dirs = ( "%(place)s" )
server.modules = ( "mod_rewrite", "mod_setenv" )
server.event-handler = "linux-sysepoll"
server.network-backend = "sendfile"
server.listen-backlog = 4096
server.defer-accept = 1
server.max-fds = %(descriptors)d
server.max-connections = %(connections)d
server.max-keep-alive-requests = 1000000000
server.max-keep-alive-idle = 300
server.tag = "lighttpd"
index-file.names = ( "index.html" )
mimetype.assign = ( %(lighttpd_types)s "" => "application/octet-stream" )
$HTTP["url"] =^ "/page/" {
    $HTTP["url"] =$ ".br" {
        setenv.set-response-header = (
            "Vary" => "Accept-Encoding", "Content-Encoding" => "br" )
    }
    else $HTTP["url"] =$ ".gz" {
        setenv.set-response-header = (
            "Vary" => "Accept-Encoding", "Content-Encoding" => "gzip" )
    }
    else $HTTP["url"] =~ "\\.(html|css|js|svg)$" {
        $REQUEST_HEADER["Accept-Encoding"] =~ "br" {
            url.rewrite-once = ( "" => "${url.path}.br" )
        }
        else $REQUEST_HEADER["Accept-Encoding"] =~ "gzip" {
            url.rewrite-once = ( "" => "${url.path}.gz" )
        }
    }
}
"""

# Of its siblings it gives only those whose coding stands in Accept-Encoding
# without a q-value.
H2O = """
num-threads: 1
max-connections: %(connections)d
tcp-fastopen: 0
http1-request-timeout: 300
error-log: %(place)s/error.log
pid-file: %(place)s/pid
file.send-compressed: ON
file.mime.addtypes:
%(h2o_types)s
listen:
  host: 127.0.0.1
  port: %(port)d
hosts:
  default:
    paths:
      /:
        file.dir: %(root)s
"""

APACHE = """
ServerRoot %(place)s
ServerName example.org
ServerTokens Prod
DefaultRuntimeDir %(place)s
PidFile %(place)s/pid
ErrorLog %(place)s/error.log
LogLevel crit
Listen 127.0.0.1:%(port)d
ListenBackLog 4096
LoadModule mpm_event_module %(modules)s/mod_mpm_event.so
LoadModule authz_core_module %(modules)s/mod_authz_core.so
LoadModule headers_module %(modules)s/mod_headers.so
LoadModule mime_module %(modules)s/mod_mime.so
LoadModule rewrite_module %(modules)s/mod_rewrite.so
TypesConfig /dev/null
%(apache_types)s
EnableSendfile On
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
StartServers 1
ServerLimit 1
ThreadLimit %(threads)d
ThreadsPerChild %(threads)d
MaxRequestWorkers %(threads)d
AsyncRequestWorkerFactor 16
MaxConnectionsPerChild 0
FileETag MTime Size
DocumentRoot %(root)s
<Directory %(root)s>
    Require all granted
    AllowOverride None
</Directory>
<Directory %(root)s/page>
    RewriteEngine On
    RewriteCond %%{HTTP:Accept-Encoding} br
    RewriteCond %%{REQUEST_FILENAME}.br -s
    RewriteRule ^(.+)$ $1.br [L]
    RewriteCond %%{HTTP:Accept-Encoding} gzip
    RewriteCond %%{REQUEST_FILENAME}.gz -s
    RewriteRule ^(.+)$ $1.gz [L]
    AddEncoding br .br
    AddEncoding gzip .gz
    Header append Vary Accept-Encoding
</Directory>
"""


class Failure(Exception):
    """What ends the run, in words for who started it."""


def find_program(names):
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None


def account():
    """What subprocess needs so that nothing measured runs as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": "nobody", "group": "nogroup", "extra_groups": []}


def raise_descriptors():
    """As many as all clients of a row need; returns how many there are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < DESCRIPTORS:
        soft = DESCRIPTORS
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(soft, DESCRIPTORS)


def free_port():
    for port in range(FIRST_PORT, LAST_PORT):
        if port in ports_given:
            continue
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
                s.listen()
            except OSError:
                continue
        ports_given.add(port)
        return port
    raise Failure("no port between %d and %d is free" % (
        FIRST_PORT, LAST_PORT))


def values_of_types():
    words = [(kind, e) for kind, ends in TYPES for e in ends.split()]
    texts = [(kind, "%s.%s" % (end, coding)) for kind, end in words
             if end in TEXTS for coding in ("br", "gz")]
    return {
        "nginx_types": " ".join("%s %s;" % row for row in TYPES),
        "lighttpd_types": " ".join(
            '".%s" => "%s",' % (end, kind) for kind, end in texts + words),
        "h2o_types": "\n".join(
            '  "%s": [".%s"]' % row for row in words),
        "apache_types": "\n".join("AddType %s .%s" % row for row in words)}


class Server:
    """A program that listens on a port of 127.0.0.1, ended by its pid."""

    def __init__(self, name, kind, program, arguments, config):
        self.name = name
        self.kind = kind                # which of the servers it is
        self.program = program
        self.arguments = arguments
        self.config = config
        self.process = None
        self.port = None
        self.echo_port = None
        self.place = None

    def again(self, suffix):
        """Another one that is set up like this one."""
        return Server("%s-%s" % (self.name, suffix), self.kind, self.program,
                      self.arguments, self.config)

    def with_log(self):
        """Another one that is set up like this one, but keeps a log."""
        other = self.again("log")
        other.config = LOGGED[self.kind](self.config)
        return other

    def is_peer(self):
        return self.kind not in ("mynahd", "floor")

    def start(self, work, core):
        """Once more with another port, should someone have taken it."""
        for last in (False, True):
            self.launch(work, core)
            if self.is_up():
                return
            self.stop()
            if last:
                raise Failure("%s does not start:\n%s" % (
                    self.name, self.output()))

    def launch(self, work, core):
        self.port = free_port()
        self.echo_port = free_port() if self.kind == "mynahd" else None
        self.place = os.path.join(work, "servers", self.name)
        shutil.rmtree(self.place, ignore_errors=True)
        os.makedirs(self.place, mode=0o755)
        program = self.program
        if self.kind == "mynahd":       # it may lie where nobody can read
            program = shutil.copy(program, self.place)
        values = {
            "place": self.place, "port": self.port,
            "echo_port": self.echo_port, "root": os.path.join(work, "root"),
            "descriptors": raise_descriptors(),
            "connections": raise_descriptors() // 2 - 100,
            "modules": "/usr/lib/apache2/modules",
            "threads": APACHE_THREADS,
            "config": os.path.join(self.place, "config")}
        values.update(values_of_types())
        with open(values["config"], "w", encoding="ascii") as out:
            out.write(self.config % values)
        if os.geteuid() == 0:
            shutil.chown(self.place, "nobody")
        with open(os.path.join(self.place, "output"), "wb") as output:
            self.process = subprocess.Popen(
                [program] + [a % values for a in self.arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=self.place, start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {core}),
                **account())

    def is_up(self):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(
                    ("127.0.0.1", self.port), 1).close()
                return True
            except OSError:
                time.sleep(0.02)
        return False

    def output(self):
        said = ""
        for name in ("output", "error.log"):
            try:
                with open(os.path.join(self.place, name),
                          encoding="utf-8", errors="replace") as text:
                    said += text.read()
            except OSError:
                pass
        return said

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """Ask the program, then end what is left of its session."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process = None

    def pids(self):
        """The processes of its session, the program first."""
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and session_of(name) == self.process.pid:
                found.append(int(name))
        return sorted(found)

    def cpu_ns(self):
        """CPU time that all its threads have had."""
        total = 0
        for task in self.tasks():
            with open(task + "/schedstat", encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        return total

    def switches(self):
        """How often its threads have been put to work."""
        return sum(int(n) for task in self.tasks()
                   for n in numbers(task, "ctxt_switches"))

    def rss_anon(self):
        return 1024 * sum(int(n) for pid in self.pids()
                          for n in numbers("/proc/%d" % pid, "RssAnon"))

    def tasks(self):
        return ["/proc/%d/task/%s" % (pid, task) for pid in self.pids()
                for task in os.listdir("/proc/%d/task" % pid)]

    def version(self):
        if self.kind == "floor":
            return ""
        option = {"nginx": "-v", "apache": "-v", "lighttpd": "-v",
                  "h2o": "--version", "mynahd": "--version"}[self.kind]
        said = subprocess.run([self.program, option], check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT).stdout.decode()
        found = re.search(r"\d+\.\d+(\.\d+)?", said)
        return found.group() if found else "?"


def session_of(pid):
    try:
        with open("/proc/%s/stat" % pid, "rb") as stat:
            # The name before it, in parentheses, may have blanks.
            return int(stat.read().rpartition(b")")[2].split()[3])
    except (OSError, ValueError, IndexError):
        return None


def numbers(place, word):
    with open(place + "/status", encoding="ascii", errors="replace") as text:
        return re.findall(r"%s:\s+(\d+)" % word, text.read())


def floor_server(programs, name, answer=None):
    """A floor of its own for each answer; None sends back what comes."""
    return Server(name, "floor", os.path.join(programs, "floor"),
                  ["%(port)d"] + ([answer] if answer else []), "")


def mynahd_server(name, program):
    return Server(name, "mynahd", program, ["--config", "%(config)s"], MYNAHD)


PEERS = {
    "nginx": (["nginx"], [
        "-p", "%(place)s", "-e", "%(place)s/error.log", "-c", "%(config)s"],
        NGINX),
    "lighttpd": (["lighttpd"], ["-D", "-f", "%(config)s"], LIGHTTPD),
    "h2o": (["h2o"], ["-c", "%(config)s"], H2O),
    "apache": (["apache2", "httpd"], ["-DFOREGROUND", "-f", "%(config)s"],
               APACHE),
}


def peer_server(name):
    """None when it is not installed."""
    names, arguments, config = PEERS[name]
    program = find_program(names)
    return program and Server(name, name, program, arguments, config)
