import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { toHex } from '../../server/src/base/bytes.ts';
import type { ClassicInsn } from '../../server/src/isa/classic.ts';
import { buildTool } from './buildTool.ts';

/** A filter and packets to send through it. */
export interface FilterQuestion {
  readonly insns: readonly ClassicInsn[];
  readonly packets?: readonly Uint8Array[];
}

export interface FilterAnswer {
  readonly accepted: boolean;
  /** By packet: how many of its bytes came through; -1 when it was dropped. */
  readonly kept: readonly number[];
}

/** What the running kernel says to classic filters, on sockets of a process of its own; null where it cannot be asked. */
export const attachFilters: ((questions: readonly FilterQuestion[]) => FilterAnswer[]) | null = findTool();

function findTool(): typeof attachFilters {
  if (process.platform !== 'linux') return null;
  try {
    const tool = buildTool(path.join(import.meta.dirname, 'attachFilter.c'));
    const [answer] = ask(tool, [{ insns: [{ code: 6, jt: 0, jf: 0, k: 3 }], packets: [new Uint8Array(8)] }]);
    return answer?.accepted === true && answer.kept[0] === 3 ? (questions) => ask(tool, questions) : null;
  } catch {
    return null;
  }
}

function ask(tool: string, questions: readonly FilterQuestion[]): FilterAnswer[] {
  const input = questions.flatMap(({ insns, packets = [] }) => [
    `P ${insns.length} ${insns.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`).join(' ')}`,
    ...packets.map((packet) => `D ${toHex(packet)}`),
  ]);
  const run = spawnSync(tool, { input: `${input.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 });
  const answers = run.stdout.trim().split('\n').map(Number);
  if (answers.length !== input.length) throw new Error(`${answers.length} answers to ${input.length} lines`);
  let at = 0;
  return questions.map(({ packets = [] }) => {
    const accepted = answers[at] === 0;
    const kept = answers.slice(at + 1, at + 1 + packets.length);
    at += 1 + packets.length;
    return { accepted, kept };
  });
}
