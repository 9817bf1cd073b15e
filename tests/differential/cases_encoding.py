"""Content negotiation: RFC 9110, 12.5.3, with siblings made beforehand.

/g.txt has g.txt.gz alone, /all.css has .zst, .br and .gz (which mynahd likes
in that order), /b.js has .br alone, /abc.txt has none.

Of the peers nginx alone looks for siblings; lighttpd and Apache, as they are
packaged, send the file itself whatever is asked for.
"""

from answers import as_get, content, empty, other, same, same_head, vary
from cases import ask, get, head, rows
from files import DATE

NGINX = ("nginx",)
VARY = vary("Accept-Encoding")
AE = "Accept-Encoding: "


def coded(value, target="/g.txt", coding="gzip", ending=".gz"):
    """A row's rest: with that Accept-Encoding the sibling is sent."""
    return ("200 open", get(target, AE + value), content(target + ending),
            "Content-Encoding: " + coding, VARY)


def br(value, target="/all.css"):
    return coded(value, target, "br", ".br")


def zstd(value, target="/all.css"):
    return coded(value, target, "zstd", ".zst")


def gz(value, target="/all.css"):
    return coded(value, target)


def plain(value, target="/g.txt"):
    return ("200 open", get(target, AE + value), content(target),
            "no Content-Encoding", VARY)


def refused(value, target="/g.txt"):
    return ("406 open", get(target, AE + value), "no Content-Encoding")


rows(
    "9110-12.5.3-gzip",
    ("no field", "200 open", get("/g.txt"), content("/g.txt"),
     "no Content-Encoding", VARY),
    ("gzip",) + coded("gzip"),
    ("capital letters",) + coded("GZIP"),
    ("mixed letters",) + coded("GzIp"),
    ("x-gzip",) + coded("x-gzip"),
    ("x-gzip in capitals",) + coded("X-GZIP"),
    ("as browsers do",) + coded("gzip, deflate, br, zstd"),
    ("as curl does",) + coded("deflate, gzip, br, zstd"),
    ("last of a list",) + coded("compress, deflate, gzip"),
    ("no spaces",) + coded("deflate,gzip,br"),
    ("tabs",) + coded("deflate\t,\tgzip"),
    ("empty elements",) + coded(", ,gzip,,"),
    ("no space before", "200 open", get("/g.txt", "Accept-Encoding:gzip"),
     content("/g.txt.gz"), VARY),
    ("name in any case", "200 open", get("/g.txt", "aCCEPT-eNCODING: gzip"),
     content("/g.txt.gz"), VARY),
    ("asterisk",) + coded("*"),
    ("asterisk and q",) + coded("*;q=0.5"),
    ("asterisk behind others",) + coded("br, *"),
    ("two fields, second", "200 open", get("/g.txt", AE + "br", AE + "gzip"),
     content("/g.txt.gz"), "Content-Encoding: gzip", VARY),
    ("two fields, first", "200 open", get("/g.txt", AE + "gzip", AE + "br"),
     content("/g.txt.gz"), "Content-Encoding: gzip", VARY),
    ("three fields", "200 open", get(
        "/g.txt", AE + "br", AE, AE + "x, gzip"), content("/g.txt.gz"),
     VARY),
    ("1.0", "200 close", get("/g.txt", AE + "gzip", version="1.0"),
     content("/g.txt.gz"), "Content-Encoding: gzip", VARY),
    ("behind a proxy", "200 open",
     get("/g.txt", AE + "gzip", "Via: 1.1 proxy"), content("/g.txt.gz"),
     VARY),
    ("hundred others before",) + coded("x-y, " * 100 + "gzip"),
    peers=NGINX)
