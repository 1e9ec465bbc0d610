import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { accessText, findByName, memberAt, resolve, sizeOf } from '../../server/src/btf/query.ts';
import { printType } from '../../server/src/btf/printType.ts';
import { readBtf } from '../../server/src/btf/read.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

const canRun = sharedFolder !== null && typeof zlib.zstdDecompressSync === 'function';

describe.skipIf(!canRun)('BTF of real kernels (needs ../shared and a Node with zstd)', () => {
  const cases = [
    { version: '6.1', count: 100_750 },
    { version: '6.18', count: 126_585 },
  ];
  for (const { version, count } of cases) {
    const packed = (): Buffer =>
      readFileSync(sharedPath('recordings', 'tracing', `kernel-${version}`, `btf-vmlinux-${version}.zst`));

    it(`reads all types of Linux ${version} without a finding`, () => {
      const { btf, diagnostics } = readBtf(zlib.zstdDecompressSync(packed()));
      expect(diagnostics).toEqual([]);
      expect(btf?.types.length).toBe(count + 1);
    });

    it(`knows structs of Linux ${version}`, () => {
      const { btf } = readBtf(zlib.zstdDecompressSync(packed()));
      if (btf === null) throw new Error('no types');
      const md = findByName(btf, 'struct', 'xdp_md') ?? 0;
      expect(sizeOf(btf, md)).toBe(24);
      expect(printType(btf, md)).toBe(
        `struct xdp_md {
    __u32 data;
    __u32 data_end;
    __u32 data_meta;
    __u32 ingress_ifindex;
    __u32 rx_queue_index;
    __u32 egress_ifindex;
};`,
      );
      const tcp = findByName(btf, 'struct', 'sk_buff') ?? 0;
      const access = memberAt(btf, tcp, 8);
      expect(accessText(access?.steps ?? [])).toBe('.prev');
      expect(resolve(btf, findByName(btf, 'typedef', 'u64') ?? 0)).toMatchObject({
        kind: 'int',
        size: 8,
        signed: false,
      });
      for (let id = 1; id < btf.types.length; id += 97) expect(printType(btf, id)).not.toBe('');
    });
  }
});
