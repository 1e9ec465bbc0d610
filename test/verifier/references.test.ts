import { describeVerdicts } from '../support/describeVerdicts.ts';
import { programWithTypes } from '../support/programWithTypes.ts';

const HEAD = `.license "GPL"
.map progs, type=prog_array, entries=4
.map ring, type=ringbuf, entries=4096
.section "tc"
.globl main
main:
`;
const END = `
out:
  r0 = 0
  exit`;
/** A socket looked for, by the ports on the stack of the program or of a function. */
const LOOK_UP = `
  r1 = r9
  r2 = r10
  r2 += -40
  r3 = 12
  r4 = -1
  r5 = 0
  call bpf_skc_lookup_tcp`;
const FIND = `find:
  *(u64 *)(r10 - 16) = 0
  *(u64 *)(r10 - 8) = 0
  r2 = r10
  r2 += -16
  r3 = 12
  r4 = -1
  r5 = 0
  call bpf_skc_lookup_tcp`;
const lookup = (to: string, orElse = 'out'): string => `${LOOK_UP}
  if r0 == 0 goto ${orElse}
  ${to} = r0`;
const release = (reg: string): string => `
  r1 = ${reg}
  call bpf_sk_release`;
const reserve = (to: string, orElse = 'out'): string => `
  r1 = ring ll
  r2 = 8
  r3 = 0
  call bpf_ringbuf_reserve
  if r0 == 0 goto ${orElse}
  ${to} = r0`;
const discard = (reg: string): string => `
  r1 = ${reg}
  r2 = 0
  call bpf_ringbuf_discard`;
const START = `
  r9 = r1
  *(u64 *)(r10 - 40) = 0
  *(u64 *)(r10 - 32) = 0`;