rows(
    "9110-12.5.3-not-gzip",
    ("empty",) + plain(""),
    ("blanks",) + plain(" \t "),
    ("comma alone",) + plain(","),
    ("identity",) + plain("identity"),
    ("deflate",) + plain("deflate"),
    ("br alone",) + plain("br"),
    ("unknown",) + plain("unknown"),
    ("gzipx",) + plain("gzipx"),
    ("xgzip",) + plain("xgzip"),
    ("gzip-x",) + plain("gzip-x"),
    ("x-gzip-x",) + plain("x-gzip-x"),
    ("not-gzip",) + plain("not-gzip"),
    ("gzi",) + plain("gzi"),
    ("gz",) + plain("gz"),
    ("gzip with a slash",) + plain("gzip/1"),
    ("gzip as a parameter",) + plain("x;gzip"),
    ("gzip as a value",) + plain("x;q=gzip"),
    ("in quotes",) + plain('"gzip"'),
    ("in another field", "200 open", get("/g.txt", "TE: gzip"),
     content("/g.txt"), "no Content-Encoding", VARY),
    ("of the request", "200 open", get("/g.txt", "Content-Encoding: gzip"),
     content("/g.txt"), VARY),
    ("two words",) + plain("gzip deflate"),
    peers=NGINX)
rows(
    "9110-12.4.2-quality",
    ("1",) + coded("gzip;q=1"),
    ("1.",) + coded("gzip;q=1."),
    ("1.0",) + coded("gzip;q=1.0"),
    ("1.000",) + coded("gzip;q=1.000"),
    ("0.5",) + coded("gzip;q=0.5"),
    ("0.001",) + coded("gzip;q=0.001"),
    ("0.001 of x-gzip",) + coded("x-gzip;q=0.001"),
    ("capital Q",) + coded("gzip;Q=0.5"),
    ("blanks around semicolon",) + coded("gzip ; q=0.5"),
    ("tabs around semicolon",) + coded("gzip\t;\tq=0.5"),
    ("0",) + plain("gzip;q=0"),
    ("0.",) + plain("gzip;q=0."),
    ("0.0",) + plain("gzip;q=0.0"),
    ("0.000",) + plain("gzip;q=0.000"),
    ("0 with blanks",) + plain("gzip ; q=0"),
    ("0 with capital Q",) + plain("gzip;Q=0"),
    ("0 of x-gzip",) + plain("x-gzip;q=0"),
    ("0, asterisk 1",) + plain("gzip;q=0, *"),
    ("asterisk 1, then 0",) + plain("*, gzip;q=0"),
    ("asterisk 0, gzip",) + coded("*;q=0, gzip"),
    ("gzip, asterisk 0",) + coded("gzip, *;q=0"),
    ("identity better",) + plain("gzip;q=0.5, identity"),
    ("identity a little better",) + plain("gzip;q=0.8, identity;q=0.801"),
    ("identity a little worse",) + coded("gzip;q=0.801, identity;q=0.8"),
    ("identity equal",) + coded("identity, gzip"),
    ("identity equal at 0.5",) + coded("identity;q=0.5, gzip;q=0.5"),
    ("identity refused",) + coded("gzip, identity;q=0"),
    ("identity refused, asterisk",) + coded("*, identity;q=0"),
    ("identity better than asterisk",) + plain("identity, *;q=0.5"),
    ("identity worse than asterisk",) + coded("identity;q=0.5, *;q=0.8"),
    ("others better",) + coded("br, gzip;q=0.1"),
    peers=NGINX)
