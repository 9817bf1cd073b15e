"""Answers: read from the bytes that came, and what may be asked of them.

A check looks at one answer and returns None, or a word and what is wrong.
In a row of a table a check is a text,

    "Name: value"       one field of that name, with exactly that value
    "Name ~ pattern"    the same, the whole value fits a regular expression
    "has Name"          the field is there
    "no Name"           it is not

or one of the functions below. The word (the name of the field, "content",
"head" ...) stands in an outcome behind "!", as in "200 open !ETag".
"""

import email.utils
import re
import socket
import time

import files

STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?\r\n")


class Answer:
    """One response: .status, .fields in order, .content without framing."""

    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.line = lines[0]
        self.status = int(lines[0].split(" ")[1])
        self.fields = []
        for row in lines[1:]:
            name, colon, value = row.partition(":")
            if colon:
                self.fields.append((name, value.strip(" \t")))
        self.raw = [row for row in lines[1:] if row]
        self.content = b""

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name.lower()]

    def value(self, name):
        return ", ".join(self.all(name))

    def head(self, without=("date",)):
        """For comparison of two heads."""
        status = [] if "status" in without else [self.line]
        return status + sorted((n.lower(), v) for n, v in self.fields
                               if n.lower() not in without)


# ---- reading ----

def read_chunked(data, at, answer):
    """Where the chunked content that begins at ends, or -1."""
    while True:
        found = re.compile(rb"([0-9a-fA-F]+)[^\r\n]*\r\n").match(data, at)
        if not found:
            return -1
        size = int(found.group(1), 16)
        answer.content += data[found.end():found.end() + size]
        at = found.end() + size + 2
        if size == 0 or at > len(data):
            return at if at <= len(data) else -1


def read_content(data, at, answer, ended):
    """Where the content of an answer ends, or -1 when it is cut."""
    length = answer.value("Content-Length")
    if "chunked" in answer.value("Transfer-Encoding").lower():
        return read_chunked(data, at, answer)
    if length.isdigit():
        stop = at + int(length)
    elif ended:
        stop = len(data)
    else:
        return -1
    answer.content = data[at:stop]
    return stop if stop <= len(data) else -1


def read(data, ended, heads):
    """
    All answers in data, and the words for them: statuses, and what is not
    as it should be. heads: the answers, by number, that answer HEAD.
    """
    answers, words, at, said_close, finals = [], [], 0, False, 0
    while at < len(data):
        if said_close:
            words.append("extra")
            break
        stop = data.find(b"\r\n\r\n", at)
        if not STATUS.match(data, at) or stop == -1:
            words.append("noise")
            break
        answer = Answer(data[at:stop + 2])
        answers.append(answer)
        words.append(str(answer.status))
        said_close = "close" in answer.value("Connection").lower()
        at = stop + 4
        if answer.status < 200 or answer.status in (204, 304) or \
                finals in heads:
            finals += answer.status >= 200
            continue
        at = read_content(data, at, answer, ended)
        finals += 1
        if at == -1:
            words.append("cut")
            break
    return answers, words, said_close


def fetch(port, request, is_head):
    """The answer to one request on a connection of its own, or None."""
    data = b""
    with socket.create_connection(("127.0.0.1", port), 5) as s:
        s.sendall(request)
        while True:
            answers, words, _ = read(data, False, (0,) if is_head else ())
            if answers and words[-1] != "cut":
                return answers[-1]
            some = s.recv(262144)
            if not some:
                answers, _, _ = read(data, True, (0,) if is_head else ())
                return answers[-1] if answers else None
            data += some


# ---- checks of fields ----

def field_check(row):
    """The check that a text stands for."""
    verb, _, name = row.partition(" ")
    if verb == "no":
        return lambda answer, talk: (name, "is there") \
            if answer.all(name) else None
    if verb == "has":
        return lambda answer, talk: None \
            if len(answer.all(name)) == 1 else (name, "is not there")
    name, how, value = re.fullmatch(r"(\S+?)(: ?| ~ )(.*)", row,
                                    re.S).groups()

    def check(answer, talk):
        want = talk.fill(value) if how != " ~ " else value
        got = answer.all(name)
        if len(got) == 1 and (re.fullmatch(want, got[0]) if how == " ~ "
                              else got[0] == want):
            return None
        return name, "%s, not %s" % (
            " and again ".join(got) if got else "not there", want)
    return check


def location(path):
    """Location is this path; of a peer, at any origin."""
    def check(answer, talk):
        got = answer.value("Location")
        if talk.server != "mynahd":
            got = re.sub(r"^http://[^/]+", "", got)
        return None if got == path else (
            "Location", "%s, not %s" % (got or "not there", path))
    return check


