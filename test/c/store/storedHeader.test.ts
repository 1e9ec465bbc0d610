import { describe, expect, it } from 'vitest';
import { compile, compileWithStore, type CompileOptions, type CompileResult } from '../../../server/src/c/compile.ts';
import { NO_FLAGS } from '../../../server/src/c/compileFlags.ts';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { joinedTokens } from '../../../server/src/c/tokens.ts';
import { openC, type CFile, type CSetting } from '../../../server/src/ide/c/cFile.ts';
import { cCompletionsAt } from '../../../server/src/ide/c/completion.ts';
import { cDefinitionAt, cOccurrencesAt } from '../../../server/src/ide/c/definition.ts';
import { cHoverAt } from '../../../server/src/ide/c/hover.ts';
import { memoryStore, type MemoryStore } from '../../support/memoryStore.ts';

/** What is known behind a large header comes back from bytes, which makes no difference to anything. */

const HEADER = `#pragma once
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#define SEC(name) __attribute__((section(name), used))
#define TWICE(x) ((x) + (x))
#define PASTE(a, b) a##b
#define NAMED(a, ...) static const char PASTE(text_, a)[] = #a #__VA_ARGS__
#define ONCE PASTE(once_, __COUNTER__)
#define EMPTY
#define NONE()
#define LAST(args...) (0, ##args)
#ifndef __has_include
#error "no __has_include"
#endif
#if __has_include(<guarded.h>) && !defined NOWHERE
#define HAS_GUARDED __has_include(<guarded.h>)
#endif
typedef unsigned int u32; typedef unsigned long long u64; typedef u32 *pointer, row[4];
enum colour { RED, GREEN = 5, BLUE, };
enum { LIMIT = TWICE(21), SIZE = sizeof(u64) };
struct holder { struct only_named *named; };
struct later; union either { u32 whole; unsigned char bytes[4]; };
struct later { struct { u32 inner; } member; enum { WITHIN = 3 } kind; struct later *next; };
static const int ONCE = 1;
NAMED(first, a, b);
#pragma pack(push, 2)
struct packed { char a; u64 b; };
#pragma pack(pop)
extern int outside(struct later *later, u32 count);
static inline int größe(struct later *later) { return later->member.inner + LIMIT + __LINE__; }
static inline u32 twice(u32 x) { u32 EMPTY y = TWICE(x); return y; }
static int (*helper)(u32, pointer) = (void *)5;
extern struct later again; struct later *again_too(void), *again_three(void);
#include <guarded.h>
#include <guarded.h>
`;
const FILLER = Array.from(
  { length: 3400 },
  (_, i) => `struct s${i} { int a; long a_longer_name_for_it_${i}; struct later *l; };\n`,
).join('');
const FILES: Readonly<Record<string, string>> = {
  'large.h': `${HEADER}${FILLER}#pragma clang attribute pop\n`,
  'unclosed.h': `${HEADER}${FILLER}#pragma pack(1)\n`,
  'warned.h': `${HEADER}#define TWICE(y) 3\n${FILLER}#pragma clang attribute pop\n`,
  'defines.h': `${HEADER}int value = 1;\n${FILLER}#pragma clang attribute pop\n`,
  'sys/guarded.h':
    '#ifndef GUARDED\n#define GUARDED 1\n#define INNER(x) TWICE(x)\nstruct guarded { int g; };\n#endif\n',
  'own.h': `#include "large.h"
struct own { char name[16]; struct later *later; };
typedef struct own own_t;
_Static_assert(sizeof(struct own) == 24, "");
static inline int owned(own_t *own) { struct s9 s = { .a = 1 }; for (int i = 0; i < 3; i++) own->name[i] = s.a; return 0; }
int counter __attribute__((section("maps"))) = LIMIT, another(own_t);
enum kind { OWN = GREEN * 0x10ul, OTHER };
extern const char *outer;
`,
  'meaning.h': `static int word = 3;\nstatic int f(void) { return (word) + 1; }\n#include "large.h"\ntypedef int word;\n`,
  'pragma.h': `#include "large.h"
static inline int sum(void) { int sum = 0;
#pragma unroll
  for (int i = 0; i < 4; i++) sum += i; return sum; }
`,
  'sub/large.h': `struct other { int o; };\n#pragma once\n${FILLER}`,
};

