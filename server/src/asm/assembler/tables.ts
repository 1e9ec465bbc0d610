/** Words of the assembler that are no instructions: directives, map properties, built-in constants. */

export interface DirectiveFact {
  /** With its dot: `.section`. */
  readonly name: string;
  /** How to write it. */
  readonly usage: string;
  /** One sentence: what it does. */
  readonly doc: string;
}

function row(name: string, operands: string, doc: string): DirectiveFact {
  return { name, usage: operands === '' ? name : `${name} ${operands}`, doc };
}

// prettier-ignore
export const DIRECTIVES: readonly DirectiveFact[] = [
  row('.section', '"xdp"', 'What follows belongs to this section; its name says what type the programs in it have, as libbpf reads it.'),
  row('.text', '', 'What follows are functions that programs of other sections call.'),
  row('.data', '', 'What follows are global variables with initial values.'),
  row('.bss', '', 'What follows are global variables that begin as zero.'),
  row('.license', '"GPL"', 'Declares the license; many helpers are only open to programs under the GPL.'),
  row('.map', 'NAME, type=hash, key=4, value=8, entries=256', 'Declares a map; load its address with `r1 = NAME ll`.'),
  row('.slot', 'MAP, INDEX, NAME', 'Puts a program or a map into a slot of a prog_array or of a map of maps when the file is loaded.'),
  row('.globl', 'NAME', 'Makes a label a function; in a program section it begins a program.'),
  row('.global', 'NAME', 'Makes a label a function; in a program section it begins a program.'),
  row('.type', 'NAME, @function', 'Says that a label is a function or an object.'),
  row('.size', 'NAME, SIZE', 'Accepted for compilers; sizes follow from the labels.'),
  row('.set', 'NAME, VALUE', 'Gives a constant a name.'),
  row('.equ', 'NAME, VALUE', 'Gives a constant a name.'),
  row('.byte', 'VALUE, ...', 'Lays down bytes.'),
  row('.short', 'VALUE, ...', 'Lays down 16-bit values.'),
  row('.half', 'VALUE, ...', 'Lays down 16-bit values.'),
  row('.2byte', 'VALUE, ...', 'Lays down 16-bit values.'),
  row('.long', 'VALUE, ...', 'Lays down 32-bit values.'),
  row('.word', 'VALUE, ...', 'Lays down 32-bit values.'),
  row('.int', 'VALUE, ...', 'Lays down 32-bit values.'),
  row('.4byte', 'VALUE, ...', 'Lays down 32-bit values.'),
  row('.quad', 'VALUE, ...', 'Lays down 64-bit values.'),
  row('.8byte', 'VALUE, ...', 'Lays down 64-bit values.'),
  row('.ascii', '"text", ...', 'Lays down text without a zero at its end.'),
  row('.asciz', '"text", ...', 'Lays down text and a zero byte.'),
  row('.string', '"text", ...', 'Lays down text and a zero byte.'),
  row('.zero', 'COUNT', 'Lays down this many zero bytes.'),
  row('.skip', 'COUNT', 'Lays down this many zero bytes.'),
  row('.space', 'COUNT', 'Lays down this many zero bytes.'),
  row('.fill', 'COUNT, SIZE, VALUE', 'Lays down a value of SIZE bytes this many times.'),
  row('.align', 'BYTES', 'Fills data up to a multiple of this many bytes.'),
  row('.balign', 'BYTES', 'Fills data up to a multiple of this many bytes.'),
  row('.p2align', 'POWER', 'Fills data up to a multiple of two to this power.'),
];

/** Directives that compilers write and that mean nothing here. */
export const IGNORED_DIRECTIVES: readonly string[] = [
  '.file', '.ident', '.addrsig', '.addrsig_sym', '.loc', '.local', '.comm', '.weak', '.hidden', '.protected',
  '.internal', '.cfi_startproc', '.cfi_endproc', '.cfi_sections', '.cfi_def_cfa', '.cfi_offset', '.previous', '.end',
]; // prettier-ignore

