import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMain } from './fakeWorld.ts';
import { files } from './samples.ts';

/**
 * What people see, as files to read: each command, what it prints, what goes to standard error (lines with `!`) and the
 * exit status. `UPDATE_TRANSCRIPTS=1` writes them anew; read the difference before you commit it.
 */
const TRANSCRIPTS: Readonly<Record<string, readonly string[]>> = {
  check: [
    'check good.bpfasm',
    'check typos.bpfasm good.bpfasm',
    'check --format github typos.bpfasm',
    'check --type xdp prog.bin',
    'check good.bpfasm --program xdp',
    'check good.bpfasm --program nope',
  ],
  run: [
    'run good.bpfasm --events dns.pcap',
    'run good.bpfasm --events dns.pcap --engine both --maps maps.json',
    'run good.bpfasm --events dns.pcap --select 0,2-4 --filter verdict==XDP_DROP',
    'run bad.bpfasm --events dns.pcap --unverified',
    'run tc.bpfasm --events dns.pcap',
    'run good.bpfasm --events cut.pcap',
    'run good.bpfasm --events wifi.pcap',
  ],
  'run-jsonl': [
    'run good.bpfasm --events dns.pcap --format jsonl',
    'run bad.bpfasm --events dns.pcap --format jsonl --unverified --select 4',
  ],
  'run-events': [
    'run probes.bpfasm --events probes.jsonl --engine both',
    'run probes.bpfasm --events probes.jsonl --program returned --filter return==-2',
    'run probes.bpfasm --events probes.jsonl --format jsonl',
    'run connect.bpfasm --events connect.jsonl --format jsonl',
    'run probes.bpfasm --events expects.jsonl',
    'run probes.bpfasm --events expects.jsonl --format jsonl --select 1',
  ],
  help: [
    '--help',
    'check --help',
    'run --help',
    'compile --help',
    'assemble --help',
    'disassemble -h',
    'conformance-plugin --help',
    'lsp --help',
    'dap --help',
    '--version',
  ],
  // Programs of which no optimiser can make anything else, since these are not its tests.
  c: [
    'compile wrong.bpf.c',
    'compile float.bpf.c',
    'compile pass.bpf.c --emit asm',
    'compile pass.bpf.c --emit ir',
    'check pass.bpf.c wild.bpf.c wrong.bpf.c',
    'run pass.bpf.c --events dns.pcap --profile',
    'disassemble pass.bpf.c --source',
  ],
  assemble: ['assemble good.bpfasm', 'disassemble good.bpfasm', 'disassemble prog.bin --type xdp'],
};

describe.each(Object.entries(TRANSCRIPTS))('%s', (name, commands) => {
  it('reads as it should', async () => {
    const file = path.join(import.meta.dirname, 'transcripts', `${name}.txt`);
    const text = await transcript(commands);
    if (process.env['UPDATE_TRANSCRIPTS'] === '1' || !existsSync(file)) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });
});

async function transcript(commands: readonly string[]): Promise<string> {
  let text = '';
  for (const command of commands) {
    const { out, error, status } = await runMain(command.split(' '), { files, columns: 90 });
    const complaints = error.replace(/^(?=.)/gm, '! ').replace(/^$(?=[^]*\n)/gm, '!');
    text += `$ ebpf-workbench ${command}\n${out}${complaints}[${status}]\n\n`;
  }
  return text;
}
