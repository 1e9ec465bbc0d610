import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { AtomTable } from '../../../server/src/c/preprocess/atomTable.ts';
import { Lexer, NO_FAULTS } from '../../../server/src/c/preprocess/lexer.ts';
import { preprocess, type Preprocessed } from '../../../server/src/c/preprocess/preprocess.ts';
import { TOKEN } from '../../../server/src/c/tokens.ts';
import { clang19, CLANG_FOLDERS, clangMacros, clangPreprocess, clangText, readText } from '../../support/clang.ts';

/** Our preprocessor and clang's give the same tokens and find the same errors in the same places. */

const version = clang19();
if (version === null) console.warn('SKIPPED: there is no clang-19 to compare the preprocessor with');

const SUITES = path.join(import.meta.dirname, 'suites');
const FOLDERS = [SUITES, path.join(SUITES, 'further')];

function ours(file: string, folders: readonly string[], defines: readonly string[]): Preprocessed {
  const search = [...folders.map((one) => [one, false] as const), ...CLANG_FOLDERS.map((one) => [one, true] as const)];
  const includes = searchFolders(
    search.map(([folder, system]) => ({ path: folder, system, quotedOnly: false })),
    readText,
  );
  const options = { cpu: 1 as const, defines: defines.map((name) => ({ name, value: '1' })) };
  return preprocess({ path: file, text: readText(file)!, includes, options });
}

function spellings({ tokens }: Preprocessed): string[] {
  const found: string[] = [];
  for (let at = 0; at < tokens.count; at++)
    if (tokens.kind[at] !== TOKEN.pragma) found.push(tokens.atoms.text(tokens.atom[at]!));
  return found;
}

function clangSpellings(text: string): string[] {
  const atoms = new AtomTable();
  const lexer = new Lexer(text.replaceAll(/^\s*#\s*pragma.*$/gm, ''), atoms, NO_FAULTS);
  const found: string[] = [];
  while (lexer.next() !== TOKEN.end) found.push(atoms.text(lexer.atom));
  return found;
}

/** `line:column severity message`. */
function told({ problems, places }: Preprocessed): string[] {
  return problems.flatMap(({ severity, at, message }) => {
    const written = places.written(at.start);
    if (written === null) return [];
    const before = written.file.text.slice(0, written.offset);
    const line = before.split('\n').length;
    return [`${line}:${before.length - before.lastIndexOf('\n')} ${severity} ${message}`];
  });
}

/** Of use of C23, of warning options, and of line splices where nobody writes them. */
const NOT_TOLD = /is a C23 extension|unknown warning group|escaped newline between/;

function checkTokens(file: string, folders: readonly string[], defines: readonly string[]): void {
  const args = [...folders.map((folder) => `-I${folder}`), ...defines.map((name) => `-D${name}`)];
  expect(spellings(ours(file, folders, defines))).toEqual(clangSpellings(clangPreprocess(file, args).text));
}

describe.skipIf(version === null)(`tokens as clang ${version} has them`, () => {
  it.each(['macros', 'conditions', 'lines', 'pragmas', 'tokens', 'includes', 'definitions'])('suites/%s.c', (name) => {
    checkTokens(path.join(SUITES, `${name}.c`), FOLDERS, []);
  });
});

const hasLibbpf = existsSync('/usr/include/bpf/bpf_tracing.h');
if (!hasLibbpf) console.warn('SKIPPED: there are no headers of libbpf to compare what the preprocessor makes of them');

describe.skipIf(version === null || !hasLibbpf)('libbpf’s macros', () => {
  it.each(['x86', 'arm64', 'riscv', 's390', 'powerpc', 'loongarch', 'mips', 'arm'])('for %s', (arch) => {
    checkTokens(path.join(SUITES, 'libbpf.c'), ['/usr/include/x86_64-linux-gnu'], [`__TARGET_ARCH_${arch}`]);
  });
});

describe.skipIf(version === null)('predefined macros', () => {
  it.each([1, 2, 3, 4] as const)('for -mcpu=v%d', (cpu) => {
    const { macros, tokens } = preprocess({
      path: 'x.c',
      text: '',
      includes: () => null,
      options: { cpu, defines: [] },
    });
    const shown = macros.filter(({ builtin }) => builtin === null).map(({ atom }) => tokens.atoms.text(atom));
    const theirs = [...clangMacros(cpu).matchAll(/^#define (\w+)/gm)].map(([, name = '']) => name);
    expect(shown.toSorted()).toEqual(theirs.toSorted());
  });

  it.each([1, 2, 3, 4] as const)('have clang’s values for -mcpu=v%d', (cpu) => {
    const names = [...clangMacros(cpu).matchAll(/^#define (\w+)/gm)].map(([, name = '']) => name);
    const text = names.filter((name) => !/version|VERSION__$/.test(name) || name.includes('CPU')).join('\n');
    const options = { cpu, defines: [] };
    const made = spellings(preprocess({ path: 'x.c', text, includes: () => null, options }));
    expect(made).toEqual(clangSpellings(clangText(text, [`-mcpu=v${cpu}`])));
  });
});

describe.skipIf(version === null)('errors and warnings where clang has them', () => {
  it.each(['macros', 'conditions', 'includes', 'pragmas', 'definitions'])('suites/%s.c', (name) => {
    const file = path.join(SUITES, `${name}.c`);
    const args = FOLDERS.map((folder) => `-I${folder}`);
    const theirs = clangPreprocess(file, args).told.filter((line) => !NOT_TOLD.test(line));
    // Where it only preprocesses, clang leaves unknown pragmas to whoever reads the output.
    const mine = told(ours(file, FOLDERS, [])).filter((line) => !line.endsWith('unknown pragma ignored'));
    expect(mine).toEqual(theirs);
  });
});
