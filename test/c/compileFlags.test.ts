import { describe, expect, it } from 'vitest';
import { parseClangd } from '../../server/src/c/clangdFile.ts';
import {
  flagsFor,
  flagsOfAll,
  parseCompileCommands,
  parseCompileFlagsText,
} from '../../server/src/c/compileCommands.ts';
import { flagsOf, splitCommand, type CompileFlags } from '../../server/src/c/compileFlags.ts';

/** `-D`, `-U`, folders with their kind, `-include`, the version, what is assumed and the standard, in one line. */
function shown({ defines, folders, forced, cpu, assumes, standard }: CompileFlags): string {
  return [
    ...defines.map(({ name, value }) => (value === null ? `-${name}` : `${name}=${value}`)),
    ...folders.map(({ path, system, quotedOnly }) => `${quotedOnly ? 'quote' : system ? 'system' : 'plain'}:${path}`),
    ...forced.map((path) => `include:${path}`),
    ...(cpu === null ? [] : [`v${cpu}`]),
    ...(standard === null ? [] : [`c${standard}`]),
    ...Object.entries(assumes).map(([name, holds]) => `${holds ? '' : '!'}${name}`),
  ].join(' ');
}

describe('arguments of clang', () => {
  it.each([
    ['-O2 -g -target bpf -D A -DB=2 -UC -I inc -I../up -c x.c', 'A=1 B=2 -C plain:/w/inc plain:/up'],
    ['-isystem /s -iquote q -I i -idirafter late -mcpu=v3', 'quote:/w/q plain:/w/i system:/s system:/w/late v3'],
    ['-include vmlinux.h --include-directory=x --define-macro=Y', 'Y=1 plain:/w/x include:/w/vmlinux.h'],
    [`-D'F(x)=x + 1' -DS="\\"a b\\"" -I 'with space'`, 'F(x)=x + 1 S="a b" plain:/w/with space'],
    ['-mcpu=probe -mcpu generic', 'v3'],
    ['-fno-strict-aliasing -fno-stack-protector', '!strictAliasing'],
    ['-fno-strict-aliasing -fstrict-aliasing', 'strictAliasing'],
    ['-fwrapv -fno-strict-aliasing', '!noOverflow !strictAliasing'],
    ['-fno-strict-overflow', '!noOverflow'],
    ['-std=gnu2x', 'c23'],
    ['-std=c23 --std=gnu11', 'c17'],
    ['-std=gnu++20', ''],
    ['-I', ''],
  ])('%s', (command, expected) => expect(shown(flagsOf(splitCommand(command), '/w'))).toBe(expected));
});

describe('compile_commands.json', () => {
  const text = JSON.stringify([
    { directory: '/w/build', file: '../a.c', command: 'clang -I../inc -DA a.c' },
    { directory: 'rel', file: 'b.c', arguments: ['clang', '-DB', '-I', 'x'] },
    { directory: '/w/build', file: '../a.c', command: 'clang -DTWICE' },
    'nonsense',
    { file: 7 },
  ]);
  const database = parseCompileCommands(text, '/w/compile_commands.json');

  it.each([
    ['/w/a.c', 'A=1 plain:/w/inc'],
    ['/w/rel/b.c', 'B=1 plain:/w/rel/x'],
    ['/w/neighbour.h', 'A=1 plain:/w/inc'],
  ])('%s', (file, expected) => expect(shown(flagsFor(database, file)!)).toBe(expected));

  it('says nothing of other folders, and nothing at all when it is broken', () => {
    expect(flagsFor(database, '/elsewhere/a.c')).toBeNull();
    expect(parseCompileCommands('[{', '/w/c.json').size).toBe(0);
  });
});

describe('compile_flags.txt', () => {
  it('has an argument a line', () =>
    expect(shown(parseCompileFlagsText('-DA\n-I\n  inc dir\n', '/w/compile_flags.txt'))).toBe('A=1 plain:/w/inc dir'));
});

describe('.clangd', () => {
  it.each([
    ['CompileFlags:\n  Add: [-DA, "-I inc", -Ix]\n', 'A=1 plain:/w/ inc plain:/w/x'],
    [
      'CompileFlags: # flags\n  Remove: -W*\n  Add:\n    - -DA=1 # one\n    - "-isystem/s"\nDiagnostics:\n  - -DB',
      'A=1 system:/s',
    ],
    ['CompileFlags: { Add: [-DA] }', 'A=1'],
    ['CompileFlags:\n  Add: [\n    -DA,\n    -DB,\n  ]\n', 'A=1 B=1'],
    ['CompileFlags:\n  Add: -DA', 'A=1'],
    [
      'If:\n  PathMatch: .*\\.h\nCompileFlags:\n  Add: -DA\n---\nIf:\n  PathMatch: [src/.*\\.c]\nCompileFlags:\n  Add: -DB\n',
      'B=1',
    ],
    ['nothing: here', ''],
  ])('%s', (text, expected) => expect(shown(parseClangd(text, '/w/.clangd', '/w/src/x.c'))).toBe(expected));
});

describe('several sources', () => {
  it('add up, folders by their kind', () => {
    const one = flagsOf(['-isystem', '/s', '-DA'], '/');
    const other = flagsOf(['-I', '/i', '-UA', '-mcpu=v2'], '/');
    expect(shown(flagsOfAll([one, null, other]))).toBe('A=1 -A plain:/i system:/s v2');
  });
});
