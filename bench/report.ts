/** What the measured times mean: ratios, geometric means, the table and the JSON. */
import type { WorkloadKind } from './workloads.ts';

export const ENGINES = ['verified', 'safe', 'exact', 'builtin', 'interpreter', 'kernel', 'native'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Nanoseconds of a run (of a lookup, for programs that look up); null where an engine is missing. */
export type Times = Readonly<Record<EngineName, number | null>>;

/** What stands above and below in each ratio; a number above 1 means that the first one takes longer. */
const RATIOS = {
  jitToNative: ['verified', 'native'],
  jitToKernel: ['verified', 'kernel'],
  safeToVerified: ['safe', 'verified'],
  exactToVerified: ['exact', 'verified'],
  builtinToClang: ['builtin', 'verified'],
  interpreterToJit: ['interpreter', 'verified'],
} as const satisfies Record<string, readonly [EngineName, EngineName]>;

export type RatioName = keyof typeof RATIOS;
const RATIO_NAMES = Object.keys(RATIOS) as RatioName[];
export type Ratios = Readonly<Record<RatioName, number | null>>;

export interface Row {
  readonly name: string;
  readonly kind: WorkloadKind;
  readonly ns: Times;
}

export interface ProgramReport extends Ratios {
  readonly name: string;
  readonly kind: WorkloadKind;
  readonly ns: Times;
}

export interface Report {
  readonly programs: readonly ProgramReport[];
  /** Over the programs proper. `jitToKernel` leaves out those that call their own functions all the time. */
  readonly geomeans: Ratios & { readonly jitToKernelWithCalls: number | null };
}

/** Kernels with mitigations pay for every call within a program, which says little about the rest. */
const CALL_HEAVY: ReadonlySet<string> = new Set(['calls', 'f_calls']);

export function reportOf(rows: readonly Row[]): Report {
  const programs = rows.map((row) => ({ name: row.name, kind: row.kind, ...ratiosOf(row.ns), ns: row.ns }));
  const proper = programs.filter(({ kind }) => kind === 'program');
  const means = (among: readonly ProgramReport[]): Ratios =>
    fromNames((name) => geomean(among.flatMap((program) => program[name] ?? [])));
  const { jitToKernel } = means(proper.filter(({ name }) => !CALL_HEAVY.has(name)));
  const all = means(proper);
  return { programs, geomeans: { ...all, jitToKernel, jitToKernelWithCalls: all.jitToKernel } };
}

export function ratiosOf(ns: Times): Ratios {
  return fromNames((name) => {
    const [above, below] = RATIOS[name].map((engine) => ns[engine]);
    return above === null || above === undefined || below === null || below === undefined ? null : above / below;
  });
}

function fromNames(value: (name: RatioName) => number | null): Ratios {
  return Object.fromEntries(RATIO_NAMES.map((name) => [name, value(name)])) as Record<RatioName, number | null>;
}

/** Null for no values. */
export function geomean(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const COLUMNS: readonly (readonly [RatioName, string])[] = [
  ['jitToNative', 'jit/native'],
  ['jitToKernel', 'jit/kernel'],
  ['safeToVerified', 'safe/jit'],
  ['exactToVerified', 'exact/jit'],
  ['builtinToClang', 'own/clang'],
  ['interpreterToJit', 'interp/jit'],
];

export function headLine(): string {
  const engines = ENGINES.map((name) => (name === 'verified' ? 'jit' : name).padStart(12));
  return `${'ns per run'.padEnd(14)}${engines.join('')}  ${COLUMNS.map(([, title]) => title.padStart(11)).join('')}`;
}

export function rowLine({ name, ns }: Row): string {
  const engines = ENGINES.map((engine) => (ns[engine]?.toFixed(ns[engine] < 100 ? 2 : 0) ?? '-').padStart(12));
  return `${name.padEnd(14)}${engines.join('')}  ${ratioCells(ratiosOf(ns))}`;
}

export function geomeanLines({ geomeans }: Report): string[] {
  const title = 'geometric mean';
  const lines = [`${title.padEnd(14 + 12 * ENGINES.length)}  ${ratioCells(geomeans)}`];
  const withCalls = geomeans.jitToKernelWithCalls;
  if (withCalls !== null)
    lines.push(`jit/kernel leaves out ${[...CALL_HEAVY].join(' and ')}; with them it is ${withCalls.toFixed(2)}`);
  return lines;
}

function ratioCells(ratios: Ratios): string {
  return COLUMNS.map(([name]) => (ratios[name]?.toFixed(2) ?? '-').padStart(11)).join('');
}
