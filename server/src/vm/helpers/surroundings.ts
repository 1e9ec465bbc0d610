import type { Machine } from '../createMachine.ts';
import { ERRNO } from '../errno.ts';
import { HELPER_STATUS, type HelperStatus } from '../machine.ts';
import { nextRandom, sinceBoot, type World } from '../world.ts';
import { argHigh, argU32, done, done64, doneHalves, note, range, type HelperFunction } from './frame.ts';

/** Time, CPU, random numbers and the current task. */
export const SURROUNDING_HELPERS: Readonly<Record<number, HelperFunction>> = {
  5: monotonicTime,
  7: (machine) => done64(machine, nextRandom(machine.world) | 0, 0),
  8: (machine) => done(machine, machine.world.cpu),
  14: (machine) => ofTask(machine, IDLE.pid, machine.world.tid, machine.world.tgid),
  15: (machine) => ofTask(machine, IDLE.uid, machine.world.uid, machine.world.gid),
  16: currentComm,
  35: (machine) => currentTask(machine, 'bpf_get_current_task'),
  42: (machine) => done(machine, machine.world.numaNode),
  158: (machine) => currentTask(machine, 'bpf_get_current_task_btf'),
  118: tickCount,
  125: monotonicTime,
  160: monotonicTime,
  208: (machine) => doneHalves(machine, machine.halves.time.of(machine.world.timeNs)),
};

/** Asked for by nearly every program that measures; it is worked out once for each time. */
function monotonicTime(machine: Machine): HelperStatus {
  const { world, clocks } = machine;
  return doneHalves(machine, clocks.sinceBoot.at(world.timeNs) ?? clocks.sinceBoot.set(world.timeNs, sinceBoot(world)));
}

function tickCount(machine: Machine): HelperStatus {
  const { world, clocks } = machine;
  return doneHalves(machine, clocks.ticks.at(world.timeNs) ?? clocks.ticks.set(world.timeNs, jiffies(world)));
}

/** Ticks since the start, beginning five minutes before 32 bits overflow (INITIAL_JIFFIES of include/linux/jiffies.h). */
function jiffies(world: World): bigint {
  const ticks = BigInt(world.given.ticks);
  return 0x1_0000_0000n - 300n * ticks + (sinceBoot(world) * ticks) / 1_000_000_000n;
}

/** Answers with what the kernel says when it cannot tell, and leaves a note about it. */
export function unknown(machine: Machine, name: string, why: string, answer: number): HelperStatus {
  note(machine, `${name}: ${why}; it answered ${answer}`);
  return done(machine, answer);
}

/** Where nothing tells of a task, the idle one stands for it. */
function noteIdle(machine: Machine, text: string): void {
  const { tgid, tid, comm } = machine.world;
  if (tgid === 0 && tid === 0 && comm === 'swapper/0') note(machine, text);
}

const [pid, uid, comm] = ['pid_tgid', 'uid_gid', 'comm'].map(
  (what) => `bpf_get_current_${what}: no task is recorded; it answered for the idle one`,
) as [string, string, string];
const IDLE = { pid, uid, comm };

function ofTask(machine: Machine, idle: string, low: number, high: number): HelperStatus {
  noteIdle(machine, idle);
  return done64(machine, low | 0, high | 0);
}

function currentTask(machine: Machine, name: string): HelperStatus {
  const { task } = machine.world;
  if (task === 0n) return unknown(machine, name, 'no task structure is recorded', 0);
  return doneHalves(machine, machine.halves.task.of(task));
}

function currentComm(machine: Machine): HelperStatus {
  const size = argU32(machine, 2);
  if (size === 0 || argHigh(machine, 2) !== 0) return done(machine, -ERRNO.EINVAL);
  const to = range(machine, 'bpf_get_current_comm', 1, size, true);
  if (to === 0) return HELPER_STATUS.trap;
  noteIdle(machine, IDLE.comm);
  machine.memory.fill(to, size);
  machine.memory.copyIn(to, new TextEncoder().encode(machine.world.comm).subarray(0, Math.min(15, size - 1)));
  return done(machine, 0);
}
