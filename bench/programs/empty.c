/* What a run costs before the program does anything. */
#include "common.h"
XDPPROG { return 2; }
