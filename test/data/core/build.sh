#!/bin/sh
# Builds the committed objects from src/ and asks libbpf what it makes of them. Needs clang-19, llvm-19, libbpf-dev and
# the right to load programs; nothing is attached.
set -e
cd "$(dirname "$0")"
build() { # source, object, CPU
	clang-19 -g -O2 -target bpfel -mcpu="$3" -Wall -fdebug-compilation-dir=. -c "src/$1" -o "$2"
	llvm-strip-19 -g "$2"
}
build program.bpf.c program.o v3
build program.bpf.c programV4.o v4
build ambiguous.bpf.c ambiguous.o v3
build kernel.c kernel.o v3
tool=$(mktemp)
cc -O1 -o "$tool" src/relocate.c -lbpf
"$tool" kernel.o program.o programV4.o ambiguous.o >expected.jsonl
rm "$tool"
