#!/bin/bash
#
# mynah get, connect and echo against servers that people use: nginx,
# lighttpd, Apache, python3 -m http.server, mynahd; socat, nc and mynahd.
#
#	tests/client_servers.sh [server ...]	without words: all
#
# The environment may give MYNAH and MYNAHD (the programs). python3, cmp and
# socat are needed; servers that are not installed are left out. Everything
# that has a date was made long ago, so that no check depends on the clock.

set -eu -o pipefail
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"

MYNAH=${MYNAH:-$here/../build/mynah}
BIG=20000000
DATE='2021-03-04 05:06:07 UTC'
peers=()		# what else runs

# is what got want
is()
{
	test "$2" = "$3" || fail "$kind: $1: got '$2', not '$3'"
}

# same what file file
same()
{
	cmp "$2" "$3" || fail "$kind: $1: not the bytes of $3"
}

# has what pattern file: a line of file matches
has()
{
	grep -qiE -- "$2" "$3" && return 0
	cat "$3" >&2
	fail "$kind: $1: nothing like '$2' in the above"
}

# count what number pattern file: so many lines of file match
count()
{
	test "$(grep -ciE -- "$3" "$4")" = "$2" && return 0
	cat "$4" >&2
	fail "$kind: $1: not $2 lines like '$3' in the above"
}

# mynah what status argument...: in $work/into, which is emptied before by
# fresh; what it says is left in $work/said, and printed in $work/got.
mynah()
{
	local what=$1 want=$2 status=0

	shift 2
	(cd "$work/into" && exec timeout 60 "$MYNAH" "$@") \
	    >"$work/got" 2>"$work/said" </dev/null || status=$?
	test $status -eq "$want" && return 0
	cat "$work/said" >&2
	fail "$kind: $what: status $status, not $want"
}

fresh()
{
	rm -rf "$work/into"
	mkdir "$work/into"
}

# files what name...: nothing else is there
files()
{
	local what=$1

	shift
	is "$what: files" "$(ls -A "$work/into")" "$(printf '%s\n' "$@")"
}

installed()
{
	command -v "$1" >/dev/null && return 0
	echo "   $1 is not installed: left out"
	return 1
}

# Servers

