"""The requests of the differential test and what mynahd has to do with them.

One row is one connection:

    case(name, required, bytes, ...)

name      the RFC and section that decide, a word for the group, the case
required  the statuses of all answers in order, and then how it ends:
          "close" (orderly: FIN) or "open" (the connection goes on)
bytes     what is sent, one character a byte; several are several writes,
          20 ms apart
eof       stop sending behind it (half-close)
heads     the answers, counted from 0, that answer HEAD

The name smuggled stands in bytes that no server may take for a request of
its own: it is not there, so a 404 in the answers shows that one did.
"""

CASES = []
NAMES = set()


def case(name, required, *pieces, eof=False, heads=()):
    assert name not in NAMES, name
    NAMES.add(name)
    CASES.append({
        "name": name, "required": required, "eof": eof, "heads": heads,
        "pieces": [p.encode("latin-1") for p in pieces]})


def rows(group, *table):
    for row in table:
        case(group + "/" + row[0], *row[1:])


HOST = "Host: example.org\r\n"
GET = "GET /a.txt HTTP/1.1\r\n" + HOST + "\r\n"
LAST = "GET /a.txt HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n"
SMUGGLED = "GET /smuggled HTTP/1.1\r\n" + HOST + "\r\n"


def line(text):
    return text + "\r\n" + HOST + "\r\n"


def fields(text, body="", method="GET", version="1.1"):
    return "%s /a.txt HTTP/%s\r\n%s%s\r\n%s" % (
        method, version, HOST, text, body)


def target(text, method="GET"):
    return line("%s %s HTTP/1.1" % (method, text))


def host(text, version="1.1"):
    return "GET /a.txt HTTP/%s\r\n%s\r\n" % (version, text)


def chunked(body, rest="", method="POST"):
    return fields("Transfer-Encoding: chunked\r\n", body, method) + rest


# ---- RFC 9112, 3: the request line ----

rows(
    "9112-3-request-line",
    ("plain", "200 open", GET),
    ("two spaces before target", "400 close", line("GET  /a.txt HTTP/1.1")),
    ("two spaces before version", "400 close", line("GET /a.txt  HTTP/1.1")),
    ("leading space", "400 close", line(" GET /a.txt HTTP/1.1")),
    ("leading tab", "400 close", line("\tGET /a.txt HTTP/1.1")),
    ("trailing space", "400 close", line("GET /a.txt HTTP/1.1 ")),
    ("trailing tab", "400 close", line("GET /a.txt HTTP/1.1\t")),
    ("tab before target", "400 close", line("GET\t/a.txt HTTP/1.1")),
    ("tab before version", "400 close", line("GET /a.txt\tHTTP/1.1")),
    ("vertical tab before target", "400 close", line("GET\v/a.txt HTTP/1.1")),
    ("form feed before version", "400 close", line("GET /a.txt\fHTTP/1.1")),
    ("four words", "400 close", line("GET /a.txt b HTTP/1.1")),
    ("word behind version", "400 close", line("GET /a.txt HTTP/1.1 x")),
    ("one word", "400 close", line("GET")),
    ("method and space", "400 close", line("GET ")),
    ("no target", "400 close", line("GET HTTP/1.1")),
    ("empty target", "400 close", line("GET  HTTP/1.1")),
    ("no method", "400 close", line("/a.txt HTTP/1.1")),
    ("version first", "400 close", line("HTTP/1.1 GET /a.txt")),
    ("NUL in method", "400 close", line("G\0ET /a.txt HTTP/1.1")),
    ("NUL in target", "400 close", line("GET /a\0.txt HTTP/1.1")),
    ("NUL in version", "400 close", line("GET /a.txt HTTP/1\0.1")),
    ("NUL behind version", "400 close", line("GET /a.txt HTTP/1.1\0")),
    ("CR in target", "400 close", line("GET /a\r.txt HTTP/1.1")),
    ("CR before version", "400 close", line("GET /a.txt \rHTTP/1.1")),
    ("CR instead of CR LF", "400 close",
     "GET /a.txt HTTP/1.1\r" + HOST + "\r\n"),
    ("CR CR LF", "400 close", "GET /a.txt HTTP/1.1\r\r\n" + HOST + "\r\n"),
    ("DEL in target", "400 close", line("GET /a\x7f.txt HTTP/1.1")),
    ("escape in method", "400 close", line("G\x1bET /a.txt HTTP/1.1")),
    ("byte order mark", "400 close", line("\xef\xbb\xbfGET /a.txt HTTP/1.1")),
    ("a response", "400 close", line("HTTP/1.1 200 OK")),
)
rows(
    "9112-2.2-empty-lines",
    ("one", "200 open", "\r\n" + GET),
    ("two", "200 open", "\r\n\r\n" + GET),
    ("LF alone", "200 close", "\n" + GET),
    ("two LF alone", "200 close", "\n\n" + GET),
    ("between requests", "200 200 open", GET + "\r\n" + GET),
    ("CR alone", "400 close", "\r" + GET),
    ("behind POST as old browsers do", "405 200 open",
     fields("Content-Length: 5\r\n", "hello", "POST") + "\r\n" + GET),
    ("a thousand", "400 close", "\r\n" * 1000 + GET),
    ("nothing else", "open", "\r\n\r\n"),
)

# ---- RFC 9112, 2.3: versions ----

rows(
    "9112-2.3-version",
    ("1.0", "200 close", line("GET /a.txt HTTP/1.0")),
    ("1.0 without Host", "200 close", "GET /a.txt HTTP/1.0\r\n\r\n"),
    ("1.0 keep-alive", "200 open",
     fields("Connection: keep-alive\r\n", version="1.0")),
    ("1.2", "200 open", line("GET /a.txt HTTP/1.2")),
    ("1.9", "200 open", line("GET /a.txt HTTP/1.9")),
    ("1.10", "400 close", line("GET /a.txt HTTP/1.10")),
    ("1.01", "400 close", line("GET /a.txt HTTP/1.01")),
    ("01.1", "400 close", line("GET /a.txt HTTP/01.1")),
    ("1.", "400 close", line("GET /a.txt HTTP/1.")),
    (".1", "400 close", line("GET /a.txt HTTP/.1")),
    ("1", "400 close", line("GET /a.txt HTTP/1")),
    ("11", "400 close", line("GET /a.txt HTTP/11")),
    ("1.1.1", "400 close", line("GET /a.txt HTTP/1.1.1")),
    ("comma", "400 close", line("GET /a.txt HTTP/1,1")),
    ("small letters", "400 close", line("GET /a.txt http/1.1")),
    ("mixed letters", "400 close", line("GET /a.txt Http/1.1")),
    ("space for slash", "400 close", line("GET /a.txt HTTP 1.1")),
    ("space behind slash", "400 close", line("GET /a.txt HTTP/ 1.1")),
    ("no slash", "400 close", line("GET /a.txt HTTP1.1")),
    ("letter behind", "400 close", line("GET /a.txt HTTP/1.1x")),
    ("HTTPS", "400 close", line("GET /a.txt HTTPS/1.1")),
    ("RTSP", "400 close", line("GET /a.txt RTSP/1.0")),
    ("sign", "400 close", line("GET /a.txt HTTP/+1.1")),
    ("minus", "400 close", line("GET /a.txt HTTP/1.-1")),
    ("letter", "400 close", line("GET /a.txt HTTP/1.a")),
    ("hexadecimal", "400 close", line("GET /a.txt HTTP/1.0x1")),
    ("large", "400 close", line("GET /a.txt HTTP/4294967297.1")),
    ("2 without a minor", "400 close", line("GET /a.txt HTTP/2")),
    ("2.0", "505 close", line("GET /a.txt HTTP/2.0")),
    ("3.0", "505 close", line("GET /a.txt HTTP/3.0")),
    ("9.9", "505 close", line("GET /a.txt HTTP/9.9")),
    ("0.9", "505 close", line("GET /a.txt HTTP/0.9")),
    ("none, HTTP/0.9", "400 close", "GET /a.txt\r\n"),
    ("none, with fields", "400 close", line("GET /a.txt")),
    ("none, LF alone", "400 close", "GET /a.txt\n"),
)

