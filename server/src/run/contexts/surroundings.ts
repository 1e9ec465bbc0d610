import type { Event, Recorded, RecordedCall } from '../../events/event.ts';
import { helperByName } from '../../kernel/helpers.ts';
import type { Machine } from '../../vm/createMachine.ts';
import { remembered } from '../../vm/recordedMemory.ts';
import type { RecordedCall as ToldCall } from '../../vm/told.ts';
import type { World } from '../../vm/world.ts';

/** Makes the world that helpers see the one that was recorded with each event. */
export class Surroundings {
  private readonly machine: Machine;
  /** The world of events that tell nothing of it. */
  private readonly usual: World;
  private told = false;

  constructor(machine: Machine) {
    this.machine = machine;
    this.usual = { ...machine.world };
  }

  enter(event: Event): void {
    const { world } = this.machine;
    world.timeNs = event.timeNs ?? 0n;
    world.returnValue = 0;
    world.newSysctl = null;
    if (world.socketOptions.size > 0) world.socketOptions = new Map();
    const { recorded } = event;
    if (recorded === undefined && !this.told) return;
    this.told = recorded !== undefined;
    this.tell(recorded);
  }

  private tell(recorded: Recorded | undefined): void {
    const { machine, usual } = this;
    const { world } = machine;
    world.earlier = remembered(world);
    world.cpu = this.cpuOf(recorded?.cpu ?? null);
    world.tgid = recorded?.tgid ?? usual.tgid;
    world.tid = recorded?.tid ?? usual.tid;
    world.uid = recorded?.uid ?? usual.uid;
    world.gid = recorded?.gid ?? usual.gid;
    world.comm = recorded?.comm ?? usual.comm;
    world.cgroupId = recorded?.cgroupId ?? usual.cgroupId;
    world.task = recorded?.task ?? usual.task;
    world.memory = recorded?.memory ?? [];
    world.stack = recorded?.stack ?? null;
    world.userStack = recorded?.userStack ?? null;
    world.cookie = recorded?.cookie ?? null;
    world.functionAddress = recorded?.functionAddress ?? null;
    world.sysctl = recorded?.sysctl ?? null;
    world.recordedCalls = (recorded?.calls ?? []).flatMap((call) => this.toldCall(call));
  }

  private cpuOf(cpu: number | null): number {
    const { cpus, notes } = this.machine;
    if (cpu === null) return this.usual.cpu;
    if (cpu < cpus) return cpu;
    if (notes.size < 100)
      notes.add(
        `events were recorded on CPU ${cpu}, but there ${cpus === 1 ? 'is 1 CPU' : `are ${cpus} CPUs`} in this run, so they ran on CPU ${cpu % cpus}`,
      );
    return cpu % cpus;
  }

  private toldCall({ helper, returned, output }: RecordedCall): ToldCall[] {
    const known = helperByName(helper);
    if (known === null) {
      if (this.machine.notes.size < 100) this.machine.notes.add(`the recording tells of ${helper}, which is no helper`);
      return [];
    }
    // What a helper writes goes to the first memory that it may write.
    const argument = known.proto?.args.findIndex(({ uninit, write }) => uninit || write) ?? -1;
    const writes = output === null ? [] : [{ argument: Math.max(0, argument) + 1, offset: 0, bytes: output }];
    return [{ helper: known.id, returns: returned, writes }];
  }
}
