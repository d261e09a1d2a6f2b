/* Id maps of another process's user namespace. Runs in the caller's process, or in a process that
 * has just unshared its user namespace and maps itself. */
#include "idmap.h"

#include <errno.h>
#include <stdlib.h>

#include "helper.h"
#include "proc.h"
#include "process.h"
#include "text.h"

/* Whether the map is one id, the writer's own, which anybody may map. A process that maps itself
 * (pid 0) cannot ask for its own id any more, and may map no other. */
static int is_own_id(const struct nse_id_range *ranges, size_t count, pid_t pid, unsigned int own)
{
    return count == 1 && ranges[0].count == 1 && (pid == 0 || ranges[0].outside == own);
}

static int write_directly(pid_t pid, const char *file, const struct nse_id_range *ranges,
                          size_t count)
{
    char text[NSE_IDMAP_TEXT];
    int length = nse_idmap_text(ranges, count, text, sizeof(text));

    return length < 0 ? length : nse_proc_write(pid, file, text);
}

static char *number_text(char text[24], long long number)
{
    struct nse_text out;

    nse_text_init(&out, text, 24);
    nse_text_add_number(&out, number);
    return text;
}

/* newuidmap PID INSIDE OUTSIDE COUNT ... */
static int write_by_helper(const char *program, pid_t pid, const struct nse_id_range *ranges,
                           size_t count, struct nse_idmap_error *error)
{
    size_t words = 2 + count * 3, i;
    char(*texts)[24] = calloc(words, sizeof(*texts));
    char **argv = calloc(words + 1, sizeof(*argv));
    int rc = -ENOMEM;

    if (texts && argv) {
        argv[0] = (char *)program;
        argv[1] = number_text(texts[1], pid ? pid : nse_getpid());
        for (i = 2; i < words; i += 3, ranges++) {
            argv[i] = number_text(texts[i], ranges->inside);
            argv[i + 1] = number_text(texts[i + 1], ranges->outside);
            argv[i + 2] = number_text(texts[i + 2], ranges->count);
        }
        error->step = program;
        rc = nse_helper_run(argv, error->complaint, sizeof(error->complaint));
    }
    free(argv);
    free(texts);
    return rc;
}

static int write_map(pid_t pid, const char *file, const char *helper,
                     const struct nse_id_range *ranges, size_t count, int own,
                     struct nse_idmap_error *error)
{
    int rc;

    error->step = file;
    rc = write_directly(pid, file, ranges, count);
    /* EPERM: neither privileged nor a single own id. For an own id the helper would fail too. */
    if (rc == -EPERM && !own)
        rc = nse_proc_has_our_numbers() /* it looks for the process by its number */
                 ? write_by_helper(helper, pid, ranges, count, error)
                 : -ENODEV;
    return rc;
}

/* An unprivileged process that writes its gid map must first give up setgroups(2) for good, so that
 * it cannot drop a group that denies it a file (CVE-2014-8989). */
static int write_setgroups(pid_t pid, enum nse_setgroups wish, int unprivileged)
{
    if (wish == NSE_SETGROUPS_ALLOW || (wish == NSE_SETGROUPS_AUTO && !unprivileged))
        return 0;
    return nse_proc_write(pid, "setgroups", "deny");
}

int nse_idmap_write(pid_t pid, const struct nse_idmaps *maps, struct nse_idmap_error *ret_error)
{
    struct nse_ids uids = {0, 0, 0}, gids = {0, 0, 0};
    int own_uid, own_gid, rc;

    *ret_error = (struct nse_idmap_error){.step = "maps"};
    if (maps->uid_count > NSE_IDMAP_RANGES || maps->gid_count > NSE_IDMAP_RANGES)
        return -EINVAL;
    rc = nse_getresuid(&uids);
    if (rc == 0)
        rc = nse_getresgid(&gids);
    if (rc < 0)
        return rc;
    own_uid = is_own_id(maps->uid, maps->uid_count, pid, uids.effective);
    own_gid = is_own_id(maps->gid, maps->gid_count, pid, gids.effective);
    if (maps->uid_count)
        rc = write_map(pid, "uid_map", "newuidmap", maps->uid, maps->uid_count, own_uid, ret_error);
    if (rc < 0)
        return rc;
    ret_error->step = "setgroups";
    /* Root outside keeps setgroups(2) for its child. Inside, root is as unprivileged as anybody. */
    rc = write_setgroups(pid, maps->setgroups, own_gid && (pid == 0 || uids.effective != 0));
    if (rc == 0 && maps->gid_count)
        rc = write_map(pid, "gid_map", "newgidmap", maps->gid, maps->gid_count, own_gid, ret_error);
    return rc;
}
