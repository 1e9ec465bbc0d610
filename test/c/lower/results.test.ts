import { it } from 'vitest';
import { checkResults } from './program.ts';

/** The results are those of clang 19 for x86-64 (-fwrapv), which computes integers as BPF does. */

it('falls through cases, matches ranges and finds the default in the middle', () =>
  checkResults(
    `
    long f(long a) {
      long r = 0;
      switch ((int)a) {
        case 0: r += 1;
        case 1 ... 5: r += 2; break;
        default: r += 100;
        case 12: r += 10; break;
        case -5 ... -1: r -= 7;
        case 13: return r - 1;
      }
      return r;
    }
    `,
    [
      [0n, 3n],
      [5n, 2n],
      [12n, 10n],
      [13n, -1n],
      [-3n, -8n],
      [99n, 110n],
    ],
  ));

it('leaves and continues the right loop', () =>
  checkResults(
    `
    long f(long n) {
      long sum = 0;
      for (int i = 0; i < 10; i++) {
        int j = 0;
        while (1) {
          if (++j > i) break;
          if (j % 2) continue;
          sum += j * i;
        }
        if (i == n) break;
        do { sum++; if (sum > 50) goto out; } while (sum % 5);
      }
    again:
      if (sum % 7) { sum++; goto again; }
    out:
      return sum;
    }
    `,
    [
      [0n, 0n],
      [3n, 21n],
      [10n, 81n],
    ],
  ));

it('cleans up in reverse order wherever a scope is left', () =>
  checkResults(
    `
    static long trace;
    static void note(int *p) { trace = trace * 10 + *p; }
    #define TRACK(name, n) __attribute__((cleanup(note))) int name = n
    static long inner(long how) {
      TRACK(a, 1);
      for (int i = 0; i < 2; i++) {
        TRACK(b, 2);
        if (how == 0) continue;
        {
          TRACK(c, 3);
          if (how == 1) break;
          if (how == 2) goto out;
          if (how == 3) return trace;
          TRACK(d, 4);
        }
      }
      { TRACK(e, 5); }
    out:
      return trace + ({ TRACK(g, 6); g; });
    }
    long f(long how) { trace = 0; long r = inner(how); return trace * 1000 + r; }
    `,
    [
      [0n, 22561231n],
      [1n, 32561331n],
      [2n, 3261038n],
      [3n, 321000n],
      [4n, 432436885331n],
    ],
  ));

it('passes and returns records by value', () =>
  checkResults(
    `
    struct s1 { char a; };
    struct s3 { unsigned char a[3]; };
    struct s8 { int a, b; };
    struct s12 { int a, b, c; };
    struct s24 { long a, b, c; };
    static int sum(struct s1 a, struct s3 b, struct s8 c, struct s12 d, struct s24 e) {
      e.a++;
      return a.a + b.a[0] + b.a[2] * 2 + c.b * 3 + d.c * 5 + (int)e.a * 7 + (int)e.c;
    }
    static struct s12 twelve(int x) { struct s12 r = { x, x + 1, x + 2 }; return r; }
    static struct s24 big(long x) { return (struct s24){ x, .c = -x }; }
    static struct s1 one(int x) { struct s1 r; r.a = x; return r; }
    long f(long x) {
      struct s24 e = big(x);
      struct s3 b = {{ x, 2, 3 }};
      int r = sum(one(x), b, (struct s8){ .b = x }, twelve(x), e);
      struct s12 t = x > 0 ? twelve(4) : twelve(5);
      return r + e.a * 100000 + twelve(8).b + t.a;
    }
    `,
    [
      [3n, 300084n],
      [-70000n, -7000979931n],
    ],
  ));

it('reads and writes bit-fields of all kinds', () =>
  checkResults(
    `
    struct bits { unsigned a:3; int b:10; unsigned short c:7; _Bool d:1; unsigned long e:40; signed char f:4; };
    struct __attribute__((packed)) tight { unsigned char x:3; unsigned int y:29; unsigned short z:13; long w:50; char t; };
    long f(long v) {
      struct bits b = { .b = v, .d = v };
      struct tight t = { .y = v * 3, .t = 'x' };
      b.a = v; b.c += v; b.e = v * 7; b.f = v >> 3; b.b++;
      t.x = v >> 1; t.z = v >> 2; t.w = v * 11; t.w--;
      long r = b.a + b.b * 3 + b.c * 5 + b.d * 7 + b.e * 11 + b.f * 13;
      unsigned char *p = (unsigned char *)&t;
      for (unsigned i = 0; i < sizeof t; i++) r = r * 31 + p[i];
      p = (unsigned char *)&b;
      for (unsigned i = 0; i < sizeof b; i++) r = r * 31 + p[i];
      long last = (b.a = 13) + (t.z += 9000) + b.f--;
      return r + t.x + t.y + t.z + t.w + last;
    }
    `,
    [
      [0n, 3093238697564715169n],
      [-1n, -1825865001521912314n],
      [12345678n, 3116285233825515677n],
    ],
  ));

