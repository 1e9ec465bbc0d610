import { type Helper, helperAvailable, helpersKnown } from '../kernel/helpers.ts';
import { PROGRAM_TYPES, type ProgramType } from '../kernel/programTypes.ts';

/** A helper's signature, what it does, and who may call it. */
export function describeHelper(helper: Helper): string {
  const arguments_ = helper.parameters.map((parameter, index) => `r${index + 1}: ${parameter}`).join(', ');
  const registers = arguments_ === '' ? '' : `\`${arguments_}\` → r0`;
  return [`\`\`\`c\n${helper.signature}\n\`\`\``, helper.doc, registers, useOf(helper)].filter(Boolean).join('\n\n');
}

/** What it does, and who may call it. */
export function describeHelperInC(helper: Helper): string {
  return [helper.doc, useOf(helper)].filter(Boolean).join('\n\n');
}

function useOf(helper: Helper): string {
  const types = PROGRAM_TYPES.filter((type) => helpersKnown(type) && helperAvailable(type, helper.id, true));
  return [`Helper ${helper.id}, since Linux ${helper.since}.${notes(helper)}`, typesNote(types)]
    .filter(Boolean)
    .join('\n\n');
}

/** Many helpers are open to all but a few types: then the few are named. */
function typesNote(types: readonly ProgramType[]): string {
  if (types.length === 0) return '';
  const others = PROGRAM_TYPES.filter((type) => type !== 'unspec' && helpersKnown(type) && !types.includes(type));
  if (others.length === 0) return 'For all program types that are known here.';
  return others.length < types.length ? `For all program types but ${others.join(', ')}.` : `For: ${types.join(', ')}.`;
}

function notes({ proto }: Helper): string {
  const gpl = proto?.gplOnly === true ? ' Only for programs with a GPL-compatible license.' : '';
  const packet =
    proto?.changesPacket === true ? ' May move the packet: pointers into it must be loaded and checked again.' : '';
  return gpl + packet;
}
