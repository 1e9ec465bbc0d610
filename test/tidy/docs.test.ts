import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { assembleClassic } from '../../server/src/asm/classic/assembleClassic.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { MESSAGES } from '../../server/src/verifier/messages/messages.ts';
import type { Program } from '../../server/src/program/program.ts';
import type { Verification } from '../../server/src/verifier/verification.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { stalePages } from '../../tools/docs.mts';
import { kernelOracle } from '../support/oracle.ts';

/** What docs/ says is held to the code: codes, examples, generated tables, the files that it names. */

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const pages = globSync('docs/*.md', { cwd: root }).sort();
const sources = globSync('server/src/**/*.ts', { cwd: root }).map(read);

describe('generated parts', () => {
  it('are what the tables say (else: npx -c "node tools/docs.mts")', async () => {
    expect([...(await stalePages()).keys()]).toEqual([]);
  });
});

/** Where codes stand in calls: the name of the function and the index of the argument. */
const CALLS: readonly (readonly [head: RegExp, argument: number])[] = [
  [/\b(?:errorAt|warningAt)\(/g, 0],
  [/\.(?:fail|warn)\(/g, 0],
  [/\breport(?:Error|Warning)\(/g, 1],
  [/\bcomplain\(/g, 1],
  [/\breport\(/g, 2],
  [/\bproblems\.(?:note|stop)\(/g, 0],
  [/\bannotation\(/g, 3],
];

/** What a program needs of a kernel is reported under the need's name and this. */
const NEEDS = new Set(['core-relocation', 'kernel-symbol', 'kernel-config', 'big-endian', 'packet-metadata']);

describe('diagnostics.md', () => {
  const text = read('docs/diagnostics.md');
  const sections = [...text.matchAll(/^#{3,4} ([a-z0-9]+(?:-[a-z0-9]+)*)$/gm)].map(([, code = '']) => code);
  const emitted = emittedCodes();

  it('has a section for every code that is emitted', () => {
    expect(emitted.size).toBeGreaterThan(130);
    expect([...emitted].filter((code) => !sections.includes(code)).sort()).toEqual([]);
  });

  it('has no section for a code that is not emitted, and none twice', () => {
    expect(sections.filter((code) => !emitted.has(code))).toEqual([]);
    expect(sections.filter((code, index) => sections.indexOf(code) !== index)).toEqual([]);
  });

  it('tells the kernel’s texts of every code of the verifier', () => {
    const codes = new Set(MESSAGES.map(({ code }) => code));
    expect([...codes].filter((code) => !text.includes(`\n\n<!-- generated: texts ${code} -->\n`))).toEqual([]);
  });

  const examples = examplesOf(text);
  it.each(examples)('$heading, line $line', ({ heading, wrong, code }) => {
    const findings = findingsOf(code);
    if (wrong) expect(findings).toContain(heading);
    else expect(findings).toEqual([]);
  });
});

describe('filters in classic BPF', () => {
  const examples = ['docs/diagnostics.md', 'docs/classic.md'].flatMap((page) => examplesOf(read(page), 'cbpf'));

  it('are there', () => expect(examples.length).toBeGreaterThan(10));

  it.each(examples)('$heading, line $line', ({ heading, wrong, code }) => {
    const found = assembleClassic(sourceText('example.cbpf', code)).object.diagnostics.map((one) => one.code);
    if (wrong) expect(found).toContain(heading);
    else expect(found).toEqual([]);
  });
});

describe('assembly.md', () => {
  it.each(examplesOf(read('docs/assembly.md')))('$heading, line $line', ({ wrong, code }) => {
    const { diagnostics } = assemble(sourceText('example.bpfasm', code)).object;
    const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    if (wrong) expect(errors).not.toEqual([]);
    else expect(errors).toEqual([]);
  });
});

const oracle = kernelOracle();

describe.skipIf(oracle === null)('examples, against the running kernel (skipped where there is none)', () => {
  it.each(['docs/diagnostics.md', 'docs/assembly.md'])('%s', (page) => {
    const programs = examplesOf(read(page)).flatMap(({ line, code }) => {
      const { object } = assemble(sourceText('example.bpfasm', code));
      const whole = object.diagnostics.length === 0 ? object.programs : [];
      return whole.map((program) => ({ line, program, ours: verdictOn(program) }));
    });
    const checked = programs.filter(({ ours }) => ours.outcome !== 'unsupported');
    expect(checked.length).toBeGreaterThan(programs.length - 3);
    const kernel = oracle?.verify(checked.map(({ program }) => program)) ?? [];
    expect(checked.map(({ line, ours }) => `${line}: ${ours.outcome} ${ours.finding?.kernelMessage ?? ''}`)).toEqual(
      checked.map(({ line }, i) => {
        const { verdict, message } = kernel[i] ?? {};
        return `${line}: ${verdict === 'accept' ? 'accepted' : 'rejected'} ${message}`;
      }),
    );
  });
});

describe('links and names of files', () => {
  it.each(pages)('%s', (page) => {
    const text = read(page);
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    const local = links.filter((target) => !/^[a-z]+:/.test(target)).map((target) => path.join('docs', target));
    const named = [...text.matchAll(/`((?:test|examples|bench|tools|server|client)\/[\w./-]+\.\w+)`/g)];
    const files = [...local, ...named.map(([, file = '']) => file)];
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('name commands by their titles', () => {
    const manifest = JSON.parse(read('package.json')) as { contributes: { commands: { title: string }[] } };
    const titles = new Set(manifest.contributes.commands.map(({ title }) => title));
    const named = ['README.md', ...pages].flatMap((page) =>
      [...read(page).matchAll(/_eBPF: ([^_]+)_/g)].map(([, title = '']) => title),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((title) => !titles.has(title))).toEqual([]);
  });

  it('lead to headings that exist', () => {
    const missing = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([\w.]*)#([\w-]+)\)/g)]
        .map(([, file = '', anchor = '']) => [file === '' ? page : path.join('docs', file), anchor] as const)
        .filter(([file, anchor]) => !anchorsOf(read(file)).has(anchor))
        .map(([file, anchor]) => `${page}: ${file}#${anchor}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('support.md', () => {
  it('says each thing once', () => {
    const tables = read('docs/support.md').split(/^#+ /m);
    const twice = tables.flatMap((table) => {
      const names = [...table.matchAll(/^\| (.*?) +\|/gm)].map(([, name]) => name);
      return names.filter((name, at) => names.indexOf(name) !== at);
    });
    expect(twice).toEqual([]);
  });

  it('proves what it says is supported by a test that exists', () => {
    const written = read('docs/support.md').replaceAll(/<!-- generated[^]*?<!-- end -->/g, '');
    const rows = [...written.matchAll(/^\| .* \|$/gm)].map(([row]) => row.split(/(?<!\\)\|/));
    const claims = rows.filter((cells) => ['yes', 'partly'].includes(cells[2]?.trim() ?? '') && cells.length === 6);
    expect(claims.length).toBeGreaterThan(40);
    expect(claims.filter((cells) => !/`test\//.test(cells[3] ?? '')).map((cells) => cells[1])).toEqual([]);
  });
});

function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  );
}

interface Example {
  readonly heading: string;
  readonly line: number;
  readonly wrong: boolean;
  readonly code: string;
}

function examplesOf(text: string, language = 'ebpf-asm'): Example[] {
  const fence = new RegExp(`^\`\`\`${language}( wrong)?\\n([^]*?)^\`\`\`$`, 'gm');
  const found = [...text.matchAll(fence)].map((match): Example => {
    const before = text.slice(0, match.index);
    const heading = [...before.matchAll(/^#+ (.+)$/gm)].at(-1)?.[1] ?? '';
    return { heading, line: before.split('\n').length, wrong: match[1] !== undefined, code: match[2] ?? '' };
  });
  expect(found.length).toBeGreaterThan(0);
  return found;
}

/** Codes that the assembler and the verifier have for a text. */
function findingsOf(code: string): string[] {
  const { object } = assemble(sourceText('example.bpfasm', code));
  const found = object.diagnostics.map((one) => one.code);
  if (found.length > 0) return found;
  return object.programs.flatMap((program) => verdictOn(program).finding?.code ?? []);
}

function verdictOn(program: Program): Verification {
  return verify(program, { kernel: '6.18', privileged: true, logLevel: 0 });
}

/** Every code that stands in the sources where a code is given. */
function emittedCodes(): Set<string> {
  const codes = new Set<string>();
  for (const source of sources) {
    for (const [head, argument] of CALLS)
      for (const { index, 0: match } of source.matchAll(head))
        collect(codes, argumentsAt(source, index + match.length)[argument] ?? '');
    for (const [, value = ''] of source.matchAll(/\bcode: ([^,;\n]+)/g)) collect(codes, value);
  }
  return codes;
}

function collect(codes: Set<string>, expression: string): void {
  for (const [, code = ''] of expression.matchAll(/(?<!=== )'([a-z0-9]+(?:-[a-z0-9]+)*)'/g))
    codes.add(NEEDS.has(code) ? `${code}-needed` : code);
}

/** The texts of a call's first arguments; `at` is behind its opening parenthesis. */
function argumentsAt(source: string, at: number): string[] {
  const found = [''];
  let depth = 0;
  for (let i = at; i < source.length && found.length < 6; i++) {
    const quoted = /^(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)/.exec(
      source.slice(i, i + 2000),
    )?.[0];
    const char = quoted ?? source[i] ?? '';
    if ('([{'.includes(char)) depth++;
    else if (')]}'.includes(char) && depth-- === 0) break;
    if (char === ',' && depth === 0) found.push('');
    else found[found.length - 1] += char;
    i += char.length - 1;
  }
  return found;
}
