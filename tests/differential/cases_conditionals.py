"""Preconditions: RFC 9110, 13.

/abc.txt was last modified at files.DATE; its ETag is asked for first.
"""

import itertools

from answers import (content, empty, other, same, same_head, vary)
from cases import ask, case, get, head, rows
from files import DATE

ABC = "/abc.txt"
BEFORE = "Tue, 15 Nov 2022 12:45:25 GMT"
BEHIND = "Tue, 15 Nov 2022 12:45:27 GMT"
FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT"
EPOCH = "Thu, 01 Jan 1970 00:00:00 GMT"
UNCHANGED = ("ETag: {etag}", empty, "no Content-Range", "has Date")


def hit(*lines, target=ABC):
    """A row's rest: 304."""
    return ("304 open", get(target, *lines), *UNCHANGED)


def sent(*lines, target=ABC):
    """A row's rest: 200 with the whole file."""
    return ("200 open", get(target, *lines), content(target), "has ETag")


def failed(*lines, target=ABC):
    return ("412 open", get(target, *lines), "has Content-Length")


def tags(name, hits, misses):
    """Rows for lists of entity-tags, which both fields have."""
    name += ": "
    return (
        ("the tag",) + hits(name + "{etag}"),
        ("another tag",) + misses(name + '"another"'),
        ("tag of another file",) + misses(name + "{etag /one.txt}"),
        ("no space before",) + hits(name.rstrip() + "{etag}"),
        ("blanks around",) + hits(name + " \t{etag} \t "),
        ("name in any case",) + hits(name.swapcase() + "{etag}"),
        ("list, first",) + hits(name + '{etag}, "b", "c"'),
        ("list, in the middle",) + hits(name + '"a", {etag}, "c"'),
        ("list, last",) + hits(name + '"a", "b", {etag}'),
        ("list without spaces",) + hits(name + '"a",{etag},"c"'),
        ("list with blanks",) + hits(name + '"a" \t,\t {etag}'),
        ("list, none",) + misses(name + '"a", "b", "c"'),
        ("list of a hundred, last",) + hits(
            name + '"0123456789", ' * 100 + "{etag}"),
        ("list of a hundred, none",) + misses(
            name + '"0123456789", ' * 100 + '"x"'),
        ("empty elements",) + hits(name + ', ,{etag},,'),
        ("comma inside a tag",) + hits(name + '"a,b", {etag}'),
        ("commas and quotes inside",) + misses(name + '"a,{opaque},b'),
        ("two fields, first",) + hits(name + "{etag}", name + '"b"'),
        ("two fields, second",) + hits(name + '"a"', name + "{etag}"),
        ("two fields, none",) + misses(name + '"a"', name + '"b"'),
        ("three fields, third",) + hits(
            name + '"a"', name + '"b"', name + "{etag}"),
        ("two fields apart",) + hits(
            name + '"a"', "Accept: */*", name + '"b", {etag}'),
        ("asterisk",) + hits(name + "*"),
        ("asterisk with blanks",) + hits(name + " \t* "),
        ("asterisk in quotes",) + misses(name + '"*"'),
        ("two asterisks",) + misses(name + "**"),
        ("asterisk behind a letter",) + misses(name + "x*"),
        ("empty",) + misses(name),
        ("comma alone",) + misses(name + ","),
        ("empty tag",) + misses(name + '""'),
        ("weak empty tag",) + misses(name + 'W/""'),
        ("without quotes",) + misses(name + "another"),
        ("quotes not closed",) + misses(name + '"another'),
        ("quotes not opened",) + misses(name + 'another"'),
        ("quotes alone",) + misses(name + '"'),
        ("single quotes",) + misses(name + "'another'"),
        ("begin of the tag",) + misses(name + '"0"'),
        ("tag and more inside",) + misses(name + '"{opaque}x"'),
        ("weak another",) + misses(name + 'W/"another"'),
        ("W alone",) + misses(name + "W/"),
        ("space behind W",) + misses(name + "W/ {opaque}"),
        ("not ASCII, and the tag",) + hits(name + '"\xe4\xff", {etag}'),
        ("backslash, and the tag",) + hits(name + '"a\\", {etag}'),
        ("of a file with a weak date",) + hits(
            name + "{etag}", target="/epoch.txt"),
        ("of a file of the future",) + hits(
            name + "{etag}", target="/future.txt"),
        ("of an empty file",) + hits(name + "{etag}", target="/empty.txt"),
        ("of a large file",) + hits(name + "{etag}", target="/1m.bin"),
        ("of an index",) + hits(name + "{etag}", target="/dir/"),
        ("of an index by another name",) + hits(
            name + "{etag /dir/index.html}", target="/dir/"),
    )