rows(
    "9110-12.4.2-malformed",
    ("2",) + plain("gzip;q=2"),
    ("1.1",) + plain("gzip;q=1.1"),
    ("1.001",) + plain("gzip;q=1.001"),
    ("10",) + plain("gzip;q=10"),
    ("four digits",) + plain("gzip;q=0.5000"),
    ("1 and four digits",) + plain("gzip;q=1.0000"),
    ("no digit before the point",) + plain("gzip;q=.5"),
    ("point alone",) + plain("gzip;q=."),
    ("empty",) + plain("gzip;q="),
    ("no equals",) + plain("gzip;q"),
    ("negative",) + plain("gzip;q=-1"),
    ("negative 0.5",) + plain("gzip;q=-0.5"),
    ("plus",) + plain("gzip;q=+1"),
    ("letters",) + plain("gzip;q=abc"),
    ("letter behind",) + plain("gzip;q=1x"),
    ("comma for point",) + plain("gzip;q=0,5"),
    ("exponent",) + plain("gzip;q=1e0"),
    ("in quotes",) + plain('gzip;q="1"'),
    ("blank before equals",) + plain("gzip;q =1"),
    ("blank behind equals",) + plain("gzip;q= 1"),
    ("leading zero",) + plain("gzip;q=01"),
    ("two weights",) + plain("gzip;q=1;q=0.5"),
    ("another parameter",) + plain("gzip;level=9"),
    ("parameter behind",) + plain("gzip;q=1;x=y"),
    ("semicolon alone",) + plain("gzip;"),
    ("nan",) + plain("gzip;q=nan"),
    ("inf",) + plain("gzip;q=inf"),
    ("hexadecimal",) + plain("gzip;q=0x1"),
    ("spoils no other",) + coded("br;q=x, gzip"),
    ("spoils no other before",) + coded("gzip, br;q=x"),
    ("brackets",) + plain("(gzip)"),
    ("semicolons for commas",) + plain("gzip;br"),
    ("equals",) + plain("gzip=1"),
    ("not ASCII",) + plain("gzip\xe9"),
    peers=NGINX)
rows(
    "9110-12.5.3-choice",
    ("all",) + zstd("gzip, br, zstd"),
    ("all the other way round",) + zstd("zstd, br, gzip"),
    ("asterisk",) + zstd("*"),
    ("gzip and br",) + br("gzip, br"),
    ("br alone",) + br("br"),
    ("BR",) + br("BR"),
    ("zstd alone",) + zstd("zstd"),
    ("gzip alone",) + gz("gzip"),
    ("gzip best",) + gz("gzip, br;q=0.9, zstd;q=0.8"),
    ("br best",) + br("gzip;q=0.8, br;q=0.9, zstd;q=0.1"),
    ("zstd best by a thousandth",) + zstd("gzip;q=0.998, br;q=0.998, "
                                          "zstd;q=0.999"),
    ("gzip best by a thousandth",) + gz("gzip;q=0.5, br;q=0.499, "
                                        "zstd;q=0.499"),
    ("zstd refused",) + br("gzip, br, zstd;q=0"),
    ("two refused",) + gz("gzip, br;q=0, zstd;q=0"),
    ("two refused, asterisk",) + gz("*, br;q=0, zstd;q=0"),
    ("asterisk better than gzip",) + zstd("gzip;q=0.5, *"),
    ("gzip better than asterisk",) + gz("gzip, *;q=0.5"),
    ("all refused",) + plain("gzip;q=0, br;q=0, zstd;q=0", "/all.css"),
    ("none named",) + plain("deflate", "/all.css"),
    ("identity best",) + plain("identity, gzip;q=0.9, br;q=0.9",
                               "/all.css"),
    ("two fields", "200 open", get("/all.css", AE + "gzip;q=0.5",
                                   AE + "br;q=0.6"),
     content("/all.css.br"), VARY),
    ("brx",) + plain("brx", "/all.css"),
    ("xbr",) + plain("xbr", "/all.css"),
    ("zstd-x",) + plain("zstd-x", "/all.css"),
    ("x-br",) + plain("x-br", "/all.css"),
    ("br, only br is there",) + br("gzip, br", "/b.js"),
    ("gzip, only br is there",) + plain("gzip", "/b.js"),
    ("twice, the last refuses",) + plain("gzip, gzip;q=0"),
    peers=NGINX)
