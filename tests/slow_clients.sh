#!/bin/sh
#
# A thousand slow clients, and one that is not: does it notice them?
#
#	tests/slow_clients.sh [--short] [headers] [body] [read] [range]
#
# slowhttptest (Debian: slowhttptest) keeps 1,000 connections busy with slow
# headers, slow bodies, slow reads and many ranges, one after the other,
# while a client asks for a small file 100 times a second, each time on a
# connection of its own. Its times count from the moment that a request was
# due, so that a stall shows in all requests that it delays. For each kind
# the 99th percentile must be under 50 ms and no request may fail; enough
# slow connections must have been there; slowhttptest must have found the
# server available all the time; and mynahd must live.
#
# About 150 seconds; with --short about 60. The environment may give MYNAHD
# (the program), CONNECTIONS and LIMIT_MS. The exit status is 0, 1 after a
# failure, 2 without mynahd, 77 when something else is missing.

# shellcheck disable=SC2317	# finish() is called by a trap

set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
MYNAHD=${MYNAHD:-$top/build/mynahd}
CONNECTIONS=${CONNECTIONS:-1000}
LIMIT_MS=${LIMIT_MS:-50}
seconds=35
kinds=
work=
server=
attack=

skip()
{
	echo "slow_clients.sh: $*: skipped" >&2
	exit 77
}

# The program's own words, when it did not start.
fail_start()
{
	echo "slow_clients.sh: mynahd does not start:" >&2
	cat "$work/mynahd.out" >&2
	exit 1
}

# Only what was started here is ended, by its number.
finish()
{
	for pid in $attack $server; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	test -z "$work" || rm -rf "$work"
}

start_server()
{
	work=$(mktemp -d "${TMPDIR:-/tmp}/mynah-slow.XXXXXX")
	chmod 755 "$work"
	mkdir "$work/www"
	head -c 1024 /dev/zero | tr '\0' a >"$work/www/small.txt"
	head -c 1048576 /dev/zero | tr '\0' a >"$work/www/large.txt"
	: >"$work/mynahd.yaml"

	set -- --config "$work/mynahd.yaml" --host 127.0.0.1 --port 0 \
	    --protocol http --document_root "$work/www"
	test "$(id -u)" -ne 0 || set -- "$@" --user nobody
	"$MYNAHD" "$@" >"$work/mynahd.out" 2>&1 &
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
	url=http://127.0.0.1:$port
}

# Ranges as those who mean ill send them. The answer to each is compared to
# the whole file in length, and, over many requests, in CPU time.
write_ranges()
{
	cat >"$work/ranges.py" <<'END'
import http.client
import sys

port, server, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
REQUESTS = 200
PART_HEAD = 512
eighth = size // 8
KINDS = (
    ("none", None, 200),
    ("0-, and 0-0 to 0-2000",
     ",".join(["0-"] + ["0-%d" % i for i in range(2001)]), 200),
    ("2000 of one byte",
     ",".join("%d-%d" % (2 * i, 2 * i) for i in range(2000)), 200),
    ("2000 suffixes", ",".join("-%d" % (i + 1) for i in range(2000)), 200),
    ("2000 past the end",
     ",".join("%d-" % (size + i) for i in range(2000)), None),
    ("the whole, 8 times", ",".join(["0-"] * 8), 200),
    ("8 of one byte",
     ",".join("%d-%d" % (2 * i, 2 * i) for i in range(8)), 206),
    ("8 that make the whole",
     ",".join("%d-%d" % (i * eighth, (i + 1) * eighth - 1)
              for i in range(8)), 206),
    ("8 backwards",
     ",".join("%d-%d" % (i * eighth, (i + 1) * eighth - 1)
              for i in reversed(range(8))), 206),
)


def ticks():
    with open("/proc/%s/stat" % server) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def ask(ranges, status):
    """The most bytes of content that came for one request."""
    most = 0
    conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    fields = {"Range": "bytes=" + ranges} if ranges else {}
    for _ in range(REQUESTS):
        conn.request("GET", "/large.txt", headers=fields)
        answer = conn.getresponse()
        most = max(most, len(answer.read()))
        if answer.status != (status or answer.status):
            sys.exit("ranges, %s: status %d, not %d" % (
                name, answer.status, status))
    conn.close()
    return most


failed = False
for name, ranges, status in KINDS:
    begin = ticks()
    most = ask(ranges, status)
    used = ticks() - begin
    if ranges is None:
        plain = used
    too_much = most > size + 9 * PART_HEAD
    # A tick is coarse: 20 of them are forgiven.
    too_long = used > 4 * plain + 20
    failed |= too_much or too_long
    print("    ranges, %s: %d bytes at most, %d ticks for %d requests%s%s" % (
        name, most, used, REQUESTS,
        ": MORE THAN THE FILE" if too_much else "",
        ": FAR MORE THAN WITHOUT, %d" % plain if too_long else ""))
sys.exit(failed)
END
}

