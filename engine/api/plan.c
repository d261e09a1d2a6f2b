/* The words of a plan: each adds steps, at their place in the order of steps.def. Runs in the
 * caller's process, in the thread that builds the plan. */
#include "api.h"

#include <errno.h>
#include <limits.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "ns.h"

#define RECURSIVE 1
#define SHAREABLE                                                                                  \
    (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | (uint64_t)CLONE_NEWTIME)

uint32_t nse_version(void)
{
    return NSE_VERSION;
}

struct nse_plan *nse_plan_new(void)
{
    struct nse_plan *plan = calloc(1, sizeof(*plan));

    if (!plan)
        return NULL;
    plan->steps = nse_steps_new();
    if (!plan->steps) {
        free(plan);
        return NULL;
    }
    plan->header.flags = NSE_NS_FLAGS_ALL;
    plan->header.init = 1;
    plan->filter = "default";
    plan->init_image = -1;
    return plan;
}

void nse_plan_free(struct nse_plan *plan)
{
    if (!plan)
        return;
    nse_steps_free(plan->steps);
    free(plan->everyone_uid);
    free(plan->everyone_gid);
    nse_close_end(&plan->init_image);
    free(plan);
}

/* Remembers the first word that failed; returns `rc`. */
static int said(struct nse_plan *plan, const char *word, int rc)
{
    if (rc < 0 && !plan->failed) {
        plan->failed = rc;
        plan->word = word;
    }
    return rc;
}

static int put(struct nse_plan *plan, const char *word, const struct nse_step_args *step)
{
    return said(plan, word, plan->frozen ? -EBUSY : nse_steps_insert(plan->steps, step));
}

/* A target is absolute, without "..", which means another place in each tree. */
static int is_target(const char *path)
{
    size_t length = path ? strlen(path) : 0;

    return length && path[0] == '/' && !strstr(path, "/../") &&
           (length < 3 || strcmp(path + length - 3, "/..") != 0);
}

static int is_root(const char *target)
{
    return target[strspn(target, "/")] == '\0';
}

/* --- who and where ------------------------------------------------------------------------------ */

int nse_plan_user(struct nse_plan *plan, enum nse_user user)
{
    int rc = plan->frozen ? -EBUSY : (unsigned int)user > NSE_USER_NOBODY ? -EINVAL : 0;

    if (rc == 0)
        rc = nse_plan_decide(plan, user);
    return said(plan, "user", rc);
}

int nse_plan_share(struct nse_plan *plan, uint64_t namespaces)
{
    int rc = plan->frozen ? -EBUSY : namespaces & ~(uint64_t)SHAREABLE ? -EINVAL : 0;

    if (rc == 0)
        plan->header.flags &= ~namespaces;
    return said(plan, "share", rc);
}

int nse_plan_init(struct nse_plan *plan, int init)
{
    if (plan->frozen)
        return said(plan, "init", -EBUSY);
    plan->header.init = init != 0;
    return 0;
}

int nse_plan_hostname(struct nse_plan *plan, const char *name)
{
    const struct nse_step_args step = {.kind = NSE_STEP_hostname, .texts = {name}};

    return put(plan, "hostname", &step);
}

/* --- mounts ------------------------------------------------------------------------------------- */

/* Makes a host path absolute: the process that binds it may have another working directory.
 * `buffer` holds PATH_MAX bytes. */
static int make_absolute(const char **path, char *buffer)
{
    int used;

    if (**path == '/')
        return 0;
    if (!getcwd(buffer, PATH_MAX))
        return -errno;
    used = (int)strlen(buffer);
    if (snprintf(buffer + used, PATH_MAX - (size_t)used, "/%s", *path) >= PATH_MAX - used)
        return -ENAMETOOLONG;
    *path = buffer;
    return 0;
}

static int bind(struct nse_plan *plan, const char *word, const char *source, const char *target,
                int64_t attributes)
{
    char path[PATH_MAX];
    int rc = source && *source && is_target(target) ? make_absolute(&source, path) : -EINVAL;
    const struct nse_step_args root = {
        .kind = NSE_STEP_root_bind, .texts = {source}, .integers = {attributes, RECURSIVE}};
    const struct nse_step_args step = {
        .kind = NSE_STEP_bind, .texts = {source, target}, .integers = {attributes, RECURSIVE}};

    if (rc < 0)
        return said(plan, word, rc);
    return put(plan, word, is_root(target) ? &root : &step);
}

