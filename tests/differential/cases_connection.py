"""Connections: answers of every kind, one behind the other (9112, 9)."""

from answers import content, empty, location, part, parts, vary
from cases import ask, get, head, rows

ABC = "/abc.txt"
FILE = (get(ABC), content(ABC))
LARGE = (get("/64k1.bin"), content("/64k1.bin"))
HEAD = (head(ABC), "Content-Length: 26")
SAME = (get(ABC, "If-None-Match: *"), empty, "has ETag")
PART = (get(ABC, "Range: bytes=3-7"), part(ABC, 3, 8))
PARTS = (get(ABC, "Range: bytes=0-1,5-6"), parts(ABC, (0, 2), (5, 7)))
NONE = (get(ABC, "Range: bytes=99-"), "Content-Range: bytes */26")
FAILED = (get(ABC, 'If-Match: "x"'),)
MOVED = (get("/dir"), location("/dir/"))
GONE = (get("/none"),)
CODED = (get("/g.txt", "Accept-Encoding: gzip"), content("/g.txt.gz"),
         vary("Accept-Encoding"))
REFUSED = (get("/g.txt", "Accept-Encoding: *;q=0"),)
OPTIONS = (ask("OPTIONS", "*"), empty)
POST = (ask("POST", ABC, "Content-Length: 5", body="hello"),
        "Allow ~ .*GET.*")
CHUNKED = (ask("POST", ABC, "Transfer-Encoding: chunked",
               body="5\r\nhello\r\n0\r\n\r\n"), "Allow ~ .*GET.*")
UNKNOWN = (ask("FOO", ABC),)
LOCKED = (get("/locked.txt"),)
EMPTY = (get("/empty.txt"), empty)

KINDS = (
    ("200", "200", FILE), ("large", "200", LARGE), ("HEAD", "200", HEAD),
    ("304", "304", SAME), ("206", "206", PART), ("several", "206", PARTS),
    ("416", "416", NONE), ("412", "412", FAILED), ("301", "301", MOVED),
    ("404", "404", GONE), ("coded", "200", CODED), ("406", "406", REFUSED),
    ("OPTIONS", "204", OPTIONS), ("405", "405", POST),
    ("405 chunked", "405", CHUNKED), ("501", "501", UNKNOWN),
    ("403", "403", LOCKED), ("empty", "200", EMPTY),
)


def final(kind, *lines):
    """The same request with more fields."""
    request = kind[0]
    text = str(request).split("\r\n\r\n", 1)[1]
    return (ask(request.method, request.target, *request.lines, *lines,
                body=text),) + kind[1:]


def old(kind, *lines):
    request = kind[0]
    return (ask(request.method, request.target, *request.lines, *lines,
                version="1.0"),) + kind[1:]


rows(
    "9112-9.3-goes-on",
    *((what, "%s 200 open" % status, *kind, *FILE)
      for what, status, kind in KINDS))
rows(
    "9112-9.3-goes-on-later",
    *((what, "%s 200 open" % status, *kind, *FILE, {"later": True})
      for what, status, kind in KINDS))
rows(
    "9112-9.6-close",
    *((what, "%s close" % status, *final(kind, "Connection: close"),
       "Connection ~ (?i)close", "has Date")
      for what, status, kind in KINDS))
rows(
    "9112-9.6-nothing-behind-close",
    *((what, "%s close" % status, *final(kind, "Connection: close"),
       get("/smuggled"))
      for what, status, kind in KINDS if what in (
          "200", "HEAD", "304", "206", "416", "404", "301", "OPTIONS")))
rows(
    "9112-9.3-1.0",
    *((what, "%s close" % status, *old(kind)) for what, status, kind in KINDS
      if what not in ("405", "405 chunked")),
    *((what + ", keep-alive", "%s 200 open" % status,
       *old(kind, "Connection: keep-alive"), "Connection ~ (?i)keep-alive",
       *FILE)
      for what, status, kind in KINDS if what not in ("405", "405 chunked")))

