"""The files of tests/soak.py: how they change, and what may be seen of them.

Everything that changes has versions, counted from 1. One has begun before it
is put there and is done when it is there: an answer must be of a version that
was done when it was asked for, or has begun since.

Files that are replaced by rename are pieces of one pool of random bytes: where
a piece begins, and how long it is, follow from name and version, so that none
has to be kept and a torn or stale answer matches none. Files that are written
in place are made of records that are their version; of one who reads while
they are written nobody promises that all records are the same, but that none
is older or newer than what was there.
"""

import os
import random
import zlib

POOL = random.Random(6).randbytes(4 << 20)
RECORD = 16
SIZES = 97              # so many versions differ in size
GONE = b""              # the content of a version that is not there


class Wrong(Exception):
    """What should not have been, in words."""


class Versions:
    """What is there now, of a file or of anything else that changes."""

    def __init__(self):
        self.begun = self.done = 0

    def begin(self):
        self.begun += 1
        return self.begun

    def end(self):
        self.done = self.begun

    def check(self, what, version, least):
        if not least <= version <= self.begun:
            raise Wrong("%s: version %d, but %d was done when it was asked "
                        "for, and %d has begun" % (
                            what, version, least, self.begun))


def piece(name, version, size):
    """The content that is told by these three."""
    first = zlib.crc32(b"%s %d" % (name.encode(), version))
    first %= len(POOL) - size
    return POOL[first:first + size]


def put(path, content):
    """Whole or not at all."""
    with open(path + ".next", "wb") as out:
        out.write(content)
    os.rename(path + ".next", path)


class File(Versions):
    """A file of which each version is another file, by rename."""

    def __init__(self, root, name, size):
        super().__init__()
        self.name = name
        self.path = os.path.join(root, name)
        self.size = size
        self.in_place = False

    def content(self, version):
        return piece(self.name, version, self.size + version % SIZES)

    def change(self):
        version = self.begin()
        put(self.path, self.content(version))
        self.end()

    def find(self, body, least, first=0, end=None):
        """The version that this is, or these bytes of it, if any."""
        for version in range(self.begun, least - 1, -1):
            content = self.content(version)
            if content != GONE and body == content[first:end]:
                return version
        return None

    def judge(self, body, least, first=0, end=None):
        version = self.find(body, least, first, end)
        if version is None:
            raise Wrong("/%s: %d bytes that are of no version from %d to %d%s"
                        % (self.name, len(body), least, self.begun,
                           self.guess(body, first, end)))
        return version

    def guess(self, body, first, end):
        """For who looks for the reason."""
        for version in range(max(1, self.begun - 1000), self.begun + 1):
            content = self.content(version)[first:end]
            if body == content:
                return ", but of version %d" % version
            same = len(os.path.commonprefix([body, content]))
            if same >= 64:
                return ", but for %d bytes like version %d" % (same, version)
        return ""

    def lengths(self, least):
        sizes = {len(self.content(v)) for v in range(least, self.begun + 1)}
        return sizes - {0}

    def may_be_gone(self, _least):
        return False


class Passing(File):
    """There in every other version."""

    def content(self, version):
        return super().content(version) if version % 2 == 1 else GONE

    def change(self):
        version = self.begin()
        if version % 2 == 1:
            put(self.path, self.content(version))
        else:
            os.unlink(self.path)
        self.end()

    def may_be_gone(self, least):
        return any(v % 2 == 0 for v in range(least, self.begun + 1))


class Coded(File):
    """With a compressed sibling, which is never older than the file."""

    def coded(self, version):
        return piece(self.name + ".gz", version, self.size // 2 +
                     version % SIZES)

    def change(self):
        version = self.begin()
        with open(self.path + ".next", "wb") as out:
            out.write(self.content(version))
        with open(self.path + ".gz.next", "wb") as out:
            out.write(self.coded(version))
        os.rename(self.path + ".next", self.path)
        os.rename(self.path + ".gz.next", self.path + ".gz")
        self.end()

    def judge_coded(self, body, least):
        for version in range(self.begun, least - 1, -1):
            if body == self.coded(version):
                return version
        raise Wrong("/%s, compressed: %d bytes that are of no version from "
                    "%d to %d" % (self.name, len(body), least, self.begun))


