#!/bin/sh
#
# The two commands of bootstrap on a bare Debian: a root of debootstrap with
# nothing but a copy of this tree in it. For root, and the network is needed.
#
#	tests/clean_root.sh [directory [mirror]]
#
# The directory, by default /var/tmp/mynah-root, is made and stays: a second
# start finds the packages there and is quick. Remove it by hand.

set -eu
umask 022

CDPATH='' cd -- "$(dirname -- "$0")/.."
root=${1:-/var/tmp/mynah-root}
clone=/root/mynah
test "$(id -u)" -eq 0 || {
	echo "clean_root.sh: only root can make another root" >&2
	exit 1
}

say()
{
	echo "clean_root.sh: $*" >&2
}

if ! test -e "$root/var/lib/dpkg/status"; then
	say "debootstrap into $root"
	# shellcheck disable=SC2086	# the mirror may be absent
	debootstrap --variant=minbase bookworm "$root" ${2-} >"$root.log" || {
		tail -n 20 "$root.log" >&2
		exit 1
	}
fi

# How this machine gets its packages is how the root gets them.
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
cp /etc/hosts "$root/etc/hosts" 2>/dev/null || :
for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*proxy*; do
	test ! -e "$file" || cp "$file" "$root/etc/apt/apt.conf.d/"
done

server=
clean_up()
{
	status=$?
	test -z "$server" || kill "$server" 2>/dev/null || :
	wait
	umount "$root/dev/pts" "$root/dev" "$root/sys" "$root/proc" 2>/dev/null || :
	exit $status
}
trap clean_up EXIT
trap 'exit 1' INT TERM
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount --bind /dev "$root/dev"
mount --bind /dev/pts "$root/dev/pts"

# Replaces the shell, so that a number of a process is the program's own.
exec_inside()
{
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
	    TERM=dumb ${http_proxy:+"http_proxy=$http_proxy"} \
	    ${https_proxy:+"https_proxy=$https_proxy"} \
	    chroot "$root" "$@"
}

inside()
{
	(exec_inside "$@")
}

# A clone in /root, which only root may search, made with a narrow umask.
say "copying the tree"
rm -rf "${root:?}$clone"
(umask 077
mkdir "$root$clone"
tar -c --exclude=.git --exclude=./build --exclude=./build-ci \
    --exclude=autom4te.cache --exclude=./configure --exclude=Makefile.in \
    --exclude=build.h.in --exclude=aclocal.m4 --exclude=build-aux . |
    tar -x --no-same-permissions --no-same-owner -C "$root$clone")
chmod 700 "$root/root"

say "./bootstrap check"
inside sh -c "cd $clone && ./bootstrap check" </dev/null

say "./bootstrap run"
exec_inside sh -c "umask 077; cd $clone && exec ./bootstrap run --port 18080" \
    >"$root.run" 2>&1 </dev/null &
server=$!
timeout 60 tail -n +1 -s 0.1 -f --pid=$server "$root.run" |
    grep -m 1 'listening on' || {
	cat "$root.run" >&2
	say "the server did not start"
	exit 1
}
! grep -E 'missing|generating|configuring' "$root.run" || {
	say "it did again what check had done"
	exit 1
}
user=$(ps -o user= -p "$server")
test "$user" = nobody || {
	say "the server runs as $user"
	exit 1
}
curl -sS --fail http://127.0.0.1:18080/ | cmp - etc/www/index.html
curl -sS --fail -o /dev/null http://127.0.0.1:18080/style.css
kill "$server"
wait "$server"
server=
say "both commands work"
