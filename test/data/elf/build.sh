#!/bin/sh
# Builds the committed objects from src/. Needs clang-14, clang-16, clang-19, llvm-19, gcc-bpf and libbpf-dev. The file
# expected.jsonl holds what `kverify obj --capture` (the folder shared/oracle) saw libbpf give to Linux 6.18.
set -e
cd "$(dirname "$0")"
build() { # compiler, target, cpu, source
	clang-"$1" -g -O2 -target "$2" -mcpu="$3" -Wall -Wno-unknown-warning-option -Wno-c2x-extensions -I/usr/include/x86_64-linux-gnu -fdebug-compilation-dir=. \
		-c "src/$4.bpf.c" -o "$5"
	llvm-strip-19 -g "$5"
}
for name in subprogs globals maps callbacks needs legacy unnamed hooks objects; do build 19 bpfel v3 "$name" "$name.clang19.o"; done
for name in callbacks maps; do build 14 bpfel v2 "$name" "$name.clang14.o"; done
for name in globals subprogs; do build 16 bpfel v1 "$name" "$name.clang16.o"; done
build 19 bpfeb v3 globals globals.big.o
# With their debug information, of several versions.
debug() { # compiler, target, cpu, options, object
	clang-"$1" -target "$2" -mcpu="$3" $4 -Wall -I/usr/include/x86_64-linux-gnu -fdebug-compilation-dir=. \
		-c src/locals.bpf.c -o "debug/locals.$5.o"
}
debug 19 bpfel v3 "-O2 -g" clang19
debug 19 bpfel v1 "-O1 -g" clang19.O1
debug 19 bpfel v4 "-O2 -gdwarf-4" dwarf4
debug 19 bpfeb v3 "-O2 -gdwarf-3" dwarf3.big
debug 19 bpfel v3 "-O2 -g -gdwarf64" dwarf64
# Read from standard input, because gcc writes the absolute path of a source file into the object.
out=$PWD/gcc.gcc12.o
(cd / && bpf-gcc -O2 -gbtf -x c -c - -o "$out") <src/gcc.c
