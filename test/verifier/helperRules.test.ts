import { describeVerdicts } from '../support/describeVerdicts.ts';
import { typedProgram, type TypedProgram } from '../support/typedProgram.ts';

const whole = (section: string, body: string, maps = ''): TypedProgram =>
  typedProgram(`.license "GPL"\n${maps}.section "${section}"\n${body}\n  r0 = 0\n  exit`);

/** bpf_snprintf with a format of so many values. */
const print = (format: string, values: number, bytes = 8 * values): TypedProgram =>
  whole(
    'tc',
    `${Array.from({ length: 6 }, (_, i) => `  *(u64 *)(r10 - ${8 * (i + 1)}) = 0\n`).join('')}
  r1 = r10
  r1 += -112
  r2 = 64
  r3 = format ll
  r4 = r10
  r4 += -48
  r5 = ${bytes}
  call bpf_snprintf`,
    `.section ".rodata"\nformat: .asciz ${JSON.stringify(format)}\n`,
  );

const FORMATS: readonly (readonly [format: string, values: number, fine: boolean])[] = [
  ['no value', 0, true], ['%d', 1, true], ['%d', 0, false], ['%d', 2, true], ['%d %u %x %X %i', 5, true],
  ['%ld %lu %lld %llx', 4, true], ['%llld', 1, false], ['%5d|%-5d|%05d|%+d|% d', 5, true], ['%5.2d', 1, false],
  ['100%% sure', 0, true], ['%', 1, false], ['at the end %', 1, false], ['%s', 1, true], ['%s!', 1, true],
  ['%sa', 1, false], ['%c', 1, true], ['%c%c', 2, true], ['%p', 1, true], ['%p %p', 2, true], ['%pa', 1, false],
  ['%pI4 %pi4 %pI6 %pi6', 4, true], ['%pI5', 1, false], ['%pB %pS %ps %pK %px', 5, true], ['%pks %pus', 2, true],
  ['%pksa', 1, false], ['%pk', 1, false], ['%f', 1, false], ['%o', 1, false], ['%n', 1, false], ['%hd', 1, false],
  ['tab\tand line\n', 0, true],
]; // prettier-ignore

const SOCKMAP = '.map m, type=sockmap, key=4, value=4, entries=4\n';
const KEY = '  *(u32 *)(r10 - 4) = 0\n  r2 = r10\n  r2 += -4\n';
const LOOKUP = `  r1 = m ll\n${KEY}  call bpf_map_lookup_elem\n`;

