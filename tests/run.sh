#!/bin/sh
#
# How make check starts a program: what replays a corpus is given its corpus,
# and a test that sets no limit has one that ends it only if it hangs, as the
# four seconds of Check may pass on a busy machine.

export CK_DEFAULT_TIMEOUT="${CK_DEFAULT_TIMEOUT:-60}"

case $1 in
*/replay_*)
	exec "$1" "${srcdir:-.}/tests/corpus/${1##*/replay_}";;
*)
	exec "$1";;
esac
