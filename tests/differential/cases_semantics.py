"""Methods, HEAD, OPTIONS, errors, and the fields of every answer."""

from answers import as_get, content, contains, empty
from cases import ask, get, head, rows
from files import CONTENT, DATE, HUGE

UTF8 = "; charset=utf-8"

# ---- RFC 9110, 9.3.1 and 8: GET, and what describes the content ----

TYPES = (
    ("/t.html", "text/html" + UTF8), ("/t.htm", "text/html" + UTF8),
    ("/a.txt", "text/plain" + UTF8), ("/t.css", "text/css" + UTF8),
    ("/t.js", "text/javascript" + UTF8), ("/t.mjs", "text/javascript" + UTF8),
    ("/t.json", "application/json"), ("/t.svg", r"image/svg\+xml"),
    ("/t.png", "image/png"), ("/t.jpg", "image/jpeg"),
    ("/t.jpeg", "image/jpeg"), ("/T.TXT", "text/plain" + UTF8),
    ("/t.html.txt", "text/plain" + UTF8), ("/t.tar.gz", "application/gzip"),
    ("/noext", "application/octet-stream"),
    ("/t.unknown", "application/octet-stream"),
    ("/t.d/noext", "application/octet-stream"),
    ("/a.", "application/octet-stream"),
)
# Peers are not told all types: mynahd alone.
MORE_TYPES = (
    ("/t.xml", "(text|application)/xml.*"), ("/t.gif", "image/gif"),
    ("/t.webp", "image/webp"),
    ("/t.ico", "image/(x-icon|vnd.microsoft.icon)"),
    ("/t.pdf", "application/pdf"), ("/t.wasm", "application/wasm"),
    ("/t.woff2", "font/woff2"), ("/t.md", "text/markdown" + UTF8),
    ("/t.csv", "text/csv" + UTF8), ("/t.mp4", "video/mp4"),
    ("/t.zip", "application/zip"), ("/1m.bin", "application/octet-stream"),
)
NOBODY = {"peers": ("none",)}
rows(
    "9110-8.3-content-type",
    *(("of " + path[1:], "200 open", get(path), "Content-Type ~ " + kind,
       content(path)) for path, kind in TYPES),
    *(("of " + path[1:], "200 open", get(path), "Content-Type ~ " + kind,
       content(path), NOBODY) for path, kind in MORE_TYPES),
    ("of an index", "200 open", get("/"), "Content-Type: text/html" + UTF8),
    ("of an error", "404 open", get("/none.css"),
     "Content-Type ~ text/html.*"),
    ("of a redirect", "301 open", get("/dir"), "Content-Type ~ text/html.*"),
    ("not by a query", "200 open", get("/noext?x.html"),
     "Content-Type: application/octet-stream"),
    ("whatever is accepted", "200 open",
     get("/a.txt", "Accept: image/png"), content("/a.txt"),
     "Content-Type: text/plain" + UTF8),
    ("accept nothing", "200 open", get("/a.txt", "Accept: */*;q=0"),
     content("/a.txt")),
    ("accept malformed", "200 open", get("/a.txt", "Accept: ;;,"),
     content("/a.txt")),
    ("any language", "200 open", get("/a.txt", "Accept-Language: xx;q=0"),
     content("/a.txt"), "no Content-Language"),
    ("any charset", "200 open", get("/a.txt", "Accept-Charset: utf-16"),
     content("/a.txt")),
)
rows(
    "9110-9.3.1-get",
    *(("%d bytes" % len(CONTENT[path]), "200 open", get(path),
       content(path), "Content-Length: %d" % len(CONTENT[path]),
       "Last-Modified: " + DATE, "Accept-Ranges: bytes", "has ETag")
      for path in ("/one.txt", "/abc.txt", "/g.txt", "/64k.bin", "/64k1.bin",
                   "/1m.bin")),
    ("empty", "200 open", get("/empty.txt"), empty, "Content-Length: 0",
     "Last-Modified: " + DATE, "Accept-Ranges: bytes"),
    ("query", "200 open", get("/abc.txt?a=b&c"), content("/abc.txt")),
    ("1.0", "200 close", get("/abc.txt", version="1.0"),
     content("/abc.txt"), "Content-Length: 26"),
    ("with content", "200 200 open",
     get("/abc.txt", "Content-Length: 5", body="hello"),
     content("/abc.txt"), get("/a.txt"), content("/a.txt")),
    ("no cookies", "200 open", get("/abc.txt", "Cookie: a=b"),
     "no Set-Cookie", content("/abc.txt")),
    ("no authorization", "200 open",
     get("/abc.txt", "Authorization: Basic eDp5"), content("/abc.txt")),
    ("Max-Forwards", "200 open", get("/abc.txt", "Max-Forwards: 0"),
     content("/abc.txt")),
    ("Cache-Control: no-cache", "200 open",
     get("/abc.txt", "Cache-Control: no-cache", "Pragma: no-cache"),
     content("/abc.txt")),
    ("Cache-Control: only-if-cached", "200 open",
     get("/abc.txt", "Cache-Control: only-if-cached"), content("/abc.txt")),
    ("method override", "200 open",
     get("/abc.txt", "X-HTTP-Method-Override: DELETE"), content("/abc.txt")),
    ("rewritten by proxies", "200 open",
     get("/abc.txt", "X-Original-URL: /none", "X-Rewrite-URL: /none",
         "X-Forwarded-Host: evil.example"), content("/abc.txt")),
    ("TE and trailers", "200 open",
     get("/abc.txt", "TE: trailers", "Connection: TE"), content("/abc.txt"),
     "no Transfer-Encoding"),
    ("Want-Digest", "200 open", get("/abc.txt", "Want-Digest: sha-256"),
     content("/abc.txt")),
    ("Upgrade-Insecure-Requests", "200 open",
     get("/abc.txt", "Upgrade-Insecure-Requests: 1"), content("/abc.txt")),
)