rows(
    "9110-13.1.2-if-none-match",
    *tags("If-None-Match", hit, sent),
    ("weak of the tag",) + hit("If-None-Match: W/{opaque}"),
    ("weak in a list",) + hit('If-None-Match: "a", W/{opaque}, W/"b"'),
    ("nothing there", "404 open", get("/none", "If-None-Match: *")),
    ("nothing there, tag", "404 open", get("/none", 'If-None-Match: "x"')),
)
rows(
    "9110-13.1.1-if-match",
    *tags("If-Match", sent, failed),
    ("weak of the tag",) + failed("If-Match: W/{opaque}"),
    ("weak in a list, then the tag",) + sent('If-Match: W/"a", {etag}'),
    ("weak tags alone",) + failed('If-Match: W/"a", W/{opaque}'),
    ("small w",) + failed("If-Match: w/{opaque}"),
    ("nothing there", "404 open", get("/none", "If-Match: *")),
    ("nothing there, tag", "404 open", get("/none", 'If-Match: "x"')),
    ("connection goes on", "412 200 open", get(ABC, 'If-Match: "x"'),
     get(ABC), content(ABC)),
    ("HEAD", "412 open", head(ABC, 'If-Match: "x"'),
     same_head(get(ABC, 'If-Match: "x"'))),
    ("HEAD holds", "200 open", head(ABC, "If-Match: {etag}"),
     same_head(get(ABC))),
    ("1.0", "412 close", get(ABC, 'If-Match: "x"', version="1.0")),
)

