/* The Lua modules of the engine inside a program. */
#ifndef NSE_EMBEDDED_MODULES_H
#define NSE_EMBEDDED_MODULES_H

#include <lua.h>

/* Makes require() find nsengine and all its modules in this program, and nothing in the working
 * directory. Sources come from `directory` instead, unless it is NULL or empty. */
void nse_add_modules(lua_State *L, const char *directory);

#endif