/** Name, body, and what the kernel says first; "accept" where it says nothing. */
const CASES: readonly (readonly [name: string, body: string, verdict: string])[] = [
  ['looked up and released', lookup('r6') + release('r6') + END, 'accept'],
  ['never released', lookup('r6') + END, 'Unreleased reference id=2 alloc_insn=9'],
  ['never looked at', `${LOOK_UP}${END}`, 'Unreleased reference id=2 alloc_insn=9'],
  ['released unseen', `${LOOK_UP}${release('r0')}${END}`, 'R1 type=sock_common_or_null expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['used after its release', `${lookup('r6')}${release('r6')}\n  r1 = *(u32 *)(r6 + 4)${END}`, "R6 invalid mem access 'scalar'"],
  ['released twice', lookup('r6') + release('r6') + release('r6') + END, 'R1 type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['its copy released', `${lookup('r6')}\n  r7 = r6${release('r7')}\n  r1 = *(u32 *)(r6 + 4)${END}`, "R6 invalid mem access 'scalar'"],
  ['a part of it released', `${lookup('r6')}\n  r6 += 4${release('r6')}${END}`, 'R6 pointer arithmetic on sock_common prohibited'],
  ['two, released in order', `${lookup('r6')}${lookup('r7', 'one')}${release('r6')}${release('r7')}${END}\none:${release('r6')}\n  goto out`, 'accept'],
  ['three, the middle one released', `${lookup('r6')}${lookup('r7', 'one')}${lookup('r8', 'two')}${release('r7')}${END}\none:${release('r6')}\n  goto out\ntwo:${release('r6')}${release('r7')}\n  goto out`, 'Unreleased reference id=2 alloc_insn=9'],
  ['the context’s socket released', `\n  r1 = *(u64 *)(r9 + 168)\n  if r1 == 0 goto out\n  call bpf_sk_release${END}`, 'R1 must be referenced when passed to release function'],
  ['a full view of it released', `${lookup('r6')}\n  r1 = r6\n  call bpf_sk_fullsock\n  if r0 == 0 goto drop${release('r0')}\n  goto out\ndrop:${release('r6')}${END}`, 'accept'],
  ['a full view used after the release', `${lookup('r6')}\n  r1 = r6\n  call bpf_sk_fullsock\n  r7 = r0${release('r6')}\n  if r7 == 0 goto out\n  r1 = *(u32 *)(r7 + 4)${END}`, "R7 invalid mem access 'scalar'"],
  ['a TCP view used after the release', `${lookup('r6')}\n  r1 = r6\n  call bpf_tcp_sock\n  r7 = r0${release('r6')}\n  if r7 == 0 goto out\n  r1 = *(u32 *)(r7 + 0)${END}`, "R7 invalid mem access 'scalar'"],
  ['its listener, which is not counted', `${lookup('r6')}\n  r1 = r6\n  call bpf_get_listener_sock\n  r7 = r0${release('r6')}\n  if r7 == 0 goto out\n  r1 = *(u32 *)(r7 + 4)${END}`, 'accept'],
  ['its listener released', `${lookup('r6')}\n  r1 = r6\n  call bpf_get_listener_sock\n  r7 = r0${release('r6')}\n  if r7 == 0 goto out${release('r7')}${END}`, 'R1 must be referenced when passed to release function'],
  ['over a tail call', `${lookup('r6')}\n  r1 = r9\n  r2 = progs ll\n  r3 = 0\n  call bpf_tail_call${release('r6')}${END}`, 'Unreleased reference id=2 alloc_insn=9'],
  ['over a tail call of a function', `${lookup('r6')}\n  r1 = r9\n  call tail${release('r6')}${END}
.text
tail:
  r2 = progs ll
  r3 = 0
  call bpf_tail_call
  r0 = 0
  exit`, 'accept'],
  ['over a packet load', `\n  r6 = r9${lookup('r7')}\n  r0 = *(u8 *)skb[0]${release('r7')}${END}`, 'Unreleased reference id=2 alloc_insn=10'],
  ['returned by a function', `\n  r1 = r9\n  call find\n  if r0 == 0 goto out${release('r0')}${END}
.text
${FIND}
  exit`, 'accept'],
  ['left behind by a function', `\n  r1 = r9\n  call find${END}
.text
${FIND}
  r0 = 0
  exit`, 'Unreleased reference id=2 alloc_insn=14'],
  ['released by a function', `${lookup('r6')}\n  r1 = r6\n  call give${END}
.text
give:
  call bpf_sk_release
  r0 = 0
  exit`, 'accept'],
  ['acquired and released in a callback', `\n  r1 = 5\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop${END}
.text
cb:${reserve('r6', 'no')}${discard('r6')}
no:
  r0 = 0
  exit`, 'accept'],
  ['acquired in a callback', `\n  r1 = 5\n  r2 = cb ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop${END}
.text
cb:${reserve('r6', 'no')}
no:
  r0 = 0
  exit`, 'Unreleased reference id=2 alloc_insn=15'],
  ['released in a callback', `${reserve('r6')}\n  *(u64 *)(r10 - 8) = r6\n  r1 = 1\n  r2 = cb ll\n  r3 = r10\n  r3 += -8\n  r4 = 0\n  call bpf_loop${END}
.text
cb:
  r1 = *(u64 *)(r2 + 0)
  r2 = 0
  call bpf_ringbuf_discard
  r0 = 0
  exit`, 'Unreleased reference id=2 alloc_insn=7'],
  ['kept on the stack', `${lookup('r6')}\n  *(u64 *)(r10 - 8) = r6\n  r1 = *(u64 *)(r10 - 8)\n  call bpf_sk_release${END}`, 'accept'],
  ['overwritten', `${lookup('r6')}\n  r6 = 0${END}`, 'Unreleased reference id=2 alloc_insn=9'],
  ['two kinds, one kept', `${lookup('r6')}${reserve('r7', 'drop')}${discard('r7')}${END}\ndrop:${release('r6')}\n  goto out`, 'Unreleased reference id=2 alloc_insn=9'],
  ['a reservation released as a socket', `${reserve('r7')}${release('r7')}${END}`, 'R1 type=ringbuf_mem expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['a socket discarded as a reservation', `${lookup('r7')}${discard('r7')}${END}`, 'R1 type=sock_common expected=ringbuf_mem'],
  ['a reservation submitted with an offset', `${reserve('r7')}\n  r7 += 4${discard('r7')}${END}`, 'R1 must have zero offset when passed to release func or trusted arg to kfunc'],
  ['a reservation written and discarded', `${reserve('r7')}\n  *(u64 *)(r7 + 0) = 1${discard('r7')}${END}`, 'accept'],
  ['a view by the kernel’s type used after the release', `${lookup('r6')}\n  r1 = r6\n  call bpf_skc_to_tcp_sock\n  r7 = r0${release('r6')}\n  if r7 == 0 goto out\n  r1 = *(u32 *)(r7 + 0)${END}`, "R7 invalid mem access 'scalar'"],
  ['a view by the kernel’s type released', `${lookup('r6')}\n  r1 = r6\n  call bpf_skc_to_tcp_sock\n  if r0 == 0 goto drop${release('r0')}\n  goto out\ndrop:${release('r6')}${END}`, 'accept'],
]; // prettier-ignore

const all = CASES.map(([name, body, verdict]) => ({
  name,
  verdict,
  told: programWithTypes(HEAD + START + body, () => ({})),
}));

describeVerdicts('references to sockets and reservations', all);
