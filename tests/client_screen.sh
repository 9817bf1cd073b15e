#!/bin/bash
#
# What a person at a terminal sees of mynah: sessions in tmux, looked at.
#
#	tests/client_screen.sh
#
# The environment may give MYNAH and MYNAHD (the programs). tmux (with a
# server of its own, which is ended) and socat are needed. Nothing is waited
# for but what has to be seen, and for no longer than 20 seconds. The screens
# are printed.

set -eu -o pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"

MYNAH=$(realpath "${MYNAH:-$here/../build/mynah}")
slow_pid=

in_tmux()
{
	env -u TMUX tmux -S "$work/tmux" -f /dev/null "$@"
}

finish()
{
	status=$?
	in_tmux kill-server 2>/dev/null || :
	test -z "$slow_pid" || kill "$slow_pid" 2>/dev/null || :
	kill_server
	rm -rf "$work"
	exit $status
}

# The screen as it is now, without empty lines at its end.
screen()
{
	printf '%s\n' "$(in_tmux capture-pane -p -t s)"
}

# screen_has pattern: a line of it is like that. Read to its end, as a pipe
# that nobody reads is an error here.
screen_has()
{
	screen | grep -E -- "$1" >/dev/null
}

# show what: print it
show()
{
	echo "== $1"
	screen | sed 's/^/   |/'
}

# until_seen pattern: wait until a line of the screen is like that
until_seen()
{
	local deadline=$((SECONDS + 20))

	until screen_has "$1"; do
		if test $SECONDS -ge $deadline; then
			show "now" >&2
			fail "nothing like '$1' on the screen"
		fi
		sleep 0.02
	done
}

# expect_seen what pattern
expect_seen()
{
	screen_has "$2" && return 0
	show "now" >&2
	fail "$1: nothing like '$2' on the screen"
}

type_line()
{
	in_tmux send-keys -t s -l "$1"
	in_tmux send-keys -t s Enter
}

# key name: such as C-c
key()
{
	in_tmux send-keys -t s "$1"
}

# A shell whose prompt tells the status of the last command.
start_screen()
{
	in_tmux new-session -d -s s -x 80 -y 24 \
	    "cd $work/into && exec env PS1='[\$?]% ' PATH='$PATH' \
	    HISTFILE=/dev/null bash --norc --noprofile"
	in_tmux set-option -g status off
	until_seen '^\[0\]%'
}

# clean: an empty screen with a prompt
clean()
{
	type_line 'true; clear'
	until_empty
}

is_empty()
{
	test "$(screen | sed '/^$/d')" = '[0]%'
}

until_empty()
{
	local deadline=$((SECONDS + 20))

	until is_empty; do
		test $SECONDS -lt $deadline || fail "the screen is not cleared"
		sleep 0.02
	done
}

# A server of downloads that take a while: a gibibyte, or without a length.
start_slow()
{
	cat >"$work/slow" <<'END'
#!/bin/sh
read -r method target version
printf 'HTTP/1.1 200 OK\r\n'
case $target in
/big.bin)
	printf 'Content-Length: 1073741824\r\n';;
esac
printf '\r\n'
while head -c 1000000 /dev/zero; do
	sleep 0.1
done
END
	chmod 755 "$work/slow"
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork "EXEC:$work/slow" \
	    </dev/null 2>"$work/slow.log" &
	slow_pid=$!
	slow_port=$(timeout 20 tail -n +1 -s 0.1 -f --pid="$slow_pid" \
	    "$work/slow.log" | grep -m 1 -o 'listening on .*' |
	    grep -o '[0-9]*$') || :
	test -n "$slow_port" || fail "socat: $(cat "$work/slow.log")"
}

# terminal_is_restored: as it was, and the cursor is there
terminal_is_restored()
{
	type_line "stty -a | tail -n +2 >after; clear"
	until_empty
	cmp "$work/into/before" "$work/into/after" ||
	    fail "$1: the terminal is not as it was"
	test "$(in_tmux display-message -p -t s '#{cursor_flag}')" = 1 ||
	    fail "$1: the cursor is hidden"
}

# bar_fits columns: one line is the bar, and it has room
bar_fits()
{
	test "$(screen | grep -c '%.*MiB')" -eq 1 &&
	    test "$(screen | grep '%.*MiB' | wc -m)" -le $(($1 + 1))
}

until_bar_fits()
{
	local deadline=$((SECONDS + 20))

	until bar_fits "$1"; do
		if test $SECONDS -ge $deadline; then
			show "now" >&2
			fail "no bar that fits in $1 columns"
		fi
		sleep 0.02
	done
}

talking()
{
	clean
	type_line "mynah connect 127.0.0.1 $port"
	until_seen '^Welcome to the server\. Type something and hit enter$'
	type_line 'hello, world'
	until_seen '^OK\.\.\.hello, world$'
	expect_seen "what was typed" '^hello, world$'
	key C-d
	until_seen '^\[0\]%$'
	show "connect: the welcome, a line, ^D"
	terminal_is_restored connect
}

interrupting_a_talk()
{
	clean
	type_line "mynah connect 127.0.0.1 $port"
	until_seen '^Welcome to the server'
	key C-c
	until_seen '^(\^C)?\[130\]%$'
	terminal_is_restored "connect, ^C"
}

downloading()
{
	clean
	type_line "mynah get -O http://127.0.0.1:$slow_port/big.bin"
	until_seen 'big\.bin .*\[#.*\] +[0-9]+% +.* of 1\.0+ GiB'
	until_bar_fits 80
	show "get: the bar at 80 columns"
	in_tmux resize-window -t s -x 40 -y 24
	until_bar_fits 40
	show "get: the bar at 40 columns"
	key C-c
	until_seen '\[130\]%$'
	in_tmux resize-window -t s -x 80 -y 24
	until_seen 'big\.bin\.part'
	show "get: after ^C"
	test "$(ls "$work/into")" = "$(printf '%s\n' after before big.bin.part \
	    big.bin.part.info)" || fail "files: $(ls "$work/into")"
	test -s "$work/into/big.bin.part" || fail "big.bin.part is empty"
	terminal_is_restored "get, ^C"
}

downloading_what_has_no_length()
{
	clean
	type_line "mynah get -O http://127.0.0.1:$slow_port/stream"
	until_seen '^stream .* [0-9.]+ [KM]iB .*/s'
	show "get: without a length"
	key C-c
	until_seen '\[130\]%$'
	test -s "$work/into/stream.part" || fail "stream.part is empty"
	terminal_is_restored "get without a length, ^C"
}

# A body on a terminal is text, without a bar in it.
reading()
{
	clean
	type_line "mynah get http://127.0.0.1:$port/page.txt"
	until_seen '^\[0\]%$'
	expect_seen "the body" '^a\\x1b\[31mred\\x07$'
	show "get: a body with an escape in it"
	terminal_is_restored "get of a page"
}

for program in tmux socat; do
	command -v $program >/dev/null || {
		echo "$program is not installed"
		exit 77
	}
done
make_work
trap finish EXIT
mkdir "$work/site" "$work/into" "$work/bin"
ln -s "$MYNAH" "$work/bin/mynah"
PATH=$work/bin:$PATH
printf 'a\033[31mred\007\n' >"$work/site/page.txt"
start_server "$work/site"
start_slow
start_screen
# Not its first line: the size of the terminal.
type_line 'stty -a | tail -n +2 >before'
talking
interrupting_a_talk
downloading
downloading_what_has_no_length
reading
stop_server
echo "client_screen: all seen"
