import { describe, expect, it } from 'vitest';
import type { Btf } from '../../../server/src/btf/btf.ts';
import { readBtfExt } from '../../../server/src/btf/ext.ts';
import { typeAt } from '../../../server/src/btf/query.ts';
import { readBtf } from '../../../server/src/btf/read.ts';
import { compile } from '../../../server/src/c/compile.ts';
import { readElf } from '../../../server/src/elf/readElf.ts';

const PRELUDE = `#define SEC(name) __attribute__((section(name), used))
#define tag(text) __attribute__((btf_decl_tag(text)))
#define kptr __attribute__((btf_type_tag("kptr")))
#define noinline __attribute__((noinline))
#define preserved __attribute__((preserve_access_index))
`;

function sectionsOf(text: string): { btf: Uint8Array; ext: Uint8Array } {
  const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
  const { object, diagnostics } = compile('a.bpf.c', PRELUDE + text, () => null, options);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const { sections } = readElf(object!).elf!;
  const data = (name: string): Uint8Array =>
    sections.find((section) => section.name === name)?.data ?? new Uint8Array();
  return { btf: data('.BTF'), ext: data('.BTF.ext') };
}

/** A type in one word, as it is referred to. */
function short(btf: Btf, id: number): string {
  const type = typeAt(btf, id);
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'ptr':
      return `*${short(btf, type.type)}`;
    case 'const':
    case 'volatile':
    case 'restrict':
      return `${type.kind} ${short(btf, type.type)}`;
    case 'array':
      return `[${type.length}]${short(btf, type.type)}`;
    case 'typeTag':
      return `tag(${type.name}) ${short(btf, type.type)}`;
    case 'funcProto': {
      const params = type.params.map((param) => `${param.name} ${short(btf, param.type)}`.trim());
      return `(${[...params, ...(type.variadic ? ['...'] : [])].join(', ')}) ${short(btf, type.returns)}`;
    }
    default:
      return `${type.kind} ${type.name}`.trim();
  }
}

/** A type with what is in it; null for those that only others refer to. */
function long(btf: Btf, id: number): string | null {
  const type = typeAt(btf, id);
  switch (type.kind) {
    case 'struct':
    case 'union': {
      const members = type.members.map(({ name, offsetBits, bitSize, type: of }) =>
        `${name}@${offsetBits}${bitSize > 0 ? `:${bitSize}` : ''} ${short(btf, of)}`.trim(),
      );
      return `${short(btf, id)} ${type.size} {${members.join('; ')}}`;
    }
    case 'enum': {
      const values = type.values.map(({ name, value }) => `${name}=${value}`);
      return `${short(btf, id)} ${type.size}${type.signed ? ' signed' : ''} {${values.join(' ')}}`;
    }
    case 'typedef':
      return `typedef ${type.name} = ${short(btf, type.type)}`;
    case 'func':
    case 'var':
      return `${type.linkage} ${type.kind} ${type.name} ${short(btf, type.type)}`;
    case 'datasec': {
      const vars = type.vars.map((one) => `${short(btf, one.type).replace(/^\w+ /, '')}+${one.offset} ${one.size}`);
      return `section ${type.name} {${vars.join('; ')}}`;
    }
    case 'declTag':
      return `${short(btf, type.type)} ${type.component} is ${type.name}`;
    case 'fwd':
      return `declared only: ${type.union ? 'union' : 'struct'} ${type.name}`;
    default:
      return null;
  }
}

/** All types of the object, one a line, in whatever order; the language's own are left out. */
function checkTypes(text: string, expected: string): void {
  const { btf } = readBtf(sectionsOf(text).btf);
  const lines = btf!.types.map((_, id) => long(btf!, id)).filter((line) => line !== null);
  expect(lines.toSorted()).toEqual(expected.trim().split('\n').toSorted());
}

/** CO-RE relocations: what is asked of what. */
function checkCore(text: string, expected: readonly string[]): void {
  const sections = sectionsOf(text);
  const { btf, strings } = readBtf(sections.btf);
  const { ext } = readBtfExt(sections.ext, strings);
  const all = [...ext.coreRelocations.values()].flat();
  const lines = all.map(({ kind, type, access }) => `${kind} ${short(btf!, type)} ${access}`);
  expect(lines.toSorted()).toEqual(expected.toSorted());
}

/** Places that the program's instructions come from: `line:column text`. */
function checkLines(text: string, expected: string): void {
  const sections = sectionsOf(text);
  const { ext } = readBtfExt(sections.ext, readBtf(sections.btf).strings);
  const first = PRELUDE.split('\n').length - 1;
  const lines = [...ext.lines.values()].flat();
  const places = new Set(lines.map((one) => `${one.line - first}:${one.column} ${one.text}`));
  expect([...places].toSorted().join('\n')).toBe(expected.trim());
}

