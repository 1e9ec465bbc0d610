#include "common.h"

struct text { char bytes[56]; s64 answer; };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, u32);
	__type(value, struct text);
	__uint(max_entries, 64);
} texts SEC(".maps");

char word[12] = "some words";
u8 address[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0xff, 7, 0, 1, 0xab, 0xcd, 9, 200 };

// Leaves the text of one format and what the helper answered in a slot.
#define SHOW(slot, size, fmt, ...)                                                          \
	({                                                                                  \
		static const char format[] = fmt;                                           \
		u64 values[] = { __VA_ARGS__ };                                             \
		u32 key = slot;                                                             \
		struct text *to = bpf_map_lookup_elem(&texts, &key);                        \
		if (to)                                                                     \
			to->answer = bpf_snprintf(to->bytes, size, format, values, sizeof(values)); \
	})

SEC("tc") int formats_0(struct __sk_buff *skb)
{
	SHOW(0, sizeof(to->bytes), "[%-01lX]", 1);
	SHOW(1, sizeof(to->bytes), "[%+ 1ld]", 0x80000000);
	SHOW(2, sizeof(to->bytes), "[%+08c]", 65);
	SHOW(3, sizeof(to->bytes), "[%- 5lu]", 0x8000000000000000ull);
	SHOW(4, sizeof(to->bytes), "[%+012i]", 0xffffffff);
	SHOW(5, sizeof(to->bytes), "[%i]", -5ll);
	SHOW(6, sizeof(to->bytes), "[%12lX]", 0x123456789abcdef0ull);
	SHOW(7, sizeof(to->bytes), "[%lld]", 0x80000000);
	SHOW(8, sizeof(to->bytes), "[%- 5lx]", 0x123456789abcdef0ull);
	SHOW(9, sizeof(to->bytes), "[%0ps]", (u64)0x1234);
	SHOW(10, sizeof(to->bytes), "[%01pi4]", (u64)address);
	SHOW(11, sizeof(to->bytes), "[%+ lx]", 0x123456789abcdef0ull);
	SHOW(12, sizeof(to->bytes), "[%-05llu]", 42);
	SHOW(13, sizeof(to->bytes), "[%+ 12u]", 42);
	SHOW(14, sizeof(to->bytes), "[%+20u]", 1);
	SHOW(15, sizeof(to->bytes), "[%+ 1X]", 0x8000000000000000ull);
	SHOW(16, sizeof(to->bytes), "[%+0pB]", 0);
	SHOW(17, sizeof(to->bytes), "[%1pks]", (u64)word);
	SHOW(18, sizeof(to->bytes), "[%+024pS]", (u64)0x1234);
	SHOW(19, sizeof(to->bytes), "[% 20lx]", 0xffffffff);
	SHOW(20, sizeof(to->bytes), "[%+08s]", (u64)word);
	SHOW(21, sizeof(to->bytes), "[%-020llu]", 0x123456789abcdef0ull);
	SHOW(22, sizeof(to->bytes), "[%- 20lu]", 0);
	SHOW(23, sizeof(to->bytes), "[% 12llx]", 42);
	SHOW(24, sizeof(to->bytes), "[%+01lld]", 0x80000000);
	SHOW(25, sizeof(to->bytes), "[%0-1i]", 0x80000000);
	SHOW(26, sizeof(to->bytes), "[%+ d]", 1);
	SHOW(27, sizeof(to->bytes), "[%0-ld]", 0xffffffff);
	SHOW(28, sizeof(to->bytes), "[%- li]", 0x123456789abcdef0ull);
	SHOW(29, sizeof(to->bytes), "[%-01d]", 0xffffffff);
	SHOW(30, sizeof(to->bytes), "[%-1pi4]", (u64)address);
	SHOW(31, sizeof(to->bytes), "[%-1pks]", (u64)word);
	return 0;
}

