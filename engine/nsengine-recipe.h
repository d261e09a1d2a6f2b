/* nsengine: recipes in your own program. The sandbox is described in Lua, in a file or a
 * string, and run from C:
 *
 *     struct nse_engine *engine = nse_engine_new(NULL, &error);
 *     if (nse_engine_load(engine, "judge.lua", NULL, 0, NULL, &error) < 0) ...
 *     struct nse_run *run = nse_engine_spawn(engine, argv, stdio, &error);
 *     nse_run_wait(run, -1, &result, &error);
 *
 * Link with -lnsengine-recipe; nsengine.h is the part without Lua. An engine and its runs are used
 * by one thread at a time; there may be any number of engines, each in its own thread. Nothing here
 * prints, exits or installs a signal handler: a recipe's own print() and io.write() work as
 * everywhere, but its os.exit() is an error. Recipes are trusted, as Makefiles are; what they run
 * need not be. */
#ifndef NSENGINE_RECIPE_H
#define NSENGINE_RECIPE_H

#include <nsengine.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nse_engine;

struct nse_engine_options {
    size_t size;
    /* Receives warnings: ns.warn(), and what was optional and could not be done. NULL:
     * they are dropped. */
    void (*log)(void *data, const char *text);
    void *log_data;
};

/* Makes an engine, owned by the caller; `options` may be NULL. NULL on failure. */
NSE_API struct nse_engine *nse_engine_new(const struct nse_engine_options *options,
                                          struct nse_error *error);
/* Frees an engine and ends its runs, whose handles must still be freed. NULL is allowed. */
NSE_API void nse_engine_free(struct nse_engine *engine);

/* Loads and runs a recipe, which must return a sandbox; it replaces the one before. `source` is its
 * text, of `size` bytes; if NULL, it is read from the file `path`. Messages name `path` in any
 * case. `arguments`, ended by NULL, are the recipe's own; NULL: none. 0 or -errno (-ECANCELED: the
 * recipe is wrong). */
NSE_API int nse_engine_load(struct nse_engine *engine, const char *path, const char *source,
                            size_t size, char *const arguments[], struct nse_error *error);

/* Returns what its sandbox would do, step by step, as nsengine --explain prints it; `json` needs
 * lua-cjson. The caller frees the string. NULL on failure. */
NSE_API char *nse_engine_explain(struct nse_engine *engine, int json, struct nse_error *error);

struct nse_run;

/* Starts a command in the sandbox; with argv NULL, the recipe's own. `stdio` is three descriptors,
 * -1 for what the recipe says; NULL: that for all three. NULL on failure. */
NSE_API struct nse_run *nse_engine_spawn(struct nse_engine *engine, char *const argv[],
                                         const int *stdio, struct nse_error *error);
/* A descriptor that is readable once the run has ended. It belongs to the run. */
NSE_API int nse_run_pidfd(const struct nse_run *run);
/* Sends a signal to the command; SIGKILL ends the whole sandbox. */
NSE_API int nse_run_kill(struct nse_run *run, int signal);
/* Waits for the end: 1 and the result once it has ended, 0 if `milliseconds` passed first (-1: no
 * limit), or -errno. This call enforces the recipe's time limits, captures output, and answers or
 * records system calls (notify, denied), for all runs of the engine, whichever is waited for. A
 * program that polls by itself calls it with 0 from time to time; one that reads a pipe of the
 * command instead may block for ever. */
NSE_API int nse_run_wait(struct nse_run *run, int milliseconds, struct nse_result *result,
                         struct nse_error *error);
/* Returns the whole Result as JSON, as nsengine --result writes it, once the run has ended; needs
 * lua-cjson. The caller frees the string. */
NSE_API char *nse_run_json(struct nse_run *run, struct nse_error *error);
/* Kills the run if it is still going, and frees it. NULL is allowed. */
NSE_API void nse_run_free(struct nse_run *run);

#ifdef __cplusplus
}
#endif

#endif