const CASES: readonly (readonly [name: string, program: TypedProgram, verdict: string])[] = [
  ...FORMATS.map(([format, values, fine]) => [
    `a format: ${JSON.stringify(format)} with ${values}`, print(format, values), fine ? 'accept' : 'Invalid format string',
  ] as const),
  ['what is printed is not what was there', whole('tc', '  *(u64 *)(r10 - 8) = 0\n  r1 = r10\n  r1 += -8\n  r2 = 8\n  r3 = format ll\n  r4 = 0\n  r5 = 0\n  call bpf_snprintf\n  r1 = *(u64 *)(r10 - 8)\n  if r1 == 0 goto +1\n  r0 = *(u8 *)(r9 + 0)', '.section ".rodata"\nformat: .asciz "x"\n'), 'R9 !read_ok'],
  ['the name of a sysctl is not what was there', whole('cgroup/sysctl', '  *(u64 *)(r10 - 8) = 0\n  r2 = r10\n  r2 += -8\n  r3 = 8\n  r4 = 0\n  call bpf_sysctl_get_name\n  r1 = *(u64 *)(r10 - 8)\n  if r1 == 0 goto +1\n  r0 = *(u8 *)(r9 + 0)'), 'R9 !read_ok'],
  ['values that are no 64-bit numbers', print('%d', 1, 12), 'reject'],
  ['a format that may be written', whole('tc', '  r1 = r10\n  r1 += -8\n  r2 = 8\n  r3 = format ll\n  r4 = 0\n  r5 = 0\n  call bpf_snprintf', '.section ".data"\nformat: .asciz "x"\n'), "R3 does not point to a readonly map'"],
  ['the address of the function, kprobe', whole('kprobe', '  call bpf_get_func_ip'), 'accept'],
  ['the address of the function, tracepoint', whole('tracepoint', '  call bpf_get_func_ip'), 'func bpf_get_func_ip#173 not supported for program type 5'],
  ['the address of the function, raw tracepoint', whole('raw_tp', '  call bpf_get_func_ip'), 'func bpf_get_func_ip#173 not supported for program type 17'],
  ['a socket looked up in a map and given back', whole('tc', `${LOOKUP}  if r0 == 0 goto +2\n  r1 = r0\n  call bpf_sk_release`, SOCKMAP), 'accept'],
  ['a socket looked up in a map and kept', whole('tc', LOOKUP, SOCKMAP), 'Unreleased reference id=2 alloc_insn=5'],
  ['a socket looked up in a map and read', whole('tc', `${LOOKUP}  if r0 == 0 goto +4\n  r6 = *(u32 *)(r0 + 4)\n  r1 = r0\n  call bpf_sk_release\n  r0 = r6`, SOCKMAP), 'accept'],
  ['a socket looked up in a map and read too early', whole('tc', `${LOOKUP}  r6 = *(u32 *)(r0 + 4)`, SOCKMAP), "R0 invalid mem access 'map_value_or_null'"],
  ['a map of sockets updated with a number', whole('tc', `  r1 = m ll\n${KEY}  r3 = r2\n  r4 = 0\n  call bpf_map_update_elem`, SOCKMAP), 'R3 type=fp expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['a map of sockets updated with a socket', whole('tc', `${LOOKUP}  if r0 == 0 goto +11\n  r6 = r0\n  r1 = m ll\n${KEY}  r3 = r6\n  r4 = 0\n  call bpf_map_update_elem\n  r1 = r6\n  call bpf_sk_release`, SOCKMAP), 'accept'],
  ['a socket deleted from a map', whole('xdp', `  r1 = m ll\n${KEY}  call bpf_map_delete_elem`, SOCKMAP), 'accept'],
  ['a socket deleted from a hash', whole('socket', `  r1 = m ll\n${KEY}  call bpf_map_delete_elem`, SOCKMAP.replace('sockmap', 'sockhash')), 'accept'],
  ['a socket deleted where none may be', whole('kprobe', `  r1 = m ll\n${KEY}  call bpf_map_delete_elem`, SOCKMAP), 'cannot update sockmap in this context'],
  ['a map of sockets pushed to', whole('tc', `  r1 = m ll\n${KEY}  r3 = 0\n  call bpf_map_push_elem`, SOCKMAP), 'R2 type=fp expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_'],
  ['a map of sockets popped from', whole('tc', `  r1 = m ll\n${KEY}  call bpf_map_pop_elem`, SOCKMAP), 'invalid arg_type for sockmap/sockhash'],
  ['a redirection to a socket', whole('tc', '  r2 = m ll\n  r3 = 0\n  r4 = 0\n  call bpf_sk_redirect_map', SOCKMAP), 'program of this type cannot use helper bpf_sk_redirect_map#52'],
  ['a Bloom filter asked about what was not set', whole('tc', '  r1 = m ll\n  r2 = r10\n  r2 += -8\n  call bpf_map_peek_elem', '.map m, type=bloom_filter, key=0, value=8, entries=4\n'), 'accept'],
  ['storage of a cgroup', whole('cgroup_skb/ingress', '  r1 = m ll\n  r2 = 0\n  call bpf_get_local_storage\n  r0 = *(u64 *)(r0 + 0)', '.map m, type=cgroup_storage, key=16, value=8, entries=0\n'), 'accept'],
  ['storage of a cgroup beyond its end', whole('cgroup_skb/ingress', '  r1 = m ll\n  r2 = 0\n  call bpf_get_local_storage\n  r0 = *(u64 *)(r0 + 8)', '.map m, type=percpu_cgroup_storage, key=16, value=8, entries=0\n'), 'invalid access to map value, value_size=8 off=8 size=8'],
  ['storage of a cgroup with flags', whole('cgroup_skb/ingress', '  r1 = m ll\n  r2 = 1\n  call bpf_get_local_storage', '.map m, type=cgroup_storage, key=16, value=8, entries=0\n'), "get_local_storage() doesn't support non-zero flags"],
  ['two storages of one type', whole('cgroup_skb/ingress', '  r1 = m ll\n  r2 = n ll', '.map m, type=cgroup_storage, key=16, value=8, entries=0\n.map n, type=cgroup_storage, key=16, value=8, entries=0\n'), 'only one cgroup storage of each type is allowed'],
  ['storages of two types', whole('cgroup_skb/ingress', '  r1 = m ll\n  r2 = n ll', '.map m, type=cgroup_storage, key=16, value=8, entries=0\n.map n, type=percpu_cgroup_storage, key=16, value=8, entries=0\n'), 'accept'],
]; // prettier-ignore

describeVerdicts(
  'rules that single helpers have',
  CASES.map(([name, told, verdict]) => ({ name, told, verdict })),
  'anywhere',
);