const GOOD = `#include "large.h"
#include <guarded.h>
SEC("xdp") int f(void *ctx) { struct s77 s = {}; return INNER(s.a) + größe(0) + once_0 + text_first[1] + GREEN + WITHIN; }
SEC("socket") int g(struct later *l) { struct packed p = { .b = SIZE }; return l->next->member.inner + p.b + twice(LIMIT); }
static const int ONCE = 4;
char license[] SEC("license") = "GPL";
`;
const SOURCES: readonly (readonly [string, string])[] = [
  ['a good one', GOOD],
  ['comments before it, spaces behind it', `/* a\n b */ // c\n${GOOD.replace('\n', '  \t\n')}`],
  [
    'names that the header does not have',
    `${GOOD}int x = LIMTI; struct latter *y; int z = sizeof(struct later) + grösse(0);\n`,
  ],
  ['another definition', `${GOOD}struct later { int a; }; enum colour { RED }; typedef long u32; int outside(void);\n`],
  ['another macro', `${GOOD}#define TWICE(x) 2\n#undef NAMED\n#undef __COUNTER__\nint a = TWICE(1), LAST = ONCE;\n`],
  ['a fault in what a macro gives', `${GOOD}int bad(void) { return TWICE(nothing) + INNER("a" * 2); }\n`],
  ['errors of syntax', `${GOOD}int h(u32 a { return } struct s1 s = { .nothing = 1 ;\n`],
  ['the header again', `#include "large.h"\n#include "large.h"\nint a = __INCLUDE_LEVEL__, b = __COUNTER__;\n`],
  ['pragmas that go on', `#include "unclosed.h"\nstruct own { char a; u64 b; };\nint size = sizeof(struct own);\n`],
  [
    'a header’s own declarations',
    `#include "own.h"\nint a = OTHER; int b(struct own *own) { return owned(own) + counter + ONCE; }\n`,
  ],
  [
    'faults in what a header declares',
    `#include "own.h"\nstruct own { int a; }; float counter; enum kind k = OWN; own_t *p = &outer;\n`,
  ],
  ['a tag that the header only names', `${GOOD}int m(struct only_named *named), n(struct never *never);\n`],
  ['a definition in a header', GOOD.replace('large.h', 'defines.h')],
  [
    'names that hide others',
    `#include "large.h"\nint f(int u32) { int later = u32 * RED; { struct later { int q; } l = {1}; return l.q + later; } }\n`,
  ],
];

const OPTIONS: CompileOptions = { cpu: 3, profile: 'optimised', defines: [] };
let sessions = 0;

/** Options with which nothing in this process is known; the store does not care about them. */
function newSession(options = OPTIONS): CompileOptions {
  return { ...options, warnings: [`-Wno-session${sessions++}`] };
}

function includesOf(files: Readonly<Record<string, string>>): CompileInput['includes'] {
  return searchFolders([{ path: 'sys', system: true, quotedOnly: false }], (path) => files[path] ?? null);
}

type CompileInput = Parameters<typeof compileWithStore>[0];

interface Compilation {
  readonly path?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: CompileOptions;
}

function stored(
  text: string,
  store: MemoryStore,
  { path = 'a.c', files = FILES, options = OPTIONS }: Compilation = {},
): CompileResult {
  return compileWithStore({ path, text, includes: includesOf(files), options: newSession(options), store });
}

function fresh(text: string, { path = 'a.c', files = FILES, options = OPTIONS }: Compilation = {}): CompileResult {
  return compile(path, text, includesOf(files), newSession(options));
}

