/** Functions that run on their own later: timers, work queues, task work. Mirrors `push_async_cb`, v6.18. */
import type { MapSpec } from '../program/program.ts';
import type { Env } from './env.ts';
import { frameOf } from './env.ts';
import { pushFreshPath } from './paths.ts';
import type { CallbackFacts, Frame } from './state/frame.ts';
import { NO_CALLBACK, setRegister } from './state/frame.ts';
import { pointer } from './state/register.ts';
import { initialState } from './walkState.ts';

/** Puts the function aside as a path of its own, on a fresh stack. The frame still wants its arguments. */
export function pushAsyncCallback(env: Env, subprog: number, sleepable: boolean): Frame {
  const info = env.subprogs[subprog];
  if (info === undefined) throw new RangeError('no such callback');
  info.isCallback = true;
  info.isAsyncCallback = true;
  const state = initialState(0, subprog, sleepable);
  const frame = state.frames[0];
  if (frame === undefined) throw new RangeError('a state without frames');
  const asyncEntries = frameOf(env).callback.asyncEntries + 1;
  frame.callback = { ...NO_CALLBACK, sort: 'async', asyncEntries };
  pushFreshPath(env, state, info.start);
  return frame;
}

/** The callback gets the map, a key and the value that the timer or work lies in. */
export function setMapCallback(frame: Frame, map: MapSpec | null, mapUid: number, range: CallbackFacts['range']): void {
  setRegister(frame, 1, pointer('mapPtr', { map, mapUid }));
  setRegister(frame, 2, pointer('mapKey', { map, mapUid }));
  setRegister(frame, 3, pointer('mapValue', { map, mapUid }));
  frame.callback = { ...frame.callback, range };
}