# Dates that mean the second of files.DATE.
SAME = (
    ("IMF-fixdate", DATE),
    ("RFC 850", "Tuesday, 15-Nov-22 12:45:26 GMT"),
    ("asctime", "Tue Nov 15 12:45:26 2022"),
)
EARLIER = (
    ("IMF-fixdate, a second before", BEFORE),
    ("RFC 850, a second before", "Tuesday, 15-Nov-22 12:45:25 GMT"),
    ("asctime, a second before", "Tue Nov 15 12:45:25 2022"),
    ("a day before", "Mon, 14 Nov 2022 12:45:26 GMT"),
    ("a year before", "Mon, 15 Nov 2021 12:45:26 GMT"),
    ("epoch", EPOCH),
    ("RFC 850, last century", "Sunday, 06-Nov-94 08:49:37 GMT"),
    ("asctime, one digit", "Sun Nov  6 08:49:37 1994"),
    ("before the epoch", "Wed, 31 Dec 1969 23:59:59 GMT"),
    ("leap day", "Sat, 29 Feb 2020 00:00:00 GMT"),
)
LATER = (
    ("a second behind", BEHIND),
    ("RFC 850, a second behind", "Tuesday, 15-Nov-22 12:45:27 GMT"),
    ("asctime, a second behind", "Tue Nov 15 12:45:27 2022"),
    ("a day behind", "Wed, 16 Nov 2022 12:45:26 GMT"),
    ("future", FUTURE),
    ("behind 2^31", "Wed, 20 Jan 2038 00:00:00 GMT"),
    ("behind 2^32", "Thu, 08 Feb 2106 00:00:00 GMT"),
    ("far future", "Fri, 31 Dec 9999 23:59:59 GMT"),
)
INVALID = (
    ("empty", ""),
    ("a word", "yesterday"),
    ("zero", "0"),
    ("seconds", "1668516326"),
    ("ISO 8601", "2022-11-15T12:45:26Z"),
    ("without a zone", "Tue, 15 Nov 2022 12:45:26"),
    ("UTC", "Tue, 15 Nov 2022 12:45:26 UTC"),
    ("another zone", "Tue, 15 Nov 2022 12:45:26 PST"),
    ("offset", "Tue, 15 Nov 2022 12:45:26 +0000"),
    ("small gmt", "Tue, 15 Nov 2022 12:45:26 gmt"),
    ("without a weekday", "15 Nov 2022 12:45:26 GMT"),
    ("no such weekday", "Xyz, 15 Nov 2022 12:45:26 GMT"),
    ("no such month", "Tue, 15 Xyz 2022 12:45:26 GMT"),
    ("month in another language", "Tue, 15 Dez 2022 12:45:26 GMT"),
    ("month as a number", "Tue, 15 11 2022 12:45:26 GMT"),
    ("month written out", "Tue, 15 November 2022 12:45:26 GMT"),
    ("day 0", "Tue, 00 Nov 2022 12:45:26 GMT"),
    ("day 32", "Tue, 32 Dec 2030 12:45:26 GMT"),
    ("31 November", "Wed, 31 Nov 2022 12:45:26 GMT"),
    ("30 February", "Wed, 30 Feb 2028 12:45:26 GMT"),
    ("29 February of no leap year", "Wed, 29 Feb 2023 12:45:26 GMT"),
    ("hour 24", "Tue, 15 Nov 2022 24:00:00 GMT"),
    ("minute 60", "Tue, 15 Nov 2022 12:60:26 GMT"),
    ("second 61", "Tue, 15 Nov 2022 12:45:61 GMT"),
    ("one digit of a day", "Tue, 5 Dec 2022 12:45:26 GMT"),
    ("one digit of an hour", "Tue, 15 Nov 2022 2:45:26 GMT"),
    ("no seconds", "Tue, 15 Nov 2022 12:45 GMT"),
    ("two digits of a year", "Tue, 15 Nov 22 12:45:26 GMT"),
    ("five digits of a year", "Tue, 15 Nov 20222 12:45:26 GMT"),
    ("negative year", "Tue, 15 Nov -022 12:45:26 GMT"),
    ("no comma", "Tue 15 Nov 2022 12:45:26 GMT"),
    ("no space behind the comma", "Tue,15 Nov 2022 12:45:26 GMT"),
    ("two spaces", "Tue, 15  Nov 2022 12:45:26 GMT"),
    ("dashes with a long year", "Tuesday, 15-Nov-2022 12:45:26 GMT"),
    ("dashes with a short weekday", "Tue, 15-Nov-22 12:45:26 GMT"),
    ("asctime with a zone", "Tue Nov 15 12:45:26 2022 GMT"),
    ("asctime with a comma", "Tue, Nov 15 12:45:26 2022"),
    ("something behind", DATE + "x"),
    ("length of old browsers", DATE + "; length=26"),
    ("in quotes", '"%s"' % DATE),
    ("two in a list", DATE + ", " + DATE),
    ("a tag", "{etag}"),
    ("asterisk", "*"),
    ("letters for digits", "Tue, 1O Nov 2022 12:45:26 GMT"),
    ("small weekday", "tue, 15 Nov 2022 12:45:26 GMT"),
    ("small month", "Tue, 15 nov 2022 12:45:26 GMT"),
    ("capital month", "Tue, 15 NOV 2022 12:45:26 GMT"),
    ("4 KiB", "1" * 4000),
)
IMS = "If-Modified-Since: "
IUS = "If-Unmodified-Since: "

