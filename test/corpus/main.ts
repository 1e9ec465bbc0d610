/**
 * Compiles a corpus of real programs with the built-in compiler and compares with clang's objects, where the manifest
 * has them: `npm run corpus -- --manifest FILE [--only TEXT] [--kernel TOOL] [--run TOOL] [--out DIR]
 * [--show WHAT]`.
 *
 * `--bare REGEX` takes a machine without headers: folders that match are left out, and so are the system's; our own headers
 * and the types of this kernel stand in.
 *
 * The manifest is a JSON list of { repo, file, path, args, object, csvOk }: the source, clang's arguments for it and the
 * object that clang made (absent where it made none). With `--kernel`, the path of the built test/support/kverify.c, both
 * objects' programs are loaded into the running kernel, never attached; with `--run`, that of runObject.c, those for
 * packets are run there, and what they do is compared.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { compile } from '../../server/src/c/compile.ts';
import { compileOptions, flagsOf } from '../../server/src/c/compileFlags.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../server/src/c/includes.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { textsOnDisk } from '../support/textsOnDisk.ts';
import { compareRuns } from './kernelRuns.ts';
import { kernelVerdicts, type ProgramVerdict } from './kernelVerdicts.ts';
import { summary, type Compiled } from './summary.ts';

interface Entry {
  readonly repo: string;
  readonly file: string;
  readonly path: string;
  readonly args: readonly string[] | null;
  readonly object?: string;
}

const { values } = parseArgs({
  options: {
    manifest: { type: 'string' },
    only: { type: 'string', default: '' },
    kernel: { type: 'string' },
    run: { type: 'string' },
    out: { type: 'string' },
    cpu: { type: 'string', default: '3' },
    profile: { type: 'string', default: 'optimised' },
    show: { type: 'string', default: '' },
    bare: { type: 'string' },
  },
});

const read = textsOnDisk();

function compileEntry(entry: Entry): Compiled {
  const flags = flagsOf(entry.args ?? [], path.dirname(entry.path));
  const system = [
    '/usr/lib/llvm-19/lib/clang/19/include',
    '/usr/local/include',
    '/usr/include/x86_64-linux-gnu',
    '/usr/include',
  ];
  const systemFolders = system.map((folder) => ({ path: folder, system: true, quotedOnly: false }));
  const bare = values.bare === undefined ? null : new RegExp(values.bare);
  const own = flags.folders.filter(({ path: folder }) => bare?.test(folder) !== true);
  const folders = [...own, ...(bare === null ? systemFolders : [BUNDLED_FOLDER])];
  const text = read(entry.path) ?? '';
  const input = { path: entry.path, text, folders, read };
  const reads = bare === null ? read : readWithBundled({ ...input, kernelTypes: kernelBtf() });
  const start = performance.now();
  const base = { repo: entry.repo, file: entry.file, lines: text.split('\n').length };
  try {
    const cpu = Number(values.cpu) as 1 | 2 | 3 | 4;
    const profile = values.profile === 'debug' ? 'debug' : 'optimised';
    const options = compileOptions({ ...flags, cpu }, profile);
    const result = compile(entry.path, text, searchFolders(folders, reads), options);
    const first = result.diagnostics.find(({ severity }) => severity === 'error');
    const at =
      first === undefined || first.span === null ? '' : `:${text.slice(0, first.span.start).split('\n').length}`;
    const inside = first?.related[0];
    const where = inside === undefined || inside.path === null ? '' : ` [${inside.path}]`;
    const error = first === undefined ? null : `${first.code}${at}: ${first.message}${where}`;
    return { ...base, object: result.object, error, crash: false, ms: performance.now() - start };
  } catch (error) {
    const text =
      error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' | ') : String(error);
    return { ...base, object: null, error: text, crash: true, ms: performance.now() - start };
  }
}

function objectPath(entry: Entry): string {
  return path.join(values.out ?? '', `${entry.repo}__${entry.file}`.replaceAll(/[/ ]/g, '__') + '.o');
}

const entries = (JSON.parse(readFileSync(values.manifest ?? '', 'utf8')) as Entry[]).filter(
  ({ object, file, repo }) => object !== undefined && `${repo}/${file}`.includes(values.only),
);
if (values.out !== undefined) mkdirSync(values.out, { recursive: true });
let ran = 0;
const rows: (Compiled & { readonly ours: readonly ProgramVerdict[]; readonly clangs: readonly ProgramVerdict[] })[] =
  [];
for (const entry of entries) {
  const compiled = compileEntry(entry);
  if (compiled.error !== null && values.show !== 'none')
    console.log(`${entry.repo}/${entry.file}: ${compiled.crash ? 'CRASH ' : ''}${compiled.error}`);
  let ours: readonly ProgramVerdict[] = [];
  let clangs: readonly ProgramVerdict[] = [];
  if (compiled.object !== null && values.out !== undefined) writeFileSync(objectPath(entry), compiled.object);
  if (
    compiled.object !== null &&
    values.kernel !== undefined &&
    values.out !== undefined &&
    entry.object !== undefined
  ) {
    ours = kernelVerdicts(values.kernel, objectPath(entry));
    clangs = kernelVerdicts(values.kernel, entry.object, values.out);
  }
  if (compiled.object !== null && values.run !== undefined && values.out !== undefined && entry.object !== undefined) {
    const { compared: programs, differences } = compareRuns(values.run, entry.object, objectPath(entry));
    ran += programs;
    for (const { program, lines } of differences)
      console.log(`${entry.repo}/${entry.file} ${program}: ${lines.length} differ: ${lines[0]?.join(' / ')}`);
  }
  rows.push({ ...compiled, ours, clangs });
}
console.log(summary(rows));
if (values.run !== undefined) console.log(`${ran} programs ran on packets, ours and clang's`);
