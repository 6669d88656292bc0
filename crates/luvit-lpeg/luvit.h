/* Read in front of each file of LPeg: what it does in another way here. */

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

/*
** How many nodes a pattern may have: 256 MB of them. LPeg counts them in 'int's, which larger numbers in a program (a
** mistaken `lpeg.P(2^31)`) overflow, and then it writes where it must not.
*/
#define LUVIT_MAXTREE ((size_t)1 << 24)

/* A number of repetitions, or of characters, that may be wanted. */
static inline int luvit_count (lua_State *L, lua_Integer n) {
  if (n < -(lua_Integer)LUVIT_MAXTREE || n > (lua_Integer)LUVIT_MAXTREE)
    luaL_error(L, "pattern too big");
  return (int)n;
}