rows(
    "9110-13.1.3-if-modified-since",
    *((what,) + hit(IMS + value) for what, value in SAME + LATER),
    *((what,) + sent(IMS + value) for what, value in EARLIER),
    ("leap second", ) + hit(IMS + "Sat, 31 Dec 2022 23:59:60 GMT"),
    ("no space before",) + hit(IMS.rstrip() + DATE),
    ("blanks around",) + hit(IMS + "\t " + DATE + " \t"),
    ("name in any case",) + hit("if-modified-SINCE: " + DATE),
    ("two fields",) + sent(IMS + DATE, IMS + DATE),
    ("two fields, one earlier",) + sent(IMS + DATE, IMS + EPOCH),
    ("of a file without a date",) + sent(IMS + DATE, target="/epoch.txt"),
    ("of a file of the future",) + sent(IMS + DATE, target="/future.txt"),
    ("of a large file",) + hit(IMS + DATE, target="/1m.bin"),
    ("of an empty file",) + hit(IMS + DATE, target="/empty.txt"),
    ("of an index",) + hit(IMS + DATE, target="/dir/"),
    ("HEAD", "304 open", head(ABC, IMS + DATE), *UNCHANGED),
    ("HEAD, earlier", "200 open", head(ABC, IMS + EPOCH),
     same_head(get(ABC))),
    ("HEAD, invalid", "200 open", head(ABC, IMS + "x"), same_head(get(ABC))),
    ("nothing there", "404 open", get("/none", IMS + FUTURE)),
)
rows(
    "9110-13.1.3-invalid-date",
    *((what,) + sent(IMS + value) for what, value in INVALID))
rows(
    "9110-13.1.4-if-unmodified-since",
    *((what,) + sent(IUS + value) for what, value in SAME + LATER),
    *((what,) + failed(IUS + value) for what, value in EARLIER),
    ("two fields",) + sent(IUS + EPOCH, IUS + EPOCH),
    ("of a file without a date",) + sent(IUS + EPOCH, target="/epoch.txt"),
    ("of a file of the future",) + sent(IUS + EPOCH, target="/future.txt"),
    ("of a large file",) + failed(IUS + EPOCH, target="/1m.bin"),
    ("HEAD", "412 open", head(ABC, IUS + EPOCH),
     same_head(get(ABC, IUS + EPOCH))),
    ("nothing there", "404 open", get("/none", IUS + EPOCH)),
)
rows(
    "9110-13.1.4-invalid-date",
    *((what,) + sent(IUS + value) for what, value in INVALID))

# ---- all of them together: 13.2.2 ----

MATCH = (("", None), ("If-Match holds", "{etag}"),
         ("If-Match fails", '"x"'), ("If-Match *", "*"))
UNMODIFIED = (("", None), ("unmodified since then", DATE),
              ("modified since before", BEFORE))
NONE_MATCH = (("", None), ("If-None-Match hits", "{etag}"),
              ("If-None-Match misses", '"x"'), ("If-None-Match *", "*"))
MODIFIED = (("", None), ("not modified since then", DATE),
            ("modified since then", BEFORE))


def judged(match, unmodified, none_match, modified):
    """The status by the steps of 13.2.2 for GET and HEAD."""
    if match is not None:
        if match == '"x"':
            return 412
    elif unmodified == BEFORE:
        return 412
    if none_match is not None:
        return 200 if none_match == '"x"' else 304
    return 304 if modified == DATE else 200


FIELDS = ("If-Match: ", IUS, "If-None-Match: ", IMS)
for chosen in itertools.product(MATCH, UNMODIFIED, NONE_MATCH, MODIFIED):
    names = [what for what, _ in chosen if what]
    if len(names) < 2:
        continue
    values = [value for _, value in chosen]
    lines = [f + v for f, v in zip(FIELDS, values) if v is not None]
    status = judged(*values)
    for ask_for in (get, head):
        # HEAD, and the fields the other way round: nothing depends on it.
        request = ask_for(ABC, *(lines if ask_for is get else lines[::-1]))
        case("9110-13.2.2-order/%s%s" % (
            "HEAD, " if ask_for is head else "", ", ".join(names)),
             "%d open" % status, request,
             *(UNCHANGED if status == 304 else
               (content(ABC),) if status == 200 and ask_for is get else ()))

