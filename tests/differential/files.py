"""The files that all servers of the differential test serve.

FILES has the content of each by its path as it is asked for, decoded;
make(root) writes them, with links and stamps. All stamps are fixed, so every
server has the same Last-Modified: DATE, unless said otherwise.
"""

import email.utils
import gzip
import os
import time

MTIME = 1668516326                      # a Tuesday
DATE = "Tue, 15 Nov 2022 12:45:26 GMT"
assert email.utils.formatdate(MTIME, usegmt=True) == DATE

HUGE = 5 << 30                          # past 32 bits, and sparse
MARKS = (0, (1 << 31) - 4, (1 << 32) - 4, HUGE - 8)


def pattern(n):
    """n bytes in which every place can be told from its neighbours."""
    return b"".join(b"%07x\n" % i for i in range(0, n, 8))[:n]


def text(name, n=2000):
    """A text that a coding can make smaller."""
    return (("This is %s. " % name) * n)[:n].encode("ascii")


def packed(data):
    return gzip.compress(data, 9, mtime=0)


FILES = {
    # what the syntax cases ask for
    "/index.html": b"<!doctype html><title>root</title>\n",
    "/a.txt": b"a\n", "/a b.txt": b"a b\n", "/\u00e4.txt": b"umlaut\n",
    "/dir/index.html": b"<!doctype html><title>dir</title>\n",
    "/dir/c.txt": b"c\n", "/bare/d.txt": b"d\n",
    "/.hidden": b"hidden\n", "/.well-known/w.txt": b"w\n",
    # sizes
    "/empty.txt": b"", "/one.txt": b"1",
    "/abc.txt": b"abcdefghijklmnopqrstuvwxyz",
    "/64k.bin": pattern(65536), "/64k1.bin": pattern(65537),
    "/1m.bin": pattern(1 << 20),
    # names
    "/100%.txt": b"percent\n", "/a+b.txt": b"plus\n",
    "/a;b.txt": b"semicolon\n", "/a&b=c.txt": b"sub-delims\n",
    "/a?b.txt": b"question mark\n", "/a#b.txt": b"number sign\n",
    "/a:b.txt": b"colon\n", "/a@b.txt": b"at\n", "/~a.txt": b"tilde\n",
    "/a'b\"c.txt": b"quotes\n", "/[a].txt": b"brackets\n",
    "/{a}|^`.txt": b"of no URI\n", "/<a>.txt": b"angles\n",
    "/a!$(*),b.txt": b"more sub-delims\n",
    "/%41.txt": b"an escape in the name\n", "/A.txt": b"capital\n",
    "/a.": b"dot behind\n", "/a..b": b"dots inside\n",
    "/.../x.txt": b"three dots\n",
    "/\u65e5\u672c\u8a9e.txt": b"three bytes each\n",
    "/\U0001f426.txt": b"four bytes\n",
    "/" + "n" * 255: b"a long name\n",
    "/dir/.hidden.txt": b"hidden\n", "/.git/config": b"hidden\n",
    "/dir/.well-known/x.txt": b"not at the top\n",
    "/.well-known/.secret": b"hidden\n",
    "/.well-knownx/x.txt": b"another name\n",
    "/.well-known/acme-challenge/token": b"token\n",
    "/s p/index.html": b"space\n", "/\u00fc/index.html": b"umlaut\n",
    "/50%/index.html": b"percent\n", "/q?/index.html": b"question mark\n",
    "/n#/index.html": b"number sign\n", "/p+/index.html": b"plus\n",
    "/c:/index.html": b"colon\n", "/s;/index.html": b"semicolon\n",
    "/q\"<>/index.html": b"quotes\n", "/evil.example/x.txt": b"x\n",
    "/dir/sub/index.html": b"sub\n", "/dir/sub/deep/x.txt": b"x\n",
    "/dirindex/index.html/x.txt": b"the index is a directory\n",
    # types
    "/noext": b"x\n", "/t.unknown": b"x\n", "/T.TXT": b"x\n",
    "/t.html": b"x\n", "/t.htm": b"x\n", "/t.css": b"x\n", "/t.js": b"x\n",
    "/t.mjs": b"x\n", "/t.json": b"{}\n", "/t.xml": b"<x/>\n",
    "/t.svg": b"<svg/>\n", "/t.png": b"x\n", "/t.jpg": b"x\n",
    "/t.jpeg": b"x\n", "/t.gif": b"x\n", "/t.webp": b"x\n",
    "/t.ico": b"x\n", "/t.pdf": b"x\n", "/t.wasm": b"x\n",
    "/t.woff2": b"x\n", "/t.md": b"x\n", "/t.csv": b"x\n",
    "/t.mp4": b"x\n", "/t.zip": b"x\n", "/t.tar.gz": b"x\n",
    "/t.html.txt": b"x\n", "/t.d/noext": b"x\n",
    # stamps
    "/future.txt": b"from the future\n", "/epoch.txt": b"from the epoch\n",
    # codings
    "/g.txt": text("g.txt"), "/g.txt.gz": packed(text("g.txt")),
    "/all.css": text("all.css"), "/all.css.gz": packed(text("all.css")),
    "/all.css.br": b"brotli of all.css", "/all.css.zst": b"zstd of all.css",
    "/b.js": text("b.js"), "/b.js.br": b"brotli of b.js",
    "/older.txt": text("older.txt"), "/older.txt.gz": packed(b"older"),
    "/larger.txt": b"small\n", "/larger.txt.gz": packed(b"small\n"),
    "/equal.txt": b"12345", "/equal.txt.gz": b"54321",
    "/newer.txt": text("newer.txt"), "/newer.txt.gz": packed(b"newer"),
    "/dirsib.txt": text("dirsib.txt"), "/dirsib.txt.gz/x": b"x",
    "/only.txt.gz": packed(b"only"),
    "/emptysib.txt": text("emptysib.txt"), "/emptysib.txt.gz": b"",
    "/coded/index.html": text("index"), "/coded/index.html.gz":
        packed(text("index")),
    "/big.txt": text("big.txt", 1 << 20), "/big.txt.gz": pattern(100000),
    "/g.bin": text("g.bin"), "/g.bin.gz": packed(text("g.bin")),
    "/s l.txt": text("s l.txt"), "/s l.txt.gz": packed(text("s l.txt")),
    "/outsib.txt": text("outsib.txt"), "/locksib.txt": text("locksib.txt"),
    "/locksib.txt.gz": packed(b"locked"),
    # permissions
    "/locked.txt": b"locked\n", "/locked/x.txt": b"locked\n",
    "/locked/index.html": b"locked\n",
}

