import { contextOf, ctxAccess } from '../kernel/contextAccess.ts';
import type { CtxField } from '../kernel/contexts.ts';
import type { AttachType, ProgramType } from '../kernel/programTypes.ts';

/** A place in a context that a load or store may name. */
export interface ContextPlace {
  /** `mark`, or `cb[1]` for an element. */
  readonly name: string;
  readonly off: number;
  readonly field: CtxField;
}

/** `*(u32 *)(r1 + ` at the end of a line, in front of what is being typed; as a store at its beginning. */
const ACCESS =
  /^(?<start>\s*(?:[\w.$]+:\s*)?)?(?<rest>.*?)\*\s*\(\s*[us](?<bits>8|16|32|64)\s*\*\s*\)\s*\(\s*r(?<reg>\d)\s*\+\s*$/;

/** Where programs of a type may load from or store to their context, if the line ends in the middle of an access. */
export function contextPlaces(before: string, type: ProgramType, attachType: AttachType | null): ContextPlace[] {
  const found = ACCESS.exec(before)?.groups;
  if (found === undefined) return [];
  const width = Number(found['bits']) / 8;
  const write = (found['rest'] ?? '') === '';
  return (contextOf(type)?.fields ?? []).flatMap((field) =>
    placesIn(field, width).filter(({ off }) => {
      const access = ctxAccess(type, attachType, off, width, write);
      return access.ok && access.field === field;
    }),
  );
}

function placesIn(field: CtxField, width: number): ContextPlace[] {
  const { name, type, off, size } = field;
  const length = Number(/\[(\d+)\]$/.exec(type)?.[1] ?? '1');
  if (length === 1) return [{ name, off, field }];
  // Records of tracepoints and structures of the program's own have no names to offer.
  if (length > 64) return [];
  const element = size / length;
  return Array.from({ length }, (_, i) => ({ name: `${name}[${i}]`, off: off + i * element, field })).filter(
    (place) => width <= element || (place.off - off) % width === 0,
  );
}
