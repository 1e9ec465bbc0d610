/** Gives every object of the frame its place below r10. */
import type { IrFunction } from '../ir/ir.ts';
import { reportError, type Problems } from '../problem.ts';
import type { Code, FrameObject } from './code.ts';

/** MAX_BPF_STACK of include/linux/filter.h. */
const MOST_BYTES = 512;

/** Bytes of the frame. */
export function layFrame(code: Code, fn: IrFunction, problems: Problems): number {
  const objects = [...code.objects].sort((a, b) => b.alignBytes - a.alignBytes);
  let bytes = 0;
  for (const object of objects) {
    const align = Math.max(1, object.alignBytes);
    bytes = Math.ceil((bytes + object.sizeBytes) / align) * align;
    object.offset = -bytes;
  }
  const total = Math.ceil(bytes / 8) * 8;
  if (total > MOST_BYTES) reportSize(fn, total, code.objects, problems);
  return total;
}

function reportSize(fn: IrFunction, bytes: number, objects: readonly FrameObject[], problems: Problems): void {
  const named = new Map<string, number>();
  for (const { variable, sizeBytes } of objects) {
    const name = variable === null || variable.name === '' ? 'temporaries' : `'${variable.name}'`;
    named.set(name, (named.get(name) ?? 0) + sizeBytes);
  }
  const largest = [...named].sort((a, b) => b[1] - a[1]).slice(0, 3);
  const list = largest.map(([name, size]) => `${name} ${size}`).join(', ');
  const more = named.size > largest.length ? ', …' : '';
  const message = `the frame of '${fn.name}' takes ${bytes} bytes of ${MOST_BYTES}: ${list}${more}`;
  reportError(problems, 'stack-too-large', { start: fn.place, end: fn.place }, message);
}