rows(
    "9110-13.2.2-invalid-date-behind-tag",
    ("If-None-Match misses, unchanged",) + sent(
        'If-None-Match: "x"', IMS + DATE),
    ("If-None-Match malformed, unchanged",) + sent(
        "If-None-Match: x", IMS + DATE),
    ("If-None-Match empty, unchanged",) + sent("If-None-Match:", IMS + DATE),
    ("If-None-Match hits, invalid date",) + hit(
        "If-None-Match: {etag}", IMS + "x"),
    ("If-Match holds, invalid date",) + sent("If-Match: {etag}", IUS + "x"),
    ("If-Match fails, invalid date",) + failed('If-Match: "x"', IUS + "x"),
    ("both dates, unchanged",) + hit(IUS + DATE, IMS + DATE),
    ("both dates, invalid first",) + hit(IUS + "x", IMS + DATE),
    ("both dates, invalid second",) + sent(IUS + DATE, IMS + "x"),
)
rows(
    "9110-13.2.1-when",
    ("OPTIONS, If-Match", "204 open", ask("OPTIONS", ABC, 'If-Match: "x"')),
    ("OPTIONS, If-None-Match", "204 open",
     ask("OPTIONS", ABC, "If-None-Match: *")),
    ("POST, If-Match", "405 open",
     ask("POST", ABC, 'If-Match: "x"', "Content-Length: 0")),
    ("POST, If-None-Match", "405 open",
     ask("POST", ABC, "If-None-Match: *", "Content-Length: 0")),
    ("PUT, If-None-Match", "405 open",
     ask("PUT", ABC, "If-None-Match: *", "Content-Length: 0")),
    ("DELETE, If-Match", "405 open", ask("DELETE", ABC, 'If-Match: "x"')),
    ("unknown, If-Match", "501 open", ask("FETCH", ABC, 'If-Match: "x"')),
    ("redirect, If-Match", "301 open", get("/dir", 'If-Match: "x"')),
    ("redirect, If-None-Match", "301 open", get("/dir", "If-None-Match: *")),
    ("redirect, date", "301 open", get("/dir", IMS + FUTURE)),
    ("forbidden, If-Match", "403 open", get("/locked.txt", 'If-Match: "x"')),
    ("forbidden, If-None-Match", "403 open",
     get("/locked.txt", "If-None-Match: *")),
    ("directory without index, If-None-Match", "404 open",
     get("/bare/", "If-None-Match: *")),
    ("not acceptable, If-None-Match", "406 open",
     get("/g.txt", "Accept-Encoding: identity;q=0", "If-None-Match: *")),
    ("expectation, If-None-Match", "417 open",
     get(ABC, "Expect: x", "If-None-Match: *")),
)
rows(
    "9110-15.4.5-not-modified",
    ("fields", "304 open", get(ABC, "If-None-Match: {etag}"),
     "ETag: {etag}", "has Date", empty, "no Content-Type",
     "no Content-Length", "no Content-Encoding",
     "no Transfer-Encoding", "no Content-Range"),
    ("fields by date", "304 open", get(ABC, IMS + DATE), "ETag: {etag}",
     "has Date", empty, "no Content-Type"),
    ("strong tag even if asked weakly", "304 open",
     get(ABC, "If-None-Match: W/{opaque}"), "ETag: {etag}"),
    ("HEAD as GET", "304 open", head(ABC, "If-None-Match: {etag}"),
     same_head(get(ABC, "If-None-Match: {etag}"))),
    ("date of HEAD as GET", "304 open", head(ABC, IMS + DATE),
     same_head(get(ABC, IMS + DATE))),
    ("close", "304 close", get(ABC, "If-None-Match: *", "Connection: close"),
     "Connection: close", empty),
    ("1.0", "304 close", get(ABC, "If-None-Match: *", version="1.0"), empty),
    ("1.0 keep-alive", "304 open", get(
        ABC, "If-None-Match: *", "Connection: keep-alive", version="1.0"),
     "Connection ~ (?i)keep-alive", empty),
    ("of a directory's index", "304 open", get("/", "If-None-Match: {etag}"),
     "ETag: {etag}", empty),
    ("with content", "304 200 open", get(
        ABC, "If-None-Match: *", "Content-Length: 5", body="hello"), empty,
     get(ABC), content(ABC)),
    ("three and the file", "304 304 304 200 open",
     *[get(ABC, "If-None-Match: *"), empty] * 3, get(ABC), content(ABC)),
)
rows(
    "9110-13-of-variant",
    ("its own tag", "304 open", get(
        "/g.txt", "Accept-Encoding: gzip", "If-None-Match: {etag gzip}"),
     "ETag: {etag gzip}", vary("Accept-Encoding"), empty),
    ("tag of the original", "200 open", get(
        "/g.txt", "Accept-Encoding: gzip", "If-None-Match: {etag}"),
     content("/g.txt.gz"), "Content-Encoding: gzip"),
    ("tag of the variant, original asked", "200 open",
     get("/g.txt", "If-None-Match: {etag gzip}"), content("/g.txt")),
    ("original, its tag", "304 open", get("/g.txt", "If-None-Match: {etag}"),
     "ETag: {etag}", vary("Accept-Encoding")),
    ("both tags", "304 open", get(
        "/g.txt", "Accept-Encoding: gzip",
        "If-None-Match: {etag}, {etag gzip}"), "ETag: {etag gzip}"),
    ("asterisk", "304 open", get(
        "/g.txt", "Accept-Encoding: gzip", "If-None-Match: *"),
     "ETag: {etag gzip}", vary("Accept-Encoding")),
    ("If-Match of the variant", "200 open", get(
        "/g.txt", "Accept-Encoding: gzip", "If-Match: {etag gzip}"),
     content("/g.txt.gz")),
    ("If-Match of the original", "412 open", get(
        "/g.txt", "Accept-Encoding: gzip", "If-Match: {etag}"),
     vary("Accept-Encoding")),
    ("date", "304 open", get("/g.txt", "Accept-Encoding: gzip", IMS + DATE),
     "ETag: {etag gzip}", vary("Accept-Encoding")),
    ("newer variant, date of the original", "200 open", get(
        "/newer.txt", "Accept-Encoding: gzip", IMS + DATE),
     content("/newer.txt.gz"),
     "Last-Modified: Tue, 15 Nov 2022 13:45:26 GMT"),
    ("newer variant, its date", "304 open", get(
        "/newer.txt", "Accept-Encoding: gzip",
        IMS + "Tue, 15 Nov 2022 13:45:26 GMT")),
    peers=("nginx",))
