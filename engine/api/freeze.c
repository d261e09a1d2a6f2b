/* Completes a plan with what every sandbox needs, and describes it in words. Runs in the
 * caller's process. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mount.h>

#include "api.h"
#include "filters.h"
#include "image.h"
#include "landlock.h"
#include "process.h"

/* Securebits, all locked: uid 0 and set-user-ID programs gain nothing. */
#define NO_ROOT 0xef

static int has(const struct nse_plan *plan, enum nse_step_kind kind)
{
    return nse_steps_find(plan->steps, kind) != NULL;
}

/* Inserts a step that nobody asked for, unless the plan has one of its kind. */
static int complete_with(struct nse_plan *plan, const struct nse_step_args *step)
{
    return has(plan, step->kind) ? 0 : nse_steps_insert(plan->steps, step);
}

static long own_oom_score(void)
{
    FILE *file = fopen("/proc/self/oom_score_adj", "re");
    char line[16] = "0";

    if (!file)
        return 0;
    if (!fgets(line, sizeof(line), file))
        line[0] = '\0';
    (void)fclose(file);
    return strtol(line, NULL, 10);
}

static int complete_root(struct nse_plan *plan)
{
    const struct nse_step_args root = {.kind = NSE_STEP_root_tmpfs,
                                       .texts = {"mode=755"},
                                       .size = sizeof("mode=755"),
                                       .integers = {MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV}};
    const struct nse_step_args readonly = {.kind = NSE_STEP_readonly, .texts = {"/"}};
    int rc;

    if (has(plan, NSE_STEP_root_tmpfs) || has(plan, NSE_STEP_root_bind) ||
        has(plan, NSE_STEP_root_overlay))
        return 0;
    rc = nse_steps_insert(plan->steps, &root);
    return rc < 0 ? rc : nse_steps_insert(plan->steps, &readonly);
}

/* --- the host's root ---------------------------------------------------------------------------- */

/* The target of a step that mounts or creates something below the root; else NULL. No other text
 * counts: a link may say "/proc", and a file hold "/run". */
static const char *target_of(const struct nse_step_args *step)
{
    switch (step->kind) {
    case NSE_STEP_bind:
    case NSE_STEP_filesystem:
    case NSE_STEP_symlink:
        return step->texts[1];
    case NSE_STEP_dev:
    case NSE_STEP_directory:
    case NSE_STEP_file:
    case NSE_STEP_mask:
        return step->texts[0];
    default:
        return NULL;
    }
}

/* Whether something is mounted on "/name". */
static int is_named(const struct nse_plan *plan, const char *name)
{
    size_t i;

    for (i = 0; i < plan->steps->count; i++) {
        const char *target = target_of(&plan->steps->steps[i]);

        if (target && target[0] == '/' && strcmp(target + 1, name) == 0)
            return 1;
    }
    return 0;
}

/* With the host's network, resolv.conf may lead to a file below /run: keep that file. */
static int keep_resolver(struct nse_plan *plan, size_t place)
{
    struct nse_step_args step = {
        .kind = NSE_STEP_bind,
        .integers = {MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0}};
    char path[PATH_MAX];

    if (plan->header.flags & CLONE_NEWNET || !realpath("/etc/resolv.conf", path) ||
        strncmp(path, "/run/", 5) != 0)
        return 0;
    step.texts[0] = step.texts[1] = path;
    return nse_steps_insert_at(plan->steps, place, &step);
}

/* The depth of a path below where it began, with "." and ".." taken literally. */
static int depth_of(const char *path, int depth)
{
    while (*path) {
        size_t length = strcspn(path, "/");

        if (length == 2 && path[0] == '.' && path[1] == '.')
            depth -= depth > 0;
        else if (length > 1 || (length == 1 && path[0] != '.'))
            depth++;
        path += length + (path[length] == '/');
    }
    return depth;
}

/* Whether a host path is "/": as it is written ("//", "/usr/..", "." in that directory), or by
 * where it leads, since an untrusted user may have made it a link. */
static int is_host_root(const char *path)
{
    char cwd[PATH_MAX] = "";
    struct stat there, root;

    if (path[0] != '/' && !getcwd(cwd, sizeof(cwd)))
        return 1; /* assume so */
    if (depth_of(path, depth_of(cwd, 0)) == 0)
        return 1;
    return stat(path, &there) == 0 && stat("/", &root) == 0 && there.st_ino == root.st_ino &&
           there.st_dev == root.st_dev;
}

/* A root from the host brings its files, but not the running machine: /run and the like are empty
 * unless they are named. As in lua/nsengine/fields/fs.lua. */
