import { describe, expect, it } from 'vitest';
import { sourceText } from '../../../server/src/base/source.ts';
import { readDiagnostics } from '../../../server/src/c/clang/readDiagnostics.ts';

const main = sourceText(
  'd.c',
  `#define BAD(x) (x + nope)
#include "d.h"
struct s { int counter; };
int f(struct s *p) {
  return p->countr + BAD(1) /* ü */ + ötig;
}
int g(void) { return 1 }
`,
);
const header = sourceText('./d.h', 'static int hh(void) { return undeclared_h; }\n');

/** Each finding as one line: severity, what is underlined, message; below it its notes and its fix. */
function checkRead(output: string, expected: string): void {
  const textOf = (path: string | null): string => (path === null ? main : header).text;
  const lines = readDiagnostics(output, main, (path) => (path === header.path ? header : null)).flatMap((one) => [
    `${one.severity} [${one.span === null ? '' : main.text.slice(one.span.start, one.span.end)}] ${one.message}`,
    ...one.related.map(
      ({ path, span, message }) => `  ${path ?? ''}[${textOf(path).slice(span.start, span.end)}] ${message}`,
    ),
    ...(one.fix === null ? [] : [`  fix: ${one.fix.title}`]),
  ]);
  expect(lines.join('\n')).toBe(expected.trim());
}

describe('what clang says', () => {
  it('is told at the place, with the bytes of columns as characters', () =>
    checkRead(
      `d.c:5:40: error: use of undeclared identifier 'ötig'\n    5 |    return p->countr\n      |             ^\n`,
      `error [ötig] use of undeclared identifier 'ötig'`,
    ));

  it('keeps ranges, fixes and notes with their message', () =>
    checkRead(
      `d.c:5:13:{5:10-5:11}{5:13-5:19}: error: no member named 'countr' in 'struct s'; did you mean 'counter'?
    5 |    return p->countr + BAD(1)
      |              ^~~~~~
fix-it:"d.c":{5:13-5:19}:"counter"
d.c:3:16: note: 'counter' declared here
d.c:7:23: error: expected ';' after return statement
fix-it:"d.c":{7:23-7:23}:";"
2 errors generated.
`,
      `
error [countr] no member named 'countr' in 'struct s'; did you mean 'counter'?
  [counter] 'counter' declared here
  fix: replace 'countr' with 'counter'
error [ ] expected ';' after return statement
  fix: insert ';'`,
    ));

  it('is told at the #include when it is about another file', () =>
    checkRead(
      `In file included from d.c:2:
./d.h:1:30: error: use of undeclared identifier 'undeclared_h'
d.c:5:22: warning: something of a macro [-Wmacro]
d.c:1:21: note: expanded from macro 'BAD'
`,
      `
error [#include "d.h"] use of undeclared identifier 'undeclared_h'
  ./d.h[undeclared_h] use of undeclared identifier 'undeclared_h'
warning [BAD] something of a macro [-Wmacro]
  [nope] expanded from macro 'BAD'`,
    ));
});
