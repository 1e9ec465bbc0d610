/** The verifier's log as text. Level 0 keeps nothing; level 1 keeps the path to the error; level 2 keeps everything. */

export interface Log {
  readonly level: 0 | 1 | 2;
  readonly parts: string[];
  /** Characters of all parts, and lines that had to go. Level 2 only: the text of level 1 is never that long. */
  characters: number;
  dropped: number;
  /** Instruction line that ended last, so that the state after it can be appended; -1 for none. */
  lastInsnPart: number;
  /** Where the log ended when the last instruction line had been said. */
  insnEnd: LogPlace;
  /** Registers and slots that changed since the last print. */
  changedRegs: number;
  changedSlots: number;
  changedSlotsHigh: number;
}

/** As much as loaders ask the kernel for; like the kernel's, a log that gets longer keeps its end. */
const MAX_CHARACTERS = 16 << 20;
/** The longest path there can be, with its states. */
const MAX_PARTS = 2_000_000;

export function newLog(level: 0 | 1 | 2): Log {
  return {
    level,
    parts: [],
    characters: 0,
    dropped: 0,
    lastInsnPart: -1,
    insnEnd: LOG_START,
    changedRegs: 0,
    changedSlots: 0,
    changedSlotsHigh: 0,
  };
}

export function say(log: Log, text: string): void {
  if (log.level === 0 || log.parts.length >= MAX_PARTS) return;
  log.parts.push(flat(text));
  log.characters += text.length;
  if (log.level === 2 && log.characters > 2 * MAX_CHARACTERS) dropBeginning(log);
}

/** Text put together from pieces takes many times its length until it is searched. The kernel's log is a C string. */
export function flat(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}

function dropBeginning(log: Log): void {
  let count = 0;
  for (; log.characters > MAX_CHARACTERS; count++) log.characters -= log.parts[count]?.length ?? 0;
  log.parts.splice(0, count);
  log.dropped += count;
  if (log.lastInsnPart >= 0) log.lastInsnPart -= count;
}

/** At level 1 the text of a finished path is dropped. Mirrors `bpf_vlog_reset` in `pop_stack`, v6.18. */
export function rewind(log: Log, to: LogPlace): void {
  log.lastInsnPart = -1;
  if (log.level !== 1 || log.parts.length < to.parts) return;
  log.parts.length = to.parts;
  // When nothing of the dropped path was said, the line is still the last one.
  if (to.parts > 0 && to.parts === log.insnEnd.parts && to.lastLength === log.insnEnd.lastLength)
    log.lastInsnPart = to.parts - 1;
  // A state appended to the line since has taken the line break's place, so the next text joins the line.
  const last = log.parts[to.parts - 1];
  if (last !== undefined && last.length > to.lastLength) log.parts[to.parts - 1] = last.slice(0, to.lastLength);
}

/** An end of the log to come back to. */
export interface LogPlace {
  readonly parts: number;
  /** Characters of the last part then. */
  readonly lastLength: number;
}

export const LOG_START: LogPlace = { parts: 0, lastLength: 0 };

export function logPlace(log: Log): LogPlace {
  return { parts: log.parts.length, lastLength: log.parts[log.parts.length - 1]?.length ?? 0 };
}

/** A line that the state after the instruction may be appended to. */
export function sayInsnLine(log: Log, text: string): void {
  log.lastInsnPart = log.parts.length;
  say(log, text);
  log.insnEnd = logPlace(log);
}

export function logText(log: Log): string {
  const beginning = log.dropped === 0 ? '' : `(${log.dropped} lines before this were left out)\n`;
  return beginning + log.parts.join('');
}

export function markRegChanged(log: Log, regno: number): void {
  log.changedRegs |= 1 << regno;
}

export function markSlotChanged(log: Log, spi: number): void {
  if (spi < 32) log.changedSlots |= 1 << spi;
  else log.changedSlotsHigh |= 1 << (spi - 32);
}

export function markAllChanged(log: Log): void {
  log.changedRegs = 0x7ff;
  log.changedSlots = -1;
  log.changedSlotsHigh = -1;
}

export function clearChanged(log: Log): void {
  log.changedRegs = 0;
  log.changedSlots = 0;
  log.changedSlotsHigh = 0;
}

export function anythingChanged(log: Log): boolean {
  return log.changedRegs !== 0 || log.changedSlots !== 0 || log.changedSlotsHigh !== 0;
}

export function slotChanged(log: Log, spi: number): boolean {
  return ((spi < 32 ? log.changedSlots >>> spi : log.changedSlotsHigh >>> (spi - 32)) & 1) === 1;
}