static int hide_machine(struct nse_plan *plan)
{
    static const char *const machine[] = {
        "run", "sys", "proc", "dev", "etc/machine-id", "var/lib/dbus/machine-id"};
    struct nse_step_args step = {.kind = NSE_STEP_hide, .texts = {""}};
    const struct nse_step_args *root = nse_steps_find(plan->steps, NSE_STEP_root_bind);
    size_t i, place = root ? (size_t)(root - plan->steps->steps) + 1 : 0;
    char names[64];
    int rc = 0;

    if (!root || !is_host_root(root->texts[0]) || !(root->integers[0] & MOUNT_ATTR_NODEV))
        return 0;
    for (i = 0; i < sizeof(machine) / sizeof(machine[0]); i++)
        if (!is_named(plan, machine[i])) {
            memcpy(names + step.size, machine[i], strlen(machine[i]) + 1);
            step.size += strlen(machine[i]) + 1;
        }
    step.texts[1] = names;
    if (!is_named(plan, "run"))
        rc = keep_resolver(plan, place);
    return rc == 0 && step.size ? nse_steps_insert_at(plan->steps, place, &step) : rc;
}

/* --- the rest ----------------------------------------------------------------------------------- */

/* The command does not inherit what favours the caller. */
static int complete_favours(struct nse_plan *plan)
{
    const struct nse_step_args oom_score = {.kind = NSE_STEP_oom_score};
    const struct nse_step_args nice = {.kind = NSE_STEP_nice};
    int now = 0, rc = own_oom_score() < 0 ? complete_with(plan, &oom_score) : 0;

    if (rc == 0 && nse_getpriority(0, &now) == 0 && now < 0)
        rc = complete_with(plan, &nice);
    return rc;
}

/* Without an init the command must keep the parent-death signal, so its filter differs. */
static int complete_filter(struct nse_plan *plan)
{
    const char *name = plan->filter && !plan->header.init && strcmp(plan->filter, "default") == 0
                           ? "default-alone"
                           : plan->filter;
    const struct nse_shipped_filter *row = nse_shipped_filters;
    struct nse_step_args step = {.kind = NSE_STEP_filter};

    if (!name)
        return 0;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    if (!row->name)
        return -ENOENT;
    step.texts[0] = row->program;
    step.size = row->size;
    step.integers[0] = row->flags;
    return nse_steps_insert(plan->steps, &step);
}

/* Whether an exec may give the command privileges. Then the kernel does not let it restrict itself. */
static int may_win_privileges(const struct nse_plan *plan)
{
    const struct nse_step_args *step = nse_steps_find(plan->steps, NSE_STEP_no_new_privs);

    return step && step->integers[0] == 0;
}

/* Abstract sockets belong to the network namespace, so sharing it would give the command the host's
 * (CVE-2020-15257). Landlock scopes them since ABI 6. No right of files is handled: that would deny
 * mounting too. */
static int complete_scope(struct nse_plan *plan)
{
    enum { SCOPE_ABSTRACT_UNIX_SOCKET = 1 };
    const struct nse_step_args scope = {.kind = NSE_STEP_landlock,
                                        .integers = {0, 0, SCOPE_ABSTRACT_UNIX_SOCKET}};
    const struct nse_step_args restrict_self = {.kind = NSE_STEP_landlock_restrict};
    int rc;

    if (plan->header.flags & CLONE_NEWNET || has(plan, NSE_STEP_landlock) ||
        may_win_privileges(plan) || nse_landlock_abi() < 6)
        return 0;
    rc = nse_steps_insert(plan->steps, &scope);
    return rc < 0 ? rc : nse_steps_insert(plan->steps, &restrict_self);
}

static int complete(struct nse_plan *plan)
{
    static const struct nse_step_args always[] = {
        {.kind = NSE_STEP_keyring},
        {.kind = NSE_STEP_private},
        {.kind = NSE_STEP_scratch},
        {.kind = NSE_STEP_pivot},
        {.kind = NSE_STEP_capabilities, .integers = {0, NO_ROOT, 0}},
        {.kind = NSE_STEP_no_new_privs, .integers = {1}},
        {.kind = NSE_STEP_stdio},
        {.kind = NSE_STEP_session},
        {.kind = NSE_STEP_chdir, .texts = {"/"}},
        {.kind = NSE_STEP_scrub, .integers = {1}},
        {.kind = NSE_STEP_umask, .integers = {022}},
    };
    const struct nse_step_args hostname = {.kind = NSE_STEP_hostname, .texts = {"sandbox"}};
    const struct nse_step_args loopback = {.kind = NSE_STEP_link_up, .texts = {"lo"}};
    int rc = plan->who.known ? 0 : nse_plan_decide(plan, NSE_USER_DEFAULT);
    size_t i;

    for (i = 0; rc == 0 && i < sizeof(always) / sizeof(always[0]); i++)
        rc = complete_with(plan, &always[i]);
    if (rc == 0 && plan->header.flags & CLONE_NEWUTS)
        rc = complete_with(plan, &hostname);
    if (rc == 0 && plan->header.flags & CLONE_NEWNET)
        rc = complete_with(plan, &loopback);
    if (rc == 0)
        rc = complete_favours(plan);
    if (rc == 0)
        rc = complete_filter(plan);
    if (rc == 0)
        rc = complete_scope(plan);
    if (rc == 0)
        rc = hide_machine(plan);
    return rc < 0 ? rc : complete_root(plan);
}

