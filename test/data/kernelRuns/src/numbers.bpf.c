#include "common.h"

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb, unsigned long long off) asm("llvm.bpf.load.word");

// One text each: the answer, and the number it yields.
#define PARSE(slot, helper, base, text)                            \
	({                                                         \
		static const char from[] = text;                   \
		typeof(slot) at = slot;                            \
		note(at, helper(from, sizeof(from) - 1, base, &value)); \
		note(at + 1, value);                               \
	})

SEC("tc") int signed_numbers(struct __sk_buff *skb)
{
	long value = 99;

	PARSE(0, bpf_strtol, 0, "123");
	PARSE(2, bpf_strtol, 0, " \t-45x");
	PARSE(4, bpf_strtol, 0, "0x1fG");
	PARSE(6, bpf_strtol, 0, "017");
	PARSE(8, bpf_strtol, 0, "08");
	PARSE(10, bpf_strtol, 10, "0x10");
	PARSE(12, bpf_strtol, 16, "0x10");
	PARSE(14, bpf_strtol, 16, "ff");
	PARSE(16, bpf_strtol, 8, "78");
	PARSE(18, bpf_strtol, 7, "6");
	PARSE(20, bpf_strtol, 0, "9223372036854775807");
	PARSE(22, bpf_strtol, 0, "9223372036854775808");
	PARSE(24, bpf_strtol, 0, "-9223372036854775808");
	PARSE(26, bpf_strtol, 0, "-9223372036854775809");
	PARSE(28, bpf_strtol, 0, "--1");
	PARSE(30, bpf_strtol, 0, "+1");
	PARSE(32, bpf_strtol, 0, "   ");
	PARSE(34, bpf_strtol, 0, "-");
	PARSE(36, bpf_strtol, 0, "0x");
	PARSE(38, bpf_strtol, 0, "0");
	PARSE(40, bpf_strtol, 0, "-0x10");
	PARSE(42, bpf_strtol, 16, "-0X1aZ");
	PARSE(44, bpf_strtol, 0, "99999999999999999999999999");
	PARSE(46, bpf_strtol, 0, "12 34");
	PARSE(48, bpf_strtol, 32, "7");
	PARSE(50, bpf_strtol, 0, "\v\f\r\n 5");
	PARSE(52, bpf_strtol, 0, "- 5");
	PARSE(54, bpf_strtol, 0, "000000000000000000000000000000000000000000000000000000000000000000000001");
	PARSE(56, bpf_strtol, 2ull << 32, "7");
	PARSE(58, bpf_strtol, 8, "0777");
	return 0;
}

SEC("tc") int unsigned_numbers(struct __sk_buff *skb)
{
	unsigned long value = 99;

	PARSE(0, bpf_strtoul, 0, "123");
	PARSE(2, bpf_strtoul, 0, " -45");
	PARSE(4, bpf_strtoul, 0, "18446744073709551615");
	PARSE(6, bpf_strtoul, 0, "18446744073709551616");
	PARSE(8, bpf_strtoul, 0, "0xffffffffffffffff");
	PARSE(10, bpf_strtoul, 0, "0x10000000000000000");
	PARSE(12, bpf_strtoul, 0, "-0");
	PARSE(14, bpf_strtoul, 0, "01777777777777777777777");
	PARSE(16, bpf_strtoul, 0, "99z");
	PARSE(18, bpf_strtoul, 0, "z");
	PARSE(20, bpf_strtoul, 0, "0b11");
	PARSE(22, bpf_strtoul, 16, "0x");
	PARSE(24, bpf_strtoul, 10, "18446744073709551619");
	return 0;
}

char first[8] = "abc";
char other[8] = "abd";
char same[8] = "abc";
char longer[8] = "abcd";

SEC("tc") int texts(struct __sk_buff *skb)
{
	static const char constant[] = "abcdef", prefix[] = "abc", none[] = "";

	note(0, bpf_strncmp(first, 8, constant));
	note(1, bpf_strncmp(other, 8, constant));
	note(2, bpf_strncmp(same, 8, prefix));
	note(3, bpf_strncmp(longer, 8, prefix));
	note(4, bpf_strncmp(longer, 3, prefix));
	note(5, bpf_strncmp(longer, 3, constant));
	note(6, bpf_strncmp(longer, 8, none));
	note(7, bpf_strncmp(first, 4, constant));
	note(8, bpf_strncmp(longer, 1, constant));
	return 0;
}

SEC("tc") int absolute(struct __sk_buff *skb)
{
	note(0, load_byte(skb, 0));
	note(1, load_half(skb, 12));
	note(2, load_word(skb, 20));
	note(3, load_word(skb, 21));
	note(4, load_half(skb, skb->len - 2));
	note(5, load_byte(skb, -0x100000 + 1));
	note(6, load_half(skb, -0x200000 + 12));
	note(7, load_word(skb, -0x100000 + 12));
	note(8, 1);
	// Past the end: the program ends with 0 here.
	note(9, load_half(skb, skb->len - 1));
	note(10, 1);
	return 7;
}


SEC("tc") int absolute_ends(struct __sk_buff *skb)
{
	note(11, load_byte(skb, -0x100001));
	note(13, load_byte(skb, -0x200000 - 1));
	note(14, 1);
	return 7;
}

SEC("socket") int absolute_filter(struct __sk_buff *skb)
{
	note(0, load_byte(skb, 0));
	note(1, load_half(skb, -0x200000 + 12));
	note(2, load_word(skb, -0x100000));
	return load_word(skb, skb->len - 4);
}
