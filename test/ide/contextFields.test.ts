import { describe, expect, it } from 'vitest';
import { completionsAt, type Completion } from '../../server/src/ide/completion.ts';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';

/** What is offered at the bar in a line of a program. */
function offered(section: string, line: string): Completion[] {
  const text = `.section "${section}"\nmain:\n  r6 = r1\n  ${line}\n  r0 = 0\n  exit\n`;
  return completionsAt(assemble(sourceText('a.bpfasm', text.replace('|', ''))), text.indexOf('|'));
}

describe('completion of context fields', () => {
  it.each([
    ['xdp', 'r2 = *(u32 *)(r1 + |', ['data', 'data_end', 'data_meta', 'ingress_ifindex', 'rx_queue_index']],
    [
      'xdp/devmap',
      'r2 = *(u32 *)(r6 + eg|',
      ['data', 'data_end', 'data_meta', 'ingress_ifindex', 'rx_queue_index', 'egress_ifindex'],
    ],
    ['cgroup/connect4', '*(u32 *)(r1 + |', ['user_ip4', 'user_port']],
    ['cgroup/connect6', '*(u64 *)(r1 + |', ['user_ip6[0]', 'user_ip6[2]']],
    ['cgroup/sysctl', 'r0 = *(u16 *)(r1 + |', ['write', 'file_pos']],
    [
      'sockops',
      'r0 = *(u64 *)(r1 + |',
      ['bytes_received', 'bytes_acked', 'sk', 'skb_data', 'skb_data_end', 'skb_hwtstamp'],
    ],
    ['sockops', '*(u32 *)(r1 + |', ['reply', 'sk_txhash']],
  ])('%s: %s', (section, line, names) => {
    expect(offered(section, line).map(({ label }) => label)).toEqual(names);
  });

  it('inserts the offset, and says what the field is', () => {
    const first = offered('kprobe/f', 'r0 = *(u64 *)(r1 + |').find(({ label }) => label === 'di');
    expect(first).toMatchObject({ insert: '112)', detail: 'unsigned long, offset 112' });
    expect(first?.documentation).toContain('argument 1');
  });

  it('leaves other places alone', () => {
    const registers = offered('xdp', 'r2 = r1 + |');
    expect(registers.every(({ label }) => label !== 'data')).toBe(true);
    expect(offered('tracepoint/a/b', 'r2 = *(u32 *)(r1 + |').every(({ label }) => label !== 'record')).toBe(true);
  });
});