/** All that a compilation tells, to be compared. */
function told({ preprocessed, diagnostics, object, places }: CompileResult): unknown {
  const { macros, mentions, missing, inclusions, inactive, problems } = preprocessed;
  const tokens = joinedTokens(preprocessed.tokens);
  const all = Array.from({ length: tokens.count + 1 }, (_, at) => {
    const place = tokens.place[at]!;
    const uses = places.macros(place).map(({ name, usedAt, definedAt }) => `${name} ${usedAt} ${definedAt}`);
    const where = places.written(place);
    const text = tokens.atoms.text(tokens.atom[at]!);
    return `${tokens.kind[at]} ${text} ${place} ${tokens.end[at]} ${where?.file.path} ${where?.offset} ${uses.join()}`;
  });
  const defined = macros.map(({ atom, params, body, definedAt, definition, variadic, special, builtin, paramOf }) => [
    tokens.atoms.text(atom), params?.map((one) => tokens.atoms.text(one)), definedAt, definition, variadic, special, builtin !== null,
    paramOf, body.map((one) => ({ ...one, atom: tokens.atoms.text(one.atom) })),
  ]); // prettier-ignore
  const sorted = defined.map((one) => JSON.stringify(one)).toSorted();
  const mentioned = mentions.map(({ macro, at }) => [tokens.atoms.text(macro.atom), at]);
  return { all, sorted, mentioned, files: places.files, missing, inclusions, inactive, problems, diagnostics, object };
}

describe('a large header in a later session', () => {
  it.each(SOURCES)('gives the same as in the first: %s', (_, text) => {
    const store = memoryStore();
    const first = stored(text, store);
    expect(store.kept.size).toBe(1);
    const second = stored(text, store);
    expect(store.asked).toEqual([false, true]);
    const alone = told(fresh(text));
    expect(told(first)).toEqual(alone);
    expect(told(second)).toEqual(alone);
  });

  it('serves other files, in other folders, with other flags that do not matter to it', () => {
    const store = memoryStore();
    stored(GOOD, store);
    for (const [, text] of SOURCES) {
      if (!text.includes('large.h')) continue;
      const other: Compilation = { path: 'other.c', options: { ...OPTIONS, profile: 'debug' } };
      expect(told(stored(text, store, other))).toEqual(told(fresh(text, other)));
    }
    expect(store.asked).toEqual([false, ...SOURCES.filter(([, text]) => text.includes('large.h')).map(() => true)]);
    expect(store.kept.size).toBe(1);
  });

  it('answers an editor as it does in the first session', () => {
    const store = memoryStore();
    for (const [, text] of SOURCES) {
      const answers = [undefined, store, store].map((one) => {
        const flags = { ...NO_FLAGS, warnings: newSession().warnings ?? [] };
        const setting: CSetting = {
          flags, systemFolders: ["sys"], systemFirst: false, kernelTypes: null, kernelName: "", read: (path) => FILES[path] ?? null,
          store: one,
        }; // prettier-ignore
        return answersAbout(openC('a.bpf.c', text, setting, null), setting);
      });
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
    }
    expect(store.asked.filter((known) => known).length).toBeGreaterThanOrEqual(SOURCES.length);
  });
});

function answersAbout(file: CFile, setting: CSetting): unknown {
  const { text } = file.source;
  return Array.from({ length: Math.ceil(text.length / 3) }, (_, third) => {
    const at = 3 * third;
    const list = third % 40 === 0 ? cCompletionsAt(file, at, setting) : [];
    return [cHoverAt(file, at), cDefinitionAt(file, at), cOccurrencesAt(file, at), list];
  });
}