describe('types of an object', () => {
  it('are those of functions, with the names of their parameters and tags', () =>
    checkTypes(
      `typedef unsigned int u32;
struct ctx { u32 mark; };
static noinline int pick(const struct ctx *ctx tag("arg:nonnull"), char *volatile way) { return ctx->mark + (way != 0); }
SEC("tc") tag("special") int prog(struct ctx *ctx) { return pick(ctx, (char *)ctx); }
`,
      `
static func pick (ctx *const struct ctx, way volatile *int char) int int
struct ctx 4 {mark@0 typedef u32}
typedef u32 = int unsigned int
func pick 0 is arg:nonnull
global func prog (ctx *struct ctx) int int
func prog -1 is special`,
    ));

  it('are whole for keys and values of maps, and mere declarations behind pointers in them', () =>
    checkTypes(
      `struct far { int x; };
struct kept { int y; };
struct value { struct far *far; struct near { short y; } near; struct kept kptr *held; int (*call)(struct value *); };
struct { int (*type)[1]; int *key; struct value *value; } map SEC(".maps");
`,
      `
struct value 32 {far@0 *fwd far; near@64 struct near; held@128 *tag(kptr) fwd kept; call@192 *(*struct value) int int}
struct near 2 {y@0 int short}
struct 24 {type@0 *[1]int int; key@64 *int int; value@128 *struct value}
global var map struct
section .maps {map+0 24}
declared only: struct far
declared only: struct kept`,
    ));

  it('keep bit-fields, enums of every width, unions and what has no name', () =>
    checkTypes(
      `enum small { A, B = -2 };
enum wide { C = 0x100000000 };
struct s {
	unsigned a : 3, : 2, b : 7;
	enum small c : 4;
	union { long d; struct { char e; }; };
	volatile const _Bool f[2][3];
};
SEC(".data") struct s s = { .a = 1 };
enum wide wide = C;
`,
      `
struct s 24 {a@0:3 int unsigned int; b@5:7 int unsigned int; c@12:4 enum small; @64 union; f@128 [2][3]const volatile int _Bool}
enum small 4 signed {A=0 B=-2}
union 8 {d@0 int long; @0 struct}
struct 1 {e@0 int char}
global var s struct s
enum wide 8 {C=4294967296}
global var wide enum wide
section .data {s+0 24; wide+24 8}`,
    ));

  it('tell where variables lie, and which the kernel or the loader has', () =>
    checkTypes(
      `extern int CONFIG_HZ __attribute__((section(".kconfig")));
extern int release(void *, ...) __attribute__((section(".ksyms")));
static int counter;
const volatile int limit = 3;
SEC("tc") int prog(void *ctx) { static long calls; calls++; counter += CONFIG_HZ; return release(ctx) + limit; }
`,
      `
global func prog (ctx *void) int int
extern var CONFIG_HZ int int
extern func release (*void, ...) int int
static var counter int int
global var limit const volatile int int
static var prog.calls int long
section .bss {prog.calls+0 8; counter+8 4}
section .kconfig {CONFIG_HZ+0 4}
section .ksyms {release+0 0}
section .rodata {limit+0 4}`,
    ));
});

describe('what is told about instructions', () => {
  it('names members by their path, at any depth', () =>
    checkCore(
      `struct inner { int a, b[4]; } preserved;
struct outer { int x; union { long y; struct inner in; }; } preserved;
SEC("tc") int prog(struct outer *outer) { return outer->in.b[2] + outer->x; }
`,
      ['0 struct outer 0:1:1:1:2', '0 struct outer 0:0'],
    ));

  it('asks about fields, types and enumerators', () =>
    checkCore(
      `struct some { int x : 3; } preserved;
enum kind { FIRST, SECOND };
SEC("tc") int prog(struct some *some)
{
	return __builtin_preserve_field_info(some->x, 2) + __builtin_preserve_type_info(*(struct some *)0, 0) +
		__builtin_preserve_enum_value(*(enum kind *)SECOND, 1);
}
`,
      ['2 struct some 0:0', '8 struct some 0', '11 enum kind 1'],
    ));

  it('is a place for each part of a statement, of macros where they are used', () =>
    checkLines(
      `#define TWICE(x) ((x) * 2)
SEC("tc") int prog(unsigned *ctx)
{
	unsigned a = ctx[0];
	return TWICE(a) +
		ctx[1];
}
`,
      `
4:15 	unsigned a = ctx[0];
5:2 	return TWICE(a) +
5:9 	return TWICE(a) +
6:3 		ctx[1];`,
    ));
});
