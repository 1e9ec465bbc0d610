import { UserError } from './userError.ts';

// Clients send what they like: every argument is looked at before anything is done.

type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number; `otherwise` when it is not there. */
export function wholeNumber(value: unknown, name: string, otherwise?: number): number {
  if ((value === undefined || value === null) && otherwise !== undefined) return otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UserError(`"${name}" must be a whole number.`);
}

/** A count of things, of which there may be none. */
export function countOf(value: unknown, name: string, otherwise?: number): number {
  const count = wholeNumber(value, name, otherwise);
  if (count < 0) throw new UserError(`"${name}" must not be negative.`);
  return count;
}

export function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new UserError(`"${name}" must be a text.`);
}

/** A list of objects; empty when it is not there. */
export function recordsOf(value: unknown, name: string): readonly Fields[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new UserError(`"${name}" must be a list of objects.`);
}

/** An address as we handed it out, or as people write one. */
export function addressOf(reference: unknown): number {
  const address = typeof reference === 'string' && reference.trim() !== '' ? Number(reference) : Number.NaN;
  if (!Number.isSafeInteger(address)) throw new UserError(`${shown(reference)} is no address.`);
  return address;
}

export function hexAddress(address: number): string {
  return `0x${address.toString(16)}`;
}

/** For messages: short, whatever it is. */
function shown(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : `A ${typeof value}`;
}