/* What a function takes, for the message about a value that it does not. */
static const char *expected(const char *word)
{
    static const char *const words[][2] = {
        {"user", "one of enum nse_user"},
        {"share",
         "some of CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP and CLONE_NEWTIME"},
        {"hostname", "a name"},
        {"tmpfs", "more than 0 bytes, and an absolute target without \"..\""},
        {"symlink", "a text, and an absolute target without \"..\", not the root"},
        {"file", "an absolute target without \"..\", not the root"},
        {"dir", "an absolute target without \"..\", not the root"},
        {"proc", "an absolute target without \"..\", not the root"},
        {"dev", "an absolute target without \"..\", not the root"},
        {"mask", "an absolute target without \"..\", not the root"},
        {"cwd", "an absolute path without \"..\""},
        {"limit", "a limit of setrlimit(2), soft up to hard"},
        {"nice", "-20 to 19"},
        {"seccomp", "\"default\", \"strict\" or NULL"},
        {"step", "a step that nsengine --explain shows, and its arguments"},
    };
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i][0], word) == 0)
            return words[i][1];
    return "a source that is not empty, and an absolute target without \"..\"";
}

static int fail(struct nse_error *error, const char *word, int code)
{
    struct nse_error from = {.stage = NSE_STAGE_PLAN, .step = -1};

    (void)snprintf(from.call, sizeof(from.call), "%s", word);
    (void)snprintf(from.message, sizeof(from.message), "nse_plan_%s: %s%s", word,
                   code == -EINVAL ? "expected " : "",
                   code == -EBUSY
                       ? "too late: the user stands before the mounts, all before the freeze"
                   : code == -EEXIST ? "such a step is in the plan, which can have one"
                   : code == -EINVAL ? expected(word)
                                     : strerrordesc_np(-code));
    return nse_error_fill(error, &from, code);
}

/* On failure the plan is half completed; freezing is not tried again. */
static int freeze(struct nse_plan *plan)
{
    const char *missing;
    int rc = complete(plan);

    if (rc == 0)
        rc = nse_steps_set_header(plan->steps, &plan->header);
    if (rc == 0)
        rc = nse_steps_freeze(plan->steps, &missing);
    if (rc == 0 && plan->header.init) {
        plan->init_image = nse_init_image();
        rc = plan->init_image < 0 ? plan->init_image : 0;
    }
    return rc;
}

int nse_plan_freeze(struct nse_plan *plan, struct nse_error *error)
{
    if (!plan->failed && !plan->frozen) {
        plan->word = "freeze";
        plan->failed = freeze(plan);
        plan->frozen = plan->failed == 0;
    }
    return plan->failed ? fail(error, plan->word, plan->failed) : 0;
}

/* --- in words ----------------------------------------------------------------------------------- */

/* Bytes in readable form: NUL as a comma, other unprintable ones as a question mark. */
static void write_text(FILE *out, const char *text, size_t size)
{
    size_t i;

    (void)fputc('"', out);
    for (i = 0; i < size && i < 200; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte == 0 && i + 1 == size)
            break;
        (void)fputc(byte == 0 ? ',' : byte < 32 || byte > 126 ? '?' : byte, out);
    }
    (void)fputs(i < size && i == 200 ? "...\"" : "\"", out);
}

/* A filter by its name, or by its number of instructions (struct sock_filter, 8 bytes each). */
static void write_filter(FILE *out, const struct nse_step_args *step)
{
    const struct nse_shipped_filter *row = nse_shipped_filters;

    while (row->name &&
           (row->size != step->size || memcmp(row->program, step->texts[0], step->size) != 0))
        row++;
    if (row->name)
        (void)fprintf(out, "filter \"%s\" %lld", row->name, (long long)step->integers[0]);
    else
        (void)fprintf(out, "filter %zu %lld", step->size / 8, (long long)step->integers[0]);
}

static void write_step(FILE *out, const struct nse_step_args *step)
{
    const struct nse_step_info *info = &nse_step_infos[step->kind];
    const char *letter;
    int integers = 0, texts = 0;

    if (step->kind == NSE_STEP_filter)
        return write_filter(out, step);
    (void)fputs(info->name, out);
    for (letter = info->shape; *letter; letter++) {
        (void)fputc(' ', out);
        if (*letter == 'i') {
            (void)fprintf(out, "%lld", (long long)step->integers[integers++]);
        } else {
            const char *text = step->texts[texts++];

            if (text)
                write_text(out, text, *letter == 'b' ? step->size : strlen(text));
            else
                (void)fputc('-', out);
        }
    }
}

/* open_memstream(3): the text is complete once the stream is closed. */
static char *finish(FILE *out, char **text)
{
    if (fclose(out) == 0)
        return *text;
    free(*text);
    return NULL;
}

char *nse_plan_line(const struct nse_plan *plan, size_t step)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    write_step(out, &plan->steps->steps[step]);
    return finish(out, &text);
}

char *nse_plan_describe(const struct nse_plan *plan)
{
    char *text = NULL;
    size_t size, i;
    FILE *out = plan->frozen ? open_memstream(&text, &size) : NULL;

    if (!out)
        return NULL;
    for (i = 0; i < plan->steps->count; i++) {
        write_step(out, &plan->steps->steps[i]);
        (void)fputc('\n', out);
    }
    return finish(out, &text);
}
