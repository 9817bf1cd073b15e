"""Requests to a server: one, to see that its answer is right, and many."""

import os
import re
import socket
import subprocess
import zlib

from servers import Failure

WAIT = 10                               # seconds for one answer
TOO_LONG = 30                           # seconds for a load to begin and end
MESSAGE = b"0123456789abcdef" * 4       # what is echoed


class Answer:
    """A response as it came: what is in it, and all its bytes."""

    def __init__(self, status, fields, content, raw):
        self.status = status
        self.fields = fields
        self.content = content
        self.raw = raw


class Load:
    """What one turn of a load generator reported."""

    def __init__(self, said):
        found = re.search(r"^report (.*)$", said, re.MULTILINE)
        if not found:
            raise Failure("no report from the load generator:\n" + said)
        self.said = said
        for word in found.group(1).split():
            key, _, value = word.partition("=")
            setattr(self, key, float(value))
        self.rate = self.requests / (self.microseconds / 1e6)

    def forget_times(self):
        for key in ("p50", "p90", "p99", "p999", "max"):
            setattr(self, key, None)


def request_of(path, headers, port):
    lines = ["GET %s HTTP/1.1" % path]
    # In the order and form in which wrk has them, as far as it matters.
    for name, value in dict(Host="127.0.0.1:%d" % port, **headers).items():
        lines.append("%s: %s" % (name, value))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    fields = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        fields[name.strip().lower()] = value.strip()
    return int(lines[0].split()[1]), fields


def fetch(port, path, headers):
    with socket.create_connection(("127.0.0.1", port), WAIT) as s:
        s.sendall(request_of(path, headers, port))
        raw = b""
        wanted = None
        while wanted is None or len(raw) < wanted:
            some = s.recv(1 << 20)
            if not some:
                break
            raw += some
            head, end, _ = raw.partition(b"\r\n\r\n")
            if end and wanted is None:
                status, fields = parse_head(head)
                length = int(fields.get("content-length", "0"))
                wanted = len(head) + len(end)
                wanted += 0 if status in (204, 304) else length
    if wanted is None or len(raw) != wanted:
        raise Failure("%s: %d bytes came and not %s" % (
            path, len(raw), wanted))
    return Answer(status, fields, raw[len(head) + len(end):], raw)


def file_bytes(root, path):
    with open(root + path, "rb") as content:
        return content.read()


def has_right_content(root, path, answer):
    coding = answer.fields.get("content-encoding")
    whole = file_bytes(root, path)
    if coding is None:
        return answer.content == whole
    if coding == "gzip":
        return zlib.decompress(answer.content, 31) == whole
    return coding == "br" and answer.content == file_bytes(root, path + ".br")


def check(server, row, root):
    """See that the answers are right.

    Each is asked for twice: what a server keeps is kept before it is timed.
    Returns the mean of their bytes, and how many have which coding.
    """
    total = 0
    codings = {}
    paths = row.check_paths or row.paths
    for path in [*paths, *paths]:
        answer = fetch(server.port, path, row.headers)
        if answer.status != row.status:
            raise Failure("%s, row %s: %s is %d, not %d" % (
                server.name, row.name, path, answer.status, row.status))
        if row.status == 200 and not has_right_content(root, path, answer):
            raise Failure("%s, row %s: %s is not the file" % (
                server.name, row.name, path))
        coding = answer.fields.get("content-encoding", "plain")
        codings[coding] = codings.get(coding, 0) + 1
        total += len(answer.raw)
    return total / len(paths) / 2, {
        coding: number // 2 for coding, number in codings.items()}


def run_program(arguments, seconds, core):
    try:
        done = subprocess.run(
            arguments, check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=seconds + TOO_LONG,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}))
    except subprocess.TimeoutExpired:
        raise Failure("%s: does not end" % " ".join(arguments)) from None
    if done.returncode != 0:
        raise Failure("%s:\n%s" % (" ".join(arguments), done.stdout))
    return done.stdout


def run_wrk(wrk, here, server, row, seconds, core, lists):
    arguments = [wrk, "-t1", "-c%d" % row.connections, "-d%ds" % seconds,
                 "--timeout", "8s", "-s", os.path.join(here, "wrk.lua")]
    for name, value in row.headers.items():
        arguments += ["-H", "%s: %s" % (name, value)]
    arguments.append("http://127.0.0.1:%d%s" % (server.port, row.paths[0]))
    if row.has_list():
        listed = os.path.join(lists, row.name)
        if not os.path.exists(listed):
            with open(listed, "w", encoding="ascii") as out:
                out.write("".join(path + "\n" for path in row.paths))
        arguments += ["--", listed, str(row.batch)]
    load = Load(run_program(arguments, seconds, core))
    if row.batch > 1:       # wrk 4 has no times that are right for these
        load.forget_times()
    return load


def run_client(programs, server, row, seconds, core, lists):
    """What is sent and what comes back are in files: see client.c."""
    rate = row.rate
    greeting = 0
    port = server.port
    if row.kind == "echo":
        if server.kind == "mynahd":
            port = server.echo_port
            greeting = len(greeting_of(port))
        messages = (MESSAGE, MESSAGE)
    else:
        path = row.paths[0]
        messages = (request_of(path, row.headers, port),
                    fetch(port, path, row.headers).raw)
    files = []
    for name, content in zip(("request", "answer"), messages):
        files.append(os.path.join(lists, name))
        with open(files[-1], "wb") as out:
            out.write(content)
    return Load(run_program([
        os.path.join(programs, "client"), str(port), str(row.connections),
        str(seconds), *files, "%.0f" % rate, str(greeting)], seconds, core))


def greeting_of(port):
    """What a server says by itself: all of it, until it is silent."""
    said = b""
    with socket.create_connection(("127.0.0.1", port), WAIT) as s:
        s.settimeout(0.2)
        try:
            while some := s.recv(4096):
                said += some
        except socket.timeout:
            pass
    return said


def find_faults(load, row, mean_bytes):
    """What makes a turn worthless, in words; None when all is well."""
    if load.requests < 1:
        return "no request was answered"
    if row.kind == "wrk":
        for error in ("connect", "read", "write", "timeout"):
            if getattr(load, error) > 0:
                return "%d %s errors of %d requests" % (
                    getattr(load, error), error, load.requests)
        refused = load.requests if row.status >= 400 else 0
        if load.status != refused:
            return "%d answers of %d have an error status" % (
                load.status, load.requests)
    # wrk counts bytes of answers that are not whole too, and a page's files
    # are not asked for equally often when the time is over: on a slow machine
    # what is under way at the end is much of the whole.
    off = load.bytes - load.requests * mean_bytes if mean_bytes else 0
    if mean_bytes and abs(off) > mean_bytes * (
            0.1 * load.requests + 2 * row.connections):
        return "%.0f bytes an answer, and not %.0f" % (
            load.bytes / load.requests, mean_bytes)
    return None
