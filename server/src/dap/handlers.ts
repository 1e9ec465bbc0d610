import type { DebugProtocol } from '@vscode/debugprotocol';
import { disassemble, type DisassemblyRow } from '../debugger/disassembly.ts';
import type { Granularity } from '../debugger/moves.ts';
import type { CodePlace } from '../debugger/target.ts';
import type { Variable } from '../debugger/variables.ts';
import { type DapSession, type LaunchArguments, THREAD } from './session.ts';
import { UserError } from './userError.ts';

// The arguments are what a client sent: their shape is checked where they are used.
type Handler = (session: DapSession, args: never) => object | undefined | Promise<object | undefined>;

/** What each request does. A request that is not here is unknown. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  initialize(session, args: DebugProtocol.InitializeRequestArguments) {
    session.lineBase = args.linesStartAt1 === false ? 0 : 1;
    session.columnBase = args.columnsStartAt1 === false ? 0 : 1;
    return CAPABILITIES;
  },
  async launch(session, args: LaunchArguments) {
    await session.launch(args);
    return undefined;
  },
  configurationDone(session) {
    session.after(() => session.start());
    return undefined;
  },
  setBreakpoints: sourceBreakpoints,
  setFunctionBreakpoints(session, args: DebugProtocol.SetFunctionBreakpointsArguments) {
    const names = listOf(args.breakpoints).map(({ name }) => String(name));
    const places = names.map((name) => session.replay.target.placesOfFunction(name));
    const made = session.replay.breakpoints.replace('functions', places);
    return { breakpoints: made.map(({ id }, index) => answer(session, id, places[index] ?? [], NO_FUNCTION)) };
  },
  setInstructionBreakpoints(session, args: DebugProtocol.SetInstructionBreakpointsArguments) {
    const places = listOf(args.breakpoints).map(({ instructionReference, offset }) => {
      const place = session.replay.target.placeOf(addressOf(instructionReference) + (offset ?? 0));
      return place === null ? [] : [place];
    });
    const made = session.replay.breakpoints.replace('instructions', places);
    return { breakpoints: made.map(({ id }, index) => answer(session, id, places[index] ?? [], NO_INSTRUCTION)) };
  },
  setExceptionBreakpoints(session, args: DebugProtocol.SetExceptionBreakpointsArguments) {
    session.replay.stopOnTrap = listOf(args.filters).includes('trap');
    return {};
  },
  threads: () => ({ threads: [{ id: THREAD, name: 'program' }] }),
  stackTrace,
  scopes(session, args: DebugProtocol.ScopesArguments) {
    const scopes = session.replay.scopes(session.frame(args.frameId)).map(({ name, expensive, variables }) => ({
      name,
      expensive,
      ...(name === 'Registers' ? { presentationHint: 'registers' } : {}),
      variablesReference: session.references.add(variables),
    }));
    return { scopes };
  },
  variables(session, args: DebugProtocol.VariablesArguments) {
    const variables = session.references.get(args.variablesReference);
    if (variables === null) throw new UserError('Those variables are gone: the program has moved on.');
    const start = args.start ?? 0;
    const page = args.count ? variables.slice(start, start + args.count) : variables;
    return { variables: page.map((variable) => toVariable(session, variable)) };
  },
  evaluate(session, args: DebugProtocol.EvaluateArguments) {
    const variable = session.replay.evaluate(String(args.expression), session.frame(args.frameId));
    if (variable === null) throw new UserError(NOT_AN_EXPRESSION);
    const { value, type, variablesReference } = toVariable(session, variable);
    return { result: value, type, variablesReference };
  },
  next: forward('over'),
  stepIn: forward('into'),
  stepOut: forward('out'),
  continue(session) {
    session.move(session.replay.forward('continue', 'line'));
    return { allThreadsContinued: true };
  },
  stepBack(session, args: DebugProtocol.StepBackArguments) {
    session.move(session.replay.back('over', granularityOf(args.granularity)));
    return undefined;
  },
  reverseContinue(session) {
    session.move(session.replay.back('continue', 'line'));
    return undefined;
  },
  pause(session) {
    session.pause();
    return undefined;
  },
  'ebpf/nextEvent': (session) => session.goToEvent(session.replay.event + 1) as undefined,
  'ebpf/previousEvent': (session) => session.goToEvent(session.replay.event - 1) as undefined,
  'ebpf/goToEvent'(session, { event }: { event?: unknown }) {
    if (typeof event !== 'number' || !Number.isInteger(event)) throw new UserError('"event" must be a whole number.');
    session.goToEvent(event - 1);
    return undefined;
  },
  disassemble(session, args: DebugProtocol.DisassembleArguments) {
    const address = addressOf(args.memoryReference) + (args.offset ?? 0);
    const count = Math.max(0, Math.min(args.instructionCount, MOST_ROWS));
    const rows = disassemble(session.replay.target, address, args.instructionOffset ?? 0, count);
    return { instructions: rows.map((row) => toInstruction(session, row)) };
  },
  source(session, args: DebugProtocol.SourceArguments) {
    const content = session.sources.content(args.source?.sourceReference ?? args.sourceReference);
    if (content === null) throw new UserError('There is no such listing.');
    return { content, mimeType: 'text/x-ebpf-asm' };
  },
  terminate(session) {
    session.end();
    return undefined;
  },
  disconnect(session) {
    session.end();
    return undefined;
  },
};

/** Only what works is offered. */
const CAPABILITIES: DebugProtocol.Capabilities = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsInstructionBreakpoints: true,
  supportsDisassembleRequest: true,
  supportsSteppingGranularity: true,
  supportsStepBack: true,
  supportsEvaluateForHovers: true,
  supportsTerminateRequest: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: [
    {
      filter: 'trap',
      label: 'Faults',
      default: true,
      description:
        'Stop where the program does what the kernel would never let it do: bad memory accesses and the like.',
    },
  ],
};

