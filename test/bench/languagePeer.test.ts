import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { LanguagePeer, languageServers } from '../../bench/languagePeer.ts';

const TEXT = `__attribute__((section("xdp"))) int f(void *ctx) { return 1; }
char _license[] __attribute__((section("license"))) = "GPL";
`;

it('our language server answers over its protocol, whether something is wrong or not', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'language-peer-'));
  const file = path.join(folder, 'a.bpf.c');
  writeFileSync(file, TEXT);
  const [ours] = languageServers();
  const peer = await LanguagePeer.start(ours!, file, 0);
  try {
    expect(await peer.open(TEXT)).toBeGreaterThan(0);
    expect(await peer.change(TEXT.replace('1', 'none'), true)).toBeGreaterThan(0);
    expect(await peer.change(TEXT, false)).toBeGreaterThan(0);
  } finally {
    peer.stop();
    rmSync(folder, { recursive: true });
  }
}, 30_000);
