/** Checks before the walk, in the order of `bpf_check` of kernel/bpf/verifier.c, v6.18. */
import { refusedBeforeWalk } from '../isa/decode.ts';
import type { Insn, LoadMapInsn } from '../isa/insn.ts';
import { LIMITS } from '../kernel/limits.ts';
import { PROGRAM_FLAGS } from '../kernel/programFlags.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import { abilitiesOf } from '../kernel/releases.ts';
import type { MapSpec, Program } from '../program/program.ts';
import { arenaOf, checkArenaUse, isInsideArena } from './arena.ts';
import { checkMapReleased, checkReleased } from './olderKernels.ts';
import { attachTargetOf } from './attachTarget.ts';
import { checkCfg, computeLoops, computePostorder, emptyFacts } from './cfg.ts';
import type { Env } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { kernelAddress } from './kernelVariables.ts';
import { findFastcalls } from './fastcall.ts';
import { newStackLiveness } from './liveness.ts';
import { computeLiveRegisters } from './liveRegs.ts';
import { insnTextOf } from './insnText.ts';
import { kfuncCheck } from './kfuncs/declare.ts';
import { newMemo } from './memo.ts';
import { newLog, say } from './log.ts';
import { hasDirectValue } from './maps.ts';
import { rejectProgram, unsupported } from './rejection.ts';
import { checkMayLoad, checkMayMake, rightsOf } from './rights.ts';
import { MODELLED_MAP_TYPES, MODELLED_PROGRAM_TYPES } from './require.ts';
import { pointer } from './state/register.ts';
import { checkMapOfProgram } from './mapCompatibility.ts';
import { findEffects } from './subprogEffects.ts';
import { callee, callsKernel, checkSubprograms, checkUntypedReturns, findSubprograms } from './subprograms.ts';
import { allSuccessors } from './successors.ts';
import type { VerifyOptions } from './verification.ts';
import { currentFrame, initialState } from './walkState.ts';
import { setRegister } from './state/frame.ts';

export function newEnv(program: Program, options: VerifyOptions): Env {
  const count = program.insns.length;
  const can = abilitiesOf(options.kernel);
  return {
    program,
    options,
    rights: rightsOf(options, can),
    can,
    strictAlignment:
      (program.flags & PROGRAM_FLAGS.strictAlignment) !== 0 && (program.flags & PROGRAM_FLAGS.anyAlignment) === 0,
    testStateFreq: (program.flags & PROGRAM_FLAGS.testStateFrequency) !== 0,
    arena: arenaOf(program),
    target: null,
    subprogs: [],
    current: 0,
    facts: emptyFacts(count),
    successors: [],
    postorder: new Int32Array(0),
    fastcalls: null,
    liveness: newStackLiveness(),
    loops: new Map(),
    log: newLog(options.logLevel),
    state: initialState(0, 0, program.sleepable),
    pc: 0,
    prevPc: -1,
    pending: [],
    idGen: 0,
    printsState: false,
    hasTrail: false,
    explored: Array.from({ length: count }),
    evictedStates: 0,
    exploredStates: 0,
    backedges: 0,
    totalStates: 0,
    peakStates: 0,
    maxStatesPerInsn: 0,
    processed: 0,
    jumps: 0,
    prevProcessed: 0,
    prevJumps: 0,
    readsKernel: false,
    comparesExactly: false,
    wanted: null,
    ids: null,
    aluMemo: newMemo(count),
    jumpMemo: newMemo(count),
    moves: Array.from({ length: count }),
    helpers: [],
    constants: Array.from({ length: count }, () => null),
    accesses: Array.from({ length: count }),
    trails: Array.from({ length: count }),
    samples: Array.from({ length: count }),
    visits: new Uint32Array(count),
  };
}

const FUNCTIONS_NEED_RIGHTS = 'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN';

