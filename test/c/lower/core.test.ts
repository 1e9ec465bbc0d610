import { expect, it } from 'vitest';
import type { CType } from '../../../server/src/c/types.ts';
import { lowered } from './program.ts';

const TYPES = `
  typedef unsigned int u32; typedef unsigned long u64; typedef unsigned char u8;
  #define PAI __attribute__((preserve_access_index))
  #define info(x, k) __builtin_preserve_field_info(x, k)
  enum e { E0, E1 = 7, E2 };
  typedef struct { int q; } PAI anon_t;
  struct inner { int x; int y; int arr[4]; } PAI;
  struct flags { u32 a : 3; u32 b : 10; int c : 5; u8 z; int w; } PAI;
  struct outer {
    int h; struct inner in; struct inner ins[3]; struct inner *p; int m[2][3];
    union { int ua; struct { int sa; int sb; }; };
    struct flags fl; anon_t t; int (*fp)(int); enum e en; char name[16]; struct outer *next;
  } PAI;
  struct plain { int a; struct inner in; int arr[5]; };
  struct regs { struct inner in; } PAI;
  typedef struct outer outer_t;
`;

const KINDS = [
  'byte_off', 'byte_sz', 'field_exists', 'signed', 'lshift_u64', 'rshift_u64', 'local_type_id', 'target_type_id',
  'type_exists', 'type_size', 'enumval_exists', 'enumval_value', 'type_matches',
]; // prettier-ignore

/** All relocations of the body, in the words of llvm-objdump 19, which was asked what clang makes of the same text. */
function checkRelocations(body: string, expected: readonly string[]): void {
  const module = lowered(`${TYPES}\n${body}`);
  const found = [...module.functions.values()].flatMap(({ blocks }) =>
    blocks.flatMap(({ instrs }) => instrs.flatMap((instr) => (instr.op === 'core' ? [instr] : []))),
  );
  const texts = found.map(({ relocation: { kind, type, access }, value }) => {
    return `${KINDS[kind]} ${nameOf(type)} ${access} = ${value}`;
  });
  expect(texts).toEqual(expected);
}

function nameOf(type: CType): string {
  if (type.kind === 'typedef') return type.name;
  return type.kind === 'record' || type.kind === 'enum' ? type.tag : type.kind;
}

it('relocates chains of members and constant elements as one', () =>
  checkRelocations(
    'int f(struct outer *o) { return o->h + o->in.y + o->ins[2].x + o->m[1][2] + o->ua + o->sb + o->t.q; }',
    [
      'byte_off outer 0:0 = 0',
      'byte_off outer 0:1:1 = 8',
      'byte_off outer 0:2:2:0 = 76',
      'byte_off outer 0:4:1 = 124',
      'byte_off outer 0:5:0 = 136',
      'byte_off outer 0:5:1:1 = 140',
      'byte_off outer 0:7:0 = 152',
    ],
  ));

it('begins anew behind each pointer, and counts constant indices before the first member', () =>
  checkRelocations(
    'int f(struct outer *o) { return o->p->arr[3] + o->next->in.arr[1] + o[2].h + o[1].in.x + (*o).in.arr[2]; }',
    [
      'byte_off outer 0:3 = 104',
      'byte_off inner 0:2:3 = 20',
      'byte_off outer 0:11 = 192',
      'byte_off outer 0:1:2:1 = 16',
      'byte_off outer 2:0 = 400',
      'byte_off outer 1:1:0 = 204',
      'byte_off outer 0:1:2:2 = 20',
    ],
  ));

it('ends where an index is not constant', () =>
  checkRelocations('int f(struct outer *o, int i) { return o->in.arr[i] + o->ins[i].y + o->m[i][2]; }', [
    'byte_off outer 0:1:2 = 12',
    'byte_off outer 0:2 = 28',
    'byte_off inner 0:1 = 4',
    'byte_off outer 0:4 = 112',
  ]));

it('goes on behind casts to the same type', () =>
  checkRelocations('int f(struct regs *r) { return ((const struct inner *)&r->in)->y; }', ['byte_off regs 0:0:1 = 4']));

it('calls the root as it is written, but not where an index is counted', () =>
  checkRelocations(
    'int f(const anon_t *t, outer_t *o, const struct inner *i) { return t->q + o->in.x + o[3].h + i->y; }',
    ['byte_off anon_t 0:0 = 0', 'byte_off outer_t 0:1:0 = 4', 'byte_off outer 3:0 = 600', 'byte_off inner 0:1 = 4'],
  ));

it('asks about fields', () =>
  checkRelocations(
    `int f(struct outer *o) {
       return info(o->fl.b, 0) + info(o->fl.b, 1) + info(o->fl.b, 2) + info(o->fl.b, 3) + info(o->fl.b, 4) +
         info(o->fl.b, 5) + info(o->in, 1) + info(o->name, 1) + info(o->in.x, 3) + info(o->en, 3) + info(o->fl.c, 3) +
         info(o->m[1][1], 0) + info(((struct outer *)0)->fp, 2);
     }`,
    [
      'byte_off outer 0:6:1 = 144',
      'byte_sz outer 0:6:1 = 4',
      'field_exists outer 0:6:1 = 1',
      'signed outer 0:6:1 = 0',
      'lshift_u64 outer 0:6:1 = 51',
      'rshift_u64 outer 0:6:1 = 54',
      'byte_sz outer 0:1 = 24',
      'byte_sz outer 0:10 = 16',
      'signed outer 0:1:0 = 1',
      'signed outer 0:9 = 0',
      'signed outer 0:6:2 = 1',
      'byte_off outer 0:4:1:1 = 128',
      'field_exists outer 0:8 = 1',
    ],
  ));

it('relocates what is inside of __builtin_preserve_access_index', () =>
  checkRelocations(
    `int f(struct plain *p) {
       return *__builtin_preserve_access_index(&p->in.y) + *__builtin_preserve_access_index(&p[2].arr[3]) + info(p->a, 0) +
         __builtin_preserve_access_index(p->in.x) + p->a;
     }`,
    ['byte_off plain 0:1:1 = 8', 'byte_off plain 2:2:3 = 136', 'byte_off plain 0:0 = 0', 'byte_off plain 0:1:0 = 4'],
  ));

it('asks about types and enumerators', () =>
  checkRelocations(
    `u64 f(void) {
       return __builtin_preserve_type_info(*(struct outer *)0, 0) + __builtin_preserve_type_info(*(outer_t *)0, 1) +
         __builtin_preserve_type_info(*(struct inner *)0, 2) + __builtin_btf_type_id(*(struct outer *)0, 1) +
         __builtin_preserve_enum_value(*(enum e *)E1, 0) + __builtin_preserve_enum_value(*(enum e *)E2, 1);
     }`,
    [
      'type_exists outer 0 = 1',
      'type_size outer_t 0 = 200',
      'type_matches inner 0 = 1',
      'target_type_id outer 0 = 0',
      'enumval_exists e 1 = 1',
      'enumval_value e 2 = 8',
    ],
  ));
