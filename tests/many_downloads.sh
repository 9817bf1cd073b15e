#!/bin/sh
#
# Ten clients download, and one asks for small files: does it notice them?
#
#	tests/many_downloads.sh [--short]
#
# A client asks for a small file 200 times a second, see paced_client.py:
# first alone, then while ten others each download a file of 1 GiB, again and
# again, as fast as they can. With them its 99th percentile must not be more
# than LIMIT_MS over what it is without, and no request may fail. Each of the
# ten must have got the whole file at least once, and none less than a
# quarter of what another got.
#
# The file is a hole and the ten throw away what they get without a look, so
# that the server is what is busy: it has one processor, the clients another
# where there are two. About 30 seconds; with --short about 12. The
# environment may give MYNAHD (the program), CLIENTS and LIMIT_MS. The exit
# status is 0, 1 after a failure, 2 without mynahd, 77 when something else is
# missing.

# shellcheck disable=SC2317	# finish() is called by a trap

set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
MYNAHD=${MYNAHD:-$top/build/mynahd}
CLIENTS=${CLIENTS:-10}
LIMIT_MS=${LIMIT_MS:-50}
size=1073741824
rate=200
alone=8
seconds=20
work=
server=
downloads=
on_first=
on_second=

skip()
{
	echo "many_downloads.sh: $*: skipped" >&2
	exit 77
}

# The program's own words, when it did not start.
fail_start()
{
	echo "many_downloads.sh: mynahd does not start:" >&2
	cat "$work/mynahd.out" >&2
	exit 1
}

# Only what was started here is ended, by its number.
finish()
{
	for pid in $downloads $server; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	test -z "$work" || rm -rf "$work"
}

# Two processors that this may use, if there are.
choose_processors()
{
	command -v taskset >/dev/null || return 0
	first=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
	for second in 1 2 3; do
		second=$((first + second))
		taskset -c "$second" true 2>/dev/null || continue
		on_first="taskset -c $first"
		on_second="taskset -c $second"
		return 0
	done
}

start_server()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/mynah-downloads.XXXXXX")
	chmod 755 "$work"
	mkdir "$work/www"
	head -c 1024 /dev/zero | tr '\0' a >"$work/www/small.txt"
	truncate -s "$size" "$work/www/large.bin"
	: >"$work/mynahd.yaml"

	set -- --config "$work/mynahd.yaml" --host 127.0.0.1 --port 0 \
	    --protocol http --document_root "$work/www"
	test "$(id -u)" -ne 0 || set -- "$@" --user nobody
	# shellcheck disable=SC2086	# a command or nothing
	$on_first "$MYNAHD" "$@" >"$work/mynahd.out" 2>&1 &
	server=$!
	port=
	tries=0
	while test -z "$port"; do
		tries=$((tries + 1))
		test "$tries" -le 100 || fail_start
		kill -0 "$server" 2>/dev/null || fail_start
		sleep 0.05
		port=$(sed -n 's/.*listening on .*port \([0-9]*\).*/\1/p' \
		    "$work/mynahd.out" | head -n 1)
	done
}

# One process for all of them: MSG_TRUNC lets the kernel throw the bytes away.
write_downloads()
{
	cat >"$work/downloads.py" <<'END_OF_DOWNLOADS'
import selectors
import socket
import sys
import time

port, clients, size = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
seconds = float(sys.argv[4])
REQUEST = b"GET /large.bin HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
MIB = 1 << 20


class Download:
    def __init__(self):
        self.got, self.whole, self.left = 0, 0, 0
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.ask()

    def ask(self):
        self.socket.sendall(REQUEST)
        self.head = b""

    def read_head(self):
        some = self.socket.recv(4096, socket.MSG_PEEK)
        end = some.find(b"\r\n\r\n") + 4
        if end < 4:
            sys.exit("no head, but %r" % some)
        head = self.socket.recv(end)
        if not head.startswith(b"HTTP/1.1 200 ") or \
                b"\r\nContent-Length: %d\r\n" % size not in head:
            sys.exit("not the file, but %r" % head)
        self.left = size

    def read(self):
        if self.left == 0:
            self.read_head()
            return
        n = self.socket.recv_into(buffer, min(len(buffer), self.left),
                                  socket.MSG_TRUNC)
        if n == 0:
            sys.exit("the end, %d bytes too early" % self.left)
        self.left -= n
        self.got += n
        if self.left == 0:
            self.whole += 1
            self.ask()


buffer = bytearray(4 * MIB)
selector = selectors.DefaultSelector()
all = [Download() for _ in range(clients)]
for d in all:
    selector.register(d.socket, selectors.EVENT_READ, d)
begin = time.monotonic()
# At least so long, and until each has had the whole file.
while time.monotonic() - begin < seconds or min(d.whole for d in all) == 0:
    if time.monotonic() - begin > 5 * seconds + 30:
        sys.exit("it takes too long")
    for key, _ in selector.select():
        key.data.read()
took = time.monotonic() - begin
got = sorted(d.got for d in all)
print("%d downloads, %d of them whole, %.0f MiB/s; the least %d MiB, "
      "the most %d MiB" % (clients, sum(d.whole for d in all),
                           sum(got) / took / MIB, got[0] / MIB,
                           got[-1] / MIB))
sys.exit(got[0] < got[-1] / 4)
END_OF_DOWNLOADS
}

# paced seconds limit
paced()
{
	# shellcheck disable=SC2086	# a command or nothing
	$on_second "$top/tests/paced_client.py" "$port" "$1" "$2" "$rate"
}

# p99 line: its number
p99()
{
	echo "$1" | sed -n 's/.*p99 \([0-9.]*\) ms.*/\1/p'
}

for word; do
	case $word in
	--short)
		alone=3
		seconds=6;;
	*)
		sed -n '5s/^#//p' "$0" >&2
		exit 2;;
	esac
done

command -v python3 >/dev/null || skip "python3 is not installed"
test -x "$MYNAHD" || {
	echo "many_downloads.sh: no mynahd at $MYNAHD" >&2
	exit 2
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
choose_processors
start_server
write_downloads

result=0
line=$(paced "$alone" 1000000) || result=1
echo "no downloads: $line"
limit=$(awk -v a="$(p99 "$line")" -v b="$LIMIT_MS" 'BEGIN { print a + b }')

# Nice to the client that is measured: both have one processor.
# shellcheck disable=SC2086	# a command or nothing
$on_second nice -n 19 python3 "$work/downloads.py" "$port" "$CLIENTS" "$size" \
    "$((seconds + 1))" >"$work/downloads.out" 2>&1 &
downloads=$!
sleep 1
line=$(paced "$((seconds - 1))" "$limit") || result=1
echo "$CLIENTS downloads: $line"
wait "$downloads" || result=1
downloads=
echo "    $(cat "$work/downloads.out")"
kill -0 "$server" 2>/dev/null || {
	echo "    mynahd has died"
	result=1
}
if test "$result" -eq 0; then
	echo "    PASS: p99 below $limit ms"
else
	echo "    FAIL: p99 must be below $limit ms, and nothing may fail"
fi
exit "$result"
