/** Gives every object of the frame its place below r10. */
import type { IrFunction } from '../ir/ir.ts';
import { reportError, type Problems } from '../problem.ts';
import type { Code, FrameObject } from './code.ts';

/** MAX_BPF_STACK of include/linux/filter.h. */
const MOST_BYTES = 512;

/** Bytes of the frame. */
export function layFrame(code: Code, fn: IrFunction, problems: Problems): number {
  const placed: FrameObject[] = [];
  let bytes = 0;
  for (const object of placingOrder(code.objects)) {
    object.offset = -firstFit(object, placed);
    bytes = Math.max(bytes, -object.offset);
    placed.push(object);
  }
  const total = Math.ceil(bytes / 8) * 8;
  if (total > MOST_BYTES) reportSize(fn, total, code.objects, problems);
  return total;
}

/** What needs alignment first, then the large: so that few gaps are left. */
function placingOrder(objects: readonly FrameObject[]): FrameObject[] {
  return [...objects].sort((a, b) => b.alignBytes - a.alignBytes || b.sizeBytes - a.sizeBytes);
}

/** Distance from r10 of the object's first byte. */
function firstFit(object: FrameObject, placed: readonly FrameObject[]): number {
  // Those that share bytes with each other overlap: the order is that of their upper ends.
  const taken = placed.filter((other) => mustNotShare(object, other)).sort((a, b) => endOf(b) - endOf(a));
  let top = 0;
  for (const other of taken) {
    const end = aligned(top + object.sizeBytes, object);
    if (end <= -endOf(other)) break;
    top = Math.max(top, -other.offset);
  }
  return aligned(top + object.sizeBytes, object);
}

function endOf({ offset, sizeBytes }: FrameObject): number {
  return offset + sizeBytes;
}

function aligned(distance: number, { alignBytes }: FrameObject): number {
  const align = Math.max(1, alignBytes);
  return Math.ceil(distance / align) * align;
}

function mustNotShare(a: FrameObject, b: FrameObject): boolean {
  return a.conflicts === null || b.conflicts === null || a.conflicts.has(b.id) || b.conflicts.has(a.id);
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
