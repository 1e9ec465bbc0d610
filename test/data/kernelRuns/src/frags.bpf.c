#include "common.h"

// Packets in pieces: what lies behind the first page is reached by helpers and copies only.
SEC("xdp.frags") int pieces(struct xdp_md *ctx)
{
	u8 buffer[16] = {}, *at;
	struct bpf_dynptr ptr;
	u32 size;

	bpf_dynptr_from_xdp(ctx, 0, &ptr);
	size = bpf_dynptr_size(&ptr);
	note(0, size);
	note(1, (long)(ctx->data_end - ctx->data));
	note(2, bpf_dynptr_read(buffer, 8, &ptr, size - 8, 0));
	note(3, *(u64 *)buffer);
	note(4, bpf_dynptr_write(&ptr, size - 6, "pieces", 6, 0));
	at = bpf_dynptr_slice(&ptr, size - 16, buffer, 16);
	note(5, at ? at[15] : 999);
	at = bpf_dynptr_slice(&ptr, 3512, buffer, 16);
	note(6, at ? at[9] : 999);
	note(7, bpf_dynptr_write(&ptr, 3515, "across", 6, 0));
	note(8, bpf_dynptr_memset(&ptr, 3500, 40, 0x11));
	note(9, bpf_dynptr_memset(&ptr, size - 3, 4, 0x11));
	note(10, bpf_dynptr_copy(&ptr, 0, &ptr, size - 10, 10));
	note(11, bpf_xdp_load_bytes(ctx, 3518, buffer, 8));
	note(12, *(u64 *)buffer);
	note(13, bpf_xdp_get_buff_len(ctx));
	note(14, bpf_xdp_adjust_tail(ctx, -1000));
	note(15, bpf_xdp_get_buff_len(ctx));
	note(16, bpf_dynptr_size(&ptr));
	note(17, (long)(ctx->data_end - ctx->data));
	return XDP_PASS;
}
