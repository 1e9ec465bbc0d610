import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { readAll } from '../events/readAll.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { parseInitialMaps } from '../../server/src/run/initialMaps.ts';
import { openSession } from './goldenRun.ts';

const BLOCKED = '{"blocked": [{"key": "200000000a090063", "value": "09000000"}]}';

/**
 * Recordings by xdpdump of programs that were really attached: each packet before the program (fentry) and after it
 * (fexit, with the verdict), paired by their packet id.
 */
describe.skipIf(sharedFolder === null)('attached XDP programs (skipped where ../shared is absent)', () => {
  it.each(['xdp_count', 'xdp_rewrite'])('%s does what it did in the kernel', (program) => {
    const bytes = new Uint8Array(readFileSync(sharedPath(`recordings/golden/live-xdp/${program}-xdpdump.pcapng`)));
    const { events, problems } = readAll(bytes);
    expect(problems).toEqual([]);
    const entries = events.filter(({ interfaceName }) => interfaceName?.endsWith('@fentry'));
    const exits = new Map(
      events.filter(({ interfaceName }) => interfaceName?.endsWith('@fexit')).map((event) => [event.packetId, event]),
    );
    // The one map that was filled before the program was attached.
    const initial = parseInitialMaps(program === 'xdp_count' ? BLOCKED : '{}');
    if (typeof initial === 'string') throw new Error(initial);
    const session = openSession(sharedPath(`recordings/golden/objs/${program}.v3.o`), program, 'both', initial);
    let pairs = 0;
    for (const event of entries) {
      const { returnValue, packet, metaBytes } = session.run(event);
      const exit = exits.get(event.packetId);
      if (exit === undefined) continue;
      pairs++;
      expect({
        verdict: BigInt(returnValue ?? -1),
        data: toHex((packet ?? new Uint8Array()).subarray(metaBytes)),
      }).toEqual({
        verdict: exit.verdict?.value,
        data: toHex(exit.data),
      });
    }
    expect(session.difference).toBeNull();
    expect(pairs).toBeGreaterThan(35);
  });
});
