import { describe, expect, it } from 'vitest';
import type { ClangAnswer } from '../../server/src/ide/c/clang.ts';
import { runMain, type Outcome } from './fakeWorld.ts';
import { files } from './samples.ts';

/** Runs the command where a clang is installed that answers so; what it was asked comes back, too. */
async function withClang(
  command: string,
  answer: Partial<ClangAnswer> & { readonly name?: string },
): Promise<Outcome & { readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const runTool = (name: string, words: readonly string[]): ClangAnswer | null => {
    if (name !== (answer.name ?? 'clang')) return null;
    asked.push(words.join(' '));
    return { status: 0, out: new Uint8Array(), error: '', ...answer };
  };
  return { ...(await runMain(command.split(' '), { files, runTool })), asked };
}

describe('clang as compiler', () => {
  it('writes what clang gives, with the folders, macros and instructions asked for', async () => {
    const out = Uint8Array.of(1, 2, 3);
    const command = 'compile count.bpf.c --compiler clang -Iinc -I other -DX=1 -DY --mcpu v2 -o made.o';
    const { status, written, asked } = await withClang(command, { out, name: 'clang-19' });
    expect(status).toBe(0);
    expect(written.get('made.o')).toEqual(out);
    expect(asked[0]).toMatch(/^-target bpf -mcpu=v2 -O2 -g .* -DX=1 -DY=1 -Iinc -Iother .* -- count.bpf.c$/);
  });

  it('says what clang says', async () => {
    const error = `wrong.bpf.c:7:14: error: no member named 'dat' in 'struct xdp_md'; did you mean 'data'?
fix-it:"wrong.bpf.c":{7:14-7:17}:"data"
1 error generated.
`;
    const outcome = await withClang('compile wrong.bpf.c --compiler clang', { status: 1, error });
    expect(outcome.status).toBe(1);
    expect(outcome.written.size).toBe(0);
    expect(outcome.error).toBe(`error[clang-message]: no member named 'dat' in 'struct xdp_md'; did you mean 'data'?
  --> wrong.bpf.c:7:14
   |
 7 |     return ctx->dat + LIMIT(1);
   |                 ^^^
   = help: replace 'dat' with 'data'

wrong.bpf.c: 1 error
`);
  });

  it('that fails without a message is an error, too', async () => {
    const { status, out } = await withClang('check count.bpf.c --compiler clang', {
      status: 1,
      error: 'out of memory',
    });
    expect(status).toBe(1);
    expect(out).toMatch(/^error\[clang-message\]: clang failed: out of memory\n/);
  });

  it('must be there', async () => {
    const { status, error } = await withClang('compile count.bpf.c --compiler clang', { name: 'gcc' });
    expect({ status, error }).toEqual({
      status: 2,
      error: 'ebpf-workbench: clang is not installed; use --compiler builtin\n',
    });
  });

  it('is asked when the built-in compiler does not know something, and not otherwise', async () => {
    const out = Uint8Array.of(1);
    const unknown = await withClang('compile float.bpf.c', { out });
    expect({ status: unknown.status, asked: unknown.asked.length }).toEqual({ status: 0, asked: 1 });
    const known = await withClang('compile count.bpf.c', { out });
    expect({ status: known.status, asked: known.asked.length }).toEqual({ status: 0, asked: 0 });
    const wrong = await withClang('compile wrong.bpf.c', { out });
    expect({ status: wrong.status, asked: wrong.asked.length }).toEqual({ status: 1, asked: 0 });
  });

  it('that is no help leaves the status of something unsupported', async () => {
    expect((await withClang('compile float.bpf.c', { name: 'gcc' })).status).toBe(3);
    expect((await withClang('compile float.bpf.c', { status: 1 })).status).toBe(3);
  });
});
