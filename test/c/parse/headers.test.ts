import { describe, expect, it } from 'vitest';
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
