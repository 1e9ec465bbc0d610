import { describe, expect, it } from 'vitest';
import { contextOf, ctxAccess } from '../../server/src/kernel/contextAccess.ts';
import { programTypeOfSection } from '../../server/src/kernel/sections.ts';
import { NOTHING_RECORDED, type HookEvent } from '../../server/src/events/event.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { capture as sampleCapture } from '../cli/samples.ts';
import { readAll } from '../events/readAll.ts';
import { assembled, checkSameAsKernel, fileOf, type Trial } from '../support/sameAsKernel.ts';
import { runInKernel, testRunTool } from '../support/testRun.ts';

const packets = readAll(sampleCapture).events.map(({ data }) => data).filter((data) => data.length > 60 - 18); // prettier-ignore

/**
 * Loads every number of a section's context that can be read, in each width there is, into successive words at r7. Left
 * out are parts behind a field's beginning, for which some kernels answer with the beginning, and wire_len, which is only
 * set for runs that are given a context.
 */
function readsOf(section: string): string {
  const found = programTypeOfSection(section);
  const lines: string[] = [];
  let word = 0;
  if (found === null) throw new Error(section);
  for (const { name, off, size, kind } of contextOf(found.type)?.fields ?? []) {
    if (kind !== 'scalar' || name === 'wire_len') continue;
    for (let at = off; at < off + size && word < 250; at += 4)
      for (const width of [1, 2, 4, 8] as const) {
        if (!ctxAccess(found.type, found.attachType, at, width, false).ok) continue;
        lines.push(`  r1 = *(u${8 * width} *)(r6 + ${at})`, `  *(u64 *)(r7 + ${8 * word++}) = r1`);
      }
  }
  return lines.join('\n');
}

describe.skipIf(testRunTool === null)('contexts, against the running kernel (skipped where there is none)', () => {
  it.each([
    'xdp',
    'tc',
    'action',
    'socket',
    'cgroup_skb/ingress',
    'cgroup_skb/egress',
    'lwt_in',
    'lwt_out',
    'lwt_xmit',
    'flow_dissector',
  ])('every field of %s reads as in a test run', (section) => {
    // prettier-ignore
    const body = readsOf(section);
    checkSameAsKernel(packets.map((packet): Trial => ({ body, section, packet })));
  });

  it('what a flow dissector fills in comes back, offsets inside the packet', () => {
    const body = `
      r1 = *(u64 *)(r6 + 144)
      r2 = *(u16 *)(r1 + 10)
      *(u64 *)(r7 + 0) = r2
      r2 = *(u16 *)(r1 + 0)
      *(u64 *)(r7 + 8) = r2
      *(u16 *)(r1 + 0) = 2
      *(u16 *)(r1 + 2) = 30000
      *(u16 *)(r1 + 12) = 513
      *(u32 *)(r1 + 16) = 16909060
      r2 = *(u32 *)(r6 + 76)
      r3 = *(u32 *)(r6 + 80)
      r4 = r2
      r4 += 14
      if r4 > r3 goto end
      r1 = *(u16 *)(r2 + 12)
      *(u64 *)(r7 + 16) = r1
    `;
    checkSameAsKernel(packets.map((packet): Trial => ({ body, section: 'flow_dissector', packet })));
  });

  it.each([
    [{ family: 2n, protocol: 6n, remote_ip4: 0x0102_00c0n, remote_port: 0x5000n, local_ip4: 7n, local_port: 443n }],
    [{ family: 10n, protocol: 17n, 'remote_ip6[1]': 5n, 'local_ip6[3]': 9n, local_port: 53n }],
  ])('a socket lookup reads its two ends: %o', (fields) => {
    const { object, program } = assembled(fileOf({ body: readsOf('sk_lookup'), section: 'sk_lookup' }, 1));
    const event: HookEvent = {
      kind: 'hook',
      index: 0,
      timeNs: 0n,
      context: null,
      registers: null,
      args: null,
      returned: null,
      data: null,
      recorded: { ...NOTHING_RECORDED, fields: new Map(Object.entries(fields)) },
    };
    const session = createRunSession(object, program, { engine: 'both' });
    if (typeof session === 'string') throw new Error(session);
    expect(session.run(event)).toMatchObject({ trap: null, skipped: null, returnValue: 1 });
    const context = session.machine.memory.u8.slice(0x3_0000, 0x3_0000 + 72);
    const [kernel] = runInKernel([{ program, context }]);
    expect(kernel?.runErrno).toBe(0);
    expect(kernel?.returnValue).toBe(1);
    expect(session.summary().maps[0]?.entries[0]?.values[0]).toEqual(kernel?.map);
  });
});
