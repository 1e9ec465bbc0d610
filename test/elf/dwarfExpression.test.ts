import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { piecesOf } from '../../server/src/elf/dwarf/expression.ts';
import { DebugSections } from '../../server/src/elf/dwarf/sections.ts';
import { readUnits } from '../../server/src/elf/dwarf/unit.ts';
import { Work } from '../../server/src/elf/dwarf/work.ts';
import { readElf } from '../../server/src/elf/readElf.ts';
import type { ValuePlace } from '../../server/src/program/program.ts';

const SAMPLE = path.resolve(import.meta.dirname, '../data/elf/debug/locals.clang19.o');
const { elf } = readElf(new Uint8Array(readFileSync(SAMPLE)));
if (elf === null) throw new Error('the sample is no ELF file');
const [unit] = readUnits(new DebugSections(elf), new Work(1_000_000));
if (unit === undefined) throw new Error('the sample has no unit');

/** Pieces as `offset+size place`. */
function placesOf(hex: string, size = 8): string[] {
  const setting = { unit: unit!, frame: { reg: 10, off: 0n }, globalAt: () => ({ map: 2, off: 4 }) };
  return piecesOf(fromHex(hex)!, size, setting).map((piece) => `${piece.off}+${piece.size} ${placeText(piece.where)}`);
}

function placeText(where: ValuePlace): string {
  if (where.kind === 'computed') {
    const steps = where.steps.map((step) => Object.values(step).map(String).join(' '));
    return `${where.memory ? 'memory at' : 'value'} ${steps.join(', ')}`;
  }
  return where.kind === 'bytes' ? `bytes ${where.bytes.join(' ')}` : Object.values(where).map(String).join(' ');
}

describe('an expression of DWARF becomes a place', () => {
  it.each([
    ['51', '0+8 register 1', 'a register'],
    ['90 07', '0+8 register 7', 'a register by number'],
    ['7a 68', '0+8 stack -24', 'memory at r10'],
    ['91 08', '0+8 stack 8', 'memory of the frame'],
    ['30 9f', '0+8 constant 0', 'a small number'],
    ['11 7f 9f', '0+8 constant -1', 'a signed number'],
    ['10 ff ff 03 9f', '0+8 constant 65535', 'an unsigned number'],
    ['0e ff ff ff ff ff ff ff ff 9f', '0+8 constant 18446744073709551615', 'eight bytes'],
    ['09 fe 9f', '0+8 constant -2', 'one signed byte'],
    ['9e 03 01 02 03', '0+8 bytes 1 2 3', 'bytes'],
    ['76 10 9f', '0+8 value register 6 16', 'a register and a number'],
    ['72 00 06 23 04', '0+8 memory at register 2 0, load 8, number 4, plus', 'memory behind a pointer'],
    ['71 00 33 1e 9f', '0+8 value register 1 0, number 3, mul', 'a product'],
    ['a1 00', '0+8 global 2 4', 'a static variable'],
    ['96 51', '0+8 register 1', 'an operation that does nothing'],
  ])('%s', (hex, place) => {
    expect(placesOf(hex)).toEqual([place]);
  });

  it.each([
    ['51 93 04 52 93 04', ['0+4 register 1', '4+4 register 2'], 'two registers'],
    ['93 08 7a 00 93 08', ['8+8 stack 0'], 'a piece that is nowhere'],
    ['30 9f 93 01 7a 01 93 0f', ['0+1 constant 0', '1+15 stack 1'], 'a number and memory'],
    ['51 9d 10 00 52 9d 10 00', ['0+2 register 1', '2+2 register 2'], 'pieces in bits'],
    ['51 9d 03 00 52 9d 05 03', [], 'pieces that are no bytes'],
  ])('%s in pieces', (hex, places) => {
    expect(placesOf(hex, 16)).toEqual(places);
  });

  it.each([
    ['', 'nothing'],
    ['a3 01 51 9f', 'what a register held when the function was called'],
    ['f3 01 51 9f', 'the same, as GNU wrote it'],
    ['5b', 'a register that BPF does not have'],
    ['9b', 'thread-local storage'],
    ['ff', 'an operation that nobody knows'],
    ['11', 'a number that is cut off'],
    ['9e 7f 01', 'bytes that are cut off'],
    ['93', 'a piece that is cut off'],
  ])('%s leads nowhere: %s', (hex) => {
    expect(placesOf(hex)).toEqual([]);
  });

  it('ends however long it is', () => {
    expect(placesOf('12'.repeat(100_000))).toEqual([]);
  });
});
