import { describe, expect, it } from 'vitest';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { contextOf } from '../../server/src/kernel/contextAccess.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { SECTIONS } from '../../server/src/kernel/sections.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { hex16 } from '../support/hex.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawProgram } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const btf = kernelBtf();
const SLEEPABLE = 1 << 4;
const EXIT = '9500000000000000';
const RETURN_0 = `b700000000000000${EXIT}`;
const RETURN_1 = `b700000001000000${EXIT}`;

/** Types whose arguments the kernel's BTF describes, and one that needs a driver this kernel may lack. */
const NOT_ASKED: ReadonlySet<ProgramType> = new Set(['tracing', 'lsm', 'struct_ops', 'ext', 'lirc_mode2']);

/** Every type and attach type that a section stands for, once. */
const programs = [
  ...new Map(
    SECTIONS.filter(({ type }) => !NOT_ASKED.has(type)).map((row) => [`${row.type} ${row.attachType}`, row] as const),
  ).values(),
];

/** Loads each field whole, follows and changes what it got, writes to it; and returns what programs may and may not. */
function uses(type: ProgramType): string[] {
  const fields = contextOf(type)?.fields ?? [];
  const places = [...new Map(fields.map((field) => [`${field.off} ${field.size}`, field])).values()].slice(0, 48);
  return [
    ...places.flatMap(({ off, size }) => {
      const code = size === 8 ? '79' : '61';
      const load = `${code}12${hex16(off)}00000000`;
      return [
        `${load}6123000000000000`,
        `${load}5502020000000000${RETURN_1}6123000000000000`,
        `${load}0702000004000000`,
        `${size === 8 ? '7a' : '62'}01${hex16(off)}00000000`,
      ].map((body) => body + RETURN_1);
    }),
    ...[-1, 0, 1, 2, 3, 4].map((value) => `b7000000${hex16(value)}${value < 0 ? 'ffff' : '0000'}${EXIT}`),
    `bf10000000000000${EXIT}`,
    EXIT,
    RETURN_0,
  ];
}

describe.skipIf(kverify === null || btf === null)(
  'all that programs of a type do with their context, against the running kernel (skipped where there is none)',
  () => {
    it.each(
      programs.map(({ type, attachType, flags }) => [`${type} ${attachType}`, { type, attachType, flags }] as const),
    )('%s', (_title, { type, attachType, flags }) => {
      const raws: RawProgram[] = uses(type).map((insns) => ({
        type,
        insns,
        attachType: attachTypeNumber(attachType),
        flags: flags & SLEEPABLE,
      }));
      const kernel = askKernel(raws).map(kernelVerdict);
      const ours = raws.map((raw) => verify({ ...programOfRaw(raw), attachType }, { kernelBtf: btf }));
      expect(
        ours.map(({ outcome, finding, processed }, i) => [
          raws[i]?.insns,
          outcome,
          finding?.kernelLines ?? [],
          processed,
        ]),
      ).toEqual(
        kernel.map(({ verdict, lines, processed }, i) => [raws[i]?.insns, `${verdict}ed`, lines, processed ?? 0]),
      );
    });
  },
);