SEC("tc") int formats_1(struct __sk_buff *skb)
{
	SHOW(0, sizeof(to->bytes), "[%- 20ld]", 0x123456789abcdef0ull);
	SHOW(1, sizeof(to->bytes), "[% 8pi6]", (u64)address);
	SHOW(2, sizeof(to->bytes), "[%-20lx]", 0x80000000);
	SHOW(3, sizeof(to->bytes), "[%-01lld]", 0x80000000);
	SHOW(4, sizeof(to->bytes), "[%-20i]", 0x123456789abcdef0ull);
	SHOW(5, sizeof(to->bytes), "[%-5llu]", 0x8000000000000000ull);
	SHOW(6, sizeof(to->bytes), "[%- 20llu]", 0);
	SHOW(7, sizeof(to->bytes), "[%01li]", 42);
	SHOW(8, sizeof(to->bytes), "[%0012llx]", 0x123456789abcdef0ull);
	SHOW(9, sizeof(to->bytes), "[%01lu]", 0x8000000000000000ull);
	SHOW(10, sizeof(to->bytes), "[%+012li]", 0x80000000);
	SHOW(11, sizeof(to->bytes), "[%- 1c]", 122);
	SHOW(12, sizeof(to->bytes), "[%+05ld]", 0xffffffff);
	SHOW(13, sizeof(to->bytes), "[%-s]", (u64)word);
	SHOW(14, sizeof(to->bytes), "[%+08px]", (u64)0x1234);
	SHOW(15, sizeof(to->bytes), "[%-1i]", 0x8000000000000000ull);
	SHOW(16, sizeof(to->bytes), "[%+ ld]", 0);
	SHOW(17, sizeof(to->bytes), "[%-20lu]", 0x123456789abcdef0ull);
	SHOW(18, sizeof(to->bytes), "[%+ lX]", 0x80000000);
	SHOW(19, sizeof(to->bytes), "[%-8c]", 300);
	SHOW(20, sizeof(to->bytes), "[%- 5lx]", 0x80000000);
	SHOW(21, sizeof(to->bytes), "[%- llu]", 0);
	SHOW(22, sizeof(to->bytes), "[%1x]", 42);
	SHOW(23, sizeof(to->bytes), "[% 1lu]", 1);
	SHOW(24, sizeof(to->bytes), "[%24pI6]", (u64)address);
	SHOW(25, sizeof(to->bytes), "[%001pI6]", (u64)address);
	SHOW(26, sizeof(to->bytes), "[%0024pI4]", (u64)address);
	SHOW(27, sizeof(to->bytes), "[%0-8c]", 300);
	SHOW(28, sizeof(to->bytes), "[%024s]", (u64)word);
	SHOW(29, sizeof(to->bytes), "[%012li]", 0x80000000);
	SHOW(30, sizeof(to->bytes), "[%0020llx]", 0x80000000);
	SHOW(31, sizeof(to->bytes), "[%-0X]", 42);
	return 0;
}