it('initialises objects with zeros where nothing is said', () =>
  checkResults(
    `
    struct in { int a; short b[3]; char c; };
    struct out { struct in x; char name[8]; struct in y[2]; union { int i; long l; } u; };
    long f(long v) {
      struct out o = { .x.b[1] = v, .name = "abcdefgh", .y = { [1] = { .c = v, .a = 5 } }, .u.i = v };
      char text[12] = "hello";
      int numbers[] = { 1, 2, [5] = v, 7 };
      int zeros[9] = {};
      long r = sizeof numbers;
      unsigned char *p = (unsigned char *)&o;
      for (unsigned i = 0; i < sizeof o; i++) r = r * 31 + p[i];
      for (unsigned i = 0; i < sizeof text; i++) r = r * 31 + text[i];
      for (unsigned i = 0; i < 7; i++) r = r * 31 + numbers[i];
      for (unsigned i = 0; i < 9; i++) r = r * 31 + zeros[i];
      return r;
    }
    `,
    [
      [1n, 6831918650872450433n],
      [70000n, 8184955828776756292n],
    ],
  ));

it('copies large tables of constants', () =>
  checkResults(
    `
    long f(long n) {
      const int squares[40] = { 0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121, 144, 169, 196, 225, 256, 289, 324, 361, 400, 441, 484, 529, 576, 625, 676, 729, 784, 841, 900, 961, 1024, 1089, 1156, 1225, 1296, 1369, 1444, 1521 };
      char text[] = "a text that is longer than what is stored word by word, so that it is copied from where the literals are, which takes a while to write down";
      return squares[n] * 1000 + text[n] + sizeof text;
    }
    `,
    [
      [0n, 237n],
      [3n, 9241n],
      [39n, 1521241n],
    ],
  ));

it('computes pointers and their differences', () =>
  checkResults(
    `
    struct odd { int a[3]; };
    long f(long n) {
      struct odd list[7];
      for (int i = 0; i < 7; i++) for (int j = 0; j < 3; j++) list[i].a[j] = i * 10 + j;
      struct odd *p = &list[n], *q = list + 6;
      struct odd *old = p++;
      p -= -1; q--;
      int (*rows)[3] = (void *)list;
      char *c = (char *)q;
      c -= 12;
      return (q - p) * 1000 + (old - list) * 100 + p->a[1] + rows[4][2] + ((struct odd *)c)->a[0] + p[-1].a[2] + (p > q) + (old <= p);
    }
    `,
    [
      [0n, 3116n],
      [2n, 1356n],
    ],
  ));

it('computes what is asked, once and in order', () =>
  checkResults(
    `
    static long log_;
    static long mark(long n, long v) { log_ = log_ * 10 + n; return v; }
    long f(long a) {
      log_ = 0;
      long r = (mark(1, a) && mark(2, a > 5)) + (mark(3, a) || mark(4, 1)) * 2;
      r += mark(5, a) ?: mark(6, 9);
      r += (mark(7, 1), mark(8, a)) ? !mark(9, a) : ~a;
      int i = a;
      r += i++ * 3 + --i;
      unsigned char c = 255; c += a; r += c;
      signed char s = 127; s++; r += s;
      _Bool b = 0; b++; b += 5; r += b; b--; r += b;
      return r * 1000000000l + log_;
    }
    `,
    [
      [0n, 138001345678n],
      [1n, -119998764211n],
      [7n, -82998764211n],
    ],
  ));