# ---- RFC 9110, 9.3.2: HEAD ----

rows(
    "9110-9.3.2-head",
    *(("of " + path, status + " open", head(path), as_get)
      for path, status in (
          ("/", "200"), ("/abc.txt", "200"), ("/empty.txt", "200"),
          ("/one.txt", "200"), ("/64k.bin", "200"), ("/64k1.bin", "200"),
          ("/1m.bin", "200"), ("/dir/", "200"), ("/g.txt", "200"),
          ("/link.txt", "200"), ("/noext", "200"), ("/abc.txt?x=1", "200"),
          ("/future.txt", "200"), ("/epoch.txt", "200"),
          ("/none", "404"), ("/dir", "301"), ("/dir?x", "301"),
          ("/bare/", "404"), ("/locked.txt", "403"), ("/out.txt", "404"),
          ("/a.txt/", "404"), ("/fifo", "404"), ("/.git/config", "404"))),
    ("of 5 GiB", "200 open", head("/huge.bin"),
     "Content-Length: %d" % HUGE, "has ETag"),
    ("length", "200 open", head("/abc.txt"), "Content-Length: 26"),
    ("length of an error", "404 open", head("/none"),
     "Content-Length ~ [1-9][0-9]*"),
    ("length of an empty file", "200 open", head("/empty.txt"),
     "Content-Length: 0"),
    ("of a coding", "200 open", head("/g.txt", "Accept-Encoding: gzip"),
     as_get, "Content-Encoding: gzip"),
    ("not acceptable", "406 open",
     head("/g.txt", "Accept-Encoding: identity;q=0"), as_get),
    ("expectation", "417 open", head("/abc.txt", "Expect: x"), as_get),
    ("bad escape", "400 close", head("/%zz"), as_get),
    ("above the root", "400 close", head("/../x"), as_get),
    ("1.0", "200 close", head("/abc.txt", version="1.0"), as_get),
    ("then GET", "200 200 open", head("/abc.txt"), get("/abc.txt"),
     content("/abc.txt")),
    ("of nothing, then GET", "404 200 open", head("/none"),
     get("/abc.txt"), content("/abc.txt")),
    ("ten", " ".join(["200"] * 10) + " open", *[head("/abc.txt")] * 10),
    ("large, then GET", "200 200 open", head("/1m.bin"), get("/abc.txt"),
     content("/abc.txt")),
    ("with content, then GET", "200 200 open",
     head("/abc.txt", "Content-Length: 5", body="hello"), get("/abc.txt"),
     content("/abc.txt")),
)

# ---- RFC 9110, 9.3.7: OPTIONS ----

ALLOW = ("Allow: GET, HEAD, OPTIONS", empty)
rows(
    "9110-9.3.7-options",
    *(("of " + path, "204 open", ask("OPTIONS", path), *ALLOW)
      for path in ("*", "/", "/abc.txt", "/dir", "/none", "/empty.txt",
                   "/locked.txt", "/.git/config", "/abc.txt?x")),
    ("absolute-form", "204 open", ask("OPTIONS", "http://example.org/a.txt"),
     *ALLOW),
    ("absolute-form without path", "204 open",
     ask("OPTIONS", "http://example.org"), *ALLOW),
    ("no content, no length", "204 open", ask("OPTIONS", "*"),
     "no Content-Length", "no Transfer-Encoding", "no Content-Type"),
    ("no validators", "204 open", ask("OPTIONS", "/abc.txt"), "no ETag",
     "no Last-Modified"),
    ("with content", "204 200 open",
     ask("OPTIONS", "/abc.txt", "Content-Length: 5", body="hello"), *ALLOW,
     get("/abc.txt"), content("/abc.txt")),
    ("1.0", "204 close", ask("OPTIONS", "/abc.txt", version="1.0"), *ALLOW),
    ("close", "204 close", ask("OPTIONS", "*", "Connection: close"), *ALLOW,
     "Connection: close"),
    ("CORS preflight", "204 open", ask(
        "OPTIONS", "/abc.txt", "Origin: http://a.example",
        "Access-Control-Request-Method: PUT"), *ALLOW,
     "no Access-Control-Allow-Origin"),
    ("Max-Forwards", "204 open",
     ask("OPTIONS", "/abc.txt", "Max-Forwards: 0"), *ALLOW),
    ("above the root", "400 close", ask("OPTIONS", "/../x")),
    ("bad escape", "400 close", ask("OPTIONS", "/%zz")),
    ("then GET", "204 200 open", ask("OPTIONS", "*"), *ALLOW,
     get("/abc.txt"), content("/abc.txt")),
)

