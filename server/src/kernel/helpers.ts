import { assert } from '../base/assert.ts';
import { HELPER_ROWS } from './helperTable.ts';
import type { HelperRow } from './helperTable.ts';
import { HELPERS_BY_ATTACH, HELPERS_BY_TYPE } from './helperAvailability.ts';
import { variantOf } from './helperVariants.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

/** What an argument must be; the kernel's ARG_* without its flags. `mem` with a size is ARG_PTR_TO_FIXED_SIZE_MEM. */
export type ArgType =
  | 'anything' | 'scalar' | 'constMapPtr' | 'mapKey' | 'mapValue' | 'mem' | 'constSize' | 'constSizeOrZero'
  | 'constAllocSizeOrZero' | 'ctx' | 'sockCommon' | 'socket' | 'btfId' | 'btfIdSockCommon' | 'spinLock' | 'ringbufMem'
  | 'func' | 'stack' | 'timer' | 'constStr' | 'dynptr' | 'kptrXchgDest' | 'percpuBtfId'; // prettier-ignore

/** What a helper returns; the kernel's RET_*. */
export type ReturnType =
  | 'integer' | 'void' | 'mapValue' | 'mapValueOrNull' | 'socketOrNull' | 'tcpSockOrNull' | 'sockCommonOrNull'
  | 'ringbufMemOrNull' | 'dynptrMemOrNull' | 'btfId' | 'btfIdOrNull' | 'btfIdTrusted' | 'memOrBtfId'
  | 'memOrBtfIdOrNull'; // prettier-ignore

/** One argument with the kernel's flags. */
export interface HelperArg {
  readonly type: ArgType;
  /** PTR_MAYBE_NULL (notation `?`): null is allowed. */
  readonly orNull: boolean;
  /** MEM_RDONLY (`r`): the helper only reads, so read-only memory will do. */
  readonly readOnly: boolean;
  /** MEM_UNINIT (`u`): the memory need not be initialised. */
  readonly uninit: boolean;
  /** MEM_WRITE (`w`): the helper writes, so the memory must be writable. */
  readonly write: boolean;
  /** MEM_ALIGNED (`a`): the address must be a multiple of the size, stack slots included. */
  readonly aligned: boolean;
  /** OBJ_RELEASE (`!`): gives the reference back. */
  readonly release: boolean;
  /** Bytes of memory of a fixed size (`mem[8]`); null when another argument gives the size. */
  readonly size: number | null;
  /** What a dynptr must refer to (`dynptr[ringbuf]`); null for any dynptr and for other arguments. */
  readonly dynptr: 'local' | 'ringbuf' | null;
}

export interface HelperProto {
  /** Up to five; r1 is args[0]. */
  readonly args: readonly HelperArg[];
  readonly returns: ReturnType;
  /** Only programs with a GPL-compatible license may call it. */
  readonly gplOnly: boolean;
  /** Packet pointers may be passed where memory is wanted. */
  readonly packetAccess: boolean;
  /**
   * Makes every packet pointer of the program invalid (`bpf_helper_changes_pkt_data`). bpf_tail_call does so only for
   * the callers of the function that makes it: where it fails, nothing has moved.
   */
  readonly changesPacket: boolean;
  /** May sleep, so only sleepable programs may call it. */
  readonly sleeps: boolean;
}

export interface Helper {
  readonly id: number;
  /** With its prefix: `bpf_map_lookup_elem`. */
  readonly name: string;
  /** First kernel version that has it. */
  readonly since: string;
  /** In C: `void *bpf_map_lookup_elem(void *map, const void *key)`. */
  readonly signature: string;
  /** The parameters alone, one text each, in C: `void *map`. */
  readonly parameters: readonly string[];
  /** One sentence: what it does. */
  readonly doc: string;
  /** null: we do not model its arguments. */
  readonly proto: HelperProto | null;
}

/** All helpers in the order of their numbers: helper 1 is HELPERS[0]. Source: include/uapi/linux/bpf.h, Linux 6.18. */
export const HELPERS: readonly Helper[] = HELPER_ROWS.map(helperOfRow);

const byName = new Map(HELPERS.map((helper) => [helper.name, helper]));

export function helperById(id: number): Helper | null {
  return HELPERS[id - 1] ?? null;
}

