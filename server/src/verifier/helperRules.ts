/** Rules that single helpers have. Mirrors `check_bpf_snprintf_call`, `check_get_func_ip` and their like, v6.18. */
import { takesFormat } from '../kernel/printFormat.ts';
import { programTypeNumber } from '../kernel/programTypes.ts';
import type { Env } from './env.ts';
import { markPrecise } from './precision.ts';
import { getReg } from './registers.ts';
import { reject } from './rejection.ts';
import { isZeroScalar } from './state/register.ts';

const GET_LOCAL_STORAGE = 81;
const SNPRINTF = 165;
const GET_FUNC_IP = 173;

/** What is asked before the helper's result is known. */
export function checkCallRules(env: Env, id: number): void {
  if (id === SNPRINTF) checkFormat(env);
  if (id !== GET_LOCAL_STORAGE) return;
  if (!isZeroScalar(getReg(env, 2))) reject("get_local_storage() doesn't support non-zero flags");
  markPrecise(env, 2);
}

/** What is asked last of all. */
export function checkPlaceRules(env: Env, id: number): void {
  if (id === GET_FUNC_IP) checkFuncIp(env);
}

/** The text is a constant by now; the values are numbers of 64 bits, which the kernel says no word about. */
function checkFormat(env: Env): void {
  const bytes = Number(BigInt.asUintN(32, getReg(env, 5).bounds.varOff.value));
  if (bytes % 8 !== 0) reject();
  const { map, off, bounds } = getReg(env, 3);
  const text = map?.initial?.subarray(off + Number(BigInt.asIntN(64, bounds.varOff.value))) ?? new Uint8Array();
  if (!takesFormat(text.subarray(0, text.indexOf(0)), bytes / 8)) reject('Invalid format string');
}

const TRAMPOLINES: ReadonlySet<string> = new Set(['trace_fentry', 'trace_fexit', 'modify_return']);

function checkFuncIp({ program }: Env): void {
  const helper = `func bpf_get_func_ip#${GET_FUNC_IP}`;
  if (program.type === 'kprobe') return;
  if (program.type !== 'tracing') reject(`${helper} not supported for program type ${programTypeNumber(program.type)}`);
  if (!TRAMPOLINES.has(program.attachType ?? '')) reject(`${helper} supported only for fentry/fexit/fmod_ret programs`);
}
