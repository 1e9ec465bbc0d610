#define STR(x) #x
#include "included/level.h"
#include <included/level.h>
#define HEADER "included/level.h"
#include HEADER
#define ANGLED <included/level.h>
#include ANGLED
#include "included/guarded.h"
#include "included/guarded.h"
#undef GUARDED_H
#include "included/guarded.h"
#include "included/once.h"
#include "included/once.h"
#include "included/next.h"
#if __has_include("included/once.h") && !__has_include(<no/such.h>) && __has_include(HEADER) && __has_include(ANGLED)
found
#endif
#include
#include 3
#include ""
#include NOTHING
#pragma GCC system_header
#include "included/open.h"
after __INCLUDE_LEVEL__ __FILE_NAME__ __LINE__
f(
