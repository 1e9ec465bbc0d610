import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassemble as disassembleWindow, type DisassemblyRow } from '../debugger/disassembly.ts';
import type { Variable } from '../debugger/variables.ts';
import { addressOf, countOf, hexAddress, isRecord, textOf, wholeNumber } from './arguments.ts';
import type { DapSession } from './session.ts';
import { UserError } from './userError.ts';

/** Rows of one disassembly request; VS Code asks for 400 at most. */
const MOST_ROWS = 10_000;

/** Children shown to a client that does not ask page by page. */
const MOST_CHILDREN = 1000;

/** Longest expression that is looked at. */
const LONGEST_EXPRESSION = 10_000;

const NOT_AN_EXPRESSION =
  'Registers (r0 to r10, w0 to w10), context fields (ctx->data), maps by name, and in C variables and what they lead to (key.proto, eth->h_proto, ports[1], *value) can be evaluated.';

type Fields = Readonly<Record<string, unknown>>;

export function stackTrace(session: DapSession, args: Fields): object {
  const start = countOf(args['startFrame'], 'startFrame', 0);
  const levels = countOf(args['levels'], 'levels', 0);
  const frames = session.frames.map(({ name, place, waitsAt }, index) => {
    const call = waitsAt === null ? null : session.sources.locateCall(waitsAt);
    const { source, line, column } = call ?? session.sources.locate(place);
    return {
      id: index + 1,
      name,
      source,
      line: line - 1 + session.lineBase,
      column: column - 1 + session.columnBase,
      instructionPointerReference: hexAddress(session.replay.target.addressOf(place)),
    };
  });
  const name = session.replay.describeEvent();
  const all = [...frames, { id: frames.length + 1, name, line: 0, column: 0, presentationHint: 'label' }];
  return { stackFrames: all.slice(start, levels === 0 ? all.length : start + levels), totalFrames: all.length };
}

export function scopes(session: DapSession, args: Fields): object {
  const frame = session.frame(wholeNumber(args['frameId'], 'frameId'));
  const list = session.replay.scopes(frame).map(({ name, expensive, variables }) => ({
    name,
    expensive,
    ...(name === 'Registers' ? { presentationHint: 'registers' } : {}),
    variablesReference: session.references.add({ children: variables }),
  }));
  return { scopes: list };
}

export function variables(session: DapSession, args: Fields): object {
  session.mustStand();
  const start = countOf(args['start'], 'start', 0);
  const count = countOf(args['count'], 'count', 0);
  const parent = session.references.get(wholeNumber(args['variablesReference'], 'variablesReference'));
  if (parent === null) throw new UserError('Those variables are gone: the program has moved on.');
  const { indexed } = parent;
  let list: readonly Variable[];
  if (indexed === undefined) list = parent.children?.() ?? [];
  else if (args['filter'] === 'named') list = [];
  else if (count > 0) list = indexed.page(start, count);
  else list = firstOf(indexed.page(start, MOST_CHILDREN), indexed.count - start);
  const paged = indexed === undefined && count > 0 ? list.slice(start, start + count) : list;
  return { variables: paged.map((variable) => toVariable(session, variable)) };
}

function firstOf(page: readonly Variable[], count: number): readonly Variable[] {
  if (count <= page.length) return page;
  const rest = { name: '…', value: `${count - page.length} more`, type: '', evaluateName: null, children: null };
  return [...page, rest];
}

export function evaluate(session: DapSession, args: Fields): object {
  const expression = textOf(args['expression'], 'expression');
  const { frameId } = args;
  const frame = session.frame(frameId === undefined ? undefined : wholeNumber(frameId, 'frameId'));
  const variable = expression.length > LONGEST_EXPRESSION ? null : session.replay.evaluate(expression, frame);
  if (variable === null) throw new UserError(NOT_AN_EXPRESSION);
  const { value, name: _name, evaluateName: _evaluateName, ...rest } = toVariable(session, variable);
  return { result: value, ...rest };
}

export function disassemble(session: DapSession, args: Fields): object {
  const address = addressOf(args['memoryReference']) + wholeNumber(args['offset'], 'offset', 0);
  const first = wholeNumber(args['instructionOffset'], 'instructionOffset', 0);
  const count = countOf(args['instructionCount'], 'instructionCount');
  if (count > MOST_ROWS) throw new UserError(`"instructionCount" must not be larger than ${MOST_ROWS}.`);
  const rows = disassembleWindow(session.replay.target, address, first, count);
  return { instructions: rows.map((row) => toInstruction(session, row)) };
}

export function source(session: DapSession, args: Fields): object {
  const named = isRecord(args['source']) ? args['source']['sourceReference'] : undefined;
  const reference = wholeNumber(named ?? args['sourceReference'], 'sourceReference');
  const content = session.sources.content(reference);
  if (content === null) throw new UserError('There is no such listing.');
  return { content, mimeType: 'text/x-ebpf-asm' };
}

function toVariable(session: DapSession, variable: Variable): DebugProtocol.Variable {
  const { name, value, type, evaluateName, children, indexed } = variable;
  const inside = children !== null || indexed !== undefined;
  return {
    name,
    value,
    type,
    variablesReference: inside ? session.references.add(variable) : 0,
    ...(indexed === undefined ? {} : { indexedVariables: indexed.count, namedVariables: 0 }),
    ...(evaluateName === null ? {} : { evaluateName }),
    presentationHint: { attributes: ['readOnly'] },
  };
}

function toInstruction(session: DapSession, { address, bytes, text, symbol, place }: DisassemblyRow): object {
  if (address === null || place === null) return { address: '-1', instruction: '', presentationHint: 'invalid' };
  const { source: location, line } = session.sources.locate(place);
  const shown = session.replay.target.shownLineOf(place) !== null;
  return {
    address: hexAddress(address),
    instruction: text,
    instructionBytes: bytes,
    symbol,
    ...(shown ? { location, line: line - 1 + session.lineBase } : {}),
  };
}
