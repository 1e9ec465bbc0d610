import { describe, expect, it } from 'vitest';
import { compile, type CompileOptions } from '../../../server/src/c/compile.ts';

const PRELUDE = `typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef u64 __attribute__((may_alias)) any64;
typedef any64 also_any64;
enum colour { RED };
struct key { u64 time; u8 kind; u8 name[3]; u32 size; union { u32 word; u64 wide; } u; };
struct cursor { void *at; };
struct parser { struct cursor cursor; u32 left; };
struct parsers { struct parser each[2]; };
struct any { u32 word; } __attribute__((may_alias));
typedef struct parser __attribute__((may_alias)) any_parser;
struct moved { union { u32 word; u64 wide; } u; u32 size; u64 time; u32 part[2]; } __attribute__((preserve_access_index));
`;

const OPTIONS: CompileOptions = { cpu: 3, profile: 'optimised', defines: [] };

/** Whether the last statement reads memory anew after the store before it. */
function readsAnew(parameters: string, body: string, strictAliasing = true): boolean {
  const text = `${PRELUDE}__attribute__((section("tc"))) u64 f(void *ctx, ${parameters}) { ${body} }\n`;
  const { module, diagnostics } = compile('a.c', text, () => null, { ...OPTIONS, assumes: { strictAliasing } });
  expect(diagnostics).toEqual([]);
  const instrs = module?.functions.get('f')?.blocks.flatMap((block) => block.instrs) ?? [];
  return instrs.some(({ op }) => op === 'load');
}

/** As clang -O2 answers each of them. */
const KNOWN: readonly (readonly [parameters: string, body: string])[] = [
  ['u32 *a, u64 *b', '*a = 1; *b = 5; return *a;'],
  ['u64 *a, unsigned long *b', '*a = 1; *b = 5; return *a;'],
  ['u64 *a, void **b', '*a = 1; *b = ctx; return *a;'],
  ['u64 *a, _Bool *b', '*a = 1; *b = 1; return *a;'],
  ['struct key *k, struct cursor *c', 'k->kind = 2; c->at = ctx; return k->kind;'],
  ['struct key *k, struct parser *p', 'k->size = 2; p->left = 1; return k->size;'],
  ['struct parser *p, struct cursor *c', 'p->left = 2; c->at = ctx; return p->left;'],
  ['struct key *k, struct key *o', 'k->size = 2; o->kind = 1; return k->size;'],
];

const UNKNOWN: readonly (readonly [parameters: string, body: string])[] = [
  ['u32 *a, int *b', '*a = 1; *b = 5; return *a;'],
  ['u64 *a, u8 *b', '*a = 1; *b = 5; return *a;'],
  ['u64 *a, any64 *b, u32 *c', '*c = 1; *b = 5; return *c;'],
  ['u64 *a, also_any64 *b, u32 *c', '*c = 1; *b = 5; return *c;'],
  ['u32 *a, enum colour *b', '*a = 1; *b = RED; return *a;'],
  ['void **a, struct key **b', '*a = ctx; *b = 0; return (u64)*a;'],
  ['struct key *k, u8 *c', 'k->kind = 2; *c = 7; return k->kind;'],
  ['struct key *k, u32 *c', 'k->size = 2; *c = 7; return k->size;'],
  ['struct key *k, struct key *o', 'k->size = 2; o->size = 1; return k->size;'],
  ['struct key *k, struct cursor *c', 'k->u.wide = 2; c->at = ctx; return k->u.wide;'],
  ['struct parser *p, struct cursor *c', 'p->cursor.at = ctx; c->at = 0; return (u64)p->cursor.at;'],
  ['struct parsers *a, struct cursor *c', 'a->each[1].cursor.at = ctx; c->at = 0; return (u64)a->each[1].cursor.at;'],
  ['struct key *k, u32 *c', '*(volatile u32 *)c = 1; k->kind = 2; *(volatile u64 *)c = 1; return k->kind;'],
  ['struct any *a, u64 *b', 'a->word = 1; *b = 5; return a->word;'],
  ['any_parser *a, u64 *b', 'a->left = 1; *b = 5; return a->left;'],
  ['struct moved *m, struct moved *o', 'm->u.wide = 1; o->u.word = 5; return m->u.wide;'],
  ['struct moved *m, struct moved *o', 'm->size = 2; o->time = 1; return m->size;'],
  ['struct moved *m, u64 *o', 'm->part[1] = 1; *o = 5; return m->part[1];'],
];

describe('a store to an object of another type', () => {
  it.each(KNOWN)('(%s) changes nothing: %s', (parameters, body) => expect(readsAnew(parameters, body)).toBe(false));
  it.each(UNKNOWN)('(%s) may be to the same: %s', (parameters, body) => expect(readsAnew(parameters, body)).toBe(true));
  it.each(KNOWN)('(%s) may be to the same with -fno-strict-aliasing: %s', (parameters, body) =>
    expect(readsAnew(parameters, body, false)).toBe(true),
  );
});