rows(
    "9110-8.8-validators",
    ("tag is stable", "200 200 open", get(ABC), "ETag: {etag}", get(ABC),
     "ETag: {etag}"),
    ("tags of two files differ", "200 open", get(ABC),
     other("ETag", get("/one.txt"))),
    ("tags of two files of one size differ", "200 open", get("/t.html"),
     "has ETag", other("ETag", get("/a.txt"))),
    ("tag of HEAD", "200 open", head(ABC), same("ETag", get(ABC))),
    ("tag of a query", "200 open", get(ABC + "?x"), same("ETag", get(ABC))),
    ("tag of a link", "200 open", get("/link.txt"),
     same("ETag", get("/a.txt"))),
    ("strong and well-formed", "200 open", get(ABC),
     'ETag ~ "[!#-~]+"'),
    ("of a large file", "200 open", get("/1m.bin"), 'ETag ~ "[!#-~]+"'),
    ("of an empty file", "200 open", get("/empty.txt"),
     'ETag ~ "[!#-~]+"', "Last-Modified: " + DATE),
    ("no date of the future", "200 open", get("/future.txt"),
     "no Last-Modified"),
    ("no date of the epoch", "200 open", get("/epoch.txt"),
     "no Last-Modified"),
    ("date", "200 open", get(ABC), "Last-Modified: " + DATE),
    ("date of HEAD", "200 open", head(ABC), "Last-Modified: " + DATE),
    ("none of an error", "404 open", get("/none"), "no ETag",
     "no Last-Modified"),
    ("none of a redirect", "301 open", get("/dir"), "no ETag",
     "no Last-Modified"),
)
