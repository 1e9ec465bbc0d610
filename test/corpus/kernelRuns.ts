import { spawnSync } from 'node:child_process';
import { randomNumbers } from '../support/random.ts';

/** A program whose compilations did different things. */
export interface Difference {
  readonly program: string;
  /** What came of clang's, and of ours. */
  readonly lines: readonly (readonly [clang: string, ours: string])[];
}

export interface Runs {
  /** Programs that both objects have and the kernel loads. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

const PACKETS = packets(400);

/**
 * Runs each program for packets of both objects in the running kernel, by the built runObject.c. What differs between
 * two runs of clang's (random numbers, clocks) is not looked at.
 */
export function compareRuns(tool: string, clang: string, ours: string): Runs {
  const run = (object: string, program: string): string[] | null => {
    const { stdout, status } = spawnSync(tool, [object, program], {
      input: PACKETS,
      encoding: 'utf8',
      timeout: 60_000,
    });
    const lines = stdout.trimEnd().split('\n');
    // Objects may have their maps in any order.
    const maps = lines.filter((line) => line.startsWith('map')).toSorted();
    return status === 0 ? [...lines.filter((line) => !line.startsWith('map')), ...maps] : null;
  };
  const names = spawnSync(tool, [clang], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  let compared = 0;
  const differences = names.flatMap((program): Difference[] => {
    const [first, own] = [run(clang, program), run(ours, program)];
    if (first === null || own === null) return [];
    compared++;
    if (first.every((line, i) => line === own[i])) return [];
    const again = run(clang, program) ?? [];
    // Whoever draws random numbers may do anything.
    if (first.some((line, i) => line.startsWith('packet') && line !== again[i])) return [];
    const lines = first.flatMap((line, i) =>
      line === again[i] && line !== own[i] ? [[line, own[i] ?? ''] as const] : [],
    );
    return lines.length === 0 ? [] : [{ program, lines }];
  });
  return { compared, differences };
}

/** Noise behind headers that programs look at: VLANs, IP of both versions, TCP, UDP, ICMP; some of them wrong. */
function packets(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => {
      const packet = madePacket(i);
      return Buffer.concat([Uint8Array.from(new Uint8Array(Uint32Array.of(packet.length).buffer)), packet]);
    }),
  );
}

function madePacket(number: number): Uint8Array {
  const next = randomNumbers(number + 1);
  const packet = Uint8Array.from({ length: 60 + next(200) }, () => (next(7) > 0 ? next(256) : 0));
  const put = (at: number, ...bytes: readonly number[]): void => packet.set(bytes, at);
  let at = 12;
  if (number % 5 === 1) put(at, 0x81, 0, 0, 5);
  if (number % 5 === 1) at += 4;
  const protocol = [6, 17, 1, 58, 4, 0][number % 6] ?? 0;
  if (next(4) === 0) {
    put(at, 0x86, 0xdd, 0x60);
    put(at + 8, protocol, 64);
    return packet;
  }
  put(at, 8, 0, next(11) === 3 ? 0x46 : 0x45);
  put(at + 8, next(13) === 0 ? 0x20 : 0, 0, next(17) === 0 ? 1 : 64, protocol);
  const ports = at + 22;
  put(ports, 0, next(2) === 0 ? 53 : 80, 0, next(2) === 0 ? 53 : 67);
  if (protocol === 17) put(ports + 4, 0, 40);
  else put(ports + 12, 0x50, next(2) === 0 ? 2 : 0x10);
  return packet;
}
