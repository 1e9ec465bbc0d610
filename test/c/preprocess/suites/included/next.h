first
#include_next <included/next.h>
