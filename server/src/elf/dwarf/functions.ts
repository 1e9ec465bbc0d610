import type { FunctionLocals, InlinedFunction, LocalVariable, PcRange } from '../../program/program.ts';
import { AT, TAG } from './constants.ts';
import { Entry, isEnd } from './entry.ts';
import { rangesOf } from './ranges.ts';
import { originOf, pcRanges, variableOf, type Surroundings, type VariableSetting } from './variables.ts';

/** Blocks and inlined calls inside one another; more are only found in damaged files. */
const DEEPEST = 500;

/** The variables of a function and of all that was inlined into it. */
export function functionLocals(entry: Entry, setting: VariableSetting): FunctionLocals {
  const { start, end } = setting.place;
  const reading: Reading = { setting, variables: [], inlined: [] };
  const whole = [{ from: 0, to: (end - start) / 8 }];
  readFunction(reading, entry, { depth: 0, blocks: 0, scope: whole }, 0);
  return { variables: inSourceOrder(reading.variables), inlined: reading.inlined };
}

interface Reading {
  readonly setting: VariableSetting;
  readonly variables: LocalVariable[];
  readonly inlined: InlinedFunction[];
}

/** Parameters come first; compilers order the others by what they know of them. */
function inSourceOrder(variables: readonly LocalVariable[]): LocalVariable[] {
  return variables.toSorted((a, b) => {
    if (a.parameter !== b.parameter) return a.parameter ? -1 : 1;
    return a.parameter || a.path !== b.path ? 0 : a.line - b.line;
  });
}

/** A function with what is below it; answers where the next entry begins. */
function readFunction(reading: Reading, entry: Entry, around: Surroundings, level: number): number {
  const seen = new Set<number>();
  const before = reading.variables.length;
  const end = entry.hasChildren ? readBody(reading, entry, around, { seen, level: level + 1 }) : entry.end;
  const own = reading.variables.splice(before);
  reading.variables.push(...withMissing(reading, entry, around, { own, seen }));
  return end;
}

interface Body {
  /** The abstract entries whose copies were met. */
  readonly seen: Set<number>;
  readonly level: number;
}

function readBody(reading: Reading, { unit, end }: Entry, around: Surroundings, body: Body): number {
  let at = end;
  while (!isEnd(unit, at)) {
    const child = Entry.at(unit, at);
    if (child === null) return unit.end;
    at = body.level > DEEPEST ? child.behind() : readPart(reading, child, around, body);
  }
  return at + 1;
}

function readPart(reading: Reading, entry: Entry, around: Surroundings, body: Body): number {
  switch (entry.tag) {
    case TAG.formalParameter:
    case TAG.variable:
      readVariable(reading, entry, around, body);
      return entry.behind();
    case TAG.lexicalBlock: {
      const scope = rangesIn(reading, entry) ?? around.scope;
      if (!entry.hasChildren) return entry.end;
      return readBody(
        reading,
        entry,
        { ...around, blocks: around.blocks + 1, scope },
        { ...body, level: body.level + 1 },
      );
    }
    case TAG.inlinedSubroutine:
      return readInlined(reading, entry, around, body.level);
    default:
      return entry.behind();
  }
}

function readVariable({ setting, variables }: Reading, entry: Entry, around: Surroundings, { seen }: Body): void {
  const origin = entry.reference(AT.abstractOrigin);
  if (origin !== null) seen.add(origin);
  const variable = variableOf(entry, around, setting);
  if (variable !== null) variables.push(variable);
}

function readInlined(reading: Reading, entry: Entry, around: Surroundings, level: number): number {
  const { setting } = reading;
  const scope = rangesIn(reading, entry) ?? [];
  const depth = around.depth + 1;
  const call = {
    name: originOf(entry, setting).text(AT.name),
    depth,
    path: setting.pathOf(entry, entry.number(AT.callFile) ?? 0),
    line: entry.number(AT.callLine) ?? 0,
    column: entry.number(AT.callColumn) ?? 0,
  };
  for (const range of scope) reading.inlined.push({ ...call, ...range });
  return readFunction(reading, entry, { depth, blocks: 0, scope }, level);
}

function rangesIn({ setting }: Reading, entry: Entry): PcRange[] | null {
  const ranges = rangesOf(entry);
  return ranges === null ? null : pcRanges(ranges, setting.place);
}

/**
 * Compilers leave out the parameters of an inlined function that nothing is left of; its abstract form has them. They
 * are shown in the order of that form, as lldb does.
 */
function withMissing(
  { setting }: Reading,
  entry: Entry,
  around: Surroundings,
  { own, seen }: { readonly own: readonly LocalVariable[]; readonly seen: ReadonlySet<number> },
): LocalVariable[] {
  const start = entry.reference(AT.abstractOrigin);
  const abstract = start === null ? null : setting.entryAt(start);
  if (abstract === null || abstract.start === entry.start) return [...own];
  const missing: LocalVariable[] = [];
  const order = new Map<string, number>();
  for (const child of abstract.children()) {
    if (child.tag !== TAG.formalParameter && child.tag !== TAG.variable) continue;
    if (child.tag === TAG.formalParameter) order.set(child.text(AT.name), order.size);
    const variable = seen.has(child.start) ? null : variableOf(child, around, setting);
    if (variable !== null) missing.push(variable);
  }
  const placeOf = ({ depth, parameter, name }: LocalVariable): number =>
    depth === around.depth && parameter ? (order.get(name) ?? 0) : order.size;
  return [...own, ...missing].toSorted((a, b) => placeOf(a) - placeOf(b));
}