# attack kind seconds: one slowhttptest after the other until time is up
attack()
{
	case $1 in
	headers)
		set -- "$2" -H -i 5 -x 24 -u "$url/small.txt";;
	body)
		set -- "$2" -B -i 5 -x 10 -s 8192 -t POST \
		    -u "$url/small.txt";;
	read)
		set -- "$2" -X -w 512 -y 1024 -n 5 -z 32 -k 3 \
		    -u "$url/large.txt";;
	range)
		# Its "5-0" is no range, and so the whole field none:
		# ranges.py sends others.
		set -- "$2" -R -a 5 -b 2000 -t GET -u "$url/large.txt";;
	esac
	stop=$(($(date +%s) + $1))
	shift
	while left=$((stop - $(date +%s))) && test "$left" -gt 0; do
		slowhttptest "$@" -c "$CONNECTIONS" -r 500 -l "$left" -p 3 &
		child=$!
		trap 'kill "$child"; exit' TERM
		wait "$child" || :
		sleep 1
	done
}

# The largest number of connections at a time, of all that was said.
most_connected()
{
	sed -n 's/^connected: *\([0-9]*\).*/\1/p' "$1" | sort -n | tail -n 1
}

memory()
{
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1 KiB/p' "/proc/$server/status" \
	    2>/dev/null || :
}

# cpu: clock ticks that mynahd has used
cpu()
{
	sed 's/.*) //' "/proc/$server/stat" 2>/dev/null |
	    awk '{ print $12 + $13 }'
}

# judge kind client-status: print what was seen, fail if it is not enough
judge()
{
	said=$work/$1.txt
	sed 's/\x1b\[[0-9;]*[A-Za-z]//g' "$work/$1.out" >"$said"
	most=$(most_connected "$said")
	refused=$(grep -c '^service available: *NO' "$said" || :)
	rounds=$(grep -c '^Test ended' "$said" || :)
	ended=$(sed -n 's/^Exit status: //p' "$said" | sort -u |
	    tr '\n' ';' | sed 's/;$//; s/;/; /g')
	echo "    slowhttptest: $rounds rounds, ${most:-0} connected at most," \
	    "service unavailable $refused times; ended:" \
	    "${ended:-not at all}"
	used=$(awk -v a="$ticks" -v b="$(cpu)" -v hz="$(getconf CLK_TCK)" \
	    'BEGIN { printf "%.2f", (b - a) / hz }')
	echo "    mynahd: $used s of CPU, at most $(memory) of memory so far"
	status=$2
	test "$refused" -eq 0 || status=1
	kill -0 "$server" 2>/dev/null || {
		echo "    mynahd has died"
		status=1
	}
	# Range requests are answered at once: none of them stays.
	least=$((CONNECTIONS * 9 / 10))
	if test "$1" = range; then
		least=0
		python3 "$work/ranges.py" "$port" "$server" \
		    "$(stat -c %s "$work/www/large.txt")" || status=1
	fi
	if test "${most:-0}" -lt "$least" || test "$rounds" -eq 0; then
		echo "    too few slow connections for a test"
		status=1
	fi
	return "$status"
}

# run kind: attack, measure from the third second on, judge
run()
{
	ticks=$(cpu)
	attack "$1" "$seconds" >"$work/$1.out" 2>&1 &
	attack=$!
	sleep 2
	client=0
	line=$("$top/tests/paced_client.py" "$port" "$((seconds - 3))" \
	    "$LIMIT_MS") || client=1
	wait "$attack" || :
	attack=
	echo "slow $1: $line"
	if judge "$1" "$client"; then
		echo "    PASS"
	else
		echo "    FAIL"
		return 1
	fi
}

for word; do
	case $word in
	--short)
		seconds=13;;
	headers|body|read|range)
		kinds="$kinds $word";;
	*)
		sed -n '5s/^#//p' "$0" >&2
		exit 2;;
	esac
done

command -v slowhttptest >/dev/null || skip "slowhttptest is not installed"
command -v python3 >/dev/null || skip "python3 is not installed"
test -x "$MYNAHD" || {
	echo "slow_clients.sh: no mynahd at $MYNAHD" >&2
	exit 2
}
# Both ends hold a descriptor for each connection, in processes of their own.
need=$((CONNECTIONS + 200))
# shellcheck disable=SC3045	# all shells of interest know -n
have=$(ulimit -n)
if test "$have" != unlimited && test "$have" -lt "$need"; then
	# shellcheck disable=SC3045	# all shells of interest know -n
	ulimit -n "$need" 2>/dev/null || skip "ulimit -n is $have, not $need"
fi

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
start_server
write_ranges
echo "nobody slow: $("$top/tests/paced_client.py" "$port" 3 "$LIMIT_MS")"
result=0
for kind in ${kinds:-headers body read range}; do
	run "$kind" || result=1
done
exit "$result"
