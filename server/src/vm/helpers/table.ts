import { ARGUMENT_HELPERS } from './arguments.ts';
import { CALLBACK_HELPERS } from './callbacks.ts';
import { DYNPTR_HELPERS } from './dynptr.ts';
import { FORMAT_HELPERS } from './format.ts';
import type { HelperFunction } from './frame.ts';
import { FUNCTION_ARGUMENT_HELPERS } from './functionArgs.ts';
import { MAP_HELPERS } from './maps.ts';
import { OBJECT_HELPERS } from './objects.ts';
import { OUTPUT_HELPERS } from './output.ts';
import { PROBE_READ_HELPERS } from './probeRead.ts';
import { FIB_HELPERS } from './fib.ts';
import { COUNTER_HELPERS } from './counters.ts';
import { FILE_HELPERS } from './files.ts';
import { STACK_HELPERS } from './stacks.ts';
import { SYSCTL_HELPERS } from './sysctl.ts';
import { SYSTEM_HELPERS } from './systemCalls.ts';
import { TASK_HELPERS } from './tasks.ts';
import { MESSAGE_HELPERS } from './messages.ts';
import { SOCKET_OPTION_HELPERS } from './socketOptions.ts';
import { TCP_OPTION_HELPERS } from './tcpOptions.ts';
import { ASSIGN_HELPERS } from './assignSocket.ts';
import { LIGHTWEIGHT_TUNNEL_HELPERS } from './lightweightTunnels.ts';
import { COOKIE_HELPERS } from './synCookies.ts';
import { TUNNEL_HELPERS } from './tunnels.ts';
import { CGROUP_HELPERS } from './cgroups.ts';
import { SOCKET_HELPERS } from './sockets.ts';
import { REDIRECT_HELPERS } from './redirects.ts';
import { SKB_HELPERS } from './skb.ts';
import { SKB_STATE_HELPERS } from './skbState.ts';
import { CHECKSUM_HELPERS } from './skbChecksum.ts';
import { SKB_SHAPE_HELPERS } from './skbShape.ts';
import { SOCKET_MAP_HELPERS } from './socketMaps.ts';
import { STORAGE_HELPERS } from './storage.ts';
import { STRING_HELPERS } from './strings.ts';
import { SURROUNDING_HELPERS } from './surroundings.ts';
import { TIMER_HELPERS } from './timers.ts';
import { UNRECORDED_HELPERS } from './unrecorded.ts';
import { USER_RINGBUF_HELPERS } from './userRingbuf.ts';
import { XDP_HELPERS } from './xdp.ts';

/** By helper number; numbers that are missing are unsupported. */
export const HELPER_FUNCTIONS: Readonly<Record<number, HelperFunction>> = {
  ...MAP_HELPERS,
  ...STORAGE_HELPERS,
  ...SOCKET_MAP_HELPERS,
  ...ARGUMENT_HELPERS,
  ...CALLBACK_HELPERS,
  ...SURROUNDING_HELPERS,
  ...PROBE_READ_HELPERS,
  ...OBJECT_HELPERS,
  ...OUTPUT_HELPERS,
  ...DYNPTR_HELPERS,
  ...FORMAT_HELPERS,
  ...FUNCTION_ARGUMENT_HELPERS,
  ...STRING_HELPERS,
  ...XDP_HELPERS,
  ...SKB_HELPERS,
  ...SKB_SHAPE_HELPERS,
  ...SKB_STATE_HELPERS,
  ...REDIRECT_HELPERS,
  ...FIB_HELPERS,
  ...SOCKET_HELPERS,
  ...CGROUP_HELPERS,
  ...ASSIGN_HELPERS,
  ...MESSAGE_HELPERS,
  ...SOCKET_OPTION_HELPERS,
  ...TCP_OPTION_HELPERS,
  ...LIGHTWEIGHT_TUNNEL_HELPERS,
  ...COOKIE_HELPERS,
  ...TUNNEL_HELPERS,
  ...STACK_HELPERS,
  ...TASK_HELPERS,
  ...FILE_HELPERS,
  ...COUNTER_HELPERS,
  ...SYSCTL_HELPERS,
  ...SYSTEM_HELPERS,
  ...CHECKSUM_HELPERS,
  ...TIMER_HELPERS,
  ...USER_RINGBUF_HELPERS,
  ...UNRECORDED_HELPERS,
};