/**
 * The helper as programs of a type get it: a few prototypes differ from type to type. Where no packet is at hand,
 * bpf_get_cgroup_classid asks about the current task and takes no argument (`bpf_get_cgroup_classid_curr_proto` of
 * net/core/filter.c, v6.18).
 */
export function helperOf(type: ProgramType, id: number, attachType: AttachType | null = null): Helper | null {
  const helper = helperById(id);
  const ofPacket = type === 'sched_cls' || type === 'sched_act' || type.startsWith('lwt_');
  if (helper === null || helper.proto === null) return helper;
  if (id !== GET_CGROUP_CLASSID || ofPacket) return variantOf(helper, type, attachType);
  return { ...helper, proto: { ...helper.proto, args: [] } };
}

const GET_CGROUP_CLASSID = 17;

/** Looks up `bpf_map_lookup_elem` or `map_lookup_elem`. */
export function helperByName(name: string): Helper | null {
  return byName.get(name) ?? byName.get(`bpf_${name}`) ?? null;
}

/**
 * Whether a program of this type, attached in this way, may call the helper; `gpl` is whether its license is
 * GPL-compatible. False for types whose helpers we do not know (`helpersKnown`).
 */
export function helperAvailable(
  type: ProgramType,
  id: number,
  gpl: boolean,
  attachType: AttachType | null = null,
): boolean {
  const { more, fewer } = byAttach.get(attachType ?? '') ?? {};
  const offered = more?.has(id) === true || (available.get(type)?.has(id) === true && fewer?.has(id) !== true);
  return offered && (gpl || !helperNeedsGpl(type, id));
}

/** Whether we know which helpers programs of this type may call. */
export function helpersKnown(type: ProgramType): boolean {
  return available.has(type);
}

/**
 * Whether calling the helper asks for a GPL-compatible license. One prototype is laxer than its namesakes:
 * `bpf_get_stackid_proto_pe` of kernel/bpf/stackmap.c, v6.18.
 */
export function helperNeedsGpl(type: ProgramType, id: number): boolean {
  if (type === 'perf_event' && id === 27) return false;
  return helperById(id)?.proto?.gplOnly ?? false;
}

const available = new Map(
  Object.entries(HELPERS_BY_TYPE).map(([type, ranges]) => [type as ProgramType, new Set(parseRanges(ranges))]),
);

const byAttach = new Map(
  Object.entries(HELPERS_BY_ATTACH).map(([attachType, { more = '', fewer = '' }]) => {
    const sets = { more: new Set(parseRanges(more)), fewer: new Set(parseRanges(fewer)) };
    return [attachType, sets];
  }),
);

function parseRanges(ranges: string): number[] {
  return ranges
    .split(' ')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

function helperOfRow(row: HelperRow, index: number): Helper {
  const [id, name, since, returnC, parametersC, proto, flags, doc] = row;
  assert(id === index + 1, `helper row ${index} is out of order`);
  const star = returnC.endsWith('*') ? '' : ' ';
  return {
    id,
    name,
    since,
    signature: `${returnC}${star}${name}(${parametersC})`,
    parameters: parametersC === 'void' ? [] : parametersC.split(', '),
    doc,
    proto: proto === '' ? null : parseProto(proto, flags.split(' ')),
  };
}

/** Reads `ctx mem:r constSize -> integer`. */
function parseProto(proto: string, flags: readonly string[]): HelperProto {
  const [args = '', returns = ''] = proto.split('-> ');
  return {
    args: args.split(' ').filter(Boolean).map(parseArg),
    returns: returns as ReturnType,
    gplOnly: flags.includes('gpl'),
    packetAccess: flags.includes('pkt'),
    changesPacket: flags.includes('changesPacket'),
    sleeps: flags.includes('sleeps'),
  };
}

/** Reads `mem[8]:uwa` and `dynptr[ringbuf]:uw`. */
function parseArg(text: string): HelperArg {
  const [base = '', flags = ''] = text.split(':');
  const [type = '', inBrackets = ''] = base.split(/[[\]]/);
  return {
    type: type as ArgType,
    orNull: flags.includes('?'),
    readOnly: flags.includes('r'),
    uninit: flags.includes('u'),
    write: flags.includes('w'),
    aligned: flags.includes('a'),
    release: flags.includes('!'),
    size: type === 'mem' && inBrackets !== '' ? Number(inBrackets) : null,
    dynptr: inBrackets === 'local' || inBrackets === 'ringbuf' ? inBrackets : null,
  };
}