rows(
    "9112-9.3.2-mixes",
    ("all kinds", " ".join(s for _, s, _ in KINDS) + " open",
     *[item for _, _, kind in KINDS for item in kind]),
    ("all kinds backwards",
     " ".join(s for _, s, _ in KINDS[::-1]) + " open",
     *[item for _, _, kind in KINDS[::-1] for item in kind]),
    ("all kinds, then close",
     " ".join(s for _, s, _ in KINDS) + " 200 close",
     *[item for _, _, kind in KINDS for item in kind],
     *final(FILE, "Connection: close"), get("/smuggled")),
    ("304 and 206", "304 206 304 206 open", *SAME, *PART, *SAME, *PART),
    ("HEAD and GET", "200 200 200 200 open", *HEAD, *FILE, *HEAD, *FILE),
    ("HEAD and 304", "200 304 200 304 open", *HEAD, *SAME, *HEAD, *SAME),
    ("416 and HEAD", "416 200 416 200 open", *NONE, *HEAD, *NONE, *HEAD),
    ("HEAD of all statuses", "404 301 406 304 412 200 open",
     head("/none"), head("/dir"), head("/g.txt", "Accept-Encoding: *;q=0"),
     head(ABC, "If-None-Match: *"), head(ABC, 'If-Match: "x"'), *FILE),
    ("multipart between", "200 206 200 206 200 open", *FILE, *PARTS, *FILE,
     *PARTS, *FILE),
    ("content between", "405 206 405 304 405 200 open", *POST, *PART,
     *CHUNKED, *SAME, *POST, *HEAD),
    ("large and small", "200 304 200 206 200 open", *LARGE, *SAME, *LARGE,
     *PART, *LARGE),
    ("large parts", "206 206 206 open",
     get("/1m.bin", "Range: bytes=0-199999"), part("/1m.bin", 0, 200000),
     get("/1m.bin", "Range: bytes=5-5,1000000-1000009"),
     parts("/1m.bin", (5, 6), (1000000, 1000010)),
     get("/1m.bin", "Range: bytes=-200000"),
     part("/1m.bin", 848576, 1048576)),
    ("coded and not", "200 200 200 200 open", *CODED, get("/g.txt"),
     content("/g.txt"), *CODED, get("/g.txt"), content("/g.txt")),
    ("fifty 304", " ".join(["304"] * 50) + " open", *SAME * 50),
    ("fifty 206", " ".join(["206"] * 50) + " open", *PART * 50),
    ("fifty HEAD", " ".join(["200"] * 50) + " open", *HEAD * 50),
    ("fifty 416", " ".join(["416"] * 50) + " open", *NONE * 50),
    ("fifty 404", " ".join(["404"] * 50) + " open", *GONE * 50),
    ("malformed behind 304", "304 400 close", *SAME, get("/%zz"),
     get("/smuggled")),
    ("malformed behind 206", "206 400 close", *PART, get("/../x"),
     get("/smuggled")),
    ("malformed behind HEAD", "200 400 close", *HEAD, get("/a\0"),
     get("/smuggled")),
    ("half-close behind all", "304 206 200 416 close", *SAME, *PART, *HEAD,
     *NONE, {"eof": True}),
    ("half-close behind a large one", "200 close", *LARGE, {"eof": True}),
    ("each later", "200 304 206 416 404 200 open", *HEAD, *SAME, *PART,
     *NONE, *GONE, *FILE, {"later": True}),
)


def connection(value, *more):
    return (get(ABC, "Connection: " + value), content(ABC), *more)


rows(
    "9110-7.6.1-connection",
    ("close", "200 close", *connection("close", "Connection ~ (?i)close")),
    ("Close", "200 close", *connection("Close")),
    ("keep-alive", "200 open", *connection("keep-alive")),
    ("keep-alive, close", "200 close", *connection("keep-alive, close")),
    ("close in the last of many", "200 close",
     *connection("a, b, c, d, e, close")),
    ("close of many fields", "200 close",
     get(ABC, "Connection: a", "Connection: close", "Connection: b"),
     content(ABC)),
    ("closed", "200 open", *connection("closed")),
    ("not-close", "200 open", *connection("not-close")),
    ("empty", "200 open", *connection("")),
    ("names Range", "206 open",
     get(ABC, "Connection: Range", "Range: bytes=3-7"), part(ABC, 3, 8)),
    ("names If-None-Match", "304 open",
     get(ABC, "Connection: If-None-Match", "If-None-Match: *")),
    ("1.0 and nothing", "200 close", get(ABC, version="1.0"), content(ABC)),
    ("1.0 keep-alive", "200 200 open",
     get(ABC, "Connection: keep-alive", version="1.0"), content(ABC),
     "Connection ~ (?i)keep-alive", *FILE),
    ("1.0 Keep-Alive, then nothing", "200 200 close",
     get(ABC, "Connection: Keep-Alive", version="1.0"), content(ABC),
     get(ABC, version="1.0"), content(ABC), get("/smuggled")),
    ("1.0 keep-alive and close", "200 close",
     get(ABC, "Connection: keep-alive, close", version="1.0"), content(ABC)),
    ("1.1 then 1.0", "200 200 close", *FILE, get(ABC, version="1.0"),
     content(ABC), get("/smuggled")),
    ("1.0 is answered as 1.1", "200 close", get(ABC, version="1.0"),
     content(ABC)),
)