free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# is_up port
is_up()
{
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# until_true seconds command...: looked at again and again
until_true()
{
	local deadline=$((SECONDS + $1))

	shift
	until "$@"; do
		test $SECONDS -lt $deadline || return 1
		sleep 0.02
	done
}

ended()
{
	! kill -0 "$1" 2>/dev/null
}

up_or_ended()
{
	is_up "$port" || ended "$1"
}

# peer command...: in the background, as nobody; sets peer_pid
peer()
{
	(cd "$place" && as_nobody "$@") </dev/null \
	    >"$place/out" 2>&1 &
	peer_pid=$!
	peers+=("$peer_pid")
}

stop_peers()
{
	local pid

	for pid in ${peers[@]+"${peers[@]}"}; do
		kill -TERM "$pid" 2>/dev/null || continue
		until_true 5 ended "$pid" || kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	peers=()
}

# new_place: sets place, a directory that the server may write to, and port
new_place()
{
	place=$work/place.$kind
	rm -rf "$place"
	mkdir "$place"
	test "$(id -u)" -ne 0 || chown nobody "$place"
	port=$(free_port)
	url=http://127.0.0.1:$port
}

# start: set up by setup_$kind, which calls peer; another port is tried
# should somebody have taken the first one.
start()
{
	local try

	for try in 1 2 3; do
		new_place
		"setup_$kind"
		until_true 10 up_or_ended "$peer_pid" && is_up "$port" &&
		    return 0
		stop_peers
	done
	cat "$place"/out "$place"/error.log >&2 2>/dev/null || :
	fail "$kind does not start, $try times"
}

setup_nginx()
{
	cat >"$place/config" <<END
daemon off; worker_processes 1; pid $place/pid;
error_log $place/error.log crit;
events { worker_connections 64; }
http {
    access_log off; default_type application/octet-stream;
    client_body_temp_path $place; proxy_temp_path $place;
    fastcgi_temp_path $place; uwsgi_temp_path $place;
    scgi_temp_path $place;
    ssi on; ssi_types application/x-page;
    types { application/x-page page; }
    server { listen 127.0.0.1:$port; root $site; }
}
END
	peer nginx -p "$place" -e "$place/error.log" -c "$place/config"
}

setup_lighttpd()
{
	cat >"$place/config" <<END
server.document-root = "$site"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$place/error.log"
server.upload-dirs = ( "$place" )
server.modules = ( "mod_cgi" )
server.stream-response-body = 1
index-file.names = ( "index.html" )
cgi.assign = ( ".cgi" => "" )
mimetype.assign = ( "" => "application/octet-stream" )
END
	peer lighttpd -D -f "$place/config"
}

setup_apache()
{
	local modules=/usr/lib/apache2/modules

	cat >"$place/config" <<END
ServerRoot $place
ServerName example.org
DefaultRuntimeDir $place
PidFile $place/pid
ErrorLog $place/error.log
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule cgid_module $modules/mod_cgid.so
LoadModule dir_module $modules/mod_dir.so
LoadModule mime_module $modules/mod_mime.so
TypesConfig /dev/null
ScriptSock $place/cgid
AddHandler cgi-script .cgi
StartServers 1
ServerLimit 1
ThreadsPerChild 8
ThreadLimit 8
MaxRequestWorkers 8
DocumentRoot $site
<Directory $site>
Require all granted
Options FollowSymLinks ExecCGI
</Directory>
END
	peer apache2 -DFOREGROUND -f "$place/config"
}

# The first one in PATH may be out of reach for nobody.
setup_python()
{
	local python=/usr/bin/python3

	test -x $python || python=python3
	peer $python -m http.server --bind 127.0.0.1 --directory "$site" \
	    "$port"
}

# The files

make_site()
{
	site=$work/site
	mkdir -p "$site/dir" "$work/want"
	echo 'in it' >"$site/dir/index.html"
	seq -f 'line %g of a text' 1 500 >"$site/text.txt"
	head -c $BIG /dev/urandom >"$site/big.bin"
	: >"$site/empty.txt"
	cp "$site/text.txt" "$site/a b, ü.txt"
	# What has no length beforehand, each as its server has it.
	seq -f 'chunk %g' 1 20000 >"$work/want/chunks"
	cp "$work/want/chunks" "$site/chunks.txt"
	printf '<!--#include virtual="/chunks.txt" -->' >"$site/chunks.page"
	printf '%s\n' '#!/bin/sh' 'echo Content-Type: text/plain' 'echo' \
	    "exec cat $site/chunks.txt" >"$site/chunks.cgi"
	chmod 755 "$site/chunks.cgi"
	find "$site" -exec touch -d "$DATE" {} +
}

# What every HTTP server does

whole_files()
{
	fresh
	mynah "a file" 0 get -o it "$url/big.bin"
	same "a file" "$work/into/it" "$site/big.bin"
	files "a file" it
	is "the date of a file" "$(stat -c %Y "$work/into/it")" \
	    "$(stat -c %Y "$site/big.bin")"
	mynah "a file printed" 0 get "$url/big.bin"
	same "a file printed" "$work/got" "$site/big.bin"
	mynah "an empty file" 0 get -o empty "$url/empty.txt"
	same "an empty file" "$work/into/empty" "$site/empty.txt"
	fresh
	mynah "names" 0 get -O "$url/text.txt" "$url/a%20b,%20%C3%BC.txt" \
	    "$url/empty.txt?x=/y"
	files "names" "a b, ü.txt" empty.txt text.txt
	same "names" "$work/into/a b, ü.txt" "$site/text.txt"
	mynah "a name that is there" 9 get -O "$url/text.txt"
	mynah "--force" 0 get --force -O "$url/text.txt"
}

heads()
{
	fresh
	mynah "HEAD" 0 get -I "$url/text.txt"
	has "HEAD" '^HTTP/1\.[01] 200 ' "$work/got"
	has "HEAD" "^content-length: $(stat -c %s "$site/text.txt").?\$" \
	    "$work/got"
	mynah "-i" 0 get -i "$url/text.txt"
	sed '1,/^\r*$/d' "$work/got" >"$work/body"
	same "-i" "$work/body" "$site/text.txt"
	mynah "-v" 0 get -v "$url/empty.txt"
	has "-v" '^> GET /empty.txt HTTP/1.1' "$work/said"
	has "-v" '^< HTTP/1\.[01] 200 ' "$work/said"
}

statuses()
{
	fresh
	mynah "404" 0 get "$url/none"
	test -s "$work/got" || fail "$kind: 404: no page"
	mynah "404 with -f" 8 get -f -o it "$url/none"
	has "404 with -f" '^mynah: .*404' "$work/said"
	test ! -s "$work/got" || fail "$kind: 404 with -f: something printed"
	files "404 with -f" ''
	mynah "the first failure" 8 get -f "$url/none" "$url/text.txt"
	same "the first failure" "$work/got" "$site/text.txt"
}

redirects()
{
	fresh
	mynah "301" 0 get -i "$url/dir"
	has "301" '^HTTP/1\.[01] 301 ' "$work/got"
	mynah "-L" 0 get -L "$url/dir"
	same "-L" "$work/got" "$site/dir/index.html"
}

conditions()
{
	fresh
	mynah "a file" 0 get -o it "$url/text.txt"
	ls -i "$work/into" >"$work/before"
	mynah "-z of the same" 0 get -v -z it -o it "$url/text.txt"
	has "-z of the same" '^< HTTP/1\.[01] 304 ' "$work/said"
	ls -i "$work/into" >"$work/after"
	same "-z of the same" "$work/after" "$work/before"
	touch -d '2021-03-04 05:06:06 UTC' "$work/into/it"
	echo old >"$work/into/it"
	touch -d '2021-03-04 05:06:06 UTC' "$work/into/it"
	mynah "-z of an older one" 0 get -z it -o it "$url/text.txt"
	same "-z of an older one" "$work/into/it" "$site/text.txt"
	mynah "-z of a date" 0 get -z 'Thu, 04 Mar 2021 05:06:07 GMT' \
	    "$url/text.txt"
	test ! -s "$work/got" || fail "$kind: -z of a date: something printed"
}

# kept number: connections for three files
kept()
{
	fresh
	mynah "three files" 0 get -v "$url/text.txt" "$url/empty.txt" \
	    "$url/big.bin"
	cat "$site/text.txt" "$site/big.bin" >"$work/body"
	same "three files" "$work/got" "$work/body"
	count "connections of three files" "$1" '^mynah: connected to' \
	    "$work/said"
}

ranges()
{
	local size

	fresh
	mynah "-r" 0 get -r 100-199 "$url/big.bin"
	tail -c +101 "$site/big.bin" | head -c 100 >"$work/body" || :
	same "-r" "$work/got" "$work/body"
	mynah "-r -N" 0 get -r -70000 -o it "$url/big.bin"
	tail -c 70000 "$site/big.bin" >"$work/body"
	same "-r -N" "$work/into/it" "$work/body"
	size=$(stat -c %s "$site/big.bin")
	mynah "-r past the end" 8 get -f -r "$size-" "$url/big.bin"
}

# A relay that lets the first so many bytes pass: the same URL before and
# after a cut, as it is only another Unix socket.
relay()
{
	local name=$1 filter=$2

	(cd "$work" && exec socat "UNIX-LISTEN:$work/$name,fork,mode=666" \
	    "SYSTEM:'socat -t 60 - TCP:127.0.0.1:$port | $filter'") \
	    </dev/null 2>/dev/null &
	peers+=($!)
	until_true 10 test -S "$work/$name" || fail "no relay"
}

# resumed first-byte: where the second request begins; 0: all is sent anew
resumed()
{
	local from=$1 have

	rm -f "$work/cut.sock" "$work/whole.sock"
	relay cut.sock 'head -c 3000000'
	relay whole.sock cat
	fresh
	mynah "a cut" 7 get --unix "$work/cut.sock" -o it \
	    http://example.org/big.bin
	has "a cut" '^mynah: .*-C' "$work/said"
	files "a cut" it.part it.part.info
	have=$(stat -c %s "$work/into/it.part")
	test "$have" -gt 2900000 && test "$have" -lt 3000000 ||
	    fail "$kind: a cut: $have bytes"
	cmp -n "$have" "$work/into/it.part" "$site/big.bin" ||
	    fail "$kind: a cut: other bytes"
	mynah "-C" 0 get --unix "$work/whole.sock" -v -C -o it \
	    http://example.org/big.bin
	same "-C" "$work/into/it" "$site/big.bin"
	files "-C" it
	if test "$from" -eq 0; then
		has "-C" '^< HTTP/1\.[01] 200 ' "$work/said"
	else
		has "-C" "^> range: bytes=$have-" "$work/said"
		has "-C" '^< HTTP/1\.[01] 206 ' "$work/said"
	fi
}

# chunked path
chunked()
{
	fresh
	mynah "chunks" 0 get -v -o it "$url/$1"
	has "chunks" '^< transfer-encoding: chunked' "$work/said"
	same "chunks" "$work/into/it" "$work/want/chunks"
}

# all_of kept-connections: what is the same everywhere
all_of()
{
	whole_files
	heads
	statuses
	redirects
	conditions
	kept "$1"
}

with_nginx()
{
	start
	all_of 1
	ranges
	resumed 1
	chunked chunks.page
}

with_lighttpd()
{
	start
	all_of 1
	ranges
	resumed 1
	chunked chunks.cgi
}

with_apache()
{
	start
	all_of 1
	ranges
	resumed 1
	chunked chunks.cgi
}

# HTTP/1.0: a connection each, no ranges, If-Range unknown.
with_python()
{
	start
	all_of 3
	resumed 0
}

with_mynahd()
{
	start_server "$site"
	all_of 1
	ranges
	resumed 1
}

# Connections

# talks what argument...: what goes both ways at once is as it was
talks()
{
	local what=$1 status=0

	shift
	timeout 60 "$MYNAH" connect "$@" <"$site/big.bin" >"$work/got" \
	    2>"$work/said" || status=$?
	test $status -eq 0 && return 0
	cat "$work/said" >&2
	fail "$kind: $what: status $status"
}

with_socat()
{
	new_place
	peer socat "TCP-LISTEN:$port,bind=127.0.0.1,fork" EXEC:cat
	until_true 10 is_up "$port" || fail "socat does not start"
	talks "an echo" 127.0.0.1 "$port"
	same "an echo" "$work/got" "$site/big.bin"
	peer socat "UNIX-LISTEN:$place/sock,fork,mode=666" EXEC:cat
	until_true 10 test -S "$place/sock" || fail "socat does not start"
	talks "a Unix socket" --unix "$place/sock"
	same "a Unix socket" "$work/got" "$site/big.bin"
	fresh
	mynah "echo" 0 echo --plain -n 2000 -c 4 --depth 8 127.0.0.1 "$port"
	mynah "echo" 0 echo --plain -n 500 -s 70000 --unix "$place/sock"
}

# nc serves one connection, so its port cannot be tried: mynah is tried until
# it is not refused.
nc_answers()
{
	local status=0

	timeout 60 "$MYNAH" connect 127.0.0.1 "$port" <"$site/big.bin" \
	    >"$work/got" 2>"$work/said" || status=$?
	test $status -ne 4
}

with_nc()
{
	new_place
	(cd "$place" && as_nobody nc -N -l 127.0.0.1 "$port") \
	    <"$site/big.bin" >"$work/received" 2>"$work/nc.said" &
	peers+=($!)
	until_true 10 nc_answers || fail "nc does not start"
	wait "${peers[-1]}" || :
	test ! -s "$work/said" || fail "nc: $(cat "$work/said")"
	same "from nc" "$work/got" "$site/big.bin"
	same "to nc" "$work/received" "$site/big.bin"
}

with_welcome()
{
	start_server "$site"
	fresh
	timeout 60 "$MYNAH" connect 127.0.0.1 "$port" >"$work/got" \
	    <<<'hello' || fail "mynahd: status $?"
	{
		echo 'Welcome to the server. Type something and hit enter'
		echo 'OK...hello'
	} >"$work/body"
	same "welcome and echo" "$work/got" "$work/body"
	fresh
	mynah "echo" 0 echo -n 2000 -c 4 127.0.0.1 "$port"
	mynah "what is no echo" 10 echo --plain 127.0.0.1 "$port"
}

command -v socat >/dev/null || { echo "socat is not installed"; exit 77; }
kind=-
make_work
trap 'status=$?; stop_peers; kill_server; rm -rf "$work"; exit $status' EXIT
make_site
test $# -gt 0 ||
    set -- nginx lighttpd apache python mynahd socat nc welcome
for kind; do
	echo "-- $kind"
	case $kind in
	apache)
		installed apache2 || continue;;
	python|mynahd|welcome)
		;;
	*)
		installed "$kind" || continue;;
	esac
	"with_$kind"
	stop_peers
	test -z "$server_pid" || stop_server
done
echo "client_servers: all served"