# ---- RFC 9110, 9: methods ----

rows(
    "9110-9-method",
    ("HEAD", "200 open", target("/a.txt", "HEAD")),
    ("HEAD of nothing", "404 open", target("/none", "HEAD")),
    ("OPTIONS", "204 open", target("/a.txt", "OPTIONS")),
    ("OPTIONS of nothing", "204 open", target("/none", "OPTIONS")),
    ("OPTIONS asterisk", "204 open", target("*", "OPTIONS")),
    ("GET asterisk", "400 close", target("*")),
    ("HEAD asterisk", "400 close", target("*", "HEAD")),
    ("POST asterisk", "400 close", target("*", "POST")),
    ("POST", "405 open", fields("Content-Length: 0\r\n", "", "POST")),
    ("POST without length", "405 open", target("/a.txt", "POST")),
    ("PUT", "405 open", fields("Content-Length: 5\r\n", "hello", "PUT")),
    ("DELETE", "405 open", target("/a.txt", "DELETE")),
    ("PATCH", "405 open", fields("Content-Length: 5\r\n", "hello", "PATCH")),
    ("TRACE", "405 open", target("/a.txt", "TRACE")),
    ("CONNECT", "405 open", target("example.org:80", "CONNECT")),
    ("CONNECT to a path", "405 open", target("/a.txt", "CONNECT")),
    ("CONNECT to asterisk", "405 open", target("*", "CONNECT")),
    ("CONNECT to a URI", "405 open", target("http://a/", "CONNECT")),
    ("CONNECT without port", "405 open", target("example.org", "CONNECT")),
    ("unknown", "501 open", target("/a.txt", "FETCH")),
    ("unknown with content", "501 200 open",
     fields("Content-Length: 5\r\n", "hello", "FETCH") + GET),
    ("one letter", "501 open", target("/a.txt", "G")),
    ("GETS", "501 open", target("/a.txt", "GETS")),
    ("small letters", "501 open", target("/a.txt", "get")),
    ("mixed letters", "501 open", target("/a.txt", "Get")),
    ("head in small letters", "501 open", target("/a.txt", "head")),
    ("all token marks", "501 open", target("/a.txt", "!#$%&'*+-.^_`|~9a")),
    ("M-SEARCH", "501 open", target("/a.txt", "M-SEARCH")),
    ("PRI of 1.1", "501 open", target("/a.txt", "PRI")),
    ("100 letters", "501 open", target("/a.txt", "X" * 100)),
    ("parenthesis", "400 close", target("/a.txt", "G(T")),
    ("comma", "400 close", target("/a.txt", "GET,")),
    ("colon", "400 close", target("/a.txt", "GET:")),
    ("slash", "400 close", target("/a.txt", "GE/T")),
    ("at", "400 close", target("/a.txt", "G@T")),
    ("brackets", "400 close", target("/a.txt", "[GET]")),
    ("braces", "400 close", target("/a.txt", "{GET}")),
    ("quotes", "400 close", target("/a.txt", '"GET"')),
    ("equals", "400 close", target("/a.txt", "GET=")),
    ("not ASCII", "400 close", target("/a.txt", "G\xcbT")),
)

# ---- RFC 9112, 3.2 and RFC 3986: targets ----

