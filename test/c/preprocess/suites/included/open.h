#define f(x) [x]
f
#if 1
open