it('answers __builtin_*_overflow', () =>
  checkResults(
    `
    long f(long a) {
      int i; unsigned u; long l; unsigned long ul; short s; unsigned char c; long r = 0;
      r = r * 2 + __builtin_add_overflow((int)a, 1, &i); r += i;
      r = r * 2 + __builtin_sub_overflow((unsigned)a, 1u, &u); r += u;
      r = r * 2 + __builtin_mul_overflow((int)a, (unsigned)a, &u); r += u;
      r = r * 2 + __builtin_mul_overflow((unsigned)a, 3u, &i); r += i;
      r = r * 2 + __builtin_add_overflow(a, 1l, &l); r += l;
      r = r * 2 + __builtin_sub_overflow(a, 2l, &l); r += l;
      r = r * 2 + __builtin_sub_overflow((unsigned long)a, 1ul, &ul); r += ul;
      r = r * 2 + __builtin_add_overflow((unsigned long)a, 1ul, &ul); r += ul;
      r = r * 2 + __builtin_mul_overflow((unsigned long)a, 3ul, &ul); r += ul;
      r = r * 2 + __builtin_add_overflow((int)a, (short)a, &s); r += s;
      r = r * 2 + __builtin_sub_overflow((int)a, 1, &c); r += c;
      return r;
    }
    `,
    [
      [-1n, 2199023254907n],
      [0n, 2199023256840n],
      [2147483647n, -541165878927n],
      [-9223372036854775807n, 2852n],
    ],
  ));

it('counts bits', () =>
  checkResults(
    `
    long f(long a) {
      unsigned u = a | 8; unsigned long l = a | 32; int i = a;
      long r = __builtin_popcount(i) + __builtin_popcountl(a) * 3;
      r = r * 64 + __builtin_ctz(u) + __builtin_ctzl(l) * 5;
      r = r * 64 + __builtin_clz(u) + __builtin_clzll(l) * 7;
      r = r * 64 + __builtin_ffs(i) + __builtin_ffsl(a) * 11;
      r = r * 8 + __builtin_parity(i) + __builtin_parityl(a) * 2;
      return r * 4 + (__builtin_bswap16((unsigned short)a) ^ __builtin_bswap32(a)) + __builtin_bswap64(a);
    }
    `,
    [
      [0n, 4558848n],
      [1n, 72057594089149068n],
      [-1n, 6173950335n],
      [4294967296n, 46126440n],
      [-9223372036854775807n, 72057594113483524n],
      [6148914691236517205n, 6148914693607691989n],
    ],
  ));

it('works on memory atomically', () =>
  checkResults(
    `
    long f(long a) {
      int i = a; long l = a; unsigned u = a; long r = 0;
      r = r * 31 + __sync_fetch_and_add(&i, 3); __sync_fetch_and_add(&l, a);
      r = r * 31 + __sync_sub_and_fetch(&l, 1); r = r * 31 + __sync_fetch_and_or(&u, 0xf0);
      r = r * 31 + __sync_and_and_fetch(&u, ~3u); r = r * 31 + __sync_fetch_and_xor(&l, 77);
      r = r * 31 + __sync_lock_test_and_set(&i, 42); r = r * 31 + __sync_val_compare_and_swap(&i, 42, 43);
      r = r * 31 + __sync_bool_compare_and_swap(&i, 42, 44);
      int want = 1;
      r = r * 31 + __atomic_compare_exchange_n(&i, &want, 7, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED); r = r * 31 + want;
      __atomic_store_n(&i, 6, __ATOMIC_RELAXED);
      r = r * 31 + __atomic_load_n(&i, __ATOMIC_RELAXED); r = r * 31 + __atomic_exchange_n(&l, 9, __ATOMIC_RELAXED);
      return r * 31 + i + l + u;
    }
    `,
    [
      [5n, 4177547553649193618n],
      [-9n, 2305441303493078632n],
    ],
  ));

it('keeps globals, static locals and addresses in data', () =>
  checkResults(
    `
    struct node { int v; struct node *next; const char *name; int (*get)(void); };
    static int seven(void) { return 7; }
    static int eight(void) { return 8; }
    static struct node last = { 3, 0, "last", seven };
    struct node first = { 1, &last, .get = eight };
    static const short table[] = { 10, -20, 30, [5] = 40 };
    int *inside = &last.v;
    long counter;
    static long count(void) { static long n = 100; static int *p = &first.v; return ++n + *p; }
    long f(long a) {
      struct node *p = &first;
      long r = 0;
      for (int i = 0; p && i < 4; i++, p = p->next) r = r * 31 + p->v;
      counter += a;
      static const char text[] = "xyz";
      *inside += 2;
      return r + table[a] + count() + count() + counter + sizeof table + text[1] + *("abc" + a - 1) + last.name[2];
    }
    `,
    [[3n, 589n]],
  ));

it('moves integers of 128 bits', () =>
  checkResults(
    `
    typedef unsigned __int128 u128;
    struct address { union { unsigned int v4; u128 v6; }; int port; };
    static struct address saved;
    long f(long a) {
      struct address x = { .v6 = 0 };
      x.v4 = a;
      saved = x;
      u128 copy = saved.v6;
      u128 *p = &copy;
      x.v6 = *p;
      return x.v4 + ((long *)&copy)[0] + ((long *)&copy)[1] + sizeof x;
    }
    `,
    [
      [5n, 42n],
      [-5n, 8589934614n],
    ],
  ));