def vary(*names):
    """Vary has these names, in any order, letters and number of lines."""
    want = sorted(n.lower() for n in names)

    def check(answer, talk):
        got = answer.value("Vary")
        if sorted(n.strip().lower() for n in got.split(",")) == want:
            return None
        return "Vary", "%s, not %s" % (got or "not there", ", ".join(names))
    return check


def compare_field(name, request, wanted):
    def check(answer, talk):
        other = talk.ask(request).value(name)
        mine = answer.value(name)
        if (mine == other) == wanted and mine:
            return None
        return name, "%s, and %s of: %s" % (
            mine or "not there", other or "none",
            request.split("\r\n\r\n", maxsplit=1)[0])
    return check


def same(name, request):
    """The field is the same as in the answer to another request."""
    return compare_field(name, request, True)


def other(name, request):
    """The field differs from that in the answer to another request."""
    return compare_field(name, request, False)


# ---- checks of content ----

def shown(data):
    return "%d bytes %r" % (len(data), bytes(data[:40]))


def content(path, first=0, end=None):
    """The content is that of the file, or that part of it."""
    def check(answer, talk):
        data = files.CONTENT[path]
        want = data[first:len(data) if end is None else end]
        if answer.content == want:
            return None
        return "content", "%s, not %s" % (shown(answer.content), shown(want))
    return check


def contains(words):
    """The content has these words; for pages that a server makes."""
    def check(answer, talk):
        if words.encode("utf-8") in answer.content:
            return None
        return "content", "%s without %s" % (shown(answer.content), words)
    return check


def empty(answer, talk):
    """There is no content, and Content-Length says so or is not there."""
    if answer.content or answer.value("Content-Length") not in ("", "0"):
        return "content", shown(answer.content)
    return None


def part(path, first, end, named=None):
    """One part of a file: content, Content-Range, Content-Length."""
    def check(answer, talk):
        got = answer.value("Content-Range")
        want = "bytes %d-%d/%d" % (first, end - 1, len(files.CONTENT[path]))
        if got != want:
            return "Content-Range", "%s, not %s" % (got or "not there", want)
        return content(path, first, end)(answer, talk)
    return check


def split_parts(answer):
    """[(fields, bytes)] of multipart/byteranges, or what is wrong."""
    found = re.fullmatch(r'multipart/byteranges; *boundary=("?)([0-9A-Za-z'
                         r"'()+_,./:=? -]{1,70})\1",
                         answer.value("Content-Type"))
    if not found:
        return "Content-Type is %s" % answer.value("Content-Type")
    dash = b"--" + found.group(2).encode("ascii")
    rest = b"\r\n" + answer.content if answer.content.startswith(dash) \
        else answer.content
    pieces = rest.split(b"\r\n" + dash)
    if pieces[0] or pieces[-1] not in (b"--", b"--\r\n"):
        return "no delimiters at begin and end: %s" % shown(answer.content)
    out = []
    for piece in pieces[1:-1]:
        head, gap, data = piece.partition(b"\r\n\r\n")
        if not gap or not head.startswith(b"\r\n"):
            return "a part without a head: %s" % shown(piece)
        out.append((Answer(b"HTTP/1.1 206 \r\n" + head[2:] + b"\r\n"), data))
    return out


def parts(path, *wanted):
    """multipart/byteranges of exactly these intervals in this order."""
    data = files.CONTENT[path]

    def check(answer, talk):
        if answer.all("Content-Range"):
            return "Content-Range", "stands in the head of a multipart"
        got = split_parts(answer)
        if isinstance(got, str):
            return "parts", got
        if len(got) != len(wanted):
            return "parts", "%d of them, not %d" % (len(got), len(wanted))
        plain = talk.request.plain().with_method("HEAD")
        whole = talk.ask(plain).value("Content-Type")
        for (head, piece), (first, end) in zip(got, wanted):
            span = "bytes %d-%d/%d" % (first, end - 1, len(data))
            if head.all("Content-Range") != [span]:
                return "parts", "%s, not %s" % (
                    head.value("Content-Range"), span)
            if head.all("Content-Type") != [whole]:
                return "parts", "Content-Type of a part is %s, not %s" % (
                    head.value("Content-Type") or "not there", whole)
            if piece != data[first:end]:
                return "parts", "%s: %s" % (span, shown(piece))
        return None
    return check


# ---- checks of a whole head ----

def same_head(request, without=()):
    """The head is that of the answer to another request, but for Date."""
    skip = ("date",) + tuple(n.lower() for n in without)

    def check(answer, talk):
        mine = answer.head(skip)
        theirs = talk.ask(request).head(skip)
        if mine == theirs:
            return None
        return "head", "%s here, %s there" % (
            [f for f in mine if f not in theirs],
            [f for f in theirs if f not in mine])
    return check


