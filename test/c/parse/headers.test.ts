import { describe, expect, it } from 'vitest';
import { parse, type ParsedUnit } from '../../../server/src/c/parse/parse.ts';
import { preprocessAgain } from '../../../server/src/c/preprocess/preamble.ts';
import { newProblems } from '../../../server/src/c/problem.ts';
import { parseText, printSyntax } from './parsing.ts';

/** Headers that are not the program's own are read when somebody asks for what they declare. */

const HEADERS = {
  'sys.h': `typedef struct s { int a; enum { INNER = 1 } e; } s_t;
struct t { struct s *p; };
static inline int get(s_t *s) { return s->a; }
extern int value;
int defined = 1;
_Static_assert(1, "");
enum { A, B = A + 1 };
`,
};

const { unit, problems } = parseText('#include "sys.h"\ns_t mine;\n', HEADERS);

describe('a header', () => {
  it('keeps what has to be looked at in any case, in its place', () => {
    expect(unit.externals.map((one) => one.kind)).toEqual(['declaration', 'staticAssert', 'declaration']);
    expect(unit.externals.map((_, index) => unit.headers.before(index))).toEqual([4, 4, 5]);
  });

  it.each([
    ['s_t', [0]],
    ['INNER', [0]],
    ['get', [2]],
    ['B', [4]],
    ['defined', []],
    ['nothing', []],
  ])('knows who declares %s', (name, numbers) => {
    expect(unit.headers.ofName(name)).toEqual(numbers);
  });

  it.each([
    ['s', [0]],
    ['t', [1]],
  ])('knows who defines the tag %s', (name, numbers) => {
    expect(unit.headers.ofTag(name)).toEqual(numbers);
  });

  it('is read on demand, bodies and members too', () => {
    expect(printSyntax(unit.headers.read(2))).toContain(
      'body=compound(items=[return(value=member(arrow base=s name=a))])',
    );
    expect(printSyntax(unit.headers.read(1))).toContain('members=[member(');
    expect(problems.list).toEqual([]);
  });
});

describe('headers with which several texts begin', () => {
  const includes = (name: string) => {
    const text = name === 'sys.h' ? HEADERS['sys.h'] : name === 'open.h' ? 'typedef struct u { int x; } ' : null;
    return text === null ? null : { path: name, text, system: true, folder: 0 };
  };

  function both(text: string): { readonly shared: readonly string[]; readonly whole: readonly string[] } {
    const input = { path: 'main.c', text, includes, options: { cpu: 3 as const, defines: [] } };
    const { result, preamble } = preprocessAgain(input, null);
    const again = preprocessAgain({ ...input, text: `${text}int more;` }, preamble);
    const told = ({ unit, problems }: ParsedUnit): string[] => [
      ...unit.externals.map((one, index) => `${unit.headers.before(index)} ${printSyntax(one)}`),
      ...['s_t', 'get', 'B', 'u_t'].map((name) => printSyntax(unit.headers.ofName(name).map(unit.headers.read))),
      ...problems.list.map(({ message }) => message),
    ];
    parse(result.tokens, result.places, newProblems(), preamble);
    const { tokens, places } = again.result;
    return {
      shared: told(parse(tokens, places, newProblems(), again.preamble)),
      whole: told(parse(tokens, places, newProblems(), null)),
    };
  }

  it.each([
    '#include "sys.h"\ns_t mine = { A };\n#include "sys.h"\nint f(s_t *p) { return get(p); }\n',
    '#include "sys.h"\nint f(s_t *p) { return 1 }\nfoo x;\n',
    '#include "open.h"\nu_t;\nu_t x;\n',
    '#define X 1\n#pragma pack(1)\nstruct s { int a; };\n',
  ])('are read once: %s', (text) => {
    const { shared, whole } = both(text);
    expect(shared).toEqual(whole);
    expect(whole.length).toBeGreaterThan(5);
  });
});
