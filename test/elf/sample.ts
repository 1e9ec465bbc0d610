import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';

const folder = path.join(import.meta.dirname, '..', 'data', 'elf');

export function sampleBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(folder, name)));
}

export function readSample(name: string): BpfObject {
  return readObject(name, sampleBytes(name));
}

export function programNamed(object: BpfObject, name: string): Program {
  const program = object.programs.find((candidate) => candidate.name === name);
  if (program === undefined) throw new Error(`${object.path} has no program ${name}`);
  return program;
}

/** The findings about an object in short: `warning section-unknown`. */
export function findingsOf(object: BpfObject): string[] {
  return object.diagnostics.map(({ severity, code }) => `${severity} ${code}`);
}