def as_get(answer, talk):
    """The answer to HEAD is that of the same request with GET (9110-9.3.2)."""
    return same_head(talk.request.with_method("GET"))(answer, talk)


# ---- what every answer of mynahd has ----

IMF = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d "
                 r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
                 r"\d\d:\d\d:\d\d GMT")
REASONS = {
    100: "Continue", 200: "OK", 204: "No Content", 206: "Partial Content",
    301: "Moved Permanently", 304: "Not Modified", 400: "Bad Request",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout",
    412: "Precondition Failed", 413: "Content Too Large",
    414: "URI Too Long", 416: "Range Not Satisfiable",
    417: "Expectation Failed", 421: "Misdirected Request",
    431: "Request Header Fields Too Large", 500: "Internal Server Error",
    501: "Not Implemented", 503: "Service Unavailable",
    505: "HTTP Version Not Supported"}
NO_CONTENT = (204, 304)


def date_of(text):
    """Seconds of an IMF-fixdate, or None."""
    if not IMF.fullmatch(text):
        return None
    when = email.utils.parsedate_to_datetime(text)
    if email.utils.format_datetime(when, usegmt=True) != text:
        return None         # a wrong day of the week
    return when.timestamp()


def general_fault(answer):
    """What DESIGN and RFC 9110 say of any answer, whatever was asked."""
    status = answer.status
    if answer.line != "HTTP/1.1 %d %s" % (status, REASONS.get(status)):
        return "line", answer.line
    names = [n.lower() for n, _ in answer.fields]
    for row in answer.raw:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: "
                            r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?", row):
            return "line", "a field line %r" % row
    for name in names:
        if names.count(name) > 1:
            return name, "there are two"
    date = date_of(answer.value("Date"))
    if date is None or abs(date - time.time()) > 10:
        return "Date", answer.value("Date") or "not there"
    if answer.value("Server") != "mynah":
        return "Server", answer.value("Server") or "not there"
    if answer.value("X-Content-Type-Options") != "nosniff":
        return "X-Content-Type-Options", "not nosniff"
    if answer.value("Connection") not in ("", "close", "keep-alive"):
        return "Connection", answer.value("Connection")
    if answer.all("Transfer-Encoding"):
        return "Transfer-Encoding", answer.value("Transfer-Encoding")
    return framing_fault(answer) or field_fault(answer)


def framing_fault(answer):
    length = answer.value("Content-Length")
    if answer.status in NO_CONTENT:
        for name in "Content-Length", "Content-Type", "Content-Encoding":
            if answer.all(name):
                return name, "with %d" % answer.status
        return None
    if not re.fullmatch("0|[1-9][0-9]*", length):
        return "Content-Length", length or "not there"
    if not answer.all("Content-Type"):
        return "Content-Type", "not there"
    return None


def field_fault(answer):
    """Fields that belong to a status, and to no other."""
    status = answer.status
    has_parts = answer.value("Content-Type").startswith("multipart/byterange")
    spans = {206: r"bytes \d+-\d+/\d+", 416: r"bytes \*/\d+"}.get(status)
    got = answer.value("Content-Range")
    if has_parts and status != 206:
        return "Content-Type", answer.value("Content-Type")
    if spans is None or has_parts:
        if got:
            return "Content-Range", "%s with %d" % (got, status)
    elif not re.fullmatch(spans, got):
        return "Content-Range", got or "not there"
    if status in (200, 206, 304) and not re.fullmatch(
            r'"[\x21\x23-\x7e]+"', answer.value("ETag")):
        return "ETag", answer.value("ETag") or "not there"
    if status in (200, 206, 416) and \
            answer.value("Accept-Ranges") != "bytes":
        return "Accept-Ranges", "not there"
    if (status in (204, 405)) != bool(answer.all("Allow")) or \
            answer.value("Allow") not in ("", "GET, HEAD, OPTIONS"):
        return "Allow", answer.value("Allow") or "not there"
    if (status == 301) != bool(answer.all("Location")) or \
            answer.value("Location").startswith("//"):
        return "Location", answer.value("Location") or "not there"
    if (status == 503) != bool(answer.all("Retry-After")):
        return "Retry-After", answer.value("Retry-After") or "not there"
    if status >= 400:
        return error_fault(answer)
    return None


def error_fault(answer):
    for name in "ETag", "Last-Modified", "Content-Encoding":
        if answer.all(name):
            return name, "of a file, with %d" % answer.status
    if not answer.value("Content-Type").startswith("text/html"):
        return "Content-Type", answer.value("Content-Type")
    return None