export function preflight(env: Env): void {
  const { program, options } = env;
  const { insns } = program;
  checkReleased(env);
  checkModelled(env);
  if (insns.length === 0) rejectProgram('the program is empty');
  if (insns.length > (env.rights.bpf ? LIMITS.insns : LIMITS.unprivilegedInsns))
    rejectProgram('the program is too large');
  checkMayLoad(env.rights, program);
  if (!env.rights.bpf && insns.some(needsCapability)) rejectProgram(FUNCTIONS_NEED_RIGHTS);
  env.subprogs = findSubprograms(program, kfuncCheck(env));
  if (options.logLevel === 2) saySubprograms(env);
  checkSubprograms(program, env.subprogs);
  checkUntypedReturns(program, env.subprogs);
  env.target = attachTargetOf(env);
  checkEncodings(env);
  checkCfg(env);
  findEffects(env);
  env.successors = allSuccessors(insns);
  env.postorder = computePostorder(env.successors, env.subprogs);
  computeLoops(env.successors, env.facts.scc);
  env.facts.liveRegs.set(computeLiveRegisters(env, env.successors, env.postorder));
  env.fastcalls = findFastcalls(env);
  setRegister(currentFrame(env.state), 1, pointer('ctx'));
  if (options.logLevel === 2) sayLiveRegisters(env);
}

/** What their context holds only the kernel's types can tell. */
const TYPED_BY_KERNEL: ReadonlySet<ProgramType> = new Set<ProgramType>(['tracing', 'lsm', 'struct_ops']);

function checkModelled(env: Env): void {
  const { program } = env;
  if (TYPED_BY_KERNEL.has(program.type)) kernelTypes(env, `programs of type ${program.type}`);
  if (!MODELLED_PROGRAM_TYPES.has(program.type)) unsupported(`programs of type ${program.type}`);
}

/** Mirrors `resolve_pseudo_ldimm64`: what is no instruction at all, and which maps are meant. */
function checkEncodings(env: Env): void {
  const { program } = env;
  const used = new Set<MapSpec>();
  for (let pc = 0; pc < program.insns.length; pc++) {
    const insn = program.insns[pc];
    if (insn === undefined) continue;
    if (insn.kind === 'invalid') {
      if (refusedBeforeWalk(insn)) rejectProgram(insn.kernelMessage);
      if (insn.opcode === 0x18) pc++;
    } else if (insn.kind === 'callx') rejectProgram('unknown opcode 8d');
    else if (insn.kind === 'loadBtfId') kernelAddress(env, insn);
    else if (insn.kind === 'loadMap') checkMap(env, insn, used);
  }
}

function checkMap(env: Env, insn: LoadMapInsn, used: Set<MapSpec>): void {
  const { program } = env;
  const map = program.maps[insn.map];
  if (map === undefined) rejectProgram(`fd ${insn.map} is not pointing to valid bpf_map`);
  used.add(map);
  checkMapReleased(env, map);
  checkMayMake(env.rights, map);
  if (used.size > LIMITS.maps)
    rejectProgram(`The total number of maps per program has reached the limit of ${LIMITS.maps}`);
  if (!MODELLED_MAP_TYPES.has(map.type)) unsupported(`maps of type ${map.type}`);
  checkMapOfProgram(env, map);
  checkArenaUse(env, map);
  if (insn.by === 'fd' || insn.by === 'idx') return;
  if (insn.off >= LIMITS.variableOffset) rejectProgram(`direct value offset of ${insn.off} is not allowed`);
  if (map.type === 'arena' && isInsideArena(map, insn.off)) return;
  if (map.type !== 'arena' && !hasDirectValue(map)) rejectProgram('no direct value access support for this map type');
  if (map.maxEntries !== 1 || insn.off >= map.valueSize)
    rejectProgram(`invalid access to map value pointer, value_size=${map.valueSize} off=${insn.off}`);
}

function needsCapability(insn: Insn): boolean {
  return callsKernel(insn) || callee(insn, 0) !== null;
}

/** The level 2 log tells which functions there are. */
function saySubprograms({ log, subprogs }: Env): void {
  subprogs.forEach((subprog, i) => {
    say(log, `func#${i} @${subprog.start}\n`);
  });
}

/** And, before the walk, loops and live registers. */
function sayLiveRegisters(env: Env): void {
  const { log, facts, program } = env;
  say(log, 'Live regs before insn:\n');
  program.insns.forEach((insn, pc) => {
    if (insn.kind === 'wideSlot') return;
    const scc = facts.scc[pc] ?? 0;
    const live = facts.liveRegs[pc] ?? 0;
    let digits = '';
    for (let i = 0; i < 10; i++) digits += live & (1 << i) ? `${i}` : '.';
    const loop = scc === 0 ? '    ' : `${`${scc}`.padStart(3)} `;
    say(log, `${loop}${`${pc}`.padStart(3)}: ${digits} ${insnTextOf(env, pc)}\n`);
  });
}
