import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { describe, expect, it } from 'vitest';
import { randomNumbers } from '../support/random.ts';
import { DapClient } from './client.ts';

const OBJECT = new Uint8Array(readFileSync(path.resolve(import.meta.dirname, '../data/elf/maps.clang19.o')));

type Row = DebugProtocol.DisassembledInstruction;

async function open(): Promise<DapClient> {
  const client = new DapClient({ '/ws/maps.o': OBJECT });
  await client.request('initialize', {});
  await client.request('launch', { program: '/ws/maps.o' });
  await client.event('initialized');
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

async function window(client: DapClient, args: DebugProtocol.DisassembleArguments): Promise<Row[]> {
  const { instructions } = await client.request<{ instructions: Row[] }>('disassemble', { ...args });
  expect(instructions).toHaveLength(args.instructionCount);
  return instructions;
}

const isFiller = ({ address, presentationHint }: Row): boolean => address === '-1' && presentationHint === 'invalid';

describe('disassembly', () => {
  it('is one list of instructions with rising addresses, none of them 0', async () => {
    const client = await open();
    const rows = await window(client, {
      memoryReference: '0x10000000',
      instructionOffset: -200,
      instructionCount: 2000,
    });
    expect(rows.slice(0, 200).every(isFiller)).toBe(true);
    const code = rows.filter((row) => !isFiller(row));
    expect(rows.findIndex((row) => !isFiller(row))).toBe(200);
    expect(rows.slice(200, 200 + code.length)).toEqual(code);
    const addresses = code.map(({ address }) => Number(address));
    for (const [index, address] of addresses.entries()) {
      const bytes = (code[index]?.instructionBytes ?? '').split(' ').length;
      // A two-slot instruction is one row of sixteen bytes.
      if (index + 1 < addresses.length) expect((addresses[index + 1] ?? 0) - address).toBe(bytes);
      expect(code[index]?.instruction).toMatch(/^<\w+\+\d+> {2}\S/);
    }
  });

  it('gives any window as a slice of that list, as VS Code scrolls', async () => {
    const client = await open();
    const all = await window(client, {
      memoryReference: '0x10000000',
      instructionOffset: -500,
      instructionCount: 2000,
    });
    const code = all.filter((row) => !isFiller(row));
    const next = randomNumbers(11);
    for (let round = 0; round < 300; round++) {
      const at = next(code.length);
      const offset = next(400) - 200;
      const count = next(120);
      const base = code[at]?.address ?? '';
      const rows = await window(client, { memoryReference: base, offset: 0, instructionOffset: offset, instructionCount: count }); // prettier-ignore
      expect(rows).toEqual(Array.from({ length: count }, (_, row) => all[500 + at + offset + row]));
    }
  });

  it('answers the requests that VS Code sends at a stop', async () => {
    const client = await open();
    const { stackFrames } = await client.request<{ stackFrames: DebugProtocol.StackFrame[] }>('stackTrace', {});
    const memoryReference = stackFrames[0]?.instructionPointerReference ?? '';
    for (const [instructionOffset, instructionCount] of [
      [-200, 400],
      [0, 50],
      [-50, 100],
    ] as const) {
      const rows = await window(client, { memoryReference, offset: 0, instructionOffset, instructionCount });
      expect(rows[-instructionOffset]?.address).toBe(memoryReference);
    }
    expect((await client.raw('disassemble', { memoryReference, instructionCount: 1e9 })).success).toBe(false);
  });
});
