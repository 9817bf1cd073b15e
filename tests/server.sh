# Sourced by the tests with real clients: a mynahd of its own, started as an
# unprivileged user with a configuration of four keys or one that is given, on
# a free port.
#
# shellcheck shell=bash

# The program under test.
MYNAHD=${MYNAHD:-$(dirname "${BASH_SOURCE[0]}")/../build/mynahd}
server_pid=

fail()
{
	echo "FAIL: $*" >&2
	exit 1
}

# make_work: sets work, a directory that everybody can read, until the end
make_work()
{
	umask 022
	work=$(mktemp -d "${TMPDIR:-/tmp}/mynah.XXXXXX")
	chmod 755 "$work"
	trap 'status=$?; kill_server; rm -rf "$work"; exit $status' EXIT
	trap 'exit 1' INT TERM
}

kill_server()
{
	test -n "$server_pid" || return 0
	kill -9 "$server_pid" 2>/dev/null || :
	wait "$server_pid" 2>/dev/null || :
	server_pid=
}

# as_nobody command...: replaces the shell
as_nobody()
{
	if test "$(id -u)" -eq 0; then
		exec setpriv --reuid=nobody --regid="$(id -g nobody)" \
		    --clear-groups --no-new-privs "$@"
	fi
	exec "$@"
}

# start_server directory: with the four keys of the short form
start_server()
{
	start_configured <<END
host: 127.0.0.1
port: 0
backlog: 1024
document_root: $1
END
}

# start_configured: with the YAML on standard input, in which port is 0. Sets
# port and url, server_config and server_log.
start_configured()
{
	cp -f "$MYNAHD" "$work/mynahd" || fail "no mynahd at $MYNAHD"
	server_config=$work/mynahd.yaml
	cat >"$server_config"
	server_log=$work/server.log
	: >"$server_log"
	(cd / && as_nobody "$work/mynahd" --config "$server_config") \
	    </dev/null 2>>"$server_log" &
	server_pid=$!
	# tail ends with the server, or as soon as grep has its line.
	port=$(timeout 20 tail -n +1 -s 0.1 -f --pid="$server_pid" \
	    "$server_log" | grep -m 1 -o 'listening on .* port [0-9]*' |
	    grep -o '[0-9]*$') || :
	if test -z "$port"; then
		cat "$server_log" >&2
		fail "the server did not start"
	fi
	# shellcheck disable=SC2034	# for who sources this
	url=http://127.0.0.1:$port
}

# It must still be there, end in order when asked, and have logged no error.
stop_server()
{
	local status=0

	kill -0 "$server_pid" 2>/dev/null || fail "the server is gone"
	kill -TERM "$server_pid"
	wait "$server_pid" || status=$?
	server_pid=
	if test $status -ne 0 ||
	    grep -E 'error:|Sanitizer|runtime error' "$server_log"; then
		tail -n 20 "$server_log" >&2
		fail "the server ended with status $status"
	fi
}
