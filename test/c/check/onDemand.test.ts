import { describe, expect, it } from 'vitest';
import { printDeclaration } from '../../../server/src/c/check/printType.ts';
import { plainType } from '../../../server/src/c/check/typeQueries.ts';
import { checkedProgram } from './checkedProgram.ts';

/** What system headers say is looked at when a program asks for it, and then means what it means where it stands. */

interface Asked {
  readonly problems: readonly string[];
  readonly functions: readonly string[];
  readonly variables: readonly string[];
}

function checked(header: string, text: string): Asked {
  const includes = (name: string) => (name === 'h.h' ? { path: 'h.h', text: header, system: true, folder: 0 } : null);
  const { unit, problems } = checkedProgram(text, includes);
  return {
    problems: problems.map(({ message }) => message),
    functions: unit.functions.map(({ type, name }) => printDeclaration(type, name)),
    variables: unit.variables.map(({ type, name }) => printDeclaration(type, name)),
  };
}

function checkAsked(header: string, text: string, expected: Partial<Asked>): void {
  expect(checked(header, text)).toEqual({ problems: [], functions: [], variables: [], ...expected });
}

describe('headers', () => {
  it('give types, enumerators and functions that are asked for, and no others', () => {
    checkAsked(
      'typedef unsigned u32; enum { A = 3, B }; static inline u32 get(u32 x) { return x + deeper(); } int unused(void);' +
        'static inline u32 other(void) { return wrong; }',
      '#include "h.h"\nu32 x[B];\n',
      { variables: ['u32 x[4]'] },
    );
  });

  it('have their functions checked when they are used, with all that these use', () => {
    checkAsked(
      'static inline int deeper(void) { return 1; } static inline int get(void) { return deeper(); }',
      '#include "h.h"\nint f(void) { return get(); }\n',
      { functions: ['int f(void)', 'int get(void)', 'int deeper(void)'] },
    );
    const { problems } = checked(
      'static inline int get(void) { return wrong; }',
      '#include "h.h"\nint f(void) { return get(); }\n',
    );
    expect(problems).toEqual(["use of undeclared identifier 'wrong'"]);
  });

  it('keep what a linker sees, though nobody asks', () => {
    checkAsked(
      'int one = 1; __attribute__((weak)) int f(void) { return one; } extern int two; static int three = 3;',
      '#include "h.h"\n',
      {
        functions: ['int f(void)'],
        variables: ['int one'],
      },
    );
  });

  it('define structs that were named before', () => {
    checkAsked(
      'struct b; struct a { struct b *p; struct c *q; }; struct b { int x; }; struct c { char y[7]; };',
      '#include "h.h"\nint f(struct a *a) { return a->p->x; }\nint s[sizeof(*((struct a *)0)->q)];\nint g(struct never *);\n',
      {
        functions: ['int f(struct a *)'],
        variables: ['int s[7]'],
        problems: ["declaration of 'struct never' will not be visible outside of this function"],
      },
    );
  });

  it('make one type of a tag that they only name and the program names, too', () => {
    checkAsked(
      'struct a { struct hidden *p; };',
      '#include "h.h"\nint take(struct hidden *h);\nint f(struct a *a) { return take(a->p); }\n',
      { functions: ['int take(struct hidden *)', 'int f(struct a *)'] },
    );
  });

  it('are seen only from behind', () => {
    const { problems } = checked(
      'typedef int late; enum { LATE };',
      'int f(void) { return LATE; }\n#include "h.h"\nlate x;\n',
    );
    expect(problems).toEqual(["use of undeclared identifier 'LATE'"]);
  });

  it('are brought together with what the program declares again', () => {
    const { problems, functions } = checked(
      'int f(int x) __attribute__((section("s"))); extern int v; int g(char);',
      '#include "h.h"\nint f(int y) { return y + v; }\nchar v;\nint g(int x);\n',
    );
    expect(functions).toEqual(['int f(int)']);
    expect(problems).toEqual([
      "redefinition of 'v' with a different type: 'char' vs 'int'",
      "conflicting types for 'g'",
    ]);
  });

  it('may be chains without end', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => `typedef t${i} t${i + 1};`).join('\n');
    const { variables, problems } = checked(`typedef int t0;\n${chain}`, '#include "h.h"\nt20000 x;\n');
    expect({ problems, variables }).toEqual({ problems: [], variables: ['t20000 x'] });
  });

  it('lay out what is asked for only', () => {
    const includes = () => ({
      path: 'h.h',
      text: 'struct a { int x[wrong]; }; struct b { int y; };',
      system: true,
      folder: 0,
    });
    const { unit, problems } = checkedProgram('#include "h.h"\nstruct a *p; struct b q;\n', includes);
    expect(problems).toEqual([]);
    const [p] = unit.variables;
    const to = p?.type.kind === 'pointer' ? plainType(p.type.to) : null;
    expect(to?.kind === 'record' ? to.layout?.sizeBytes : null).toBe(4);
    expect(problems.length).toBe(0);
  });
});
