import type { TracedPath } from './boundsLog.ts';

/** One program with what the real kernel's log shows of it, as test/data/bounds-golden.txt holds them. */
export interface GoldenCase {
  /** The instructions in hex. */
  readonly insns: string;
  /** The lines of all paths. */
  readonly lines: readonly string[];
}

const HEAD = [
  '# What Linux 6.18.44 knows of numbers, read from its log at level 2; written by test/verifier/writeBoundsGolden.ts.',
  '# A program in hex, then the registers that each instruction names as they are after it, path by path.',
];

export function goldenCase(insns: string, paths: readonly TracedPath[]): GoldenCase {
  return { insns, lines: paths.flatMap(({ lines }) => lines) };
}

export function writeGolden(cases: readonly GoldenCase[]): string {
  return [...HEAD, ...cases.map(caseText)].join('\n') + '\n';
}

export function caseText({ insns, lines }: GoldenCase): string {
  return ['', insns, ...lines].join('\n');
}

export function readGolden(text: string): GoldenCase[] {
  const blocks = text.split('\n\n').slice(1);
  return blocks.map((block) => {
    const [insns = '', ...lines] = block.trimEnd().split('\n');
    return { insns, lines };
  });
}
