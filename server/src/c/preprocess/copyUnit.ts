import type { PreprocessInput } from './preprocess.ts';
import type { Unit } from './unit.ts';

/** All but the spellings, which are shared. */
export function copyUnit(unit: Unit, { path, text, includes }: PreprocessInput): Unit {
  const problems = { ...unit.problems, list: [...unit.problems.list] };
  return {
    ...unit, includes, problems, places: unit.places.copy(path, text), out: unit.out.goingOn(unit.atoms), macros: [...unit.macros],
    isMacro: unit.isMacro.slice(), pushed: new Map([...unit.pushed].map(([atom, stack]) => [atom, [...stack]])),
    open: [], streams: [], once: new Set(unit.once), guards: new Map(unit.guards), mentions: [...unit.mentions],
    inclusions: [...unit.inclusions], missing: [...unit.missing], asked: [...unit.asked], inactive: [...unit.inactive],
  }; // prettier-ignore
}
