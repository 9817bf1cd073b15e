"""The files that are served: the same bytes and dates in every run."""

import email.utils
import gzip
import os
import random
import subprocess

from servers import TEXTS, Failure, find_program

MTIME = 1668516326                      # long ago: a Tuesday
DATE = email.utils.formatdate(MTIME, usegmt=True)

SIZES = {"128": 128, "1k": 1024, "16k": 16384, "64k": 65536, "1m": 1 << 20}

MANY = 10000                            # files of 1 KiB
CHOICES = 200000                        # from them, before they repeat

# A page and what it needs, in the order in which a browser asks.
PAGE = (
    ("index.html", 24), ("css/reset.css", 4), ("css/main.css", 48),
    ("css/print.css", 6), ("js/vendor.js", 300), ("js/app.js", 140),
    ("js/chart.js", 32), ("js/menu.js", 18), ("font/text.woff2", 28),
    ("font/bold.woff2", 30), ("font/icons.woff2", 76), ("img/logo.svg", 5),
    ("img/icons.svg", 40), ("img/hero.jpg", 220), ("img/one.jpg", 96),
    ("img/two.jpg", 64), ("img/small.webp", 9), ("img/badge.png", 3),
    ("menu.html", 3), ("about.html", 12))
PAGE_CODINGS = "br;q=1, gzip;q=0.8"


def path_of(number):
    return "/many/%02d/%04d.txt" % (number % 100, number)


def text_of(chance, size):
    """What compresses about as well as a program or a page does."""
    words = ["".join(chance.choices("etaoinsrhldcumfpgwybvkxjqz",
                                    k=chance.randint(2, 11)))
             for _ in range(900)]
    marks = (" ", " ", " ", "\n", "; ", " { ", " }\n", "(", ")", ".", ": ",
             " = ", ", ", "\n\t")
    weights = [1 / (i + 1) for i in range(len(words))]
    some = []
    length = 0
    while length < size:
        some += [chance.choices(words, weights)[0], chance.choice(marks)]
        length += len(some[-2]) + len(some[-1])
    return "".join(some)[:size].encode("ascii")


def write(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(content)
    os.utime(path, (MTIME, MTIME))


def compress(path, content):
    """Siblings as a site's build leaves them: newer than no file."""
    write(path + ".gz", gzip.compress(content, 9, mtime=0))
    brotli = find_program(["brotli"])
    if brotli is None:
        raise Failure("bench needs brotli (Debian: apt-get install brotli)")
    packed = subprocess.run([brotli, "-c", "-q", "11", path], check=True,
                            stdout=subprocess.PIPE).stdout
    write(path + ".br", packed)


def make(root):
    chance = random.Random(1)
    for name, size in SIZES.items():
        write("%s/%s.txt" % (root, name), text_of(chance, size))
    for number in range(MANY):
        begin = b"file %d\n" % number
        write(root + path_of(number), begin + b"." * (1024 - len(begin)))
    for name, kilobytes in PAGE:
        path = "%s/page/%s" % (root, name)
        size = kilobytes * 1000 + chance.randint(0, 400)
        if name.rpartition(".")[2] in TEXTS:
            content = text_of(chance, size)
            write(path, content)
            compress(path, content)
        else:
            write(path, chance.randbytes(size))


def choices_of_many():
    """Few files are asked for often: the n-th one 1/n as often as the first.

    Which one is the n-th has nothing to do with its name.
    """
    chance = random.Random(2)
    numbers = list(range(MANY))
    chance.shuffle(numbers)
    weights = [1 / (i + 1) for i in range(MANY)]
    return [path_of(n) for n in chance.choices(numbers, weights, k=CHOICES)]


def paths_of_page():
    return ["/page/" + name for name, _ in PAGE]
