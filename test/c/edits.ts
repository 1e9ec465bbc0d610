/** Edits of C sources, and all that a compilation says, to be compared with one from scratch. */
import { printType } from '../../server/src/c/check/printType.ts';
import {
  compile,
  compileAgain,
  type CompileOptions,
  type CompileResult,
  type Includes,
  type Kept,
} from '../../server/src/c/compile.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders, type ReadFile } from '../../server/src/c/includes.ts';
import type { CType } from '../../server/src/c/types.ts';
import { withLocals } from '../../server/src/c/withLocals.ts';
import { readObject } from '../../server/src/elf/readObject.ts';

export type Next = (below: number) => number;

const TOKEN = /"(?:\\.|[^"\n])*"|\w+|\s+|[^\w\s]/g;

/** What people type, whole or in part. */
const SNIPPETS = [
  'int z = 3;', 'if (1) {', '}', '{', 'return 1;', 'bpf_printk("now %d", 7);', '__u64 t = bpf_ktime_get_ns();',
  'for (int i = 0; i < 4; i++)', '/* a note */', '// a note', '\n', '\n\n', '  ', '0', '+ 1', '"text"', ';', '(', ')',
  'static int calls;', 'struct here { int a; } h = { 1 }; h.a++;', '#pragma unroll\n', 'undeclared', '__LINE__', 'x:',
  'enum { ONE = 1 };', 'typedef int mine; mine m = 4; (void)m;', 'extern int elsewhere(int) __ksym;', '\n#define TWO 2\n',
]; // prettier-ignore

/** One place of a text is otherwise: mostly a token, sometimes a line. */
export function edited(text: string, next: Next): string {
  return next(4) === 0 ? withOtherLine(text, next) : withOtherToken(text, next);
}

/** The texts while a line of the program is typed once more somewhere, letter by letter. */
export function typed(text: string, next: Next): string[] {
  const lines = text.split('\n');
  const line = lines[next(lines.length)] ?? '';
  const at = lines.slice(0, next(lines.length)).join('\n').length;
  const letters = Array.from({ length: line.length + 1 }, (_, count) => `\n${line.slice(0, count)}`);
  return letters.map((more) => text.slice(0, at) + more + text.slice(at));
}

function withOtherToken(text: string, next: Next): string {
  const tokens = text.match(TOKEN) ?? [];
  const at = next(Math.max(1, tokens.length));
  const token = tokens[at] ?? '';
  switch (next(6)) {
    case 0:
      tokens.splice(at, 1);
      break;
    case 1:
      tokens.splice(at, 0, token);
      break;
    case 2:
      tokens[at] = tokens[next(Math.max(1, tokens.length))] ?? '';
      break;
    case 3:
    case 4:
      tokens.splice(at, 0, SNIPPETS[next(SNIPPETS.length)]!);
      break;
    default:
      return text.replaceAll(
        /\b\d+\b/g,
        withOne(text, /\b\d+\b/g, next, () => String(next(20))),
      );
  }
  return tokens.join('');
}

/** A replacer that changes one of all places that match. */
function withOne(text: string, pattern: RegExp, next: Next, to: () => string): (found: string) => string {
  let left = next(Math.max(1, text.match(pattern)?.length ?? 1));
  return (found) => (left-- === 0 ? to() : found);
}

function withOtherLine(text: string, next: Next): string {
  const lines = text.split('\n');
  const at = next(lines.length);
  const line = lines[at] ?? '';
  switch (next(5)) {
    case 0:
      lines.splice(at, 0, '');
      break;
    case 1:
      lines.splice(at, 0, '/* what follows is as before */');
      break;
    case 2:
      lines.splice(at, 1);
      break;
    case 3:
      lines.splice(at, 0, line);
      break;
    default:
      lines[at] = `  ${line}`;
  }
  return lines.join('\n');
}

const TYPES = new Set(['type', 'of', 'owner', 'computation', 'returns', 'to']);

/** All that comes of a compilation. */
export function told(result: CompileResult): Record<string, unknown> {
  const { object, functions, diagnostics, unit, preprocessed } = result;
  return {
    object: object === null ? null : Buffer.from(object).toString('latin1'),
    diagnostics,
    functions: plain(functions),
    locals:
      object === null
        ? null
        : plain(withLocals(readObject('a.bpf.c', object), result).programs.map(({ locals }) => locals)),
    trees: unit?.functions.map((symbol) => [symbol.name, plain(symbol.body?.() ?? null), symbol.params.map(plain)]),
    variables: unit?.variables.map(({ name, declaredAt, type }) => [name, declaredAt, printType(type)]),
    macros: preprocessed.mentions.map(({ at }) => at),
  };
}

/** Types and what is declared elsewhere by what they are called. */
function plain(value: unknown): string {
  return JSON.stringify(value, (key, one: unknown) => {
    if (typeof one === 'bigint') return `${one}n`;
    if (one instanceof Map || one instanceof Set) return [...one];
    if (typeof one !== 'object' || one === null) return one;
    if (TYPES.has(key) && 'kind' in one) return printType(one as CType);
    if ((key === 'symbol' || key === 'variable') && 'declaredAt' in one) {
      const { name, declaredAt, type } = one as { name: string; declaredAt: unknown; type: CType };
      return [name, declaredAt, printType(type)];
    }
    return key === 'member' ? (one as { name: string }).name : one;
  });
}

export function includesFor(text: string, read: ReadFile = () => null): Includes {
  const folders = [BUNDLED_FOLDER];
  const input = { path: 'a.bpf.c', text, folders, read, kernelTypes: null };
  return searchFolders(folders, readWithBundled(input));
}

/** Edits one after the other, each compiled on top of what was known. */
export class EditSession {
  /** Functions that were not read again, and edits of which the code was whole. */
  unread = 0;
  good = 0;
  private kept: Kept | null = null;
  private readonly options: CompileOptions;
  private readonly read: ReadFile;

  constructor(options: CompileOptions, read: ReadFile = () => null) {
    this.options = options;
    this.read = read;
  }

  /** What is told now, and from scratch. */
  compile(text: string): { readonly again: Record<string, unknown>; readonly whole: Record<string, unknown> } {
    const includes = includesFor(text, this.read);
    const { options } = this;
    const { result, kept } = compileAgain({ path: 'a.bpf.c', text, includes, options }, this.kept);
    if (result.object !== null) {
      this.good++;
      for (const [name, { front }] of kept.unit?.code.functions ?? [])
        if (front !== null && front.lowered === this.kept?.unit?.code.functions.get(name)?.front?.lowered)
          this.unread++;
    }
    this.kept = kept;
    return { again: told(result), whole: told(compile('a.bpf.c', text, includes, options)) };
  }
}