LINKS = {
    "/link.txt": "a.txt", "/dir/up.txt": "../a.txt", "/linkdir": "dir",
    "/dir/updir": "../dir", "/link2.txt": "link.txt",
    "/around.txt": "dir/../a.txt", "/out.txt": "../outside.txt",
    "/outdir": "../outside", "/far.txt": "../" * 30 + "etc/passwd",
    "/absolute.txt": "/etc/passwd", "/loop.txt": "loop.txt",
    "/loop1": "loop2", "/loop2": "loop1", "/dangling.txt": "none.txt",
    "/outsib.txt.gz": "../outside.txt", "/dir/rootlink": "..",
    "/tofifo": "fifo",
}
# What a link inside leads to, under its own name.
for name, same in (("/link.txt", "/a.txt"), ("/dir/up.txt", "/a.txt"),
                   ("/link2.txt", "/a.txt"), ("/around.txt", "/a.txt"),
                   ("/linkdir/c.txt", "/dir/c.txt"),
                   ("/linkdir/index.html", "/dir/index.html"),
                   ("/dir/updir/c.txt", "/dir/c.txt"),
                   ("/dir/rootlink/a.txt", "/a.txt")):
    FILES[name] = FILES[same]
LINKED = ("/linkdir/", "/dir/updir/", "/dir/rootlink/")

STAMPS = {
    "/future.txt": MTIME + (200 << 25), "/epoch.txt": 0,
    "/older.txt.gz": MTIME - 1, "/newer.txt.gz": MTIME + 3600,
}
LOCKED = ("/locked.txt", "/locked", "/locksib.txt.gz")


def huge_bytes(first, end):
    """The bytes of /huge.bin in that interval."""
    out = bytearray(end - first)
    for mark in MARKS:
        for i, byte in enumerate(b"%08x" % (mark >> 8)):
            if first <= mark + i < end:
                out[mark + i - first] = byte
    return bytes(out)


class Huge:
    """/huge.bin as if it were bytes, for slices of it."""

    def __len__(self):
        return HUGE

    def __getitem__(self, part):
        return huge_bytes(part.start, part.stop)


CONTENT = dict(FILES)
CONTENT["/huge.bin"] = Huge()
for name in list(FILES):
    if name.endswith("/index.html"):
        CONTENT[name[:-len("index.html")]] = FILES[name]


def make_huge(path):
    with open(path, "wb") as out:
        out.truncate(HUGE)
        for mark in MARKS:
            out.seek(mark)
            out.write(huge_bytes(mark, mark + 8))


def make(work):
    """All of it below work/root; beside that, what must not be served."""
    root = os.path.join(work, "root")
    os.makedirs(os.path.join(work, "outside"), mode=0o755)
    for name in "outside.txt", "outside/x.txt":
        with open(os.path.join(work, name), "w", encoding="ascii") as out:
            out.write("outside\n")
    for name, data in FILES.items():
        if name in LINKS or name.startswith(LINKED):
            continue
        path = root + name
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
    make_huge(root + "/huge.bin")
    for name, to in LINKS.items():
        os.symlink(to, root + name)
    os.mkfifo(root + "/fifo")
    for place, _, names in os.walk(root):
        for name in names:
            path = os.path.join(place, name)
            stamp = STAMPS.get(path[len(root):], MTIME)
            os.utime(path, (stamp, stamp), follow_symlinks=False)
    assert STAMPS["/future.txt"] > time.time()
    for name in LOCKED:
        os.chmod(root + name, 0)


def unlock(work):
    """So that the files can be removed without being root."""
    for name in LOCKED:
        path = os.path.join(work, "root" + name)
        if os.path.exists(path):
            os.chmod(path, 0o700)
