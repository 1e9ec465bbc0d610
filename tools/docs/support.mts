import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { HELPERS, helperAvailable, helpersKnown } from '../../server/src/kernel/helpers.ts';
import { KFUNC_GROUPS, KFUNCS } from '../../server/src/kernel/kfuncs.ts';
import { MAP_TYPE_FACTS } from '../../server/src/kernel/mapTypeFacts.ts';
import { MAP_TYPES, type MapType } from '../../server/src/kernel/mapTypes.ts';
import { PROGRAM_TYPES, type ProgramType } from '../../server/src/kernel/programTypes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { contextBuilder } from '../../server/src/run/contexts/enter.ts';
import { MODELLED_MAP_TYPES, MODELLED_PROGRAM_TYPES } from '../../server/src/verifier/require.ts';
import { HELPER_FUNCTIONS } from '../../server/src/vm/helpers/table.ts';
import { KFUNC_FUNCTIONS } from '../../server/src/vm/kfuncs/table.ts';
import { declaredKind } from '../../server/src/vm/maps/declared.ts';
import { MAP_KINDS } from '../../server/src/vm/maps/kinds.ts';
import { code, table } from './table.mts';
import { verifiedHelpers } from './verified.mts';

const mark = (supported: boolean): string => (supported ? 'yes' : '–');

/** Which program types are verified, and which run on recorded packets. */
export function programTable(): string {
  const rows = PROGRAM_TYPES.slice(1).map((type) => [
    code(type),
    mark(MODELLED_PROGRAM_TYPES.has(type)),
    mark(runs(type)),
    helpersKnown(type) ? String(callable(type).length) : 'unknown',
    helpersKnown(type) ? String(callable(type).filter(runsHere).length) : '',
  ]);
  return table(
    ['program type', 'verified', 'run and debugged', 'helpers the kernel offers', 'of these run here'],
    rows,
  );
}

function callable(type: ProgramType): number[] {
  return HELPERS.map(({ id }) => id).filter((id) => helperAvailable(type, id, true));
}

function runs(type: ProgramType): boolean {
  const { object } = assemble(sourceText('', '.section "xdp"\nr0 = 2\nexit\n'));
  const [program] = object.programs;
  return program !== undefined && typeof contextBuilder({ ...program, type } satisfies Program) !== 'string';
}

function runsHere(id: number): boolean {
  return HELPER_FUNCTIONS[id] !== undefined;
}

/** Which map types can be declared in assembly, are verified, and work when a program runs. */
export function mapTable(): string {
  const rows = MAP_TYPES.slice(1).map((type) => [
    code(type),
    type === 'unspec' ? '' : MAP_TYPE_FACTS[type].since,
    mark(declarable(type)),
    mark(MODELLED_MAP_TYPES.has(type)),
    runsAs(type),
  ]);
  return table(['map type', 'since', '`.map`', 'verified', 'runs'], rows);
}

/** What a program may do with such a map when it runs. */
function runsAs(type: MapType): string {
  if (type === 'unspec') return mark(false);
  return MAP_KINDS[type] === declaredKind ? 'declared' : mark(true);
}

/** There is a declaration of some shape that the assembler takes. */
function declarable(type: MapType): boolean {
  const sizes = [', key=4, value=4', ', key=4, value=8', ', key=8, value=4', ', value=4'];
  const shapes = ['', ', entries=4096', ...sizes, ...sizes.map((size) => `${size}, entries=1`)];
  const inner = '.map inside, type=array, value=4, entries=1\n.map m, inner=inside, entries=1';
  return [...shapes.map((shape) => `.map m${shape}`), inner, `${inner}, key=4`].some((start) => {
    const { object } = assemble(sourceText('', `${start}, type=${type}\n`));
    return object.diagnostics.length === 0;
  });
}

/** All helpers by number: whether programs that call them are verified, and whether they work when a program runs. */
export function helperTable(): string {
  const verified = verifiedHelpers();
  const rows = HELPERS.map(({ id, name, since }) => [
    String(id),
    code(name),
    since,
    mark(verified.has(id)),
    mark(runsHere(id)),
  ]);
  const run = HELPERS.filter(({ id }) => runsHere(id)).length;
  const counts = `Of ${HELPERS.length} helpers of Linux 6.18, ${verified.size} are verified and ${run} run.`;
  return `${counts}\n\n${table(['number', 'helper', 'since', 'verified', 'runs'], rows)}`;
}

/** All kernel functions by name; a verdict on a program that calls one is not given yet. */
export function kfuncTable(): string {
  const rows = KFUNCS.map(({ name, since, group }) => [
    code(name),
    since,
    KFUNC_GROUPS[group],
    mark(KFUNC_FUNCTIONS[name] !== undefined),
  ]);
  const run = KFUNCS.filter(({ name }) => KFUNC_FUNCTIONS[name] !== undefined).length;
  const counts = `Of ${KFUNCS.length} kernel functions, ${run} run.`;
  return `${counts}\n\n${table(['function', 'since', 'programs', 'runs'], rows)}`;
}
