/**
 * Compares our C compiler with clang on random programs, in the running kernel where bpf() is open and in our virtual
 * machine:
 *   npm run fuzz:c -- [--programs 1000] [--seed 1] [--size 8] [--shrink] [--no-clang] [--out FOLDER]
 * Each program in the build that everybody runs and in one other. Differences of values end with status 1; refusals by
 * the kernel of what it takes from clang are only counted.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildsInTurn, compareCompilers, type Comparison } from './c/compare.ts';
import { cProgram } from './c/cProgram.ts';
import { printProgram, smaller, type ProgramTree } from './c/tree.ts';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    size: { type: 'string', default: '8' },
    shrink: { type: 'boolean', default: false },
    'no-clang': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const hasClang = !values['no-clang'] && spawnSync('clang-19', ['--version']).status === 0;
const counts: Record<Comparison['kind'], number> = { same: 0, diagnostic: 0, refused: 0, values: 0, skipped: 0 };
const ratios: number[] = [];
const MOST_SHOWN = 20;
const MOST_TRIES = 4000;
let shown = 0;

for (let seed = Number(values.seed), left = Number(values.programs); left > 0; seed++, left--) {
  const tree = cProgram(seed, Number(values.size));
  const result = compareCompilers(printProgram(tree), hasClang, buildsInTurn(seed));
  counts[result.kind]++;
  const [ours, clang] = [result.insns['v4 optimised'], result.insns['clang']];
  if (ours !== undefined && clang !== undefined) ratios.push(ours / clang);
  if (result.kind !== 'same' && result.kind !== 'skipped') tell(seed, tree, result);
}
ratios.sort((a, b) => a - b);
const at = (share: number): string => (ratios[Math.floor(ratios.length * share)] ?? 0).toFixed(2);
console.log(JSON.stringify(counts), hasClang ? `insns of clang's: p50 ${at(0.5)}, p90 ${at(0.9)}` : 'without clang');
process.exitCode = counts.values + counts.diagnostic === 0 ? 0 : 1;

function tell(seed: number, tree: ProgramTree, result: Comparison): void {
  if (shown++ >= MOST_SHOWN) return;
  console.log(`seed ${seed}: ${result.kind}: ${result.difference}`);
  const best = values.shrink ? shrunk(tree, result) : tree;
  if (values.out === undefined) return;
  mkdirSync(values.out, { recursive: true });
  writeFileSync(path.join(values.out, `${result.kind}-${seed}.c`), `// ${result.difference}\n${printProgram(best)}`);
}

/** The smallest program found that goes wrong in the same way. */
function shrunk(tree: ProgramTree, { kind, difference }: Comparison): ProgramTree {
  const sort = (text: string): string => text.replaceAll(/[\d']+/g, '').slice(0, 40);
  let best = tree;
  let tries = 0;
  for (let again = true; again;) {
    again = false;
    for (const candidate of smaller(best)) {
      if (++tries > MOST_TRIES) return best;
      const result = tried(candidate);
      if (result?.kind !== kind || (kind !== 'values' && sort(result.difference) !== sort(difference))) continue;
      best = candidate;
      again = true;
      break;
    }
  }
  return best;
}

/** Null for what is no program. */
function tried(tree: ProgramTree): Comparison | null {
  try {
    return compareCompilers(printProgram(tree), hasClang);
  } catch {
    return null;
  }
}
