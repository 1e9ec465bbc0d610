import { describe, expect, it } from 'vitest';
import { BPF_SOCK, BPF_TCP_SOCK, socketField } from '../../server/src/kernel/sockets.ts';
import type { SocketKind } from '../../server/src/kernel/sockets.ts';
import { hex16 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';

describe('socket fields', () => {
  it('do not overlap', () => {
    for (const fields of [BPF_SOCK, BPF_TCP_SOCK])
      for (const [i, field] of fields.entries())
        expect(field.off).toBeGreaterThanOrEqual((fields[i - 1]?.off ?? 0) + (fields[i - 1]?.size ?? 0));
  });

  it.each([
    ['sockCommon', 4, 4, 'family'],
    ['sockCommon', 4, 1, 'family'],
    ['sockCommon', 12, 4, null],
    ['socket', 12, 4, 'protocol'],
    ['socket', 50, 2, null],
    ['socket', 80, 4, null],
    ['tcpSock', 80, 8, 'bytes_received'],
    ['tcpSock', 80, 4, null],
  ] as const)('%s + %i, %i bytes: %s', (kind, off, size, name) => {
    expect(socketField(kind, off, size)?.name ?? null).toBe(name);
  });
});

/** Puts a pointer of the kind into r0, or ends the program; r1 is the context of a tc program. */
const POINTER: Record<SocketKind, string> = {
  // r0 = skb->sk; if r0 == 0 goto out
  sockCommon: `7910a80000000000${jumpIfNull(1)}`,
  socket: `7910a80000000000${jumpIfNull(4)}bf01000000000000850000005f000000${jumpIfNull(1)}`,
  tcpSock: `7910a80000000000${jumpIfNull(4)}bf010000000000008500000060000000${jumpIfNull(1)}`,
};

function jumpIfNull(over: number): string {
  return `15000${over}0000000000`;
}

const NAMES = { sockCommon: 'sock_common', socket: 'sock', tcpSock: 'tcp_sock' } as const;
const LOAD = { 1: '71', 2: '69', 4: '61', 8: '79' } as const;

describe.skipIf(kverify === null)('socket fields, against the running kernel (skipped where there is none)', () => {
  it.each(['sockCommon', 'socket', 'tcpSock'] as const)('%s', (kind) => {
    const loads = Array.from({ length: 128 }, (_, i) => i - 4).flatMap((off) =>
      ([1, 2, 4, 8] as const)
        // The kernel itself stumbles over the upper halves of the 64-bit fields.
        .filter((size) => kind !== 'tcpSock' || size !== 4 || (off !== 84 && off !== 92))
        .map((size) => ({ off, size })),
    );
    const verdicts = askKernel(
      loads.map(({ off, size }) => ({
        type: 'sched_cls',
        insns: `${POINTER[kind]}${LOAD[size]}00${hex16(off)}00000000b7000000000000009500000000000000`,
      })),
    );
    expect(verdicts.filter(({ verdict }) => verdict === 'accept').length).toBeGreaterThan(10);
    expect(loads.filter(({ off, size }) => socketField(kind, off, size) !== null).map(good)).toEqual(
      loads.filter((_, i) => verdicts[i]?.verdict === 'accept').map(good),
    );
    const refusals = new Set(verdicts.map(({ message }) => message.replaceAll(/-?\d+/g, 'N')));
    expect([...refusals].filter(Boolean)).toEqual([`RN invalid ${NAMES[kind]} access off=N size=N`]);
  });
});

function good(load: { off: number; size: number }): string {
  return `${load.size} at ${load.off}`;
}