it('takes unaligned members apart', () =>
  checkResults(
    `
    struct __attribute__((packed)) frame { char kind; int a; short b; long c; void *p; };
    static long sum(struct frame *x) { x->a += 3; x->b = x->a; return x->a + x->b + x->c + (long)x->p; }
    long f(long v) {
      char buffer[64];
      struct frame *x = (struct frame *)(buffer + 1);
      x->kind = 1; x->a = v; x->c = v * 1000003; x->p = (void *)v;
      return sum(x) + x->kind;
    }
    `,
    [
      [1n, 1000013n],
      [-123456789n, -123457406270903n],
    ],
  ));

it('evaluates statement expressions with labels, nested functions’ arguments and typeof', () =>
  checkResults(
    `
    #define max(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
    struct pair { int a, b; };
    long f(long a) {
      long r = max(a, 5l) + max(max(1, 2), 3);
      struct pair p = ({ struct pair t = { a, a + 1 }; if (a > 5) t.b = 100; t; });
      int n = ({ int k = 0; loop: if (k * k < a) { k++; goto loop; } k; });
      return r + p.a * 10 + p.b * 100 + n * 1000;
    }
    `,
    [
      [2n, 2328n],
      [9n, 13102n],
    ],
  ));

it('computes with integers of 128 bits', () =>
  checkResults(
    `
    typedef unsigned __int128 u128;
    struct address { u128 v6; int port; };
    long f(long a) {
      u128 x = a; __int128 y = (int)a; struct address s = { .v6 = a };
      long r = (x == 0) + (s.v6 != 0) * 2 + (x == s.v6) * 4 + (y < 0) * 8 + (x > 77) * 16 + (y <= -5) * 32 + (x ? 64 : 0) + !x * 128;
      x = (x << 40) + (u128)7 - (x >> 3); x ^= (u128)a << 100; x |= 1; x++; y = -y; y -= 3; x += y; x = ~x; y >>= 70;
      s.v6 += x; s.v6--;
      for (int i = 0; i < 4; i++) r = r * 31 + (unsigned)(s.v6 >> 96) * 3 + (unsigned)s.v6, s.v6 <<= 32;
      if (x && y != 1) r++;
      return r + (_Bool)y + (short)x + (x >= s.v6);
    }
    `,
    [
      [5n, 132212035647486n],
      [-5n, 207925381146048n],
      [123456789123n, 48296224573601n],
    ],
  ));

it('turns bits round', () =>
  checkResults(
    `
    long f(long a) {
      unsigned u = a; unsigned long l = a; int i = a; unsigned char c = a; unsigned short s = a;
      long r = __builtin_rotateleft32(u, 3) ^ __builtin_rotateright64(l, a & 77);
      r ^= __builtin_rotateleft8(c, 3) + __builtin_rotateright16(s, 5) * 3 + __builtin_rotateleft64(l, 0);
      r = r * 3 + (__builtin_bitreverse32(u) ^ __builtin_bitreverse64(l));
      r = r * 5 + __builtin_bitreverse8(c) * 256 + __builtin_bitreverse16(s);
      r = r * 64 + __builtin_clrsb(i) + __builtin_clrsbll(a) * 7;
      int *p = &i; int *q = __builtin_assume_aligned(p, 4);
      if (__builtin_unpredictable(a > 3)) r += *q;
      r += __builtin_expect_with_probability(a, 1, 0.9) + __builtin_classify_type(p) * 10 + __builtin_classify_type(a);
      return r + __builtin_rotateleft32(0x80000001u, 1) + __builtin_bitreverse16(1) + __builtin_clrsb(-1);
    }
    `,
    [
      [0n, 33325n],
      [1n, 687204894182n],
      [-1n, -5497360748756n],
      [4294967296n, 691489767750n],
      [77n, -8791025516913745585n],
      [-123456789012345n, 5122082592897867660n],
      [9223372036854775807n, 8142502628925107890n],
    ],
  ));

