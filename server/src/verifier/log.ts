/** The verifier's log as text. Level 0 keeps nothing; level 1 keeps the path to the error; level 2 keeps everything. */

export interface Log {
  readonly level: 0 | 1 | 2;
  readonly parts: string[];
  /** Instruction line that ended last, so that the state after it can be appended; -1 for none. */
  lastInsnPart: number;
  /** Registers and slots that changed since the last print. */
  changedRegs: number;
  changedSlots: number;
  changedSlotsHigh: number;
}

/** Memory bound for a log nobody reads to its end. */
const MAX_PARTS = 2_000_000;

export function newLog(level: 0 | 1 | 2): Log {
  return { level, parts: [], lastInsnPart: -1, changedRegs: 0, changedSlots: 0, changedSlotsHigh: 0 };
}

export function say(log: Log, text: string): void {
  if (log.level > 0 && log.parts.length < MAX_PARTS) log.parts.push(text);
}

/** At level 1 the text of a finished path is dropped. Mirrors `bpf_vlog_reset` in `pop_stack`, v6.18. */
export function rewind(log: Log, to: LogPlace): void {
  log.lastInsnPart = -1;
  if (log.level !== 1 || log.parts.length < to.parts) return;
  log.parts.length = to.parts;
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

export function logText(log: Log): string {
  return log.parts.join('');
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
