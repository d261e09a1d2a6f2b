/* nsengine: recipes in a program of one's own. The sandbox is described in Lua, by a file or a text, and
 * run from C:
 *
 *     struct nse_engine *engine = nse_engine_new(NULL, &error);
 *     if (nse_engine_load(engine, "judge.lua", NULL, 0, NULL, &error) < 0) ...
 *     struct nse_run *run = nse_engine_spawn(engine, argv, stdio, &error);
 *     nse_run_wait(run, -1, &result, &error);
 *
 * Link with -lnsengine-recipe; nsengine.h is the part without Lua. An engine and its runs are used by one
 * thread at a time; any number of engines may be, each in its thread. Nothing here prints, exits or
 * installs a signal handler: a recipe's own print() and io.write() do what they do everywhere, its
 * os.exit() is an error. Recipes are trusted, as a Makefile is; what they run need not be. */
#ifndef NSENGINE_RECIPE_H
#define NSENGINE_RECIPE_H

#include <nsengine.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nse_engine;

struct nse_engine_options {
    size_t size;
    /* Told of warnings: ns.warn(), and what was optional and could not be had. NULL: nobody is. */
    void (*log)(void *data, const char *text);
    void *log_data;
};

/* An engine, owned by the caller; `options` may be NULL. NULL on failure. */
NSE_API struct nse_engine *nse_engine_new(const struct nse_engine_options *options,
                                          struct nse_error *error);
/* Ends its runs too; their handles stay to be freed. NULL does no harm. */
NSE_API void nse_engine_free(struct nse_engine *engine);

/* Loads and runs a recipe, which has to return a sandbox; the one before is forgotten. `source` is its
 * text, of `size` bytes; NULL: the file `path`, which messages name in any case. `arguments`, ended by
 * NULL, are the recipe's own; NULL: none. 0 or -errno (-ECANCELED: the recipe is wrong). */
NSE_API int nse_engine_load(struct nse_engine *engine, const char *path, const char *source,
                            size_t size, char *const arguments[], struct nse_error *error);

/* What its sandbox would do, step by step, as nsengine --explain prints it; `json` takes lua-cjson. The
 * caller frees it. NULL on failure. */
NSE_API char *nse_engine_explain(struct nse_engine *engine, int json, struct nse_error *error);

struct nse_run;

/* Runs a command in it. argv NULL: the recipe's own. stdio: three descriptors, -1 for what the recipe
 * says; NULL: all three. NULL on failure. */
NSE_API struct nse_run *nse_engine_spawn(struct nse_engine *engine, char *const argv[],
                                         const int *stdio, struct nse_error *error);
/* Readable once it has ended; owned by the run. */
NSE_API int nse_run_pidfd(const struct nse_run *run);
/* To the command; SIGKILL ends all of the sandbox. */
NSE_API int nse_run_kill(struct nse_run *run, int signal);
/* 1 and the result once it has ended, 0 when `milliseconds` passed first (-1: never), or -errno. What the
 * recipe limits by time, what it captures, and the calls that it answers or notes (notify, denied) are
 * minded here, of all runs of the engine, whichever is waited for. Who polls by itself calls this with 0 now
 * and then; who reads a pipe of the command first may wait for ever. */
NSE_API int nse_run_wait(struct nse_run *run, int milliseconds, struct nse_result *result,
                         struct nse_error *error);
/* The whole Result as JSON, as nsengine --result writes it, once it has ended; takes lua-cjson. The caller
 * frees it. */
NSE_API char *nse_run_json(struct nse_run *run, struct nse_error *error);
/* Kills it if it runs, and frees it. NULL does no harm. */
NSE_API void nse_run_free(struct nse_run *run);

#ifdef __cplusplus
}
#endif

#endif