it('counts bits of any unsigned type, and has minimum, maximum and saturation', () =>
  checkResults(
    `struct pair { int a; short b[2]; };
    long f(long a) {
      unsigned u = a; unsigned long l = a; int i = a; unsigned char c = a; unsigned short s = a; _Bool t = a & 1;
      signed char x = a; long r = __builtin_popcountg(c) + __builtin_popcountg(l) * 3 + __builtin_popcountg(t);
      r = r * 7 + __builtin_clzg(c, 9) + __builtin_clzg(s, -1) * 2 + __builtin_clzg(u, 32) * 3 + __builtin_clzg(l, 64) * 5;
      r = r * 7 + __builtin_ctzg(c, 8) + __builtin_ctzg(s, 16) * 2 + __builtin_ctzg(u, i) * 3 + __builtin_ctzg(l, 64) * 5;
      r = r * 3 + __builtin_clzs(s | 1) + __builtin_ctzs(s | 0x8000) * 4 + __builtin_clzg(t, 7) + __builtin_ctzg(t, 5);
      r ^= __builtin_elementwise_max(i, 7) + __builtin_elementwise_min(u, 7u) + __builtin_elementwise_max(a, 3l);
      r = r * 5 + __builtin_elementwise_abs(i) + __builtin_elementwise_bitreverse(u) - __builtin_elementwise_min(c, s);
      r = r * 3 + __builtin_elementwise_add_sat(i, i) + __builtin_elementwise_sub_sat(u, 9u);
      r = r * 3 + __builtin_elementwise_add_sat(a, a) + __builtin_elementwise_sub_sat(-2l - a, a);
      r = r * 3 + __builtin_elementwise_add_sat(l, l) + __builtin_elementwise_sub_sat(i - 5, -i);
      return r;
    }
    `,
    [
      [0n, 1357549n],
      [1n, 57983419847n],
      [-1n, 154622806519n],
      [4294967296n, 588411403656n],
      [77n, 80632693701n],
      [-123456789012345n, 473257445664n],
      [9223372036854775807n, 154622758461n],
      [2147483647n, 798866411127n],
      [-2147483648n, -55832460000n],
      [200n, 8607962076n],
    ],
  ));

it('aligns, carries, and reads bytes as another type', () =>
  checkResults(
    `struct pair { int a; short b[2]; };
    int calls;
    int next(int n) { calls++; return n; }
    long f(long a) {
      unsigned u = a; unsigned long l = a; unsigned char c = a; int i = a;
      long r = __builtin_align_up(i, 16) + __builtin_align_down(i, 64) * 3 + __builtin_is_aligned(i, 8);
      r += __builtin_align_up(l, 1ul << 33) ^ __builtin_align_down(c, 4u << next(1));
      char bytes[16]; char *p = bytes + (a & 7);
      r = r * 5 + (__builtin_align_down(p, 8) == bytes) + (__builtin_align_up(p, 8) - bytes) * 2 + __builtin_is_aligned(bytes, 2) * 3;
      unsigned char cc; unsigned cu; unsigned long cl;
      r = r * 3 + __builtin_addcb(c, 200, 1, &cc) * 2 + cc;
      r = r * 3 + __builtin_subcb(c, 200, c & 1, &cc) * 2 + cc;
      r = r * 3 + __builtin_addc(u, 0xfffffff0u, 1, &cu) + cu * 5l;
      r = r * 3 + __builtin_subcl(l, 77, l & 1, &cl) + cl * 7;
      r = r * 3 + __builtin_addcll(l, ~0ul, 1, (unsigned long long *)&cl) + cl * 9;
      struct pair pair = __builtin_bit_cast(struct pair, l ^ 0x123456789abcul);
      r = r * 3 + pair.a + pair.b[0] * 3 + pair.b[1];
      r ^= __builtin_bit_cast(unsigned, i) + __builtin_bit_cast(long, pair);
      unsigned *q = __builtin_launder(&u); r += *q;
      return r + calls * 3 + __builtin_FUNCTION()[0] + sizeof(__builtin_FILE()) + __builtin_LINE();
    }
    `,
    [
      [0n, 19993072898913n],
      [1n, 16084652726204n],
      [-1n, -19967302206680n],
      [4294967296n, 16028818084637n],
      [77n, 15728186239294n],
      [-123456789012345n, 451371130479325585n],
      [9223372036854775807n, -19967302173912n],
      [2147483647n, 16189880002788n],
      [-2147483648n, -20016694918571n],
      [200n, 15728183365723n],
    ],
  ));

it('computes offsets of elements whose index is known only when it runs', () =>
  checkResults(
    `
    struct s { long a; struct { int x, y; } b[6]; };
    long f(long i) {
      return __builtin_offsetof(struct s, b[i].y) + __builtin_offsetof(struct s, b[(int)i & 3]);
    }
    `,
    [
      [0n, 20n],
      [5n, 68n],
      [-1n, 36n],
    ],
  ));