rows(
    "9110-15.5.7-not-acceptable",
    ("identity refused",) + refused("identity;q=0"),
    ("asterisk refused",) + refused("*;q=0"),
    ("both refused",) + refused("gzip;q=0, identity;q=0"),
    ("identity refused, another named",) + refused("br, identity;q=0"),
    ("asterisk refused, another named",) + refused("br, *;q=0"),
    ("0.000",) + refused("identity;q=0.000"),
    ("any case",) + refused("IDENTITY;Q=0"),
    ("Vary", "406 open", get("/g.txt", AE + "identity;q=0"), VARY,
     "no ETag", "no Last-Modified"),
    ("without siblings",) + refused("identity;q=0", "/abc.txt"),
    ("asterisk, without siblings",) + refused("*;q=0", "/abc.txt"),
    ("asterisk refused, identity not",) + plain("*;q=0, identity"),
    ("asterisk refused, identity at 0.1",) + plain("identity;q=0.1, *;q=0"),
    ("goes on", "406 200 open", get("/g.txt", AE + "*;q=0"), get("/g.txt"),
     content("/g.txt")),
    ("HEAD", "406 open", head("/g.txt", AE + "*;q=0"), as_get),
    ("nothing there", "404 open", get("/none", AE + "*;q=0")),
    ("redirect", "301 open", get("/dir", AE + "*;q=0")),
    ("OPTIONS", "204 open", ask("OPTIONS", "/g.txt", AE + "*;q=0"), empty),
    ("range", "406 open", get("/g.txt", AE + "*;q=0", "Range: bytes=0-4"),
     "no Content-Range"),
    peers=NGINX)
rows(
    "9110-12.5.5-vary",
    ("200 of the original", "200 open", get("/g.txt"), VARY),
    ("200 of the variant", "200 open", get("/g.txt", AE + "gzip"), VARY),
    ("HEAD", "200 open", head("/g.txt"), VARY),
    ("HEAD of the variant", "200 open", head("/g.txt", AE + "gzip"), VARY),
    ("206", "206 open", get("/g.txt", "Range: bytes=0-4"), VARY),
    ("206 of the variant", "206 open",
     get("/g.txt", AE + "gzip", "Range: bytes=0-4"), VARY),
    ("several ranges", "206 open", get("/g.txt", "Range: bytes=0-4,9-9"),
     VARY),
    ("304", "304 open", get("/g.txt", "If-None-Match: *"), VARY),
    ("304 of the variant", "304 open",
     get("/g.txt", AE + "gzip", "If-None-Match: *"), VARY),
    ("304 by date", "304 open", get("/g.txt", "If-Modified-Since: " + DATE),
     VARY),
    ("412", "412 open", get("/g.txt", 'If-Match: "x"'), VARY),
    ("416", "416 open", get("/g.txt", "Range: bytes=9999999-"), VARY),
    ("index", "200 open", get("/coded/"), VARY),
    ("index, coded", "200 open", get("/coded/", AE + "gzip"), VARY,
     content("/coded/index.html.gz"), "Content-Encoding: gzip",
     "Content-Type: text/html; charset=utf-8"),
    ("large file", "200 open", get("/big.txt"), VARY),
    ("none without siblings", "200 open", get("/abc.txt"), "no Vary"),
    ("none without siblings, asked", "200 open",
     get("/abc.txt", AE + "gzip"), "no Vary", "no Content-Encoding",
     content("/abc.txt")),
    ("none of the sibling itself", "200 open", get("/g.txt.gz"), "no Vary"),
    ("no asterisk", "200 open", get("/g.txt"), "Vary ~ [^*]*"),
    peers=NGINX)
