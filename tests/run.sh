#!/bin/sh
#
# How make check starts a program: what replays a corpus is given its corpus.

case $1 in
*/replay_*)
	exec "$1" "${srcdir:-.}/tests/corpus/${1##*/replay_}";;
*)
	exec "$1";;
esac
