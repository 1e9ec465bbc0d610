import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clang19 } from '../../support/clang.ts';
import { checkedProgram } from './checkedProgram.ts';

/** The names for which `__has_builtin` of clang 19 says yes for BPF. */
const names = readFileSync(path.join(import.meta.dirname, 'builtins.txt'), 'utf8')
  .trim()
  .split(/\s+/);

function messageOf(name: string): string {
  const { problems } = checkedProgram(`void f(void) { ${name}(); }`);
  return problems.find(({ severity }) => severity === 'error')?.message ?? '';
}

it('knows each builtin that clang knows: it can be compiled, or something else is to be written', () => {
  const unknown = names.filter((name) => /unknown builtin|undeclared/.test(messageOf(name)));
  expect(unknown).toEqual([]);
});

it('does not know others', () => {
  expect(messageOf('__builtin_popcont')).toBe("use of unknown builtin '__builtin_popcont'");
});

it('says what to write instead', () => {
  expect(messageOf('__builtin_alloca')).toBe(
    "'__builtin_alloca' is not supported: the stack of a BPF program has a fixed size; use an array of a constant length",
  );
  expect(messageOf('__builtin_va_start')).toMatch(/pass an array or a struct$/);
});

describe.skipIf(clang19() === null)('clang 19 (skipped where there is none)', () => {
  it('knows them all', () => {
    const input = names.map((name) => `#if !__has_builtin(${name})\n${name}\n#endif\n`).join('');
    const words = ['-target', 'bpf', '-E', '-P', '-x', 'c', '-'];
    expect(spawnSync('clang-19', words, { input, encoding: 'utf8' }).stdout.trim()).toBe('');
  });
});