rows(
    "9110-8.4-variant",
    ("fields", "200 open", get("/g.txt", AE + "gzip"),
     "Content-Type: text/plain; charset=utf-8", "Content-Encoding: gzip",
     "Last-Modified: " + DATE, "Accept-Ranges: bytes", "has ETag"),
    ("type of CSS", "200 open", get("/all.css", AE + "br"),
     "Content-Type: text/css; charset=utf-8"),
    ("type of JavaScript", "200 open", get("/b.js", AE + "br"),
     "Content-Type: text/javascript; charset=utf-8"),
    ("type of nothing known", "200 open", get("/g.bin", AE + "gzip"),
     content("/g.bin.gz"), "Content-Type: application/octet-stream"),
    ("other tag than the original", "200 open", get("/g.txt", AE + "gzip"),
     other("ETag", get("/g.txt"))),
    ("other tag than another variant", "200 open",
     get("/all.css", AE + "gzip"),
     other("ETag", get("/all.css", AE + "br"))),
    ("same tag each time", "200 open", get("/g.txt", AE + "gzip"),
     same("ETag", get("/g.txt", AE + "x-gzip"))),
    ("strong tag", "200 open", get("/g.txt", AE + "gzip"),
     'ETag ~ "[!#-~]+"'),
    ("HEAD", "200 open", head("/g.txt", AE + "gzip"), as_get,
     "Content-Encoding: gzip"),
    ("HEAD of br", "200 open", head("/all.css", AE + "br"), as_get,
     "Content-Encoding: br", "Content-Length: 17"),
    ("HEAD of the original", "200 open", head("/g.txt", AE + "x"), as_get,
     "no Content-Encoding"),
    ("head of 304", "304 open", head(
        "/g.txt", AE + "gzip", "If-None-Match: {etag gzip}"),
     same_head(get("/g.txt", AE + "gzip", "If-None-Match: {etag gzip}"))),
    ("304 has no coding", "304 open", get(
        "/g.txt", AE + "gzip", "If-None-Match: {etag gzip}"),
     "no Content-Encoding", "ETag: {etag gzip}", VARY),
    ("query", "200 open", get("/g.txt?x", AE + "gzip"),
     content("/g.txt.gz")),
    ("name with a space", "200 open", get("/s%20l.txt", AE + "gzip"),
     content("/s l.txt.gz"), "Content-Encoding: gzip"),
    ("large", "200 open", get("/big.txt", AE + "gzip"),
     content("/big.txt.gz"), "Content-Length: 100000"),
    ("newer than the original", "200 open", get("/newer.txt", AE + "gzip"),
     content("/newer.txt.gz"), "Content-Encoding: gzip",
     "Last-Modified: Tue, 15 Nov 2022 13:45:26 GMT"),
    ("pipelined", "200 200 200 open", get("/g.txt", AE + "gzip"),
     content("/g.txt.gz"), get("/g.txt"), content("/g.txt"),
     get("/g.txt", AE + "gzip"), content("/g.txt.gz")),
    ("absolute-form", "200 open",
     get("http://example.org/g.txt", AE + "gzip"), content("/g.txt.gz")),
    peers=NGINX)


def unused(target, *more):
    return ("200 open", get(target, AE + "gzip"), content(target),
            "no Content-Encoding") + more


rows(
    "9110-12.5.3-unfit-sibling",
    ("older",) + unused("/older.txt"),
    ("larger",) + unused("/larger.txt"),
    ("of equal size",) + unused("/equal.txt"),
    ("a directory",) + unused("/dirsib.txt"),
    ("a link that leads out",) + unused("/outsib.txt"),
    ("not to be read",) + unused("/locksib.txt"),
    ("of an empty file", "200 open", get("/empty.txt", AE + "gzip"),
     empty, "no Content-Encoding"),
    ("without its original", "404 open", get("/only.txt", AE + "gzip")),
    ("by its own name", "200 open", get("/g.txt.gz"), content("/g.txt.gz"),
     "no Content-Encoding", "Content-Type: application/gzip"),
    ("by its own name, gzip accepted", "200 open",
     get("/g.txt.gz", AE + "gzip"), content("/g.txt.gz"),
     "no Content-Encoding"),
    ("without original, by its own name", "200 open", get("/only.txt.gz"),
     content("/only.txt.gz")),
    peers=NGINX)