SEC("tc") int formats_2(struct __sk_buff *skb)
{
	SHOW(0, sizeof(to->bytes), "[%+ s]", (u64)word);
	SHOW(1, sizeof(to->bytes), "[%05x]", 42);
	SHOW(2, sizeof(to->bytes), "[%20u]", 1);
	SHOW(3, sizeof(to->bytes), "[%+0d]", 1);
	SHOW(4, sizeof(to->bytes), "[%-20d]", 0x123456789abcdef0ull);
	SHOW(5, sizeof(to->bytes), "[%+ 8ps]", 0x123456789abcdef0ull);
	SHOW(6, sizeof(to->bytes), "[%+1pI4]", (u64)address);
	SHOW(7, sizeof(to->bytes), "[%1px]", 0x123456789abcdef0ull);
	SHOW(8, sizeof(to->bytes), "[%0-20lld]", 0x80000000);
	SHOW(9, sizeof(to->bytes), "[%+5li]", 0x80000000);
	SHOW(10, sizeof(to->bytes), "[%+01x]", 0x8000000000000000ull);
	SHOW(11, sizeof(to->bytes), "[%- 24pB]", 0x123456789abcdef0ull);
	SHOW(12, sizeof(to->bytes), "[%+ 1pi6]", (u64)address);
	SHOW(13, sizeof(to->bytes), "[%0-x]", 1);
	SHOW(14, sizeof(to->bytes), "[%-5d]", 0);
	SHOW(15, sizeof(to->bytes), "[%20x]", 42);
	SHOW(16, sizeof(to->bytes), "[%0-1X]", 1);
	SHOW(17, sizeof(to->bytes), "[%+ 5X]", 0xffffffff);
	SHOW(18, sizeof(to->bytes), "[%+0u]", 0x123456789abcdef0ull);
	SHOW(19, sizeof(to->bytes), "[%5llx]", 0x8000000000000000ull);
	SHOW(20, sizeof(to->bytes), "[%- lX]", 1);
	SHOW(21, sizeof(to->bytes), "[%- llx]", 42);
	SHOW(22, sizeof(to->bytes), "[%+ u]", 42);
	SHOW(23, sizeof(to->bytes), "[%- 12lld]", -5ll);
	SHOW(24, sizeof(to->bytes), "[%- 24pS]", 0);
	SHOW(25, sizeof(to->bytes), "[%005lX]", 0x123456789abcdef0ull);
	SHOW(26, sizeof(to->bytes), "[%-20X]", 0x123456789abcdef0ull);
	return 0;
}

// Formats that the verifier would refuse, were they constants: the answer of bpf_trace_printk is what its text measures.
#define PRINT(slot, fmt)                                            \
	({                                                           \
		static char format[] = fmt;                          \
		note(slot, bpf_trace_printk(format, sizeof(format), 7, word, 9)); \
	})

SEC("tc") int refused(struct __sk_buff *skb)
{
	PRINT(0, "%");
	PRINT(1, "%5");
	PRINT(2, "%-");
	PRINT(3, "%z");
	PRINT(4, "%hd");
	PRINT(5, "%.3d");
	PRINT(6, "%#x");
	PRINT(7, "%*d");
	PRINT(8, "%lld %");
	PRINT(9, "%l");
	PRINT(10, "%llc");
	PRINT(11, "%pX");
	PRINT(12, "%pks%pus");
	PRINT(13, "%%");
	PRINT(14, "100%%");
	PRINT(15, "%5%");
	PRINT(16, "a\xff" "b");
	PRINT(17, "x\x01" "y");
	PRINT(18, "no value");
	PRINT(19, "%q");
	PRINT(20, "%lls");
	PRINT(21, "%pI");
	PRINT(22, "%pI5");
	PRINT(23, "%ll");
	PRINT(24, "%hhx");
	PRINT(25, "%n");
	PRINT(26, "%1$d");
	PRINT(27, "%\x01");
	PRINT(28, "%5c");
	PRINT(29, "%05s");
	PRINT(30, "%-5c|");
	PRINT(31, "%+s");
	return 0;
}

SEC("tc") int lengths(struct __sk_buff *skb)
{
	SHOW(0, 5, "%s and %d", (u64)word, 12345);
	SHOW(1, 1, "%s", (u64)word);
	SHOW(2, 0, "%s", (u64)word);
	SHOW(3, 11, "%s", (u64)word);
	SHOW(4, 10, "%s", (u64)word);
	SHOW(5, 56, "%s|%s|%d", (u64)word, (u64)word, 3);
	SHOW(6, 56, "%s", 0);
	SHOW(8, 56, "%d %d %d %d %d %d %d %d %d %d %d %d", 1,2,3,4,5,6,7,8,9,10,11,12);
	SHOW(9, 56, "%pI4 %pI6", (u64)address, (u64)address);
	SHOW(10, 56, "%s", 0x1234);
	SHOW(11, 56, "%pus", 0x1234);
	SHOW(12, 56, "%pI4", 0x1234);
	SHOW(13, 40, "%60d|", 5);
	SHOW(14, 56, "%-60d|", 5);
	SHOW(15, 56, "%s%s%s%s%s%s%s%s%s%s%s", (u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word,(u64)word);
	return 0;
}
