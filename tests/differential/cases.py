"""What a row of the tables in cases_*.py says.

One row is one connection:

    case(name, required, what, ...)

name      the RFC and section that decide, a word for the group, the case
required  the statuses of all answers in order, and then how it ends:
          "close" (orderly: FIN) or "open" (the connection goes on)
what      a text: bytes to be sent, one character a byte; several are several
          writes, 20 ms apart. Or requests made by get(), head() and ask(),
          sent in one write; behind each stand the checks that its answer has
          to pass (answers.py)
eof       stop sending behind it (half-close)
heads     the answers, counted from 0, that answer HEAD
later     send each request when the pause behind the one before is over
peers     who is compared; nobody else gets the case

In a request and in a check the values of the server that is asked are
filled in:

    {etag}              the ETag of the target, as a plain GET has it
    {opaque}            the same without W/
    {etag gzip}         that of the answer to Accept-Encoding: gzip
    {etag /x.txt}       that of another target

Every answer of mynahd, whatever the case, also has to pass general_fault()
of answers.py: Date, Server, Content-Length and so on.

The name smuggled stands in bytes that no server may take for a request of
its own: it is not there, so a 404 in the answers shows that one did.
"""

import re

CASES = []
NAMES = set()
EVERYBODY = ("nginx", "lighttpd", "apache", "haproxy")
ORIGINS = ("nginx", "lighttpd", "apache")       # who have files themselves

HOST = "Host: example.org\r\n"


class Request(str):
    """The text of a request that knows its method and target."""

    def __new__(cls, method, target, lines, version="1.1", body=""):
        text = "%s %s HTTP/%s\r\n%s%s\r\n%s" % (
            method, target, version, HOST,
            "".join(row + "\r\n" for row in lines), body)
        self = super().__new__(cls, text)
        self.method = method
        self.target = target
        self.lines = lines
        self.version = version
        return self

    def with_method(self, method):
        return Request(method, self.target, self.lines, self.version)

    def plain(self):
        """The same target without any field."""
        return Request("GET", self.target, ())


def ask(method, target, *lines, version="1.1", body=""):
    return Request(method, target, lines, version, body)


def get(target, *lines, **more):
    return ask("GET", target, *lines, **more)


def head(target, *lines, **more):
    return ask("HEAD", target, *lines, **more)


def case(name, required, *what, eof=False, heads=(), later=False,
         peers=None):
    assert name not in NAMES, name
    NAMES.add(name)
    requests, checks, pieces = [], [], []
    for item in what:
        if isinstance(item, Request):
            requests.append(item)
        elif requests:
            checks.append((len(requests) - 1, item))
        else:
            pieces.append(item.encode("latin-1"))
    if requests:
        heads = tuple(i for i, r in enumerate(requests) if r.method == "HEAD")
    CASES.append({
        "name": name, "required": required, "eof": eof, "heads": heads,
        "pieces": pieces, "requests": requests, "checks": checks,
        "later": later,
        "peers": peers or (ORIGINS if requests else EVERYBODY)})


def rows(group, *table, peers=None):
    for row in table:
        more = {"peers": peers}
        if isinstance(row[-1], dict):
            more, row = dict(more, **row[-1]), row[:-1]
        case(group + "/" + row[0], *row[1:], **more)


PLACE = re.compile(r"\{(etag|opaque)( [^{} ]+)?\}")


def fill(text, request, learn):
    """text with the values that learn(request) knows put in."""
    def value(found):
        of = found.group(2)
        wanted = request.plain()
        if of and of.startswith(" /"):
            wanted = get(of[1:])
        elif of:
            wanted = get(request.target, "Accept-Encoding:" + of)
        answer = learn(wanted)
        etag = answer.value("ETag") if answer else ""
        if found.group(1) == "opaque" and etag.startswith("W/"):
            etag = etag[2:]
        return etag or '"there-is-none"'

    return PLACE.sub(value, text)