class Edited(File):
    """Written in place, with one call; the size stays."""

    def __init__(self, root, name, size):
        super().__init__(root, name, size - size % RECORD)
        self.in_place = True

    def content(self, version):
        return (b"%15d\n" % version) * (self.size // RECORD)

    def change(self):
        version = self.begin()
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.pwrite(fd, self.content(version), 0)
        finally:
            os.close(fd)
        self.end()

    def judge(self, body, least, first=0, end=None):
        version = self.find(body, least, first, end)
        if version is not None:
            return version
        versions = [b"%15d\n" % v for v in range(least, self.begun + 1)]
        for record in {body[i:i + RECORD]
                       for i in range(0, len(body), RECORD)}:
            # A page may be read while it is written: byte by byte.
            if not all(self.may_be(byte, wanted)
                       for byte, wanted in zip(record, zip(*versions))):
                raise Wrong("/%s: %d bytes with %r, not of versions %d to %d"
                            % (self.name, len(body), record, least,
                               self.begun))
        return None

    def may_be(self, byte, wanted):
        return byte in wanted


class Shrinking(Edited):
    """In place, and half as long in every other version."""

    def content(self, version):
        whole = super().content(version)
        return whole if version % 2 == 1 else whole[:len(whole) // 2]

    def change(self):
        version = self.begin()
        content = self.content(version)
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            if version % 2 == 0:
                os.ftruncate(fd, len(content))
            os.pwrite(fd, content, 0)
        finally:
            os.close(fd)
        self.end()

    def may_be(self, byte, wanted):
        """
        What sendfile has handed to a socket stays the file's own pages: they
        are made zeros when it is shortened, even while they are read.
        """
        return byte == 0 or byte in wanted


class Release(Versions):
    """A directory of each version, and a link that leads to the last one."""

    def __init__(self, place, names):
        super().__init__()
        self.place = place
        self.names = names              # and sizes
        self.link = os.path.join(place, "current")

    def content(self, name, version):
        return piece("release/" + name, version, self.names[name] +
                     version % SIZES)

    def change(self):
        """The one before stays for those who are being served from it."""
        version = self.begin()
        folder = os.path.join(self.place, "%d" % version)
        os.mkdir(folder)
        for name in self.names:
            with open(os.path.join(folder, name), "wb") as out:
                out.write(self.content(name, version))
        os.symlink("%d" % version, self.link + ".next")
        os.rename(self.link + ".next", self.link)
        self.end()
        self.remove(version - 2)

    def remove(self, version):
        if version > 0:
            folder = os.path.join(self.place, "%d" % version)
            for name in self.names:
                os.unlink(os.path.join(folder, name))
            os.rmdir(folder)

    def judge(self, name, body, least):
        for version in range(self.begun, least - 1, -1):
            if body == self.content(name, version):
                return version
        raise Wrong("/%s of a release: %d bytes that are of none from %d to "
                    "%d" % (name, len(body), least, self.begun))


class Site:
    """All files. Those that stay as they are take more than the cache has."""

    def __init__(self, place):
        self.root = os.path.join(place, "site")
        self.listed = os.path.join(self.root, "list")
        for folder in (self.root, self.listed):
            os.mkdir(folder)
        for folder in ("still", "small", "large", "edited", "coded", "index"):
            os.mkdir(os.path.join(self.root, folder))
        self.still = self.files(File, "still/%d.txt", 300,
                                lambda i: 500 + 100 * i)
        self.small = self.files(File, "small/%d.html", 40,
                                lambda i: 100 + 1600 * i) + \
            self.files(Passing, "small/passing-%d.css", 3,
                       lambda i: 1000 + 30000 * i)
        self.large = self.files(File, "large/%d.bin", 5,
                                lambda i: 100000 + 300000 * i)
        self.edited = self.files(Edited, "edited/%d.js", 3,
                                 lambda i: 1600 + 80000 * i)
        self.shrinking = self.files(Shrinking, "edited/shrinking-%d.bin", 1,
                                    lambda i: 3 << 20)[0]
        self.coded = self.files(Coded, "coded/%d.css", 3,
                                lambda i: 4000 + 60000 * i)
        self.index = File(self.root, "index/index.html", 3000)
        self.changing = self.small + self.large + self.edited + \
            self.coded + [self.shrinking, self.index]
        for file in self.still + self.changing:
            file.change()
        self.tick = 0
        self.make_listed()
        os.mkdir(os.path.join(place, "releases"))
        self.release = Release(os.path.join(place, "releases"), {
            "which.txt": 2000, "which.bin": 150000})
        self.release.change()

    def files(self, kind, name, number, size):
        return [kind(self.root, name % i, size(i)) for i in range(number)]

    def is_folder(self, path):
        """Whether it is a directory that files are served from."""
        return path.startswith((self.root, self.release.place)) and \
            os.path.isdir(path)

    def change_one(self):
        random.choice(self.changing).change()

    def make_listed(self):
        for i in range(20):
            put(os.path.join(self.listed, "always-%d" % i), b"x")

    def change_listed(self):
        """One more, or all that were put there gone."""
        self.tick += 1
        if self.tick % 10 > 0:
            put(os.path.join(self.listed, "passing-%d" % self.tick), b"x")
            return
        for name in os.listdir(self.listed):
            if name.startswith("passing-"):
                os.unlink(os.path.join(self.listed, name))
