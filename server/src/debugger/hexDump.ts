import { toHex } from '../base/bytes.ts';
import { leaf, type Variable } from './variables.ts';

/** Bytes shown in one line; longer ones open as rows. */
const SHORT = 32;
const ROW = 16;

/** Bytes as hex; what does not fit a line can be opened as rows of sixteen. */
export function bytesVariable(name: string, bytes: Uint8Array, type: string): Variable {
  if (bytes.length <= SHORT) return leaf(name, spaced(bytes), type);
  const value = `${spaced(bytes.subarray(0, ROW))} … ${bytes.length - ROW} more bytes`;
  const count = Math.ceil(bytes.length / ROW);
  const page = (start: number, most: number): Variable[] =>
    Array.from({ length: Math.max(0, Math.min(most, count - start)) }, (_, row) => dumpRow(bytes, start + row));
  return { name, value, type, evaluateName: null, children: null, indexed: { count, page } };
}

function dumpRow(bytes: Uint8Array, row: number): Variable {
  const part = bytes.subarray(row * ROW, (row + 1) * ROW);
  const text = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return leaf(`+${row * ROW}`, `${spaced(part)}  ${text}`);
}

function spaced(bytes: Uint8Array): string {
  return toHex(bytes).replaceAll(/(..)(?=.)/g, '$1 ');
}
