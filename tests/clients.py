#!/usr/bin/env python3
"""What tests/clients.sh leaves to Python: its own clients, and parsing.

usage: clients.py multipart head body file ranges
       clients.py keep-alive|urllib|list port directory
"""

import datetime
import email.parser
import email.policy
import http.client
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


def check(what, got, want):
    if got != want:
        sys.exit("FAIL: %s: got %.200r, not %.200r" % (what, got, want))


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def spans(ranges, size):
    """Of each range as a Range field has it, its bytes [first, end)."""
    for r in ranges.split(","):
        first, last = r.split("-")
        if first == "":
            yield max(0, size - int(last)), size
        else:
            yield int(first), min(int(last or size), size - 1) + 1


def multipart(head, body, path, ranges):
    whole = read(path)
    fields = read(head).split(b"\r\n", 1)[1]
    content = read(body)
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(fields + content)
    check("content type", message.get_content_type(), "multipart/byteranges")
    check("defects", message.defects, [])
    check("content length", int(message["Content-Length"]), len(content))
    check("Content-Range of the whole", message["Content-Range"], None)
    parts = list(message.iter_parts())
    want = list(spans(ranges, len(whole)))
    check("number of parts", len(parts), len(want))
    # The parser may take line ends for its own: the bytes are cut out by
    # the boundary as well.
    delimiter = b"\r\n--" + message.get_boundary().encode()
    pieces = (b"\r\n" + content).split(delimiter)
    check("before the first part", pieces[0].strip(), b"")
    check("after the last part", pieces[-1].strip(), b"--")
    check("number of pieces", len(pieces), len(want) + 2)
    for part, piece, (first, end) in zip(parts, pieces[1:], want):
        check("Content-Range of a part", part["Content-Range"],
              "bytes %d-%d/%d" % (first, end - 1, len(whole)))
        check("type of a part", part.get_content_type(),
              "application/octet-stream")
        check("bytes of a part", piece.split(b"\r\n\r\n", 1)[1],
              whole[first:end])


def keep_alive(port, root):
    """Hundreds of requests, one connection."""
    names = ["index.html", "text.txt", "page.css", "empty.txt", "404.html",
             "new/page.txt", "big.bin"]
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    conn.connect()
    sock = conn.sock
    for i in range(300):
        name = names[i % (len(names) - (i > 50))]
        conn.request("GET", "/" + urllib.parse.quote(name))
        answer = conn.getresponse()
        body = answer.read()
        check("status of " + name, answer.status, 200)
        check("bytes of " + name, body, read(root, name))
        etag = answer.getheader("ETag")
        conn.request("GET", "/" + name, headers={"If-None-Match": etag})
        answer = conn.getresponse()
        check("If-None-Match for " + name, answer.status, 304)
        check("content of a 304", answer.read(), b"")
        conn.request("HEAD", "/" + name)
        answer = conn.getresponse()
        check("content of a HEAD", answer.read(), b"")
        check("length of a HEAD", answer.getheader("Content-Length"),
              str(len(body)))
        if i % 10 == 0:
            conn.request("GET", "/none")
            answer = conn.getresponse()
            answer.read()
            check("status of what is missing", answer.status, 404)
            conn.request("GET", "/" + name, headers={"Range": "bytes=0-1"})
            answer = conn.getresponse()
            part = answer.read()
            check("status of a range of " + name, answer.status,
                  206 if body else 416)
            if body:
                check("a range of " + name, part, body[:2])
        check("the connection", conn.sock, sock)
    conn.close()


def by_urllib(port, root):
    url = "http://127.0.0.1:%d" % port
    with urllib.request.urlopen(url + "/old/page.txt") as answer:
        check("where a redirect leads", answer.geturl(), url + "/new/page.txt")
        check("its bytes", answer.read(), read(root, "new/page.txt"))
        check("charset", answer.headers.get_content_charset(), "utf-8")
    with urllib.request.urlopen(url + "/sub%20dir") as answer:
        check("the slash", answer.geturl(), url + "/sub%20dir/")
    try:
        urllib.request.urlopen(url + "/none").close()
        check("what is missing", "an answer", "an error")
    except urllib.error.HTTPError as error:
        check("what is missing", error.code, 404)
        check("its page", error.read(), read(root, "404.html"))


