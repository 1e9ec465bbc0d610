import type { DebugProtocol } from '@vscode/debugprotocol';

// What the Debug Adapter Protocol wants of the messages that we send, for the parts that we use.

type Check = (value: unknown, path: string) => void;
type Fields = Readonly<Record<string, unknown>>;

class ProtocolError extends Error {}

const fail = (path: string, what: string, value: unknown): never => {
  throw new ProtocolError(`${path} must be ${what}, but is ${JSON.stringify(value)}`);
};

const text: Check = (value, path) => void (typeof value === 'string' || fail(path, 'a text', value));
const yes: Check = (value, path) => void (typeof value === 'boolean' || fail(path, 'a boolean', value));
const whole: Check = (value, path) => void (Number.isSafeInteger(value) || fail(path, 'a whole number', value));
const count: Check = (value, path) =>
  void ((Number.isSafeInteger(value) && (value as number) >= 0) || fail(path, 'a whole number from 0', value));
/** A 31-bit number: clients keep references in an int32. */
const reference: Check = (value, path) => {
  count(value, path);
  if ((value as number) >= 2 ** 31) fail(path, 'below 2^31', value);
};
const address: Check = (value, path) => {
  text(value, path);
  BigInt(value as string);
};

const oneOf =
  (...words: readonly string[]): Check =>
  (value, path) =>
    void (words.includes(value as string) || fail(path, words.join(' or '), value));

const listOf =
  (check: Check): Check =>
  (value, path) => {
    if (!Array.isArray(value)) return fail(path, 'a list', value);
    value.forEach((item, index) => check(item, `${path}[${index}]`));
  };

/** An object with these fields; names ending in ? may be absent. Others are not ours to send. */
const object =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object', value);
    for (const [key, check] of Object.entries(shape)) {
      const name = key.replace(/\?$/, '');
      const field = (value as Fields)[name];
      if (field !== undefined) check(field, `${path}.${name}`);
      else if (!key.endsWith('?')) fail(`${path}.${name}`, 'there', field);
    }
    for (const name of Object.keys(value))
      if (!(name in shape) && !(`${name}?` in shape)) fail(`${path}.${name}`, 'absent', (value as Fields)[name]);
  };

/** Clients open a source by its path, or ask us for it by its number. */
const source: Check = (value, path) => {
  if (typeof value !== 'object' || value === null) return fail(path, 'an object', value);
  const { path: file, sourceReference } = value as DebugProtocol.Source;
  if (file === undefined && !(Number.isSafeInteger(sourceReference) && (sourceReference ?? 0) > 0))
    fail(path, 'a source with a path or number', value);
};

const nothing: Check = (value, path) => void (value === undefined || fail(path, 'absent', value));
const empty = object({});

const breakpoint = object({
  id: whole,
  verified: yes,
  'message?': text,
  'source?': source,
  'line?': count,
  'column?': count,
  'instructionReference?': address,
  'offset?': whole,
  'reason?': oneOf('pending', 'failed'),
});
const breakpoints = object({ breakpoints: listOf(breakpoint) });

const variable = object({
  name: text,
  value: text,
  'type?': text,
  variablesReference: reference,
  'evaluateName?': text,
  'indexedVariables?': count,
  'namedVariables?': count,
  'presentationHint?': object({ 'attributes?': listOf(oneOf('readOnly')) }),
});

const frame = object({
  id: count,
  name: text,
  'source?': source,
  line: count,
  column: count,
  'instructionPointerReference?': address,
  'presentationHint?': oneOf('normal', 'label', 'subtle'),
});

const filter = object({ filter: text, label: text, 'description?': text, 'default?': yes, 'supportsCondition?': yes });

