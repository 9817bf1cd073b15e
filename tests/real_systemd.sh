#!/bin/bash
#
# The units under a real systemd: one that is process 1 of namespaces of its
# own, in which this machine's root is seen with a writable layer above it.
# Nothing of it is left, neither a process nor a mount nor a file. For root;
# 77 where it cannot be done. It needs about half a minute.
#
#	MYNAHD=build/mynahd tests/real_systemd.sh
#
# The program must have been built in the directory where it is: it is
# installed from there.

set -u -o pipefail

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
program=$(readlink -f "${MYNAHD:-$top/build/mynahd}")
systemd=/lib/systemd/systemd
export LC_ALL=C.UTF-8

cannot()
{
	echo "$*"
	exit 77
}

# ---- process 1, and what it sees ----

# boot directory: in namespaces of its own; becomes systemd
boot()
{
	local root=$1/root layer=$1/layer name
	local layers="upperdir=$layer/upper,workdir=$layer/work"

	set -e
	mount --make-rprivate /
	mkdir "$1/layer" "$1/layer/upper" "$1/layer/work" "$root"
	mount -t overlay -o "lowerdir=$1/installed:/,$layers" overlay "$root"
	mount -t proc proc "$root/proc"
	mount -t sysfs -o ro sysfs "$root/sys"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	for name in dev run tmp var/log; do
		mount -t tmpfs -o mode=755 tmpfs "$root/$name"
	done
	chmod 1777 "$root/tmp"
	for name in null zero full random urandom tty; do
		touch "$root/dev/$name"
		mount --bind "/dev/$name" "$root/dev/$name"
	done
	mkdir "$root/dev/pts" "$root/dev/shm" "$root/run/lock"
	mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	touch "$root/dev/console"
	mount --bind /dev/null "$root/dev/console"
	# No service of this machine's, but ours.
	rm -rf "$root/etc/systemd/system" "$root/etc/systemd/network"
	mkdir "$root/etc/systemd/system"
	printf '%s\n' '[Unit]' 'Requires=basic.target' 'After=basic.target' \
	    >"$root/etc/systemd/system/check.target"
	: >"$root/etc/fstab"
	# Here it is started more often than a person would.
	mkdir -p "$root/etc/systemd/system.conf.d"
	printf '%s\n' '[Manager]' 'DefaultStartLimitBurst=1000' \
	    >"$root/etc/systemd/system.conf.d/check.conf"
	ip link set lo up
	cd "$root"
	mkdir .old
	pivot_root . .old
	umount -l .old
	exec env -i container=check PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	    "$systemd" --system --unit=check.target --log-target=journal \
	    </dev/null >/dev/null 2>&1
}

if test "${1-}" = --boot; then
	boot "$2"
fi

# ---- around it ----

prepare()
{
	test "$(id -u)" -eq 0 || cannot "only root can start another systemd"
	test -x "$systemd" || cannot "systemd is not installed (Debian: systemd)"
	for name in unshare nsenter pivot_root ip curl ps; do
		command -v $name >/dev/null || cannot "$name is not installed"
	done
	grep -q overlay /proc/filesystems || modprobe overlay 2>/dev/null ||
	    cannot "the kernel has no overlay file system"
	unshare --mount --pid --net --uts --ipc --cgroup --fork true \
	    2>/dev/null || cannot "there is no right to make namespaces"
}

# In a mount namespace of our own, so that nothing of it can be left.
if test "${1-}" != --inside; then
	prepare
	exec unshare --mount --propagation private "$0" --inside
fi

# A mount of its own, for the upper layer must not lie on another overlay.
dir=$(mktemp -d /tmp/mynah-systemd-XXXXXX)
mount -t tmpfs -o mode=755 tmpfs "$dir" || cannot "nothing can be mounted"
booted=
cleanup()
{
	status=$?
	trap - EXIT
	test -z "$booted" || kill -KILL "$booted" 2>/dev/null
	wait
	# The groups of what has just been killed are empty only in a moment.
	for _ in $(seq 50); do
		find "$dir/groups/$group" -depth -type d -exec rmdir {} + \
		    2>/dev/null
		test -e "$dir/groups/$group" || break
		sleep 0.1
	done
	umount "$dir/groups" 2>/dev/null
	umount -l "$dir"
	rmdir "$dir"
	exit $status
}
group=mynah-check-$$
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

mkdir "$dir/groups" "$dir/installed"
mount -t cgroup2 cgroup2 "$dir/groups" || cannot "there is no cgroup2"
mkdir "$dir/groups/$group" || cannot "no control group can be made"
make -s -C "${program%/*}" DESTDIR="$dir/installed" install >"$dir/make" 2>&1 || {
	cat "$dir/make"
	exit 1
}

