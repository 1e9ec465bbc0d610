import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Granularity } from '../debugger/moves.ts';
import { wholeNumber } from './arguments.ts';
import {
  setBreakpoints,
  setExceptionBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
} from './breakpointRequests.ts';
import { type DapSession, THREAD } from './session.ts';
import { disassemble, evaluate, scopes, source, stackTrace, variables } from './showRequests.ts';

// The arguments are what a client sent: their shape is checked where they are used.
type Handler = (
  session: DapSession,
  args: Readonly<Record<string, unknown>>,
) => object | undefined | Promise<object | undefined>;

/** What each request does. A request that is not here is unknown. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  initialize(session, args) {
    session.lineBase = args['linesStartAt1'] === false ? 0 : 1;
    session.columnBase = args['columnsStartAt1'] === false ? 0 : 1;
    return CAPABILITIES;
  },
  async launch(session, args) {
    await session.launch(args);
    return undefined;
  },
  configurationDone: silent((session) => session.start()),
  setBreakpoints,
  setFunctionBreakpoints,
  setInstructionBreakpoints,
  setExceptionBreakpoints,
  threads: () => ({ threads: [{ id: THREAD, name: 'program' }] }),
  stackTrace,
  scopes,
  variables,
  evaluate,
  next: silent((session, args) => session.forward('over', granularityOf(args))),
  stepIn: silent((session, args) => session.forward('into', granularityOf(args))),
  stepOut: silent((session, args) => session.forward('out', granularityOf(args))),
  continue(session) {
    session.forward('continue', 'line');
    return { allThreadsContinued: true };
  },
  stepBack: silent((session, args) => session.back('over', granularityOf(args))),
  reverseContinue: silent((session) => session.back('continue', 'line')),
  pause: silent((session) => session.pause()),
  'ebpf/nextEvent': silent((session) => session.moveToEvent(session.replay.nearestEvent(1))),
  'ebpf/previousEvent': silent((session) => session.moveToEvent(session.replay.nearestEvent(-1))),
  'ebpf/goToEvent': silent((session, { event }) => session.moveToEvent(wholeNumber(event, 'event') - 1)),
  disassemble,
  source,
  terminate: silent((session) => session.end()),
  disconnect: silent((session) => session.end()),
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

/** A request whose answer says nothing but that it was done. */
function silent(act: (session: DapSession, args: Readonly<Record<string, unknown>>) => void): Handler {
  return (session, args) => {
    act(session, args);
    return undefined;
  };
}

function granularityOf({ granularity }: { readonly granularity?: unknown }): Granularity {
  return granularity === 'instruction' ? 'instruction' : 'line';
}
