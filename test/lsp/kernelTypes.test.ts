import { afterEach, describe, expect, it } from 'vitest';
import { WARM_UP_NOTIFICATION } from '../../server/src/lsp/protocol.ts';
import { buildBtf, KIND } from '../btf/buildBtf.ts';
import { LspClient, URI } from './client.ts';

const kernel = buildBtf([{ kind: KIND.struct, name: 'task_struct', word: 0 }]);
const traced = '.section "tp_btf/sched_switch"\nr0 = 0\nexit\n';
const packets = '.section "xdp"\nr0 = 2\nexit\n';
const NEEDED = /Checking programs of type tracing needs the types \(BTF\) of the kernel/;

let client: LspClient | null = null;
afterEach(() => client?.stop());

async function start(own: string | null): Promise<{ client: LspClient; reads: string[]; told: string[] }> {
  const reads: string[] = [];
  const read = async (path: string): Promise<Uint8Array> => {
    reads.push(path);
    if (path === '/none') throw new Error('no such file or directory');
    return path === '/bad' ? new Uint8Array(30) : kernel;
  };
  const started = await LspClient.start({ read, own: own === null ? null : { release: own, types: '/own' } });
  ({ client } = started);
  const told: string[] = [];
  client.connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
    told.push(message);
  });
  return { client, reads, told };
}

async function set(to: LspClient, kernelBtf: unknown): Promise<void> {
  await to.connection.sendNotification('workspace/didChangeConfiguration', { settings: { ebpf: { kernelBtf } } });
}

/** The messages of what was published last, once something else than before is. */
async function next(of: LspClient, seen: number): Promise<string[]> {
  while (of.published.length <= seen) await new Promise((resolve) => setImmediate(resolve));
  const diagnostics = of.published.at(-1)?.diagnostics ?? [];
  return diagnostics.map(({ message }) => (typeof message === 'string' ? message : message.value));
}

describe('the types of the kernel', () => {
  it('come from this machine where it runs the kernel that is checked for, and are read once', async () => {
    const { client: one, reads } = await start('6.18.3');
    const [found] = await one.open(traced);
    expect(found?.message).not.toMatch(NEEDED);
    await one.change(`${traced}\n`);
    expect(reads).toEqual(['/own']);
  });

  it('are not read for a program that does not want them', async () => {
    const { client: one, reads } = await start('6.18.3');
    await one.open(packets);
    expect(reads).toEqual([]);
  });

  it('are read beforehand where there are C sources', async () => {
    const { client: one, reads } = await start('6.18.3');
    await one.connection.sendNotification(WARM_UP_NOTIFICATION);
    await one.open(packets);
    expect(reads).toEqual(['/own']);
    const { client: other, reads: none } = await start(null);
    await other.connection.sendNotification(WARM_UP_NOTIFICATION);
    await other.open(packets);
    expect(none).toEqual([]);
  });

  it('are asked for where there are none, and taken once the setting names them', async () => {
    const { client: one, reads } = await start('6.1.0');
    const [found] = await one.open(traced);
    expect(found?.message).toMatch(NEEDED);
    const seen = one.published.length;
    await set(one, '/vmlinux');
    expect((await next(one, seen))[0]).not.toMatch(NEEDED);
    expect(reads).toEqual(['/vmlinux']);
    expect(one.published.at(-1)?.uri).toBe(URI);
  });

  it.each([
    ['/none', 'ebpf.kernelBtf: /none: no such file or directory'],
    ['/bad', 'ebpf.kernelBtf: /bad: the type data does not begin with the BTF mark 0xeb9f'],
  ])('are told to be missing when the setting says %s', async (path, problem) => {
    const { client: one, told } = await start('6.18.3');
    await set(one, path);
    const [found] = await one.open(traced);
    expect(found?.message).toMatch(NEEDED);
    expect(told).toEqual([problem]);
  });

  it('stay as they are when the setting is no text', async () => {
    const { client: one, reads } = await start('6.18.3');
    await set(one, { evil: true });
    await one.open(traced);
    expect(reads).toEqual(['/own']);
  });
});