# ---- steps ----

say()
{
	printf '%3d s  %s\n' "$SECONDS" "$*"
}

fail()
{
	echo "FAILED: $*"
	inside systemctl --no-pager --full status 'mynahd*' | tail -n 40
	inside journalctl --no-pager -q -n 60
	exit 1
}

inside()
{
	nsenter --target "$booted" --mount --pid --net --uts --ipc --cgroup \
	    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@" \
	    </dev/null
}

# until what command...: try again for at most 20 seconds
until_so()
{
	local what=$1

	shift
	for _ in $(seq 200); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.1
	done
	fail "not within 20 seconds: $what"
}

# property unit name
property()
{
	inside systemctl show --property "$2" --value "$1"
}

is()
{
	test "$(property "$1" "$2")" = "$3"
}

# expect unit name value
expect()
{
	is "$@" || fail "$1: $2 is \"$(property "$1" "$2")\", not \"$3\""
}

# What the server has said since mark() was called.
journal()
{
	inside journalctl -q --no-pager -o cat -u mynahd --after-cursor "$mark"
}

mark()
{
	mark=$(inside journalctl -q --no-pager -n 0 --show-cursor |
	    sed -n 's/^-- cursor: //p')
}

# Not to grep directly, which would leave journalctl with a broken pipe.
has_said()
{
	journal >"$dir/journal" && grep -q -e "$1" "$dir/journal"
}

expect_said()
{
	until_so "the journal has \"$1\"" has_said "$1"
}

page()
{
	inside curl -sS --fail --max-time 5 "http://127.0.0.1:$1/"
}

expect_page()
{
	page "$1" | cmp - "$top/etc/www/index.html" ||
	    fail "port $1 does not answer as it should"
}

# configure line...
configure()
{
	printf '%s\n' "$@" >"$dir/yaml"
	nsenter --target "$booted" --mount tee "$conf" <"$dir/yaml" >/dev/null
}

drop_in()
{
	local drop=/run/systemd/system/mynahd.service.d

	inside mkdir -p $drop
	printf '%s\n' "$@" >"$dir/drop"
	nsenter --target "$booted" --mount tee $drop/check.conf \
	    <"$dir/drop" >/dev/null
	inside systemctl daemon-reload
}

drop_out()
{
	inside rm -r /run/systemd/system/mynahd.service.d
	inside systemctl daemon-reload
}

main_pid()
{
	property "$1" MainPID
}

# The process that serves is another one than this, and it is ready.
is_another()
{
	local state pid

	# Both at once: between two questions it may end.
	state=$(inside systemctl show --property ActiveState,MainPID "$1")
	pid=$(echo "$state" | sed -n 's/^MainPID=//p')
	test "$pid" -ne 0 && test "$pid" -ne "$2" &&
	    echo "$state" | grep -qx ActiveState=active
}

# shellcheck disable=SC2016	# $$ is of the inner shell
start_systemd()
{
	sh -c 'echo $$ >"$1/cgroup.procs" &&
	    exec unshare --mount --pid --net --uts --ipc --cgroup --fork \
		--kill-child=KILL "$2" --boot "$3"' - \
	    "$dir/groups/$group" "$0" "$dir" >"$dir/boot" 2>&1 </dev/null &
	outer=$!
	until booted=$(ps -o pid= --ppid $outer); do
		kill -0 $outer 2>/dev/null || {
			cat "$dir/boot"
			cannot "the namespaces cannot be made"
		}
		sleep 0.05
	done
	booted=$((booted))
	for _ in $(seq 300); do
		! kill -0 "$booted" 2>/dev/null || ! inside systemctl \
		    is-active --quiet check.target 2>/dev/null || return 0
		sleep 0.1
	done
	cat "$dir/boot"
	inside systemctl --no-pager list-jobs
	cannot "systemd does not come up here"
}

