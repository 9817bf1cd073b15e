#!/bin/bash
#
# Reloads under load: not one request fails.
#
#	tests/reloads.sh
#
# wrk asks over connections that stay open, another one over a new connection
# for each request, while the server is made to reload RELOADS times, each time
# another document root with the same files, other rules and times, and a
# listener more or less; and in between a file that is wrong. Each reload must
# say that it was done.
#
# About 25 seconds. The environment may give MYNAHD (the program), RELOADS and
# SECONDS_LONG. The exit status is 0, 1 after a failure, 77 without wrk.

set -eu -o pipefail

# shellcheck source=tests/server.sh
. "$(dirname "${BASH_SOURCE[0]}")/server.sh"

RELOADS=${RELOADS:-200}
SECONDS_LONG=${SECONDS_LONG:-20}
FILES=20

command -v wrk >/dev/null || {
	echo "reloads.sh: it needs wrk: skipped" >&2
	exit 77
}

make_sites()
{
	local site i

	for site in one two; do
		mkdir -p "$work/$site"
		for i in $(seq $FILES); do
			head -c $((i * 500)) /dev/zero | tr '\0' "${site:0:1}" \
			    >"$work/$site/$i.txt"
		done
	done
}

# The configuration of a number: each is unlike the one before it.
configure()
{
	local site=one more='' rule='' idle=60s

	test $(($1 % 2)) -eq 0 || { site=two; idle=30s; }
	test $(($1 % 3)) -ne 0 || more=', {port: 0, protocol: echo, name: x}'
	test $(($1 % 4)) -ne 0 ||
	    rule=', headers: [{match: "/*", set: {X-Rule: "1"}}]'
	cat <<END
listeners: [{host: 127.0.0.1, port: 0, protocol: http, name: web}$more]
http: {document_root: $work/$site$rule}
limits: {idle_timeout: $idle, header_count: $((50 + $1 % 7))}
END
}

cat_wrk()
{
	cat <<'END'
local n = 0
request = function()
	n = n % 20 + 1
	return wrk.format("GET", "/" .. n .. ".txt")
end
END
}

# how_many pattern file: lines with it
how_many()
{
	grep -c -- "$1" "$2" || :
}

# Replace the file as an editor would, tell the server, and wait for the word.
reload()
{
	local before tries=0

	before=$(how_many "$1" "$server_log")
	mv -f "$work/next.yaml" "$server_config"
	kill -HUP "$server_pid"
	until test "$(how_many "$1" "$server_log")" -gt "$before"; do
		tries=$((tries + 1))
		test $tries -lt 500 || fail "no outcome of a reload"
		sleep 0.02
	done
}

# A number that stands behind a word in what wrk printed; 0 if it does not.
number()
{
	sed -n "s/.*$1 \([0-9]*\).*/\1/p" "$2" | head -n 1 | grep . || echo 0
}

# The requests of wrk, and those that failed in whichever way.
report()
{
	local requests bad=0 word

	requests=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$2")
	for word in connect read write timeout; do
		bad=$((bad + $(number "$word" "$2")))
	done
	bad=$((bad + $(number 'Non-2xx or 3xx responses:' "$2")))
	echo "$1: ${requests:-0} requests, $bad failed"
	test "${requests:-0}" -gt 0 && test $bad -eq 0
}

descriptors()
{
	find "/proc/$server_pid/fd" -mindepth 1 | wc -l
}

make_work
make_sites
start_configured < <(configure 0)
at_first=$(descriptors)
cat_wrk >"$work/wrk.lua"
wrk -t1 -c64 -d"$SECONDS_LONG" -s "$work/wrk.lua" "$url" \
    >"$work/kept.out" 2>&1 &
kept=$!
wrk -t1 -c16 -d"$SECONDS_LONG" -s "$work/wrk.lua" \
    -H 'Connection: close' "$url" >"$work/closed.out" 2>&1 &
closed=$!
begun=$(date +%s%N)
for i in $(seq "$RELOADS"); do
	if test $((i % 50)) -eq 0; then
		echo 'prot: 1' >"$work/next.yaml"
		reload 'not reloaded: '
	fi
	configure "$i" >"$work/next.yaml"
	reload 'mynahd: reloaded '
	# Spread over the time that wrk takes, but for its first second.
	left=$((begun / 1000000 + i * (SECONDS_LONG - 1) * 1000 / RELOADS -
	    $(date +%s%N) / 1000000))
	test $left -le 0 || sleep "$(printf '0.%03d' $((left % 1000)))"
done
ended=0
kill -0 $kept 2>/dev/null && kill -0 $closed 2>/dev/null || ended=1
wait $kept $closed
echo "reloads: $(how_many 'mynahd: reloaded ' "$server_log") done," \
    "$(how_many 'not reloaded: ' "$server_log") refused"
report 'kept connections' "$work/kept.out" || {
	cat "$work/kept.out" >&2
	fail "requests failed"
}
report 'new connections' "$work/closed.out" || {
	cat "$work/closed.out" >&2
	fail "requests failed"
}
test $ended -eq 0 || fail "the load ended before the last reload"
configure 0 >"$work/next.yaml"
reload 'mynahd: reloaded '
for i in $(seq 100); do
	test "$(descriptors)" -ne "$at_first" || break
	test "$i" -lt 100 || fail "it has $(descriptors) descriptors," \
	    "and had $at_first at first"
	sleep 0.05
done
# The refusals are errors that were meant: none but those.
sed -i -e '/prot: 1/d' -e '/unknown key/d' -e '/\^~~~/d' \
    -e '/not reloaded: /d' "$server_log"
stop_server