/** Every capability that may be offered must be in this list with the requests that it promises. */
const capabilities = object({
  supportsConfigurationDoneRequest: yes,
  supportsFunctionBreakpoints: yes,
  supportsInstructionBreakpoints: yes,
  supportsDisassembleRequest: yes,
  supportsSteppingGranularity: yes,
  supportsStepBack: yes,
  supportsEvaluateForHovers: yes,
  supportsTerminateRequest: yes,
  exceptionBreakpointFilters: listOf(filter),
});

const instruction = object({
  address,
  instruction: text,
  'instructionBytes?': text,
  'symbol?': text,
  'location?': source,
  'line?': count,
  'presentationHint?': oneOf('normal', 'invalid'),
});

const RESPONSES: Readonly<Record<string, Check>> = {
  initialize: capabilities,
  launch: nothing,
  configurationDone: nothing,
  setBreakpoints: breakpoints,
  setFunctionBreakpoints: breakpoints,
  setInstructionBreakpoints: breakpoints,
  setExceptionBreakpoints: empty,
  threads: object({ threads: listOf(object({ id: whole, name: text })) }),
  stackTrace: object({ stackFrames: listOf(frame), 'totalFrames?': count }),
  scopes: object({
    scopes: listOf(
      object({ name: text, expensive: yes, variablesReference: reference, 'presentationHint?': oneOf('registers') }),
    ),
  }),
  variables: object({ variables: listOf(variable) }),
  evaluate: object({
    result: text,
    'type?': text,
    variablesReference: reference,
    'indexedVariables?': count,
    'namedVariables?': count,
    'presentationHint?': object({ 'attributes?': listOf(oneOf('readOnly')) }),
  }),
  continue: object({ 'allThreadsContinued?': yes }),
  disassemble: object({ instructions: listOf(instruction) }),
  source: object({ content: text, 'mimeType?': text }),
};

const EVENTS: Readonly<Record<string, Check>> = {
  initialized: nothing,
  terminated: nothing,
  stopped: object({
    reason: oneOf('step', 'breakpoint', 'exception', 'pause', 'entry', 'function breakpoint', 'instruction breakpoint'),
    description: text,
    threadId: whole,
    allThreadsStopped: yes,
    'text?': text,
    'hitBreakpointIds?': listOf(whole),
  }),
  continued: object({ threadId: whole, 'allThreadsContinued?': yes }),
  output: object({ category: oneOf('console', 'important', 'stdout', 'stderr'), output: text }),
  'ebpf/position': object({ event: count, insns: count, total: count }),
};

const error = object({ error: object({ id: whole, format: text, showUser: yes }) });

/** Throws when a message is not as the protocol wants it. */
export function checkMessage(message: DebugProtocol.ProtocolMessage): void {
  if (message.type === 'event') {
    const { event, body } = message as DebugProtocol.Event;
    (EVENTS[event] ?? fail(event, 'an event of ours', body))(body, event);
    return;
  }
  const { command, success, body, message: reason } = message as DebugProtocol.Response;
  yes(success, 'success');
  if (success) (RESPONSES[command] ?? nothing)(body, command);
  else {
    text(reason, 'message');
    error(body, command);
  }
}

/** What any client may rely on over a whole session. */
export class ProtocolOrder {
  #initialized = false;
  #over = false;
  #standing = false;

  event(name: string): void {
    if (this.#over) throw new ProtocolError(`${name} after terminated`);
    if (name === 'initialized') this.#initialized = true;
    else if (!this.#initialized && name !== 'output' && name !== 'terminated')
      throw new ProtocolError(`${name} before initialized`);
    if (name === 'stopped' && this.#standing) throw new ProtocolError('stopped while it stands');
    if (name === 'stopped') this.#standing = true;
    if (name === 'continued') this.#standing = false;
    if (name === 'terminated') this.#over = true;
  }

  response(command: string, success: boolean): void {
    if (success && MOVES.has(command)) this.#standing = false;
  }
}

/** Requests after which clients take the program to be running. */
const MOVES = new Set(['continue', 'reverseContinue', 'next', 'stepIn', 'stepOut', 'stepBack', 'restartFrame', 'goto']);
