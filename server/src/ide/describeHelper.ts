import { type Helper, helperAvailable, helpersKnown } from '../kernel/helpers.ts';
import { PROGRAM_TYPES } from '../kernel/programTypes.ts';

/** A helper's signature, what it does, and who may call it. */
export function describeHelper(helper: Helper): string {
  const arguments_ = helper.parameters.map((parameter, index) => `r${index + 1}: ${parameter}`).join(', ');
  const types = PROGRAM_TYPES.filter((type) => helpersKnown(type) && helperAvailable(type, helper.id, true));
  return [
    `\`\`\`c\n${helper.signature}\n\`\`\``,
    helper.doc,
    arguments_ === '' ? '' : `\`${arguments_}\` → r0`,
    `Helper ${helper.id}, since Linux ${helper.since}.${notes(helper)}`,
    types.length === 0 ? '' : `For: ${types.join(', ')}.`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function notes({ proto }: Helper): string {
  const gpl = proto?.gplOnly === true ? ' Only for programs with a GPL-compatible license.' : '';
  const packet =
    proto?.changesPacket === true ? ' May move the packet: pointers into it must be loaded and checked again.' : '';
  return gpl + packet;
}
