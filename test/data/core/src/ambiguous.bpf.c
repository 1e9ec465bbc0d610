/* A loader refuses this object: the "kernel" of kernel.c has two types of the name, with the field at two places. */
struct twice { int here; } __attribute__((preserve_access_index));
__attribute__((section("socket"), used)) long twice(struct twice *twice) { return twice->here; }
char _license[] __attribute__((section("license"), used)) = "MIT";
