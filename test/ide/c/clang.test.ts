import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NO_FLAGS } from '../../../server/src/c/compileFlags.ts';
import { openC, verifyC, type CSetting } from '../../../server/src/ide/c/cFile.ts';
import { compiledByClang, wantsClang, type ClangAnswer } from '../../../server/src/ide/c/clang.ts';
import { cDiagnostics } from '../../../server/src/ide/c/diagnostics.ts';
import { runTool } from '../../../server/src/node/compilers.ts';
import { VERIFY_DEFAULTS } from '../../../server/src/verifier/verify.ts';

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux 6.18',
}; // prettier-ignore
const SOURCE = `struct xdp_md { unsigned data, data_end; };
__attribute__((section("xdp"), used)) int f(struct xdp_md *ctx) {
  return *(char *)(long)ctx->data;
}
char l[] __attribute__((section("license"), used)) = "GPL";
`;
const FLOATS = 'double f(double x) { return x * 2; }\n';
const hasClang = ['clang', 'clang-19'].some((name) => spawnSync(name, ['--version']).status === 0);

describe('clang as the compiler of an open file', () => {
  it('is wanted where the user says so, or where ours does not take the source', () => {
    const [plain, floats] = [openC('a.bpf.c', SOURCE, SETTING, null), openC('a.bpf.c', FLOATS, SETTING, null)];
    expect([wantsClang(plain, 'clang'), wantsClang(plain, 'auto'), wantsClang(plain, 'builtin')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([wantsClang(floats, 'auto'), wantsClang(floats, 'builtin')]).toEqual([true, false]);
  });

  it('says in its own words what is wrong, and nothing where it is not installed', async () => {
    const file = openC('/p/a.bpf.c', SOURCE, SETTING, null);
    const answer: ClangAnswer = { status: 1, out: new Uint8Array(), error: '/p/a.bpf.c:3:3: error: no such thing\n' };
    const other = await compiledByClang(file, SETTING, 'clang', async () => answer);
    expect(other === null ? [] : cDiagnostics(other).map(({ message }) => message)).toEqual(['no such thing']);
    expect(await compiledByClang(file, SETTING, 'clang', async () => null)).toBeNull();
    expect(await compiledByClang(file, SETTING, 'auto', async () => answer)).toBeNull();
  });

  it.skipIf(!hasClang)('has its object verified, with the verdict on the lines of the text', async () => {
    const file = openC('/p/a.bpf.c', SOURCE, SETTING, null);
    const other = await compiledByClang(file, SETTING, 'clang', runTool);
    expect(other?.object?.programs.map(({ name }) => name)).toEqual(['f']);
    if (other === null) return;
    const job = verifyC(other, VERIFY_DEFAULTS);
    while (!job.advance(1_000_000));
    const found = cDiagnostics(other).filter(({ origin }) => origin === 'verifier');
    expect(found.map(({ span }) => span && SOURCE.slice(span.start, span.end))).toEqual(['*(char *)(long)ctx->data']);
  });
});