int nse_plan_ro(struct nse_plan *plan, const char *source, const char *target)
{
    return bind(plan, "ro", source, target,
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

int nse_plan_rw(struct nse_plan *plan, const char *source, const char *target)
{
    return bind(plan, "rw", source, target, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

int nse_plan_dev_bind(struct nse_plan *plan, const char *source, const char *target)
{
    return bind(plan, "dev_bind", source, target, MOUNT_ATTR_NOSUID);
}

/* Decides the command's identity now if nobody did. */
static int know_user(struct nse_plan *plan)
{
    return plan->who.known ? 0 : nse_plan_decide(plan, NSE_USER_DEFAULT);
}

int nse_plan_tmpfs(struct nse_plan *plan, const char *target, uint64_t bytes, mode_t mode)
{
    struct nse_step_args step = {.kind = NSE_STEP_filesystem,
                                 .texts = {"tmpfs", target},
                                 .integers = {MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV}};
    uint64_t inodes = bytes / 4096 > 1024 ? bytes / 4096 : 1024;
    char options[160];
    int rc = plan->frozen ? -EBUSY : bytes && is_target(target) ? know_user(plan) : -EINVAL;
    int size;

    if (rc < 0)
        return said(plan, "tmpfs", rc);
    /* As for fsconfig(2): each option ends with a NUL byte. */
    size = snprintf(options, sizeof(options), "size=%llu%cmode=%o%cnr_inodes=%llu%c",
                    (unsigned long long)bytes, 0, (unsigned int)mode & 07777, 0,
                    (unsigned long long)inodes, 0);
    if (plan->who.other)
        size += snprintf(options + size, sizeof(options) - (size_t)size, "uid=%u%cgid=%u%c",
                         plan->who.uid, 0, plan->who.gid, 0);
    if (is_root(target)) {
        step.kind = NSE_STEP_root_tmpfs;
        step.texts[0] = options;
        step.texts[1] = NULL;
    } else {
        step.texts[2] = options;
    }
    step.size = (size_t)size;
    return put(plan, "tmpfs", &step);
}

/* Names hidden by ns.proc, lua/nsengine/mounts/proc.lua: what everybody may read about the machine,
 * and what only the host's root may. */
#define TOLD                                                                                       \
    "kallsyms\0keys\0cmdline\0config.gz\0interrupts\0locks\0"                                      \
    "sys/kernel/random/boot_id\0"
#define ROOT_ONLY                                                                                  \
    "kcore\0kmsg\0timer_list\0slabinfo\0vmallocinfo\0pagetypeinfo\0kpageflags\0kpagecount\0"       \
    "kpagecgroup\0sysrq-trigger\0bus\0irq\0fs\0acpi\0asound\0scsi\0driver\0iomem\0ioports\0"       \
    "sched_debug\0latency_stats\0"

/* /proc/sys acts on the whole machine. */
static int protect_sys(struct nse_plan *plan, const char *target)
{
    struct nse_step_args step = {.kind = NSE_STEP_readonly};
    char *path;
    int rc;

    if (asprintf(&path, "%s/sys", target) < 0)
        return -ENOMEM;
    step.texts[0] = path;
    rc = nse_steps_insert(plan->steps, &step);
    free(path);
    return rc;
}

int nse_plan_proc(struct nse_plan *plan, const char *target)
{
    const struct nse_step_args step = {
        .kind = NSE_STEP_filesystem,
        .texts = {"proc", target, ""},
        .integers = {MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC}};
    struct nse_step_args hide = {.kind = NSE_STEP_hide, .texts = {target, TOLD ROOT_ONLY}};
    int rc = plan->frozen                            ? -EBUSY
             : is_target(target) && !is_root(target) ? know_user(plan)
                                                     : -EINVAL;

    hide.size = (plan->who.host_root ? sizeof(TOLD ROOT_ONLY) : sizeof(TOLD)) - 1;
    if (rc == 0)
        rc = nse_steps_insert(plan->steps, &step);
    if (rc == 0)
        rc = protect_sys(plan, target);
    if (rc == 0)
        rc = nse_steps_insert(plan->steps, &hide);
    return said(plan, "proc", rc);
}

int nse_plan_dev(struct nse_plan *plan, const char *target)
{
    struct nse_step_args step = {.kind = NSE_STEP_dev, .texts = {target}};
    int rc = plan->frozen                            ? -EBUSY
             : is_target(target) && !is_root(target) ? know_user(plan)
                                                     : -EINVAL;

    step.integers[0] = plan->who.uid;
    step.integers[1] = plan->who.gid;
    step.integers[2] = 64 << 20;
    return rc < 0 ? said(plan, "dev", rc) : put(plan, "dev", &step);
}

/* Adds a step whose target is the n-th text. */
static int put_at(struct nse_plan *plan, const char *word, const struct nse_step_args *step, int n)
{
    if (!is_target(step->texts[n]) || is_root(step->texts[n]))
        return said(plan, word, -EINVAL);
    return put(plan, word, step);
}

int nse_plan_file(struct nse_plan *plan, const void *data, size_t size, mode_t mode,
                  const char *target)
{
    struct nse_step_args step = {
        .kind = NSE_STEP_file, .texts = {target, size ? data : ""}, .size = size};
    int rc = plan->frozen ? -EBUSY : know_user(plan);

    step.integers[0] = mode & 07777;
    step.integers[1] = plan->who.uid;
    step.integers[2] = plan->who.gid;
    return rc < 0 ? said(plan, "file", rc) : put_at(plan, "file", &step, 0);
}

int nse_plan_dir(struct nse_plan *plan, mode_t mode, const char *target)
{
    const struct nse_step_args step = {
        .kind = NSE_STEP_directory, .texts = {target}, .integers = {mode & 07777}};

    return put_at(plan, "dir", &step, 0);
}

int nse_plan_symlink(struct nse_plan *plan, const char *text, const char *target)
{
    const struct nse_step_args step = {.kind = NSE_STEP_symlink, .texts = {text, target}};

    return text && *text ? put_at(plan, "symlink", &step, 1) : said(plan, "symlink", -EINVAL);
}

int nse_plan_mask(struct nse_plan *plan, const char *target)
{
    const struct nse_step_args step = {.kind = NSE_STEP_mask, .texts = {target}};

    return put_at(plan, "mask", &step, 0);
}

/* --- the command -------------------------------------------------------------------------------- */

int nse_plan_cwd(struct nse_plan *plan, const char *path)
{
    const struct nse_step_args step = {.kind = NSE_STEP_chdir, .texts = {path}};

    return is_target(path) ? put(plan, "cwd", &step) : said(plan, "cwd", -EINVAL);
}

int nse_plan_limit(struct nse_plan *plan, int resource, rlim_t soft, rlim_t hard)
{
    const struct nse_step_args step = {.kind = NSE_STEP_rlimit,
                                       .integers = {resource, (int64_t)soft, (int64_t)hard}};

    if (resource < 0 || resource >= (int)RLIM_NLIMITS || soft > hard)
        return said(plan, "limit", -EINVAL);
    return put(plan, "limit", &step);
}

int nse_plan_umask(struct nse_plan *plan, mode_t mask)
{
    const struct nse_step_args step = {.kind = NSE_STEP_umask, .integers = {mask & 0777}};

    return put(plan, "umask", &step);
}

int nse_plan_nice(struct nse_plan *plan, int nice)
{
    const struct nse_step_args step = {.kind = NSE_STEP_nice, .integers = {nice}};

    return nice < -20 || nice > 19 ? said(plan, "nice", -EINVAL) : put(plan, "nice", &step);
}

int nse_plan_seccomp(struct nse_plan *plan, const char *profile)
{
    int is_default = profile && strcmp(profile, "default") == 0;

    if (plan->frozen)
        return said(plan, "seccomp", -EBUSY);
    if (profile && !is_default && strcmp(profile, "strict") != 0)
        return said(plan, "seccomp", -EINVAL);
    plan->filter = !profile ? NULL : is_default ? "default" : "strict";
    return 0;
}

int nse_plan_step(struct nse_plan *plan, const char *name, const struct nse_value *values,
                  size_t count)
{
    struct nse_step_args step = {.kind = nse_step_find(name)};
    const char *letter;
    size_t at = 0, integers = 0, texts = 0;

    if (step.kind == NSE_STEP_COUNT || strlen(nse_step_infos[step.kind].shape) != count)
        return said(plan, "step", -EINVAL);
    for (letter = nse_step_infos[step.kind].shape; *letter; letter++, at++) {
        if (*letter == 'i')
            step.integers[integers++] = values[at].integer;
        else
            step.texts[texts++] = values[at].data;
        if (*letter == 'b')
            step.size = values[at].size;
    }
    return put(plan, "step", &step);
}
