/* Read in front of each file of LPeg: what it does in another way here, without a change to its files. */

#include "lptypes.h"
#include "lauxlib.h"

/*
** Names of its own in the registry. A program may load another LPeg, compiled for Lua 5.1, beside this one: with the same
** names one would take the other's patterns for its own, and their layout differs from version to version.
*/
#undef PATTERN_T
#define PATTERN_T "luvit-lpeg-pattern"
#undef MAXSTACKIDX
#define MAXSTACKIDX "luvit-lpeg-maxstack"

/* A new table, neither in the global `lpeg` nor in `package.loaded`, as `require` does the rest. */
#undef luaL_newlib
#define luaL_newlib(L, f) (lua_newtable(L), luaL_register(L, NULL, f))
