/* relocate TYPES FILE…: loads objects with libbpf for a kernel of these types; prints the instructions it would load. */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int refused;

static int listen(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && strstr(format, "failed to relocate")) refused = 1;
	return 0;
}

int main(int count, char **names)
{
	libbpf_set_print(listen);
	for (int i = 2; i < count; i++) {
		LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = names[1]);
		struct bpf_object *object = bpf_object__open_file(names[i], &options);
		struct bpf_program *program;
		if (!object) return 1;
		refused = 0;
		bpf_object__load(object);
		bpf_object__for_each_program(program, object) {
			const unsigned char *bytes = (const void *)bpf_program__insns(program);
			printf("{\"file\":\"%s\",\"program\":\"%s\",\"insns\":", names[i], bpf_program__name(program));
			printf(refused ? "null" : "\"");
			for (size_t j = 0; !refused && j < bpf_program__insn_cnt(program) * 8; j++) printf("%02x", bytes[j]);
			printf(refused ? "}\n" : "\"}\n");
		}
		bpf_object__close(object);
	}
	return 0;
}
