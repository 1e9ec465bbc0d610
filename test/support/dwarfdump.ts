import { spawnSync } from 'node:child_process';

/** What llvm-dwarfdump tells of a variable. */
export interface DumpedVariable {
  readonly name: string;
  readonly parameter: boolean;
  /** How many inlined calls are around it. */
  readonly depth: number;
  /** Blocks of its function around it. */
  readonly blocks: number;
  readonly line: number;
  readonly scope: readonly Range[];
  /** Where it lives in which part of the code, as operations: `DW_OP_reg1 W1`. */
  readonly places: readonly { readonly range: Range; readonly text: string }[];
}

/** Bytes from the function's beginning. */
export type Range = readonly [from: number, to: number];

export interface DumpedFunction {
  readonly name: string;
  readonly size: number;
  readonly variables: readonly DumpedVariable[];
  readonly inlined: readonly {
    readonly name: string;
    readonly depth: number;
    readonly line: number;
    readonly ranges: readonly Range[];
  }[];
}

export function hasDwarfdump(): boolean {
  return spawnSync('llvm-dwarfdump-19', ['--version']).status === 0;
}

/** The functions with code that llvm-dwarfdump finds in an object. */
export function dumpedFunctions(path: string): DumpedFunction[] {
  const { stdout } = spawnSync('llvm-dwarfdump-19', ['--debug-info', path], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const roots = treeOf(stdout.split('\n'));
  return roots.flatMap((root) => root.children).flatMap((node) => functionOf(node) ?? []);
}

interface Node {
  readonly tag: string;
  readonly attributes: Map<string, string[]>;
  readonly children: Node[];
}

function treeOf(lines: readonly string[]): Node[] {
  const roots: Node[] = [];
  const open: { indent: number; node: Node }[] = [];
  let attribute: string[] | undefined;
  for (const line of lines) {
    const tag = /^0x[0-9a-f]+:( +)(DW_TAG_\w+)/.exec(line);
    if (tag !== null) {
      const indent = tag[1]!.length;
      const node: Node = { tag: tag[2]!, attributes: new Map(), children: [] };
      while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
      (open.at(-1)?.node.children ?? roots).push(node);
      open.push({ indent, node });
      continue;
    }
    const named = /^ +(DW_AT_\w+)\s+\((.*)$/.exec(line);
    if (named !== null) open.at(-1)?.node.attributes.set(named[1]!, (attribute = [named[2]!]));
    else if (/^ +\[/.test(line)) attribute?.push(line.trim());
  }
  return roots;
}

function functionOf(node: Node): DumpedFunction | null {
  const start = numberOf(node, 'DW_AT_low_pc');
  const end = numberOf(node, 'DW_AT_high_pc');
  if (node.tag !== 'DW_TAG_subprogram' || start === null || end === null) return null;
  const made = { name: nameOf(node), size: end - start, variables: [], inlined: [] };
  collect(node, { made, start, depth: 0, blocks: 0, scope: [[0, end - start]] });
  return made;
}

interface Collecting {
  readonly made: { readonly variables: DumpedVariable[]; readonly inlined: DumpedFunction['inlined'][number][] };
  readonly start: number;
  readonly depth: number;
  readonly blocks: number;
  readonly scope: readonly Range[];
}

function collect(node: Node, collecting: Collecting): void {
  const { made, start, depth, blocks, scope } = collecting;
  for (const child of node.children) {
    const ranges = rangesOf(child, start);
    if (child.tag === 'DW_TAG_lexical_block')
      collect(child, { ...collecting, blocks: blocks + 1, scope: ranges.length === 0 ? scope : ranges });
    else if (child.tag === 'DW_TAG_inlined_subroutine') {
      made.inlined.push({
        name: nameOf(child),
        depth: depth + 1,
        line: numberOf(child, 'DW_AT_call_line') ?? 0,
        ranges,
      });
      collect(child, { ...collecting, depth: depth + 1, blocks: 0, scope: ranges });
    } else if (child.tag === 'DW_TAG_variable' || child.tag === 'DW_TAG_formal_parameter') {
      const line = numberOf(child, 'DW_AT_decl_line') ?? 0;
      const parameter = child.tag === 'DW_TAG_formal_parameter';
      made.variables.push({
        name: nameOf(child),
        parameter,
        depth,
        blocks,
        line,
        scope,
        places: placesOf(child, start, scope),
      });
    }
  }
}

function first(node: Node, attribute: string): string | null {
  return node.attributes.get(attribute)?.[0]?.replace(/\)$/, '') ?? null;
}

function numberOf(node: Node, attribute: string): number | null {
  const text = first(node, attribute);
  return text === null ? null : Number(text);
}

/** `("x")`, or of another entry `(0x0000013b "parse")`. */
function nameOf(node: Node): string {
  const text = first(node, 'DW_AT_name') ?? first(node, 'DW_AT_abstract_origin') ?? '';
  return /"(.*)"/.exec(text)?.[1] ?? '';
}

function rangesOf(node: Node, start: number): Range[] {
  const listed = node.attributes.get('DW_AT_ranges')?.slice(1);
  const plain = [numberOf(node, 'DW_AT_low_pc'), numberOf(node, 'DW_AT_high_pc')];
  if (listed === undefined) return plain[0] === null ? [] : [[plain[0]! - start, plain[1]! - start]];
  return listed.map((text) => rangeIn(text, start));
}

function rangeIn(text: string, start: number): Range {
  const [, from, to] = /\[(0x[0-9a-f]+), (0x[0-9a-f]+)\)/.exec(text) ?? [];
  return [Number(from) - start, Number(to) - start];
}

function placesOf(node: Node, start: number, scope: readonly Range[]): DumpedVariable['places'] {
  const location = node.attributes.get('DW_AT_location');
  const constant = first(node, 'DW_AT_const_value');
  if (location !== undefined && location.length > 1) {
    const listed = location.slice(1);
    const items = listed.map((line) => ({ range: rangeIn(line, start), text: /\): (.*?)\)?$/.exec(line)?.[1] ?? '' }));
    return items.filter(({ range: [from, to] }) => from < to);
  }
  const text =
    location === undefined ? (constant === null ? null : `constant ${constant}`) : location[0]!.replace(/\)$/, '');
  return text === null ? [] : scope.map((range) => ({ range, text }));
}
