#!/bin/sh
# Compiles src/ to the objects here and asks the running kernel what their programs do: sh build.sh KRUN, where KRUN is
# the compiled oracle (shared/oracle/krun.c). Needs clang 19, llvm-strip 19, libbpf's headers, bpftool, root and a 6.18
# kernel, whose types the programs are written for.
set -e
krun="$1"
cd "$(dirname "$0")"
types="$(mktemp -d)"
trap 'rm -r "$types"' EXIT
bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$types/vmlinux.h"
rm -f ./*.o results/*.jsonl
mkdir -p results
for source in src/*.bpf.c; do
	name="$(basename "$source" .bpf.c)"
	clang-19 -O2 -g -w -target bpf -mcpu=v3 -I"$types" -fdebug-compilation-dir=. -c "$source" -o "$name.o"
	llvm-strip-19 -g "$name.o"
	# A program whose line has the comment "not asked" needs a newer libbpf than the oracle has.
	for program in $(sed -n '/not asked/d; s/^SEC("\(tc\|xdp\|xdp.frags\|socket\)") int \([a-z_0-9]*\)(.*/\2/p' "$source"); do
		"$krun" "$name.o" "$program" packets.pcap --no-ns >"results/$name.$program.jsonl" 2>"$types/errors" || { cat "$types/errors"; exit 1; }
	done
done
