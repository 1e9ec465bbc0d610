import { buildBtf, KIND, SIGNED_INT, UNSIGNED_INT, type Row } from '../btf/buildBtf.ts';

/** Types for a test, written as one would in C. Every method answers the new type's id. */
export class TypesBuilder {
  readonly #rows: Row[] = [];
  readonly #guarded = new Map<string, number>();

  bytes(): Uint8Array {
    return buildBtf(this.#rows);
  }

  #add(row: Row): number {
    return this.#rows.push(row);
  }

  int(name: string, size: number, signed = false): number {
    const bits = size * 8;
    return this.#add({ kind: KIND.int, name, word: size, rest: [(signed ? SIGNED_INT : UNSIGNED_INT) - 0x20 + bits] });
  }

  /** Members: name, type, offset in bytes. */
  struct(name: string, size: number, members: readonly (readonly [string, number, number])[]): number {
    const rest = members.flatMap(([member, type, off]) => [member, type, off * 8]);
    return this.#add({ kind: KIND.struct, name, vlen: members.length, word: size, rest });
  }

  ptr(to: number): number {
    return this.#add({ kind: KIND.ptr, word: to });
  }

  array(of: number, length: number, index: number): number {
    return this.#add({ kind: KIND.array, rest: [of, index, length] });
  }

  typedef(name: string, of: number): number {
    return this.#add({ kind: KIND.typedef, name, word: of });
  }

  typeTag(name: string, of: number): number {
    return this.#add({ kind: KIND.typeTag, name, word: of });
  }

  declTag(name: string, on: number, component = -1): number {
    return this.#add({ kind: KIND.declTag, name, word: on, rest: [component] });
  }

  /** A pointer with a tag, such as `struct t __kptr *`. */
  tagged(tag: string, to: number): number {
    return this.ptr(this.typeTag(tag, to));
  }

  variable(name: string, type: number): number {
    return this.#add({ kind: KIND.var, name, word: type, rest: [1] });
  }

  /** Variables: type of the variable, offset, size. */
  section(name: string, size: number, variables: readonly (readonly [number, number, number])[]): number {
    return this.#add({ kind: KIND.datasec, name, vlen: variables.length, word: size, rest: variables.flat() });
  }

  proto(returns: number, params: readonly (readonly [string, number])[]): number {
    return this.#add({ kind: KIND.funcProto, vlen: params.length, word: returns, rest: params.flat() });
  }

  func(name: string, proto: number, linkage: 'static' | 'global' = 'static'): number {
    return this.#add({ kind: KIND.func, name, word: proto, vlen: linkage === 'static' ? 0 : 1 });
  }

  /** One of the structures that the kernel guards, by its name; the same id each time. */
  guarded(name: keyof typeof GUARDED): number {
    const known = this.#guarded.get(name);
    if (known !== undefined) return known;
    const [size, words] = GUARDED[name];
    const word = this.int(`__word_${name}`, size / words);
    const opaque = words === 1 ? word : this.array(word, words, word);
    const id = this.struct(name, size, [['__opaque', opaque, 0]]);
    this.#guarded.set(name, id);
    return id;
  }
}

/** Sizes in bytes and the words they consist of, as in include/uapi/linux/bpf.h. */
const GUARDED = {
  bpf_spin_lock: [4, 1],
  bpf_res_spin_lock: [4, 1],
  bpf_timer: [16, 2],
  bpf_wq: [16, 2],
  bpf_task_work: [8, 1],
  bpf_list_head: [16, 2],
  bpf_list_node: [24, 3],
  bpf_rb_root: [16, 2],
  bpf_rb_node: [32, 4],
  bpf_refcount: [4, 1],
} as const;
