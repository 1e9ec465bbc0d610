import { KFUNC_GROUPS, type Kfunc, type KfuncFlag } from '../kernel/kfuncs.ts';

/** A kernel function's signature, what it does, and who may call it. */
export function describeKfunc(kfunc: Kfunc): string {
  const notes = FLAG_NOTES.filter(([flag]) => kfunc.flags.has(flag)).map(([, text]) => text);
  return [
    `\`\`\`c\n${kfunc.signature}\n\`\`\``,
    kfunc.doc,
    [`Kernel function (kfunc), since Linux ${kfunc.since}.`, ...notes].join(' '),
    `Programs: ${KFUNC_GROUPS[kfunc.group]}.`,
  ].join('\n\n');
}

const FLAG_NOTES: readonly (readonly [KfuncFlag, string])[] = [
  ['acquire', 'Gives a reference that must be released.'],
  ['release', 'Releases a reference.'],
  ['retNull', 'The result may be null.'],
  ['sleepable', 'May sleep, so only sleepable programs may call it.'],
  ['destructive', 'Only for those who may reboot the machine.'],
];
