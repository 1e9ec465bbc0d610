import { toHex } from '../server/src/base/bytes.ts';
import { rawProgram } from '../test/support/oracle.ts';
import type { Contender } from './contender.ts';
import { samplePacket } from './packet.ts';
import { processContender } from './processContender.ts';
import type { Workload } from './workloads.ts';

/** The running kernel, asked by the tool that kernel.c becomes. */
export function kernelContender(tool: string, { program }: Workload, reason: (text: string) => void): Contender | null {
  const { insns, maps = [], mapRefs = [] } = rawProgram(program);
  const lines = [
    ...maps.map(({ type, key, value, entries, flags }) => `map ${type} ${key} ${value} ${entries} ${flags ?? 0}`),
    `insns ${insns}`,
    ...mapRefs.map(([pc, map]) => `ref ${pc} ${map}`),
    `packet ${toHex(samplePacket())}`,
  ];
  return processContender(tool, [], lines.join('\n'), reason);
}