rows(
    "9112-3.2.1-origin-form",
    ("root", "200 open", target("/")),
    ("query", "200 open", target("/a.txt?x=1&y=2")),
    ("empty query", "200 open", target("/a.txt?")),
    ("two question marks", "200 open", target("/a.txt?a?b")),
    ("slashes and dots in query", "200 open", target("/a.txt?/../..//")),
    ("bad escape in query", "200 open", target("/a.txt?x=%zz")),
    ("NUL escaped in query", "200 open", target("/a.txt?x=%00")),
    ("directory", "301 open", target("/dir")),
    ("directory and query", "301 open", target("/dir?x=1")),
    ("directory with two slashes before", "301 open", target("//dir")),
    ("directory with slash", "200 open", target("/dir/")),
    ("file with slash", "404 open", target("/a.txt/")),
    ("directory without index", "404 open", target("/bare/")),
    ("nothing there", "404 open", target("/none")),
    ("no slash", "400 close", target("a.txt")),
    ("dots and no slash", "400 close", target("../a.txt")),
    ("query alone", "400 close", target("?x=1")),
    ("two asterisks", "400 close", target("**")),
    ("backslash first", "400 close", target("\\a.txt")),
    ("fragment", "400 close", target("/a.txt#part")),
    ("fragment in query", "400 close", target("/a.txt?x#part")),
    ("not ASCII", "400 close", target("/\xc3\xa4.txt")),
    ("not ASCII in query", "400 close", target("/a.txt?\xc3\xa4")),
    ("characters of no URI", "404 open", target("/\"<>^`{|}")),
    ("brackets", "404 open", target("/[x]")),
    ("backslash", "404 open", target("/dir\\c.txt")),
    ("semicolon", "404 open", target("/a.txt;x=1")),
    ("colon", "404 open", target("/a:b")),
    ("asterisk in path", "404 open", target("/*")),
)
rows(
    "3986-2.1-escape",
    ("letter", "200 open", target("/%61.txt")),
    ("space", "200 open", target("/a%20b.txt")),
    ("UTF-8", "200 open", target("/%C3%A4.txt")),
    ("UTF-8 in small letters", "200 open", target("/%c3%a4.txt")),
    ("not UTF-8", "404 open", target("/%ff")),
    ("overlong UTF-8 dot", "404 open", target("/%c0%ae%c0%ae/a.txt")),
    ("decoded once", "404 open", target("/%2561.txt")),
    ("question mark", "404 open", target("/a.txt%3Fx")),
    ("number sign", "404 open", target("/a.txt%23x")),
    ("cut", "400 close", target("/%")),
    ("cut behind a digit", "400 close", target("/a%4")),
    ("cut before query", "400 close", target("/a%4?1")),
    ("not hexadecimal", "400 close", target("/%zz")),
    ("of JavaScript", "400 close", target("/%u0061.txt")),
    ("percent twice", "400 close", target("/%%61.txt")),
    ("NUL", "400 close", target("/a.txt%00")),
    ("NUL and suffix", "400 close", target("/a.txt%00.html")),
    ("LF", "400 close", target("/a%0A.txt")),
    ("CR LF and a field", "400 close", target("/a%0d%0aX:%20y")),
    ("tab", "400 close", target("/a%09.txt")),
    ("DEL", "400 close", target("/a%7F.txt")),
    ("slash", "400 close", target("/dir%2Fc.txt")),
    ("slash in small letters", "400 close", target("/dir%2fc.txt")),
    ("backslash", "400 close", target("/dir%5Cc.txt")),
)
rows(
    "3986-5.2.4-dots",
    ("one", "200 open", target("/./a.txt")),
    ("one at the end", "200 open", target("/dir/.")),
    ("two", "200 open", target("/dir/../a.txt")),
    ("two at the end", "200 open", target("/dir/..")),
    ("two to the root", "200 open", target("/dir/../")),
    ("two through nothing", "200 open", target("/none/../a.txt")),
    ("escaped one", "200 open", target("/%2e/a.txt")),
    ("escaped two", "200 open", target("/dir/%2E%2e/a.txt")),
    ("half escaped two", "200 open", target("/dir/.%2e/a.txt")),
    ("two slashes", "200 open", target("//a.txt")),
    ("slashes inside", "200 open", target("/dir///c.txt")),
    ("slashes and dots", "200 open", target("/dir//../a.txt")),
    ("above the root", "400 close", target("/../a.txt")),
    ("above the root alone", "400 close", target("/..")),
    ("above the root later", "400 close", target("/dir/../../a.txt")),
    ("above the root and back", "400 close", target("/../docs/a.txt")),
    ("above the root escaped", "400 close", target("/%2e%2e/a.txt")),
    ("above the root by slash", "400 close", target("/..%2fa.txt")),
    ("above the root by backslash", "400 close", target("/..%5ca.txt")),
    ("above the root far", "400 close", target("/" + "../" * 20 + "etc/x")),
    ("three", "404 open", target("/.../a.txt")),
    ("two and semicolon", "404 open", target("/..;/a.txt")),
    ("hidden", "404 open", target("/.hidden")),
    ("hidden escaped", "404 open", target("/%2ehidden")),
    ("well-known", "200 open", target("/.well-known/w.txt")),
)
rows(
    "9112-3.2.2-absolute-form",
    ("plain", "200 open", target("http://example.org/a.txt")),
    ("capital scheme", "200 open", target("HTTP://example.org/a.txt")),
    ("without path", "200 open", target("http://example.org")),
    ("query without path", "200 open", target("http://example.org?x")),
    ("port", "200 open", target("http://example.org:80/a.txt")),
    ("empty port", "200 open", target("http://example.org:/a.txt")),
    ("another Host", "200 open", target("http://other.example/a.txt")),
    ("IPv6", "200 open", target("http://[::1]/a.txt")),
    ("1.0", "200 close", line("GET http://example.org/a.txt HTTP/1.0")),
    ("1.0 without Host", "200 close",
     "GET http://example.org/a.txt HTTP/1.0\r\n\r\n"),
    ("without Host", "400 close",
     "GET http://example.org/a.txt HTTP/1.1\r\n\r\n"),
    ("bad Host", "400 close",
     "GET http://example.org/a.txt HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("OPTIONS", "204 open", target("http://example.org", "OPTIONS")),
    ("https", "421 close", target("https://example.org/a.txt")),
    ("ftp", "421 close", target("ftp://example.org/a.txt")),
    ("file", "421 close", target("file:///etc/passwd")),
    ("no host", "400 close", target("http:///a.txt")),
    ("no host but a port", "400 close", target("http://:80/a.txt")),
    ("nothing behind scheme", "400 close", target("http://")),
    ("one slash", "400 close", target("http:/a.txt")),
    ("no slash", "400 close", target("http:a.txt")),
    ("no scheme", "400 close", target("://example.org/a.txt")),
    ("scheme begins with digit", "400 close", target("1http://a/a.txt")),
    ("user", "400 close", target("http://user@example.org/a.txt")),
    ("user and password", "400 close", target("http://u:p@a/a.txt")),
    ("port too large", "400 close", target("http://a:65536/a.txt")),
    ("port of letters", "400 close", target("http://a:b/a.txt")),
    ("IPv6 not closed", "400 close", target("http://[::1/a.txt")),
    ("bad host", "400 close", target("http://a|b/a.txt")),
    ("above the root", "400 close", target("http://a/../a.txt")),
    ("bad escape", "400 close", target("http://a/%zz")),
    ("fragment", "400 close", target("http://example.org/a.txt#x")),
)
rows(
    "9112-3.2.3-authority-form",
    ("GET", "400 close", target("example.org:80")),
    ("GET of a name", "400 close", target("example.org")),
    ("CONNECT with user", "400 close", target("u@example.org:80", "CONNECT")),
    ("CONNECT to two ports", "400 close", target("a:80:80", "CONNECT")),
)

# ---- RFC 9112, 3.2: Host ----

rows(
    "9112-3.2-host",
    ("missing", "400 close", host("")),
    ("missing, other fields", "400 close", host("Accept: */*\r\n")),
    ("missing in 1.2", "400 close", host("", "1.2")),
    ("empty", "400 close", host("Host:\r\n")),
    ("empty in 1.0", "400 close", host("Host:\r\n", "1.0")),
    ("blanks alone", "400 close", host("Host: \t \r\n")),
    ("repeated", "400 close", host(HOST + HOST)),
    ("two", "400 close", host(HOST + "Host: other.example\r\n")),
    ("two far apart", "400 close", host(HOST + "Accept: */*\r\n" + HOST)),
    ("repeated in 1.0", "400 close", host(HOST + HOST, "1.0")),
    ("empty first", "400 close", host("Host:\r\n" + HOST)),
    ("list", "400 close", host("Host: a, b\r\n")),
    ("list without space", "400 close", host("Host: a,b\r\n")),
    ("any case", "200 open", host("hOsT: example.org\r\n")),
    ("no space", "200 open", host("Host:example.org\r\n")),
    ("tabs around", "200 open", host("Host:\texample.org\t\r\n")),
    ("capital letters", "200 open", host("Host: EXAMPLE.ORG\r\n")),
    ("port", "200 open", host("Host: example.org:8080\r\n")),
    ("empty port", "200 open", host("Host: example.org:\r\n")),
    ("largest port", "200 open", host("Host: example.org:65535\r\n")),
    ("port too large", "400 close", host("Host: example.org:65536\r\n")),
    ("port far too large", "400 close", host("Host: a:99999999999\r\n")),
    ("port of letters", "400 close", host("Host: example.org:http\r\n")),
    ("signed port", "400 close", host("Host: example.org:+80\r\n")),
    ("negative port", "400 close", host("Host: example.org:-80\r\n")),
    ("two ports", "400 close", host("Host: example.org:80:80\r\n")),
    ("port alone", "400 close", host("Host: :80\r\n")),
    ("space before port", "400 close", host("Host: example.org :80\r\n")),
    ("space behind colon", "400 close", host("Host: example.org: 80\r\n")),
    ("space inside", "400 close", host("Host: exam ple.org\r\n")),
    ("user", "400 close", host("Host: user@example.org\r\n")),
    ("user and password", "400 close", host("Host: u:p@example.org\r\n")),
    ("at alone", "400 close", host("Host: @\r\n")),
    ("IPv4", "200 open", host("Host: 127.0.0.1\r\n")),
    ("IPv4 and port", "200 open", host("Host: 127.0.0.1:80\r\n")),
    ("IPv6", "200 open", host("Host: [::1]\r\n")),
    ("IPv6 and port", "200 open", host("Host: [2001:db8::1]:8080\r\n")),
    ("IPv6 with IPv4", "200 open", host("Host: [::ffff:127.0.0.1]\r\n")),
    ("IPv6 without brackets", "400 close", host("Host: ::1\r\n")),
    ("IPv6 not closed", "400 close", host("Host: [::1\r\n")),
    ("IPv6 not opened", "400 close", host("Host: ::1]\r\n")),
    ("IPv6 of too many", "400 close", host("Host: [1:2:3:4:5:6:7:8:9]\r\n")),
    ("IPv6 two gaps", "400 close", host("Host: [1::2::3]\r\n")),
    ("IPv6 letters", "400 close", host("Host: [::g]\r\n")),
    ("IPv6 zone", "400 close", host("Host: [fe80::1%25eth0]\r\n")),
    ("IPv6 and name", "400 close", host("Host: [::1]example\r\n")),
    ("empty brackets", "400 close", host("Host: []\r\n")),
    ("escape", "200 open", host("Host: ex%61mple.org\r\n")),
    ("bad escape", "400 close", host("Host: ex%zzmple.org\r\n")),
    ("cut escape", "400 close", host("Host: example.org%\r\n")),
    ("underscore", "200 open", host("Host: my_host\r\n")),
    ("dot behind", "200 open", host("Host: example.org.\r\n")),
    ("sub-delims", "200 open", host("Host: a!$&'()*+;=b\r\n")),
    ("slash", "400 close", host("Host: example.org/\r\n")),
    ("URI", "400 close", host("Host: http://example.org\r\n")),
    ("question mark", "400 close", host("Host: example.org?x\r\n")),
    ("number sign", "400 close", host("Host: example.org#x\r\n")),
    ("backslash", "400 close", host("Host: example\\org\r\n")),
    ("quotes", "400 close", host('Host: "example.org"\r\n')),
    ("angles", "400 close", host("Host: <a>\r\n")),
    ("not ASCII", "400 close", host("Host: ex\xc3\xa4mple.org\r\n")),
    ("NUL", "400 close", host("Host: example\0.org\r\n")),
    ("folded", "400 close", host("Host:\r\n example.org\r\n")),
    ("300 bytes", "200 open", host("Host: " + "a" * 300 + "\r\n")),
)

# ---- RFC 9112, 5 and RFC 9110, 5: fields ----

rows(
    "9112-5-field",
    ("no colon", "400 close", fields("Accept\r\n")),
    ("no colon but an equals", "400 close", fields("Accept=x\r\n")),
    ("no colon first", "400 close", host("Accept\r\n" + HOST)),
    ("empty name", "400 close", fields(": x\r\n")),
    ("colon alone", "400 close", fields(":\r\n")),
    ("space in name", "400 close", fields("X Y: z\r\n")),
    ("parentheses in name", "400 close", fields("X(Y): z\r\n")),
    ("comma in name", "400 close", fields("X,Y: z\r\n")),
    ("slash in name", "400 close", fields("X/Y: z\r\n")),
    ("at in name", "400 close", fields("X@Y: z\r\n")),
    ("brackets in name", "400 close", fields("X[0]: z\r\n")),
    ("braces in name", "400 close", fields("{X}: z\r\n")),
    ("quotes in name", "400 close", fields('"X": z\r\n')),
    ("backslash in name", "400 close", fields("X\\Y: z\r\n")),
    ("semicolon in name", "400 close", fields("X;Y: z\r\n")),
    ("not ASCII in name", "400 close", fields("X\xc3\xa4: z\r\n")),
    ("control byte in name", "400 close", fields("X\x01Y: z\r\n")),
    ("NUL in name", "400 close", fields("X\0Y: z\r\n")),
    ("DEL in name", "400 close", fields("X\x7fY: z\r\n")),
    ("byte order mark", "400 close", host("\xef\xbb\xbf" + HOST)),
    ("token marks in name", "200 open", fields("!#$%&'*+-.^_`|~: z\r\n")),
    ("underscore in name", "200 open", fields("X_Y: z\r\n")),
    ("digit first", "200 open", fields("0X: z\r\n")),
    ("no value", "200 open", fields("X:\r\n")),
    ("blanks for a value", "200 open", fields("X: \t \r\n")),
    ("blanks around", "200 open", fields("X: \t z \t\r\n")),
    ("no space", "200 open", fields("X:z\r\n")),
    ("colons in value", "200 open", fields("X: a:b: c\r\n")),
    ("repeated", "200 open", fields("X: a\r\nX: b\r\nx: c\r\n")),
    ("not ASCII in value", "200 open", fields("X: \xc3\xa4\xff\r\n")),
    ("tab in value", "200 open", fields("X: a\tb\r\n")),
)
rows(
    "9112-5.1-blank-before-colon",
    ("space", "400 close", fields("X : z\r\n")),
    ("tab", "400 close", fields("X\t: z\r\n")),
    ("of Host", "400 close", host("Host : example.org\r\n")),
    ("of Connection", "400 close", fields("Connection : close\r\n")),
)
rows(
    "9112-5.2-obs-fold",
    ("space", "400 close", fields("X: a\r\n b\r\n")),
    ("tab", "400 close", fields("X: a\r\n\tb\r\n")),
    ("value on the next line", "400 close", fields("X:\r\n b\r\n")),
    ("a field on the next line", "400 close", fields("X: a\r\n Y: b\r\n")),
    ("blanks alone", "400 close", fields("X: a\r\n \r\n")),
    ("before the first field", "400 close", host(" X: a\r\n" + HOST)),
    ("tab before the first field", "400 close", host("\tX: a\r\n" + HOST)),
    ("Host before the first field", "400 close", host(" " + HOST)),
    ("LF alone", "400 close", fields("X: a\n b\r\n")),
)
rows(
    "9110-5.5-control",
    *(("0x%02x in value" % c, "400 close", fields("X: a%sb\r\n" % chr(c)))
      for c in (0, 1, 7, 8, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0x7f)),
    ("NUL for a value", "400 close", fields("X: \0\r\n")),
    ("NUL line", "400 close", fields("\0\r\n")),
)
rows(
    "9112-2.2-bare-cr",
    ("in value", "400 close", fields("X: a\rb\r\n")),
    ("before CR LF", "400 close", fields("X: a\r\r\n")),
    ("in name", "400 close", fields("X\rY: a\r\n")),
    ("instead of CR LF", "400 close", fields("X: a\rY: b\r\n")),
    ("before the field", "400 close", fields("\rX: a\r\n")),
    ("before the empty line", "400 close",
     fields("X: a\r\n\r") + SMUGGLED),
    ("everywhere", "open", "GET /a.txt HTTP/1.1\rHost: a\r\r"),
    ("everywhere, then the end", "400 close",
     "GET /a.txt HTTP/1.1\rHost: a\r\r", ),
)
CASES[-1]["eof"] = True
rows(
    "9112-2.2-bare-lf",
    ("everywhere", "200 close", "GET /a.txt HTTP/1.1\nHost: a\n\n"),
    ("everywhere in 1.0", "200 close", "GET /a.txt HTTP/1.0\n\n"),
    ("request line", "200 close",
     "GET /a.txt HTTP/1.1\nHost: a\r\n\r\n"),
    ("field", "200 close", host("X: a\n" + HOST)),
    ("empty line", "200 close", "GET /a.txt HTTP/1.1\r\n" + HOST + "\n"),
    ("field and empty line", "200 close",
     "GET /a.txt HTTP/1.1\r\nHost: a\n\n"),
    ("and another request", "200 close",
     "GET /a.txt HTTP/1.1\nHost: a\n\n" + SMUGGLED),
    ("keep-alive asked for", "200 close",
     "GET /a.txt HTTP/1.1\nHost: a\nConnection: keep-alive\n\n" + SMUGGLED),
    ("ends the head early", "200 close", fields("X: a\n\n") + SMUGGLED),
    ("Content-Length", "400 close",
     "POST /a.txt HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello"),
    ("Content-Length 0", "400 close",
     "GET /a.txt HTTP/1.1\nHost: a\nContent-Length: 0\n\n"),
    ("one, and Content-Length", "400 close",
     fields("X: a\nContent-Length: 5\r\n", "hello", "POST")),
    ("Transfer-Encoding", "400 close",
     "POST /a.txt HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n"
     "0\r\n\r\n"),
    ("behind Transfer-Encoding", "400 close",
     fields("Transfer-Encoding: chunked\n", "0\r\n\r\n", "POST")),
    ("LF CR", "400 close", "GET /a.txt HTTP/1.1\n\rHost: a\n\r\n\r"),
)

# ---- RFC 9110, 8.6: Content-Length ----


def length(value, body="hello", rest="", method="POST"):
    return fields("Content-Length:" + value + "\r\n", body, method) + rest


rows(
    "9110-8.6-content-length",
    ("zero", "405 200 open", length(" 0", "", GET)),
    ("five", "405 200 open", length(" 5", "hello", GET)),
    ("no space", "405 200 open", length("5", "hello", GET)),
    ("blanks around", "405 200 open", length(" \t5\t ", "hello", GET)),
    ("leading zero", "405 200 open", length(" 05", "hello", GET)),
    ("leading zeros", "405 200 open", length(" " + "0" * 30 + "5",
                                             "hello", GET)),
    ("of GET", "200 200 open", length(" 5", "hello", GET, "GET")),
    ("of HEAD", "200 open", length(" 5", "hello", "", "HEAD")),
    ("of OPTIONS", "204 200 open", length(" 5", "hello", GET, "OPTIONS")),
    ("of TRACE", "405 200 open", length(" 5", "hello", GET, "TRACE")),
    ("in 1.0", "200 close",
     fields("Content-Length: 5\r\n", "hello", version="1.0")),
    ("in 1.0 keep-alive", "200 200 open",
     fields("Content-Length: 5\r\nConnection: keep-alive\r\n", "hello",
            version="1.0") + GET),
    ("content comes later", "405 200 open", length(" 5", ""), "he", "llo",
     GET),
    ("content is not there", "open", length(" 5", "hell")),
    ("content is cut", "400 close", length(" 5", "hell")),
    ("content is more", "405 400 close", length(" 5", "hello, world\r\n")),
    ("plus", "400 close", length(" +5")),
    ("minus", "400 close", length(" -5")),
    ("minus zero", "400 close", length(" -0", "")),
    ("hexadecimal", "400 close", length(" 0x5")),
    ("fraction", "400 close", length(" 5.0")),
    ("exponent", "400 close", length(" 5e0")),
    ("letters", "400 close", length(" five")),
    ("letter behind", "400 close", length(" 5a")),
    ("semicolon behind", "400 close", length(" 5;")),
    ("quotes", "400 close", length(' "5"')),
    ("two numbers", "400 close", length(" 5 5")),
    ("empty", "400 close", length("")),
    ("blank", "400 close", length(" ")),
    ("comma alone", "400 close", length(" ,")),
    ("list of equals", "400 close", length(" 5, 5")),
    ("list without space", "400 close", length(" 5,5")),
    ("list of two", "400 close", length(" 5, 6")),
    ("list with empty", "400 close", length(" 5,")),
    ("list, empty first", "400 close", length(" ,5")),
    ("repeated", "400 close", length(" 5\r\nContent-Length: 5")),
    ("two", "400 close", length(" 5\r\nContent-Length: 6")),
    ("two, zero first", "400 close", length(" 0\r\nContent-Length: 5")),
    ("two, empty first", "400 close", length("\r\nContent-Length: 5")),
    ("repeated in other case", "400 close", length(" 5\r\ncontent-length: 5")),
    ("vertical tab", "400 close", length(" \v5")),
    ("form feed behind", "400 close", length(" 5\f")),
    ("NUL behind", "400 close", length(" 5\0")),
    ("no-break space", "400 close", length(" \xa05")),
    ("superscript", "400 close", length(" \xb2")),
    ("folded", "400 close", length("\r\n 5")),
    ("folded digits", "400 close", length(" 1\r\n 5")),
    ("space before colon", "400 close",
     fields("Content-Length : 5\r\n", "hello", "POST")),
    ("underscore", "405 400 close",
     fields("Content_Length: 5\r\n", "hello\r\n", "POST")),
    ("2 to the 63, less 1", "413 close", length(" 9223372036854775807")),
    ("2 to the 63", "400 close", length(" 9223372036854775808")),
    ("2 to the 64", "400 close", length(" 18446744073709551616")),
    ("2 to the 64, and 5", "400 close", length(" 18446744073709551621")),
    ("2 to the 32, and 5", "413 close", length(" 4294967301")),
    ("100 digits", "400 close", length(" " + "9" * 100)),
)
[c for c in CASES if c["name"].endswith("content is cut")][0]["eof"] = True

# ---- RFC 9112, 6.1 and 6.3: Transfer-Encoding ----


def coding(text, rest=GET, version="1.1", body="0\r\n\r\n"):
    return fields(text + "\r\n", body, "POST", version) + rest


TE = "Transfer-Encoding: "
rows(
    "9112-6.1-transfer-encoding",
    ("chunked", "405 200 open", coding(TE + "chunked")),
    ("any case", "405 200 open", coding("tRANSFER-eNCODING: cHUNKED")),
    ("no space", "405 200 open", coding("Transfer-Encoding:chunked")),
    ("blanks around", "405 200 open", coding(TE + "\tchunked \t")),
    ("in 1.2", "405 200 open", coding(TE + "chunked", version="1.2")),
    ("of GET", "200 200 open", chunked("0\r\n\r\n", GET, "GET")),
    ("of HEAD", "200 open", chunked("0\r\n\r\n", "", "HEAD")),
    ("in 1.0", "400 close", coding(TE + "chunked", version="1.0")),
    ("in 1.0 keep-alive", "400 close",
     coding("Connection: keep-alive\r\n" + TE + "chunked", version="1.0")),
    ("identity", "400 close", coding(TE + "identity")),
    ("gzip", "400 close", coding(TE + "gzip")),
    ("unknown", "400 close", coding(TE + "x")),
    ("chunked, identity", "400 close", coding(TE + "chunked, identity")),
    ("chunked, gzip", "400 close", coding(TE + "chunked, gzip")),
    ("identity, chunked", "501 close", coding(TE + "identity, chunked")),
    ("gzip, chunked", "501 close", coding(TE + "gzip, chunked")),
    ("gzip with parameter, chunked", "501 close",
     coding(TE + "gzip;q=0.5, chunked")),
    ("unknown, chunked", "501 close", coding(TE + "x, chunked")),
    ("chunked, chunked", "400 close", coding(TE + "chunked, chunked")),
    ("chunked with parameter", "400 close", coding(TE + "chunked;q=1")),
    ("comma behind", "400 close", coding(TE + "chunked,")),
    ("comma before", "400 close", coding(TE + ", chunked")),
    ("empty", "400 close", coding(TE)),
    ("comma alone", "400 close", coding(TE + ",")),
    ("quotes", "400 close", coding(TE + '"chunked"')),
    ("apostrophes", "400 close", coding(TE + "'chunked'")),
    ("letter before", "400 close", coding(TE + "xchunked")),
    ("letter behind", "400 close", coding(TE + "chunkedx")),
    ("cut", "400 close", coding(TE + "chunk")),
    ("hyphen", "400 close", coding(TE + "-chunked")),
    ("space inside", "400 close", coding(TE + "chun ked")),
    ("two words", "400 close", coding(TE + "identity chunked")),
    ("semicolon behind", "400 close", coding(TE + "chunked;")),
    ("colon", "400 close", coding(TE + ": chunked")),
    ("vertical tab before", "400 close", coding(TE + "\vchunked")),
    ("vertical tab behind", "400 close", coding(TE + "chunked\v")),
    ("form feed before", "400 close", coding(TE + "\fchunked")),
    ("NUL behind", "400 close", coding(TE + "chunked\0")),
    ("no-break space", "400 close", coding(TE + "\xa0chunked")),
    ("not ASCII", "400 close", coding(TE + "chunke\xe4")),
    ("CR before", "400 close", coding(TE + "\rchunked")),
    ("CR behind", "400 close", coding(TE + "chunked\r")),
    ("repeated", "400 close", coding(TE + "chunked\r\n" + TE + "chunked")),
    ("chunked and identity", "400 close",
     coding(TE + "chunked\r\n" + TE + "identity")),
    ("identity and chunked", "400 close",
     coding(TE + "identity\r\n" + TE + "chunked")),
    ("empty and chunked", "400 close", coding(TE + "\r\n" + TE + "chunked")),
    ("folded", "400 close", coding("Transfer-Encoding:\r\n chunked")),
    ("folded behind", "400 close", coding(TE + "chunked\r\n , identity")),
    ("hidden in a fold", "400 close", coding("X: y\r\n " + TE + "chunked")),
    ("hidden behind CR", "400 close", coding("X: y\r" + TE + "chunked")),
    ("behind LF", "400 close", coding("X: y\n" + TE + "chunked")),
    ("space before colon", "400 close",
     coding("Transfer-Encoding : chunked")),
    ("tab before colon", "400 close", coding("Transfer-Encoding\t: chunked")),
    ("NUL in name", "400 close", coding("Transfer\0-Encoding: chunked")),
    ("space before name", "400 close", coding(" " + TE + "chunked")),
    ("underscore", "405 400 close", coding("Transfer_Encoding: chunked")),
    ("TE is another field", "405 400 close", coding("TE: chunked")),
    ("Content-Encoding is another field", "405 400 close",
     coding("Content-Encoding: chunked")),
)
CL = "Content-Length: "
rows(
    "9112-6.3-both",
    ("length first", "400 close", coding(CL + "5\r\n" + TE + "chunked")),
    ("coding first", "400 close", coding(TE + "chunked\r\n" + CL + "5")),
    ("length 0", "400 close", coding(CL + "0\r\n" + TE + "chunked")),
    ("unknown coding", "400 close", coding(CL + "5\r\n" + TE + "x")),
    ("identity", "400 close", coding(CL + "5\r\n" + TE + "identity")),
    ("empty coding", "400 close", coding(CL + "5\r\n" + TE)),
    ("bad length", "400 close", coding(CL + "x\r\n" + TE + "chunked")),
    ("in 1.0", "400 close",
     coding(CL + "5\r\n" + TE + "chunked", version="1.0")),
    ("of GET", "400 close",
     fields(CL + "5\r\n" + TE + "chunked\r\n", "0\r\n\r\n") + SMUGGLED),
)

# ---- RFC 9112, 7.1: chunks ----


def chunk(text, rest=GET):
    return chunked(text, rest)


END = "0\r\n\r\n"
rows(
    "9112-7.1-chunk",
    ("one", "405 200 open", chunk("5\r\nhello\r\n" + END)),
    ("three", "405 200 open", chunk("1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n" + END)),
    ("last alone", "405 200 open", chunk(END)),
    ("capital digit", "405 200 open", chunk("A\r\n0123456789\r\n" + END)),
    ("small digit", "405 200 open", chunk("a\r\n0123456789\r\n" + END)),
    ("leading zeros", "405 200 open", chunk("0005\r\nhello\r\n" + END)),
    ("20 leading zeros", "405 200 open",
     chunk("0" * 20 + "5\r\nhello\r\n" + END)),
    ("many zeros for the last", "405 200 open", chunk("0" * 20 + "\r\n\r\n")),
    ("line ends as data", "405 200 open", chunk("4\r\n\r\n\r\n\r\n" + END)),
    ("byte by byte", "405 200 open", chunk("", ""), "5", "\r", "\n", "he",
     "llo", "\r", "\n", "0", "\r", "\n", "\r", "\n" + GET),
    ("space before size", "400 close", chunk(" 5\r\nhello\r\n" + END)),
    ("space behind size", "400 close", chunk("5 \r\nhello\r\n" + END)),
    ("tab behind size", "400 close", chunk("5\t\r\nhello\r\n" + END)),
    ("empty size", "400 close", chunk("\r\nhello\r\n" + END)),
    ("plus", "400 close", chunk("+5\r\nhello\r\n" + END)),
    ("minus", "400 close", chunk("-5\r\nhello\r\n" + END)),
    ("0x", "400 close", chunk("0x5\r\nhello\r\n" + END)),
    ("h behind", "400 close", chunk("5h\r\nhello\r\n" + END)),
    ("underscore", "400 close", chunk("0_5\r\nhello\r\n" + END)),
    ("comma", "400 close", chunk("5,\r\nhello\r\n" + END)),
    ("fraction", "400 close", chunk("5.0\r\nhello\r\n" + END)),
    ("letters", "400 close", chunk("xyz\r\nhello\r\n" + END)),
    ("NUL before", "400 close", chunk("\0005\r\nhello\r\n" + END)),
    ("NUL behind", "400 close", chunk("5\0\r\nhello\r\n" + END)),
    ("quotes", "400 close", chunk('"5"\r\nhello\r\n' + END)),
    ("2 to the 63", "400 close", chunk("8000000000000000\r\nhello\r\n")),
    ("2 to the 64, less 1", "400 close", chunk("FFFFFFFFFFFFFFFF\r\nhello")),
    ("2 to the 64", "400 close", chunk("10000000000000000\r\nhello\r\n")),
    ("2 to the 64, and 5", "400 close",
     chunk("10000000000000005\r\nhello\r\n" + END)),
    ("2 to the 32, and 5", "413 close",
     chunk("100000005\r\nhello\r\n" + END)),
    ("40 digits", "400 close", chunk("f" * 40 + "\r\nhello\r\n")),
    ("LF alone behind size", "400 close", chunk("5\nhello\r\n" + END)),
    ("LF alone behind data", "400 close", chunk("5\r\nhello\n" + END)),
    ("CR alone behind size", "400 close", chunk("5\rhello\r\n" + END)),
    ("CR alone behind data", "400 close", chunk("5\r\nhello\r" + END)),
    ("CR CR LF behind size", "400 close", chunk("5\r\r\nhello\r\n" + END)),
    ("LF alone behind last size", "400 close", chunk("0\n\r\n")),
    ("LF alone at the end", "400 close", chunk("0\r\n\n")),
    ("LF alone everywhere", "400 close", chunk("5\nhello\n0\n\n")),
    ("CR and another byte at the end", "400 close", chunk("0\r\n\rX")),
    ("nothing behind data", "400 close", chunk("5\r\nhello" + END)),
    ("data longer than size", "400 close", chunk("5\r\nhello!\r\n" + END)),
    ("data shorter than size", "400 close", chunk("5\r\nhell\r\n" + END)),
    ("empty line behind data", "400 close",
     chunk("5\r\nhello\r\n\r\n" + END)),
    ("no last chunk", "open", chunk("5\r\nhello\r\n", "")),
    ("no empty line", "open", chunk("5\r\nhello\r\n0\r\n", "")),
    ("no last chunk, then the end", "400 close",
     chunk("5\r\nhello\r\n", "")),
    ("no empty line, then the end", "400 close",
     chunk("5\r\nhello\r\n0\r\n", "")),
    ("no chunk, then the end", "400 close", chunk("", "")),
)
for c in CASES[-3:]:
    c["eof"] = True


def extension(text):
    return chunk("5" + text + "\r\nhello\r\n" + END)


rows(
    "9112-7.1.1-chunk-extension",
    ("name", "405 200 open", extension(";a")),
    ("name and value", "405 200 open", extension(";a=b")),
    ("quoted value", "405 200 open", extension(';a="b; c"')),
    ("quoted pair", "405 200 open", extension(';a="b\\"c"')),
    ("two", "405 200 open", extension(';a=b;c="d"')),
    ("blanks", "405 200 open", extension(" ; a = b ; c")),
    ("of the last chunk", "405 200 open", chunk("0;a=b\r\n\r\n")),
    ("empty", "400 close", extension(";")),
    ("empty name", "400 close", extension(";=b")),
    ("empty value", "400 close", extension(";a=")),
    ("two names", "400 close", extension(";a b")),
    ("two semicolons", "400 close", extension(";;")),
    ("quotes not closed", "400 close", extension(';a="b')),
    ("behind quotes", "400 close", extension(';a="b"c')),
    ("name of no token", "400 close", extension(";a/b=c")),
    ("without semicolon", "400 close", extension(" a=b")),
    ("NUL", "400 close", extension(";a=\0")),
    ("control byte", "400 close", extension(";a=\x01")),
    ("not ASCII in a token", "400 close", extension(";\xe4=b")),
    ("CR", "400 close", extension(";a\rb")),
    ("LF", "400 close", extension(";a\nb")),
    ("LF in quotes", "400 close", extension(';a="\n"')),
    ("CR LF in quotes", "400 close", extension(';a="\r\n"')),
    ("LF alone behind", "400 close", chunk("5;a\nhello\r\n" + END)),
    ("64 KiB", "400 close", extension(";a=" + "b" * 65536)),
)


def trailer(text):
    return chunk("5\r\nhello\r\n0\r\n" + text + "\r\n")


rows(
    "9112-7.1.2-trailer",
    ("one", "405 200 open", trailer("X: y\r\n")),
    ("two", "405 200 open", trailer("X: y\r\nZ:\r\n")),
    ("Content-Length", "405 200 open", trailer("Content-Length: 50\r\n")),
    ("Transfer-Encoding", "405 200 open",
     trailer("Transfer-Encoding: chunked\r\n")),
    ("Host", "405 200 open", trailer("Host: other\r\n")),
    ("Connection", "405 200 open", trailer("Connection: close\r\n")),
    ("no colon", "400 close", trailer("X\r\n")),
    ("empty name", "400 close", trailer(": y\r\n")),
    ("space before colon", "400 close", trailer("X : y\r\n")),
    ("name of no token", "400 close", trailer("X(: y\r\n")),
    ("folded", "400 close", trailer("X: y\r\n z\r\n")),
    ("NUL", "400 close", trailer("X: \0\r\n")),
    ("control byte", "400 close", trailer("X: \x01\r\n")),
    ("bare CR", "400 close", trailer("X: y\rz\r\n")),
    ("LF alone", "400 close", trailer("X: y\n")),
    ("a request", "400 close", chunk("0\r\n", SMUGGLED)),
    ("64 KiB", "431 close", trailer("X: " + "y" * 65536 + "\r\n")),
)

# ---- smuggling: RFC 9112, 11.2 ----

rows(
    "9112-11.2-smuggling",
    ("request as content", "200 200 open",
     fields(CL + "%d\r\n" % len(SMUGGLED), SMUGGLED) + GET),
    ("request as content of POST", "405 200 open",
     fields(CL + "%d\r\n" % len(SMUGGLED), SMUGGLED, "POST") + GET),
    ("request as content of HEAD", "200 open",
     fields(CL + "%d\r\n" % len(SMUGGLED), SMUGGLED, "HEAD")),
    ("request as content of OPTIONS", "204 200 open",
     fields(CL + "%d\r\n" % len(SMUGGLED), SMUGGLED, "OPTIONS") + GET),
    ("request as content of a directory", "301 200 open",
     "GET /dir HTTP/1.1\r\n%s%s%d\r\n\r\n%s%s" % (
         HOST, CL, len(SMUGGLED), SMUGGLED, GET)),
    ("request as content of nothing", "404 200 open",
     "GET /none HTTP/1.1\r\n%s%s%d\r\n\r\n%s%s" % (
         HOST, CL, len(SMUGGLED), SMUGGLED, GET)),
    ("request as a chunk", "405 200 open",
     chunk("%x\r\n%s\r\n%s" % (len(SMUGGLED), SMUGGLED, END))),
    ("CL.TE", "400 close", coding(CL + "6\r\n" + TE + "chunked",
                                  SMUGGLED)),
    ("TE.CL", "400 close",
     coding(TE + "chunked\r\n" + CL + "4", "",
            body="%x\r\n%s\r\n%s" % (len(SMUGGLED), SMUGGLED, END))),
    ("TE.TE", "400 close", coding(
        CL + "4\r\n" + TE + "chunked\r\n" + TE + "x", SMUGGLED)),
    ("TE.0 in 1.0", "400 close", coding(
        "Connection: keep-alive\r\n" + TE + "chunked", SMUGGLED, "1.0")),
    ("request behind an error", "400 close",
     target("/a\0.txt") + SMUGGLED),
    ("request behind a bad chunk", "400 close",
     chunk("x\r\n", SMUGGLED)),
    ("request behind 413", "413 close", length(" 9999999", SMUGGLED)),
    ("request behind 414", "414 close", target("/" + "a" * 9000) + SMUGGLED),
    ("request behind 431", "431 close",
     fields("X: " + "a" * 40000 + "\r\n") + SMUGGLED),
    ("request behind 505", "505 close",
     line("GET /a.txt HTTP/2.0") + SMUGGLED),
    ("request behind Expect", "405 close",
     fields("Expect: 100-continue\r\n" + CL + "5\r\n", SMUGGLED, "POST")),
    ("request behind Upgrade", "200 200 open",
     fields("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n") + GET),
    ("request in a chunk extension", "400 close",
     chunk("1;\n" + "x" * 8 + "\r\n0\r\n\r\n", SMUGGLED)),
    ("LF LF in a value", "200 close", fields("X: y\n\n" + SMUGGLED)),
    ("CR LF escaped in target", "400 close",
     target("/a.txt%20HTTP/1.1%0d%0aHost:%20a%0d%0a%0d%0a")),
    ("Content-Length named by Connection", "405 200 open",
     fields("Connection: Content-Length\r\n" + CL + "5\r\n", "hello",
            "POST") + GET),
)

# ---- RFC 9112, 9.3 and 9.6: pipelining, persistence ----

rows(
    "9112-9.3.2-pipelining",
    ("two", "200 200 open", GET + GET),
    ("ten", " ".join(["200"] * 10) + " open", GET * 10),
    ("hundred", " ".join(["200"] * 100) + " close", GET * 99 + LAST),
    ("in order", "200 404 301 405 204 501 200 open",
     GET + target("/none") + target("/dir") + target("/a.txt", "DELETE") +
     target("/a.txt", "OPTIONS") + target("/a.txt", "FETCH") + GET),
    ("behind close", "200 close", LAST + SMUGGLED),
    ("close in the second", "200 200 close", GET + LAST + SMUGGLED),
    ("behind 1.0", "200 close", line("GET /a.txt HTTP/1.0") + SMUGGLED),
    ("behind 1.0 keep-alive", "200 200 open",
     fields("Connection: keep-alive\r\n", version="1.0") + GET),
    ("error in the second", "200 400 close",
     GET + line("GET  /a.txt HTTP/1.1") + SMUGGLED),
    ("half of the second", "200 open", GET + GET[:20]),
    ("half of the second, rest later", "200 200 open", GET + GET[:20],
     GET[20:]),
    ("cut in the empty line", "200 200 open", GET[:-1], "\n" + GET),
    ("cut behind CR", "200 open", GET[:19] + "\r", "\n" + GET[21:]),
    ("cut in method", "200 open", "G", GET[1:]),
    ("cut in four", "200 open", GET[:5], GET[5:15], GET[15:30], GET[30:]),
    ("later", "200 200 open", GET, GET),
    ("then the end", "200 200 close", GET + GET),
    ("bytes of nothing behind", "200 400 close", GET + "hello\r\n"),
)
CASES[-2]["eof"] = True
case("9112-9.3.2-pipelining/HEAD between", "200 200 200 open",
     GET + target("/a.txt", "HEAD") + GET, heads=(1,))


def connection(value, version="1.1"):
    return fields("Connection: " + value + "\r\n", version=version)


rows(
    "9112-9.3-connection",
    ("close", "200 close", connection("close")),
    ("any case", "200 close", connection("CLOSE")),
    ("in a list", "200 close", connection("x, close, y")),
    ("without spaces", "200 close", connection("x,close")),
    ("empty elements", "200 close", connection(", ,close,")),
    ("in the second field", "200 close",
     connection("x\r\nConnection: close")),
    ("keep-alive and close", "200 close", connection("keep-alive, close")),
    ("close and keep-alive", "200 close", connection("close, keep-alive")),
    ("keep-alive", "200 open", connection("keep-alive")),
    ("empty", "200 open", connection("")),
    ("other word", "200 open", connection("closed")),
    ("in quotes", "200 open", connection('"close"')),
    ("of an error", "404 close",
     "GET /none HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n"),
    ("of POST", "405 close",
     fields("Connection: close\r\n" + CL + "5\r\n", "hello", "POST")),
    ("1.0 any case", "200 open", connection("KEEP-ALIVE", "1.0")),
    ("1.0 close", "200 close", connection("close", "1.0")),
    ("1.0 both", "200 close", connection("keep-alive, close", "1.0")),
    ("1.2 close", "200 close", connection("close", "1.2")),
    ("Keep-Alive field", "200 open", fields("Keep-Alive: timeout=1\r\n")),
    ("Proxy-Connection", "200 open", fields("Proxy-Connection: close\r\n")),
    ("Upgrade websocket", "200 open",
     fields("Connection: Upgrade\r\nUpgrade: websocket\r\n")),
)

# ---- RFC 9110, 10.1.1: Expect ----


def expect(value, body="", more="", version="1.1", method="GET"):
    return fields("Expect: " + value + "\r\n" + more, body, method, version)


rows(
    "9110-10.1.1-expect",
    ("no content", "200 open", expect("100-continue")),
    ("length 0", "200 open", expect("100-continue", more=CL + "0\r\n")),
    ("content announced", "405 close",
     expect("100-continue", "", CL + "5\r\n", method="POST")),
    ("content sent", "405 close",
     expect("100-continue", "hello", CL + "5\r\n", method="POST")),
    ("chunked announced", "405 close",
     expect("100-continue", "", TE + "chunked\r\n", method="POST")),
    ("of GET", "200 close", expect("100-continue", "", CL + "5\r\n")),
    ("any case", "405 close",
     expect("100-CONTINUE", "", CL + "5\r\n", method="POST")),
    ("in 1.0", "405 close",
     expect("100-continue", "hello", CL + "5\r\n", "1.0", "POST")),
    ("in 1.0, content awaited", "open",
     expect("100-continue", "", CL + "5\r\n", "1.0", "POST")),
    ("other", "417 open", expect("x")),
    ("100-continue and other", "417 open", expect("100-continue, x")),
    ("other in 1.0", "200 close", expect("x", version="1.0")),
    ("101-continue", "417 open", expect("101-continue")),
    ("content too large", "413 close",
     expect("100-continue", "", CL + "9999999\r\n", method="POST")),
)

# ---- limits ----

LINE = len("GET /a.txt? HTTP/1.1")
rows(
    "9112-3-limit-request-line",
    ("4 KiB", "200 open", target("/a.txt?" + "a" * 4000)),
    ("8 KiB", "200 open", target("/a.txt?" + "a" * (8192 - LINE))),
    ("8 KiB and a byte", "414 close", target("/a.txt?" + "a" * (8193 - LINE))),
    ("64 KiB", "414 close", target("/" + "a" * 65536)),
    ("without end", "414 close", "GET /" + "a" * 65536),
    ("method without end", "414 close", "X" * 65536),
    ("a long name", "404 open", target("/" + "a" * 300)),
    ("many segments", "404 open", target("/" + "a/" * 1500)),
    ("spaces without end", "414 close", "GET" + " " * 65536),
    ("bad version and too long", "414 close",
     line("GET /" + "a" * 9000 + " HTTP/x")),
)
rows(
    "6585-5-limit-fields",
    ("90", "200 open", fields("X: y\r\n" * 89)),
    ("100", "200 open", fields("X: y\r\n" * 99)),
    ("101", "431 close", fields("X: y\r\n" * 100)),
    ("5000", "431 close", fields("X: y\r\n" * 5000)),
    ("4 KiB", "200 open", fields("X: " + "y" * 4000 + "\r\n")),
    ("30 KiB in four", "200 open", fields(("X: " + "y" * 7500 + "\r\n") * 4)),
    ("40 KiB", "431 close", fields("X: " + "y" * 40000 + "\r\n")),
    ("40 KiB in ten", "431 close", fields(("X: " + "y" * 4000 + "\r\n") * 10)),
    ("a long name", "431 close", fields("X" * 40000 + ": y\r\n")),
    ("without end", "431 close",
     "GET /a.txt HTTP/1.1\r\nX: " + "y" * 100000),
    ("a long Host", "431 close", host("Host: " + "a" * 40000 + "\r\n")),
)
rows(
    "9110-15.5.14-limit-content",
    ("64 KiB", "405 200 open", length(" 65536", "x" * 65536, GET)),
    ("64 KiB and a byte", "413 close", length(" 65537", "x" * 65537)),
    ("64 KiB in chunks", "405 200 open",
     chunk(("8000\r\n" + "x" * 0x8000 + "\r\n") * 2 + END)),
    ("more in chunks", "413 close",
     chunk(("8000\r\n" + "x" * 0x8000 + "\r\n") * 3 + END)),
)

# ---- other protocols, requests that stop ----

TLS = ("\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" + "\x5a" * 32 +
       "\x00\x00\x04\x13\x01\x13\x02\x01\x00")
PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
rows(
    "9112-9.8-other-protocol",
    ("TLS", "close", TLS),
    ("TLS in two", "close", TLS[:3], TLS[3:]),
    ("HTTP/2", "505 close", PREFACE),
    ("HTTP/2 with settings", "505 close", PREFACE + "\0\0\0\4\0\0\0\0\0"),
    ("SSH", "400 close", "SSH-2.0-OpenSSH_9.2p1\r\n"),
    ("SMTP", "400 close", "EHLO example.org\r\n"),
    ("FTP", "400 close", "USER anonymous\r\n"),
    ("Redis", "400 close", "*1\r\n$4\r\nPING\r\n"),
    ("memcached", "400 close", "stats\r\n"),
    ("PROXY", "400 close",
     "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + GET),
    ("PROXY 2", "400 close", "\r\n\r\n\0\r\nQUIT\n" + GET),
    ("RTSP", "400 close", "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
    ("SIP", "400 close", "OPTIONS sip:a@b SIP/2.0\r\n\r\n"),
    ("zeros", "400 close", "\0" * 100 + "\r\n"),
    ("noise", "400 close", "\x8f\x1b\xee\x02\xc4\r\n\r\n"),
)
for what, status, text in (
        ("nothing", "close", ""),
        ("empty line", "close", "\r\n"),
        ("empty line as old browsers send", "405 close",
         fields("Content-Length: 5\r\n", "hello", "POST") + "\r\n"),
        ("one byte", "400 close", "G"),
        ("method", "400 close", "GET "),
        ("target", "400 close", "GET /a.txt"),
        ("request line", "400 close", "GET /a.txt HTTP/1.1\r\n"),
        ("name", "400 close", "GET /a.txt HTTP/1.1\r\nHos"),
        ("value", "400 close", "GET /a.txt HTTP/1.1\r\nHost: exam"),
        ("last field", "400 close", "GET /a.txt HTTP/1.1\r\n" + HOST),
        ("empty line's CR", "400 close", GET[:-1]),
        ("whole", "200 close", GET),
        ("whole and a byte", "200 400 close", GET + "G"),
        ("whole 1.0", "200 close", "GET /a.txt HTTP/1.0\r\n\r\n")):
    case("9112-8-end-behind/" + what, status, *([text] if text else []),
         eof=True)
for what, text in (
        ("nothing", ""), ("method", "GET "), ("target", "GET /a.txt"),
        ("request line", "GET /a.txt HTTP/1.1\r\n"),
        ("last field", "GET /a.txt HTTP/1.1\r\n" + HOST),
        ("empty line's CR", GET[:-1])):
    case("9112-9.5-wait-behind/" + what, "open", *([text] if text else []))

for c in CASES:
    if any(p.startswith(b"HEAD ") for p in c["pieces"]):
        c["heads"] = (0,)