start_systemd
unit=$(inside systemctl show --property FragmentPath --value mynahd)
conf=$(inside sed -n 's/^ExecStart=.*--config //p' "$unit")
bin=$(inside sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' "$unit")
test -n "$conf" || fail "mynahd.service is not installed"
say "$("$systemd" --version | head -n 1) is up; $unit, $conf"
inside systemd-sysusers || fail "systemd-sysusers"
inside systemd-tmpfiles --create || fail "systemd-tmpfiles"

mark
configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http'
inside systemctl start mynahd || fail "it does not start"
expect mynahd ActiveState active
expect mynahd SubState running
is mynahd StatusText 'serving 0 connections; 0 accepted' ||
    fail "StatusText is \"$(property mynahd StatusText)\""
expect_page 8080
pid=$(main_pid mynahd)
test "$(inside ps -o user= -p "$pid")" = mynah || fail "the user is not mynah"
expect_none()
{
	! inside grep "^Cap\($1\):" "/proc/$pid/status" | grep -v '\s0*$' ||
	    fail "it has capabilities"
}
expect_none 'Inh\|Prm\|Eff\|Amb\|Bnd'
inside grep '^NoNewPrivs:\s1' "/proc/$pid/status" >/dev/null ||
    fail "new privileges"
expect_said 'sandbox: '
has_said 'warning: \|error: ' && fail "it starts with a warning"
say "started as mynah, without capabilities"
inside systemctl --no-pager status mynahd | grep Status:

# The unit must take nothing away that the program's own sandbox is made of.
by_hand=$(inside timeout 1 setpriv --reuid mynah --regid mynah \
    --clear-groups "$bin" --port 0 2>&1 | sed -n 's/.*sandbox: //p')
by_unit=$(journal | sed -n 's/.*sandbox: //p')
test "$by_unit" = "$by_hand" || fail "sandbox: $by_unit; by hand: $by_hand"
echo "       sandbox: $by_unit"

# ---- logs ----

log=/var/log/mynah/access.log
configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http' \
    "log: {access: {target: $log}}"
inside systemctl restart mynahd || fail "it does not start with a log"
expect_page 8080
until_so "the request is logged" inside grep -q 'GET / ' $log
test "$(inside stat -c '%U %a' $log)" = 'mynah 640' ||
    fail "the log belongs to $(inside stat -c '%U %a' $log)"
pid=$(main_pid mynahd)
inside mv $log $log.1
inside kill -USR1 "$pid"
until_so "the log is opened again" inside test -e $log
expect_page 8080
until_so "the new log is used" inside grep -q 'GET / ' $log
expect mynahd MainPID "$pid"
say "rotated its log"

# ---- reload ----

pid=$(main_pid mynahd)
configure 'listeners:' '  - {port: 8080, protocol: http}' \
    '  - {port: 8081, protocol: http}'
inside systemctl reload mynahd || fail "it does not reload"
until_so "the new port answers" page 8081
expect_page 8080
until_so "it is ready again" is mynahd ActiveState active
configure 'prot: 80'
mark
inside systemctl reload mynahd
expect_said 'did you mean "port"'
until_so "it is ready still" is mynahd ActiveState active
expect_page 8081
expect mynahd MainPID "$pid"
say "reloaded, and refused to reload what is wrong"

# The same, asked for by somebody who waits for the outcome.
configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http' \
    'process: {pid_file: /run/mynah/mynahd.pid}'
inside systemctl restart mynahd || fail "it does not start with a pid file"
pid=$(main_pid mynahd)
inside "$bin" --config "$conf" --reload || fail "--reload ends with $?"
echo 'prot: 80' >>"$dir/yaml"
nsenter --target "$booted" --mount tee "$conf" <"$dir/yaml" >/dev/null
inside "$bin" --config "$conf" --reload 2>/dev/null &&
    fail "--reload takes what is wrong"
expect_page 8080
expect mynahd MainPID "$pid"
say "reloaded with --reload"

# ---- ending, in order and otherwise ----

configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http'
inside systemctl stop mynahd || fail "it does not stop"
expect mynahd Result success
expect mynahd ExecMainStatus 0
page 8080 2>/dev/null && fail "it still answers"
inside systemctl start mynahd || fail "it does not start again"
expect_page 8080
pid=$(main_pid mynahd)
inside systemctl restart mynahd || fail "it does not restart"
is_another mynahd "$pid" || fail "restarted, it is the same process"
expect_page 8080
say "stopped, started, restarted"

# A download that takes longer than systemd would wait without being asked.
drop_in '[Service]' TimeoutStopSec=1s
inside sh -c 'mkdir -p /srv/site && head -c 64M /dev/zero >/srv/site/zero'
configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http' \
    'document_root: /srv/site' 'process: {grace: 30s}'
inside systemctl restart mynahd || fail "it does not start"
inside curl -sS --fail --limit-rate 16M http://127.0.0.1:8080/zero \
    >"$dir/zero" &
loop=$!
until_so "the download has begun" test -s "$dir/zero"
mark
inside systemctl stop mynahd || fail "it does not stop"
expect mynahd Result success
expect_said 'stopping: 1 connection to finish'
wait $loop || fail "the download was cut off"
test "$(stat -c %s "$dir/zero")" -eq $((64 << 20)) || fail "not all has come"
rm "$dir/zero"
drop_out
configure 'host: 127.0.0.1' 'port: 8080' 'protocol: http'
inside systemctl start mynahd
say "stopped when a download was finished, with patience"

pid=$(main_pid mynahd)
inside kill -KILL "$pid"
until_so "killed, it is started again" is_another mynahd "$pid"
expect_page 8080
say "killed, and started again"

drop_in '[Service]' WatchdogSec=1s TimeoutAbortSec=1s LimitCORE=0
inside systemctl restart mynahd
page 8080 >/dev/null
until_so "a sign of life says what is done" \
    is mynahd StatusText 'serving 0 connections; 1 accepted'
pid=$(main_pid mynahd)
mark
inside kill -STOP "$pid"
until_so "hanging, it is started again" is_another mynahd "$pid"
expect_said 'Watchdog timeout'
expect_page 8080
drop_out
say "hanging, and started again by the watchdog"

inside systemctl stop mynahd
configure 'prot: 80'
restarts=$(property mynahd NRestarts)
mark
inside systemctl start mynahd 2>/dev/null && fail "it starts with an error"
expect mynahd ActiveState failed
expect mynahd ExecMainStatus 78
expect mynahd NRestarts "$restarts"
expect_said 'did you mean "port"'
say "not started again with a wrong configuration"

# ---- low ports ----

configure 'host: 127.0.0.1' 'port: 80' 'protocol: http'
mark
inside systemctl start mynahd 2>/dev/null && fail "anybody may have port 80"
expect_said 'listeners\[\].systemd'
drop_in "$(cat "$top/etc/systemd/low-ports.conf")"
inside systemctl restart mynahd || fail "it does not start on port 80"
expect_page 80
pid=$(main_pid mynahd)
expect_none 'Inh\|Prm\|Eff\|Amb'
inside systemctl stop mynahd
drop_out
say "port 80 with low-ports.conf, and the capability given up"

# ---- sockets of systemd ----

configure 'listeners:' '  - {systemd: web, protocol: http}'
inside systemctl start mynahd.socket || fail "the socket cannot be started"
expect mynahd ActiveState inactive
expect_page 80
expect mynahd ActiveState active
pid=$(main_pid mynahd)
say "started by the first connection"
configure 'listeners:' '  - {systemd: web, protocol: http}' \
    '  - {port: 8080, protocol: http}'
inside systemctl reload mynahd || fail "it does not reload"
until_so "the new port answers" page 8080
expect_page 80
expect mynahd MainPID "$pid"
configure 'listeners:' '  - {systemd: web, protocol: http}'
say "reloaded, and kept the socket"
# Without a break, while the server is started again and again.
for _ in $(seq 40); do
	page 80 >/dev/null || echo failed
	sleep 0.05
done >"$dir/failed" 2>&1 &
loop=$!
for _ in 1 2 3; do
	inside systemctl restart mynahd || fail "it does not restart"
	sleep 0.3
done
wait $loop
test -s "$dir/failed" && fail "a connection was lost: $(cat "$dir/failed")"
is_another mynahd "$pid" || fail "restarted, it is the same process"
inside systemctl stop mynahd.socket mynahd
mark
inside systemctl start mynahd 2>/dev/null && fail "it starts without a socket"
expect mynahd ExecMainStatus 78
expect_said 'handed over none'
say "restarted three times, and no connection lost"

# ---- several processes ----

configure 'listeners:' \
    '  - {port: 8080, protocol: http, reuse_port: true}' \
    '  - {unix: "/run/mynah-${MYNAHD_INSTANCE}/web.sock", protocol: http}' \
    'log: {access: {target: "/var/log/mynah/${MYNAHD_INSTANCE}.log"}}'
inside systemctl start mynahd@1 mynahd@2 || fail "not two of them"
expect mynahd@1 ActiveState active
expect mynahd@2 ActiveState active
expect_page 8080
for i in 1 2; do
	inside curl -sS --fail --unix-socket /run/mynah-$i/web.sock \
	    http://localhost/ | cmp - "$top/etc/www/index.html" ||
	    fail "mynahd@$i has no socket of its own"
	until_so "mynahd@$i has a log of its own" \
	    inside test -s /var/log/mynah/$i.log
done
inside systemctl stop mynahd@1
expect mynahd@2 ActiveState active
for _ in 1 2 3 4 5; do
	expect_page 8080
done
inside systemctl start mynahd@1
inside systemctl stop mynahd@2
expect_page 8080
inside systemctl stop mynahd@1
say "two processes on one port"