def ask(port, host, path, accept=None):
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    fields = {"Host": host}
    if accept:
        fields["Accept"] = accept
    conn.request("GET", path, headers=fields)
    answer = conn.getresponse()
    body = answer.read()
    conn.close()
    check("status of " + path, answer.status, 200)
    return answer, body


def is_listed(path):
    """Whether there is something that could be asked for."""
    if os.path.islink(path) and os.path.isabs(os.readlink(path)):
        return False
    return os.path.isfile(path) or os.path.isdir(path)


def check_entry(port, host, path, root, e):
    name = e["name"]
    file = os.path.join(root, name)
    stat = os.stat(file)
    modified = datetime.datetime.fromtimestamp(
        stat.st_mtime, datetime.timezone.utc)
    check("link " + name, e["link"], os.path.islink(file))
    check("time of " + name, e["modified"],
          modified.strftime("%Y-%m-%dT%H:%M:%SZ"))
    url = urllib.parse.urlsplit(urllib.parse.urljoin(
        "http://%s%s" % (host, path), e["href"]))
    check("address of " + name, (url.netloc, url.query, url.fragment),
          (host, "", ""))
    answer, body = ask(port, host, url.path)
    if os.path.isdir(file):
        check("type of " + name, e["type"], "directory")
        check("size of " + name, "size" in e, False)
        check("path of " + name, json.loads(body)["path"] if
              "json" in answer.getheader("Content-Type") else
              urllib.parse.unquote(path) + name + "/",
              urllib.parse.unquote(path) + name + "/")
    else:
        check("type of " + name, e["type"], "file")
        check("size of " + name, e["size"], stat.st_size)
        check("bytes of " + name, body, read(file))


def check_list(port, host, path, root, accept=None):
    answer, body = ask(port, host, path, accept)
    check("type of a list", answer.getheader("Content-Type"),
          "application/json")
    got = json.loads(body.decode("utf-8"))
    check("path", got["path"], urllib.parse.unquote(path))
    check("truncated", got["truncated"], False)
    check("names in " + path, sorted(e["name"] for e in got["entries"]),
          sorted(n for n in os.listdir(root) if not n.startswith(".") and
                 is_listed(os.path.join(root, n))))
    for e in got["entries"]:
        check_entry(port, host, path, root, e)


def order_of(port, host, query, wanted):
    """What a list has of its files, in its order."""
    _, body = ask(port, host, "/?" + query)
    return [e[wanted] for e in json.loads(body)["entries"]
            if e["type"] == "file"]


def lists(port, root):
    json_host, both = "json.example.org", "names.example.org"
    check_list(port, json_host, "/", root)
    check_list(port, json_host, "/a%20dir%20%26%20more/deep;er/",
               os.path.join(root, "a dir & more", "deep;er"))
    check_list(port, json_host, "/percent/", os.path.join(root, "percent"))
    check_list(port, both, "/", root, "application/json")
    answer, body = ask(port, both, "/", "text/html, application/json;q=0.9")
    check("type for a browser", answer.getheader("Content-Type"),
          "text/html; charset=utf-8")
    check("varies", "Accept" in answer.getheader("Vary", ""), True)
    for name in b".hidden", b".no.txt", b"broken link", b"absolute link":
        check("%r is not to be seen" % name, name in body, False)
    check("names are escaped", b"<b>bold" in body, False)
    for sort, wanted in (("name", "name"), ("size", "size"),
                         ("time", "modified")):
        for order in ("asc", "desc"):
            query = "sort=%s&order=%s" % (sort, order)
            got = order_of(port, json_host, query, wanted)
            check(query, got, sorted(got, reverse=order == "desc",
                                     key=lambda v: v.encode() if
                                     isinstance(v, str) else v))


def main():
    job = sys.argv[1]
    if job == "multipart":
        multipart(*sys.argv[2:])
    else:
        {"keep-alive": keep_alive, "urllib": by_urllib,
         "list": lists}[job](int(sys.argv[2]), sys.argv[3])


if __name__ == "__main__":
    main()
