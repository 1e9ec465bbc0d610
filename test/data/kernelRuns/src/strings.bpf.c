#include "common.h"

char upper[16] = "Hello, World";
char lower[16] = "hello, world";
char accent[16] = "hell\xc3\xb6";
char empty[1] = "";
char set[8] = "leHo";

SEC("tc") int comparing(struct __sk_buff *skb)
{
	note(0, bpf_strcmp(upper, lower));
	note(1, bpf_strcmp(lower, upper));
	note(2, bpf_strcasecmp(upper, lower));
	note(3, bpf_strcmp(lower, accent));
	note(4, bpf_strcasecmp(accent, lower));
	note(5, bpf_strcmp(empty, lower));
	note(6, bpf_strcmp(upper, upper));
	note(7, bpf_strcmp(0, upper));
	note(8, bpf_strcmp(upper, (char *)0xffff800000000000ull));
	note(9, bpf_strcmp((char *)0x1234, upper));
	return 0;
}

SEC("tc") int searching(struct __sk_buff *skb)
{
	note(0, bpf_strchr(upper, 'o'));
	note(1, bpf_strchr(upper, 'z'));
	note(2, bpf_strchr(upper, 0));
	note(3, bpf_strnchr(upper, 4, 'o'));
	note(4, bpf_strnchr(upper, 5, 'o'));
	note(5, bpf_strnchr(upper, 100, 'z'));
	note(6, bpf_strchrnul(upper, 'z'));
	note(7, bpf_strchrnul(upper, 'W'));
	note(8, bpf_strrchr(upper, 'o'));
	note(9, bpf_strrchr(upper, 'z'));
	note(10, bpf_strrchr(upper, 0));
	note(11, bpf_strchr(accent, 0xc3));
	note(12, bpf_strrchr(accent, 0xc3));
	note(13, bpf_strrchr(accent, -61));
	note(14, bpf_strnchr(upper, 0, 'H'));
	note(15, bpf_strlen(upper));
	note(16, bpf_strlen(empty));
	note(17, bpf_strnlen(upper, 5));
	note(18, bpf_strnlen(upper, 50));
	note(19, bpf_strlen(0));
	note(20, bpf_strspn(upper, set));
	note(21, bpf_strcspn(upper, " ,"));
	note(22, bpf_strspn(upper, empty));
	note(23, bpf_strcspn(upper, empty));
	note(24, bpf_strspn(upper, 0));
	note(25, bpf_strnchr(upper, -1, 'z'));
	return 0;
}

SEC("tc") int containing(struct __sk_buff *skb)
{
	note(0, bpf_strstr(upper, "World"));
	note(1, bpf_strstr(upper, "world"));
	note(2, bpf_strstr(upper, empty));
	note(3, bpf_strstr(empty, upper));
	note(4, bpf_strstr(empty, empty));
	note(5, bpf_strnstr(upper, "World", 12));
	note(6, bpf_strnstr(upper, "World", 11));
	note(7, bpf_strnstr(upper, "World", 100));
	note(8, bpf_strnstr(upper, "Hello", 5));
	note(9, bpf_strnstr(upper, "Hello", 4));
	note(10, bpf_strnstr(upper, empty, 0));
	note(11, bpf_strnstr(upper, "H", 0));
	note(12, bpf_strstr(upper, "ld"));
	note(13, bpf_strstr(upper, "lde"));
	note(14, bpf_strnstr(upper, "o, W", 8));
	note(15, bpf_strnstr(upper, "o, W", 7));
	note(16, bpf_strstr(0, upper));
	return 0;
}