# ---- RFC 9110, 15.5.6 and 15.6.2: other methods ----

rows(
    "9110-15.5.6-not-allowed",
    *(("%s of %s" % (method, path), "405 200 open",
       ask(method, path, "Content-Length: 0"), "Allow ~ .*GET.*",
       "Allow ~ .*HEAD.*", "no ETag", get("/a.txt"), content("/a.txt"))
      for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE")
      for path in ("/abc.txt", "/", "/dir", "/none")),
    ("CONNECT", "405 open", ask("CONNECT", "example.org:443"),
     "Allow: GET, HEAD, OPTIONS"),
    ("POST close", "405 close",
     ask("POST", "/a.txt", "Connection: close", "Content-Length: 0"),
     "Connection: close"),
    ("POST of a form", "405 200 open", ask(
        "POST", "/a.txt", "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 3", body="a=b"), "Allow: GET, HEAD, OPTIONS",
     get("/a.txt"), content("/a.txt")),
    ("PUT in chunks", "405 200 open", ask(
        "PUT", "/a.txt", "Transfer-Encoding: chunked",
        body="3\r\nabc\r\n0\r\n\r\n"), get("/a.txt"), content("/a.txt")),
    ("TRACE does not echo", "405 open",
     ask("TRACE", "/a.txt", "X-Secret: swordfish"),
     "Content-Type ~ text/html.*"),
    ("DELETE leaves the file", "405 200 open", ask("DELETE", "/abc.txt"),
     get("/abc.txt"), content("/abc.txt")),
)
rows(
    "9110-15.6.2-not-implemented",
    *(("%s" % method, "501 200 open", ask(method, "/a.txt"), "no ETag",
       get("/a.txt"), content("/a.txt"))
      for method in ("get", "Get", "gET", "head", "options", "FOO", "GETX",
                     "G", "BREW", "X-Y", "GET1")),
    ("hint of case", "501 open", ask("get", "/a.txt"), contains("GET")),
    ("of nothing", "501 open", ask("FOO", "/none")),
    ("with content", "501 200 open",
     ask("FOO", "/a.txt", "Content-Length: 5", body="hello"), get("/a.txt"),
     content("/a.txt")),
    ("asterisk", "400 close", ask("FOO", "*")),
)

# ---- errors and what all answers have ----

rows(
    "9110-15.5-errors",
    ("404 has a page", "404 open", get("/none"), "has Content-Length",
     "Content-Type ~ text/html.*", "no Accept-Ranges", "no Location"),
    ("404 does not echo", "404 open", get("/none<script>x"),
     "Content-Type ~ text/html.*"),
    ("404 in 1.0", "404 close", get("/none", version="1.0")),
    ("404 goes on", "404 200 open", get("/none"), get("/a.txt"),
     content("/a.txt")),
    ("404 close", "404 close", get("/none", "Connection: close"),
     "Connection: close"),
    ("403 goes on", "403 200 open", get("/locked.txt"), get("/a.txt"),
     content("/a.txt")),
    ("403 below a locked directory", "403 open", get("/locked/x.txt")),
    ("403 locked index", "403 open", get("/locked/")),
    ("400 says close", "400 close", get("/%zz"), "Connection: close",
     "has Date", "has Content-Length"),
    ("400 has a page", "400 close", get("/a\0b"),
     "Content-Type ~ text/html.*"),
    ("405 goes on", "405 200 open", ask("DELETE", "/a.txt"), get("/a.txt"),
     content("/a.txt")),
    ("417 goes on", "417 200 open", get("/a.txt", "Expect: x"),
     get("/a.txt"), content("/a.txt")),
    ("421", "421 close", get("https://example.org/a.txt")),
    ("505", "505 close", get("/a.txt", version="2.0")),
    ("fifo", "404 open", get("/fifo")),
    ("414", "414 close", get("/" + "a" * 9000)),
    ("431", "431 close", get("/", *["X: y"] * 200)),
    ("RFC is named", "404 open", get("/none"), contains("9110"),
     NOBODY),
)
