import { contextOf, ctxAccess } from '../../kernel/contextAccess.ts';
import type { Program } from '../../program/program.ts';

/** One for every byte of the context that programs like this one may write. */
export function writableBytes({ type, attachType }: Program, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const { off, size: fieldSize } of contextOf(type)?.fields ?? []) {
    const width = fieldSize === 8 ? 8 : Math.min(fieldSize, 4);
    for (let at = off; at < Math.min(off + fieldSize, size); at += width)
      if (ctxAccess(type, attachType, at, width, true).ok) bytes.fill(1, at, at + width);
  }
  return bytes;
}
