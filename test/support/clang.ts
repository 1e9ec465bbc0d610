import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** The installed clang 19, or null: skip loudly then. */
export function clang19(): string | null {
  const { status, stdout } = spawnSync('clang-19', ['--version'], { encoding: 'utf8' });
  return status === 0 ? (/version (\S+)/.exec(stdout)?.[1] ?? null) : null;
}

export interface ClangPreprocessed {
  readonly text: string;
  /** `line:column severity message`. */
  readonly told: readonly string[];
}

/** What `clang -E -P` makes of a file. */
export function clangPreprocess(file: string, args: readonly string[]): ClangPreprocessed {
  const words = ['-target', 'bpf', '-O2', '-E', '-P', '-ferror-limit=0', ...args, file];
  const { stdout, stderr } = spawnSync('clang-19', words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return {
    text: stdout,
    told: [...stderr.matchAll(/:(\d+):(\d+): (?:fatal )?(error|warning): (.*)/g)].map(
      ([, line, column, severity, message = '']) =>
        `${line}:${column} ${severity} ${message.replace(/ \[-W[^\]]*\]$/, '')}`,
    ),
  };
}

/** What `clang -E -P` makes of a text. */
export function clangText(text: string, args: readonly string[]): string {
  const words = ['-target', 'bpf', '-O2', '-E', '-P', '-x', 'c', ...args, '-'];
  return spawnSync('clang-19', words, { input: text, encoding: 'utf8' }).stdout;
}

/** The `#define` lines of what is predefined. */
export function clangMacros(cpu: number): string {
  return clangText('', ['-dM', `-mcpu=v${cpu}`]);
}

/** The folders in which clang looks by itself. */
export const CLANG_FOLDERS = ['/usr/lib/llvm-19/lib/clang/19/include', '/usr/local/include', '/usr/include'];

const texts = new Map<string, string | null>();

/** Reads a file once; null where there is none. */
export function readText(path: string): string | null {
  let text = texts.get(path);
  if (text === undefined) {
    text = existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : null;
    texts.set(path, text);
  }
  return text;
}