const MOST_ROWS = 10_000;
const NO_CODE = 'There is no instruction at or behind this line in the program that is being debugged.';
const NO_FUNCTION = 'No function of that name is in the program.';
const NO_INSTRUCTION = 'There is no instruction at that address.';
const NOT_AN_EXPRESSION =
  'Registers (r0 to r10, w0 to w10), context fields (ctx->data) and maps by name can be evaluated.';

function sourceBreakpoints(session: DapSession, args: DebugProtocol.SetBreakpointsArguments): object {
  const { source } = args;
  if (typeof source !== 'object' || source === null) throw new UserError('The request names no source.');
  const wanted = listOf(args.breakpoints ?? args.lines?.map((line) => ({ line })) ?? []);
  const found = wanted.map(({ line }) => session.sources.placesOf(source, line - session.lineBase + 1));
  const group = `source ${source.sourceReference ?? 0} ${source.path ?? ''}`;
  const made = session.replay.breakpoints.replace(
    group,
    found.map((one) => one?.places ?? []),
  );
  return {
    breakpoints: made.map(({ id }, index) => {
      const line = found[index]?.line;
      return line === undefined
        ? { id, verified: false, message: NO_CODE, reason: 'failed' }
        : { id, verified: true, line: line - 1 + session.lineBase, source };
    }),
  };
}

function stackTrace(session: DapSession, args: DebugProtocol.StackTraceArguments): object {
  const frames = session.frames.map(({ name, place }, index) => {
    const { source, line, column } = session.sources.locate(place);
    return {
      id: index + 1,
      name,
      source,
      line: line - 1 + session.lineBase,
      column: column - 1 + session.columnBase,
      instructionPointerReference: hex(session.replay.target.addressOf(place)),
    };
  });
  const event = {
    id: frames.length + 1,
    name: session.replay.describeEvent(),
    line: 0,
    column: 0,
    presentationHint: 'label',
  };
  const all = [...frames, event];
  const start = args.startFrame ?? 0;
  return {
    stackFrames: args.levels ? all.slice(start, start + args.levels) : all.slice(start),
    totalFrames: all.length,
  };
}

function forward(goal: 'into' | 'over' | 'out'): Handler {
  return (session, args: { granularity?: DebugProtocol.SteppingGranularity }) => {
    session.move(session.replay.forward(goal, granularityOf(args.granularity)));
    return undefined;
  };
}

function granularityOf(granularity: DebugProtocol.SteppingGranularity | undefined): Granularity {
  return granularity === 'instruction' ? 'instruction' : 'line';
}

function toVariable(
  session: DapSession,
  { name, value, type, evaluateName, children }: Variable,
): DebugProtocol.Variable {
  return {
    name,
    value,
    type,
    variablesReference: session.references.add(children),
    ...(evaluateName === null ? {} : { evaluateName }),
    presentationHint: { attributes: ['readOnly'] },
  };
}

function toInstruction(session: DapSession, { address, bytes, text, symbol, place }: DisassemblyRow): object {
  if (address === null) return { address: '-1', instruction: '', presentationHint: 'invalid' };
  const code = session.replay.target.placeOf(address);
  const located = code === null ? null : session.sources.locate(code);
  return {
    address: hex(address),
    instruction: text,
    instructionBytes: bytes,
    symbol,
    ...(place === null || located === null
      ? {}
      : { location: located.source, line: located.line - 1 + session.lineBase }),
  };
}

function answer(session: DapSession, id: number, places: readonly CodePlace[], otherwise: string): object {
  const [place] = places;
  if (place === undefined) return { id, verified: false, message: otherwise, reason: 'failed' };
  const { source, line } = session.sources.locate(place);
  return {
    id,
    verified: true,
    source,
    line: line - 1 + session.lineBase,
    instructionReference: hex(session.replay.target.addressOf(place)),
  };
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function addressOf(reference: unknown): number {
  const address = Number(reference);
  if (!Number.isSafeInteger(address)) throw new UserError(`${String(reference)} is no address.`);
  return address;
}

function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
