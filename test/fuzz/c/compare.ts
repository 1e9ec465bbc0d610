/** A made-up program compiled by clang and by us, in the kernel and in our virtual machine. */
import { compile, type Assumptions } from '../../../server/src/c/compile.ts';
import type { Cpu } from '../../../server/src/c/machine.ts';
import type { Program } from '../../../server/src/program/program.ts';
import { kernelRunner } from '../../support/kernelRun.ts';
import type { Observed } from '../engines.ts';
import { compiledByClang, observedByKernel, observedInVm, programOf } from './observe.ts';

export interface Comparison {
  /** What is wrong, in one line; empty when all agree. */
  readonly difference: string;
  readonly kind: 'same' | 'diagnostic' | 'refused' | 'values' | 'skipped';
  /** Instructions of ours by the name of the build, and of clang's. */
  readonly insns: Readonly<Record<string, number>>;
}

type Build = readonly [cpu: Cpu, profile: 'debug' | 'optimised'];

const BUILDS: readonly [Build, ...Build[]] = [
  [3, 'optimised'], [1, 'optimised'], [4, 'optimised'], [2, 'debug'], [4, 'debug'],
]; // prettier-ignore

/** What everybody runs, and one of the others in turn: two builds of each program are soon compared. */
export function buildsInTurn(seed: number): readonly Build[] {
  const [first, ...others] = BUILDS;
  const other = others[seed % others.length];
  return other === undefined ? [first] : [first, other];
}

/** Without clang, ours are compared with each other alone. */
export function compareCompilers(
  text: string,
  withClang: boolean,
  builds: readonly Build[] = BUILDS,
  assumes = ALL,
): Comparison {
  const programs = new Map<string, Program>();
  const clang = withClang ? programOf(compiledByClang(text)) : null;
  if (clang !== null) programs.set('clang', clang);
  for (const [cpu, profile] of builds) {
    const name = `v${cpu} ${profile}`;
    const ours = compiledByUs(text, [cpu, profile], assumes);
    // Older machines lack some atomic operations.
    if (typeof ours === 'string' && cpu < 3 && ours.includes('needs -mcpu=v3')) continue;
    // Debug builds keep all variables at places of their own.
    if (typeof ours === 'string' && profile === 'debug' && ours.includes('bytes of 512')) continue;
    if (typeof ours === 'string') return { kind: 'diagnostic', difference: `${name}: ${ours}`, insns: {} };
    programs.set(name, ours);
  }
  const insns = Object.fromEntries([...programs].map(([name, { insns: all }]) => [name, all.length]));
  const observed = observations(programs);
  const isTheirs = observed.kind === 'values' && assumes === ALL && isLeftOpen(text, withClang, builds);
  return { ...observed, ...(isTheirs ? { kind: 'skipped' } : {}), insns };
}

const ALL: Assumptions = {};
const NOTHING: Assumptions = { noOverflow: false, strictAliasing: false };

/** A program that goes beyond what C defines (clang is told to define it) differs only by what compilers may assume. */
function isLeftOpen(text: string, withClang: boolean, builds: readonly Build[]): boolean {
  return compareCompilers(text, withClang, builds, NOTHING).kind === 'same';
}

function compiledByUs(text: string, [cpu, profile]: Build, assumes: Assumptions): Program | string {
  const { object, diagnostics } = compile('fuzz.c', text, () => null, { cpu, profile, defines: [], assumes });
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (object === null) return error?.message ?? 'no object and no reason';
  return programOf(object) ?? 'an object without a program';
}

function observations(programs: ReadonlyMap<string, Program>): Omit<Comparison, 'insns'> {
  const names = [...programs.keys()];
  const all = [...programs.values()];
  const vm = all.map((program) => observedInVm(program));
  const kernel = kernelRunner === null ? null : observedByKernel(all);
  const [first] = names;
  const refused = kernel?.[0];
  if (first === 'clang' && refused !== undefined && 'refused' in refused) return { kind: 'skipped', difference: '' };
  const reference = vm[0] ?? [];
  let late: Omit<Comparison, 'insns'> = { kind: 'same', difference: '' };
  for (const [i, name] of names.entries()) {
    const answer = kernel?.[i];
    const different =
      differenceOf(reference, vm[i] ?? []) ??
      (answer === undefined || 'refused' in answer ? null : differenceOf(reference, answer));
    if (different !== null) return { kind: 'values', difference: `${first} and ${name} differ: ${different}` };
    // Debug builds are for the debugger: variables in memory lose what the kernel's verifier has to know of them.
    const mayBeRefused = name.endsWith('debug');
    if (answer !== undefined && 'refused' in answer && late.kind === 'same' && !mayBeRefused)
      late = { kind: 'refused', difference: `the kernel refuses ${name}: ${answer.refused}` };
  }
  return late;
}

function differenceOf(a: Observed, b: Observed): string | null {
  const i = Array.from({ length: Math.max(a.length, b.length) }, (_, at) => at).find((at) => a[at] !== b[at]);
  return i === undefined ? null : `${a[i] ?? 'nothing'} / ${b[i] ?? 'nothing'}`;
}