export interface MapPropertyFact {
  /** Without the equals sign. */
  readonly name: string;
  readonly doc: string;
}

// prettier-ignore
export const MAP_PROPERTIES: readonly MapPropertyFact[] = [
  { name: 'type', doc: 'The kind of map, spelled as bpftool does: hash, array, percpu_array, prog_array, ringbuf, ...' },
  { name: 'key', doc: 'The size of a key in bytes.' },
  { name: 'value', doc: 'The size of a value in bytes.' },
  { name: 'entries', doc: 'How many entries the map holds at most; for a ring buffer its size in bytes.' },
  { name: 'flags', doc: 'BPF_F_* flags of map creation, as a number or by name: BPF_F_NO_PREALLOC | BPF_F_RDONLY_PROG.' },
  { name: 'extra', doc: 'map_extra: the number of hash functions of a bloom_filter, the address of an arena.' },
  { name: 'inner', doc: 'For a map of maps: the name of a map of this file that every inner map is like.' },
  { name: 'id', doc: 'The number by which a pasted bpftool dump calls the map: map[id:5].' },
];

/** Constants known without `.set`. Source: include/uapi/linux/bpf.h and include/uapi/linux/pkt_cls.h, Linux 6.18. */
export const CONSTANTS: ReadonlyMap<string, bigint> = new Map(
  Object.entries({
    XDP_ABORTED: 0, XDP_DROP: 1, XDP_PASS: 2, XDP_TX: 3, XDP_REDIRECT: 4,
    TC_ACT_UNSPEC: -1, TC_ACT_OK: 0, TC_ACT_RECLASSIFY: 1, TC_ACT_SHOT: 2, TC_ACT_PIPE: 3, TC_ACT_STOLEN: 4,
    TC_ACT_QUEUED: 5, TC_ACT_REPEAT: 6, TC_ACT_REDIRECT: 7,
    BPF_ANY: 0, BPF_NOEXIST: 1, BPF_EXIST: 2, BPF_F_LOCK: 4, BPF_F_CURRENT_CPU: 0xffffffff,
    BPF_F_NO_PREALLOC: 1, BPF_F_NO_COMMON_LRU: 2, BPF_F_NUMA_NODE: 4, BPF_F_RDONLY: 8, BPF_F_WRONLY: 0x10,
    BPF_F_STACK_BUILD_ID: 0x20, BPF_F_ZERO_SEED: 0x40, BPF_F_RDONLY_PROG: 0x80, BPF_F_WRONLY_PROG: 0x100,
    BPF_F_CLONE: 0x200, BPF_F_MMAPABLE: 0x400, BPF_F_PRESERVE_ELEMS: 0x800, BPF_F_INNER_MAP: 0x1000,
  }).map(([name, value]) => [name, BigInt(value)]),
); // prettier-ignore

/** What an instruction may begin with, besides a register. */
export const STATEMENT_WORDS: readonly string[] = [
  'if', 'goto', 'gotol', 'may_goto', 'call', 'callx', 'exit', 'lock', 'store_release',
]; // prettier-ignore

/** What may stand behind `rN =`. */
export const VALUE_WORDS: readonly string[] = [
  'be16', 'be32', 'be64', 'le16', 'le32', 'le64', 'bswap16', 'bswap32', 'bswap64', 'addr_space_cast', 'load_acquire',
  'atomic_fetch_add', 'atomic_fetch_or', 'atomic_fetch_and', 'atomic_fetch_xor', 'atomic64_fetch_add',
  'atomic64_fetch_or', 'atomic64_fetch_and', 'atomic64_fetch_xor', 'atomic_xchg', 'atomic64_xchg', 'atomic_cmpxchg',
  'atomic64_cmpxchg', 'xchg_64', 'xchg32_32', 'cmpxchg_64', 'cmpxchg32_32',
]; // prettier-ignore