describe('what was kept of a header', () => {
  const changed = (name: string, from: string, to: string): Readonly<Record<string, string>> => ({
    ...FILES,
    [name]: FILES[name]!.replace(from, to),
  });

  it.each<[string, Compilation]>([
    ['another text of it', { files: changed('large.h', 'LIMIT = TWICE(21)', 'LIMIT = TWICE(22)') }],
    ['another text of what it includes', { files: changed('sys/guarded.h', 'TWICE(x)', '(x)') }],
    [
      'a file that is found sooner',
      { files: { ...FILES, 'sys/large.h': '', 'large.h': `#define MORE\n${FILES['large.h']}` } },
    ],
    ['the same name in another folder', { path: 'sub/a.c' }],
    [
      'the same file found in the system’s folder',
      { files: { 'sys/large.h': FILES['large.h']!, 'sys/guarded.h': FILES['sys/guarded.h']! } },
    ],
    ['a macro on the command line', { options: { ...OPTIONS, defines: [{ name: 'GUARDED', value: '1' }] } }],
    ['another processor', { options: { ...OPTIONS, cpu: 4 } }],
    ['another standard', { options: { ...OPTIONS, standard: 23 } }],
  ])('does not hold for %s', (_, other) => {
    const store = memoryStore();
    stored(GOOD, store);
    expect(told(stored(GOOD, store, other))).toEqual(told(fresh(GOOD, other)));
    expect(told(stored(GOOD, store))).toEqual(told(fresh(GOOD)));
    expect(told(stored(GOOD, store, other))).toEqual(told(fresh(GOOD, other)));
  });

  it('does not hold for another build', () => {
    const store = memoryStore();
    stored(GOOD, store);
    const later = memoryStore('another build', store.kept);
    expect(told(stored(GOOD, later))).toEqual(told(fresh(GOOD)));
    expect(later.asked).toEqual([false]);
    expect(store.kept.size).toBe(2);
  });

  it('does not hold behind a macro of the source, nor for a longer source', () => {
    const store = memoryStore();
    stored(GOOD, store);
    for (const text of [`#define RED 7\n${GOOD}`, `${GOOD}/* ${'long '.repeat(10_000)} */\n`])
      expect(told(stored(text, store))).toEqual(told(fresh(text)));
    expect(store.asked.includes(true)).toBe(false);
  });

  it('is told again with macros from the command line’s headers', () => {
    const store = memoryStore();
    const files = {
      ...FILES,
      'forced.h': '#define FORCED 9\n',
      'sub/forced.h': '#define FORCED 10\n',
      'sub/large.h': FILES['large.h']!,
    };
    const options = { ...OPTIONS, forced: ['forced.h'] };
    const text = `${GOOD}int forced = FORCED + __COUNTER__;\n`;
    for (const path of ['a.c', 'b.c', 'sub/a.c', 'sub/b.c'])
      expect(told(stored(text, store, { files, options, path }))).toEqual(told(fresh(text, { files, options, path })));
    expect(store.asked).toEqual([false, true, false, true]);
  });

  it.each(['warned.h', 'meaning.h', 'pragma.h'])(
    'is nothing where there is more to tell than what it declares: %s',
    (name) => {
      const store = memoryStore();
      const text = GOOD.replace('large.h', name);
      expect(told(stored(text, store))).toEqual(told(fresh(text)));
      expect(store.kept.size).toBe(0);
    },
  );

  it('is not used where bytes of it were damaged, cut off or added, and is written anew', () => {
    const store = memoryStore();
    stored(GOOD, store);
    const [[key, whole] = ['', new Uint8Array()]] = store.kept;
    const alone = told(fresh(GOOD));
    for (const damaged of damages(whole)) {
      store.kept.set(key, damaged);
      expect(told(stored(GOOD, store))).toEqual(alone);
      expect(store.kept.get(key)).toEqual(whole);
    }
  });
});

function damages(whole: Uint8Array): Uint8Array[] {
  const flipped = Array.from({ length: 4 }, (_, part) => {
    const bytes = whole.slice();
    bytes[Math.floor((part * (whole.length - 1)) / 3)]! ^= 1 << part;
    return bytes;
  });
  const cut = [0, 8, whole.length >> 1].map((length) => whole.slice(0, length));
  const longer = new Uint8Array(whole.length + 4);
  longer.set(whole);
  return [...flipped, ...cut, longer, new TextEncoder().encode('{"this": "is another program\'s"}')];
}
