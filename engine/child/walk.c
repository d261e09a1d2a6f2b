/* Walks the steps of a block. Runs between clone and exec, in the first process and in the init's
 * child. */
#include "walk.h"

#include <errno.h>

#include "clock.h"
#include "fd.h"
#include "process.h"

/* Exits if a report is lost: the supervisor would wait for it, or not know what runs. */
static void send(const struct nse_walk *walk, const struct nse_report *report)
{
    long n;

    if (walk->report < 0)
        return;
    do
        n = nse_write(walk->report, report, sizeof(*report));
    while (n == -EINTR);
    if (n != (long)sizeof(*report))
        nse_exit(125);
}

void nse_tell(const struct nse_walk *walk, enum nse_report_kind kind)
{
    struct nse_report report = {.kind = kind, .step = -1};

    send(walk, &report);
}

static _Noreturn void end(const struct nse_walk *walk, enum nse_report_kind kind, int step,
                          const char *call, long rc)
{
    struct nse_report report = {.kind = kind, .step = step, .error = (int)-rc};
    size_t i;

    for (i = 0; call && call[i] && i < sizeof(report.call) - 1; i++)
        report.call[i] = call[i];
    if (walk->late)
        *walk->late = report;
    send(walk, &report);
    nse_exit(125);
}

_Noreturn void nse_give_up(const struct nse_walk *walk, int step, const char *call, long rc)
{
    end(walk, NSE_REPORT_FAILED, step, call, rc);
}

_Noreturn void nse_give_up_exec(const struct nse_walk *walk, long rc)
{
    end(walk, NSE_REPORT_REFUSED, -1, "execve", rc);
}

void nse_tell_step(const struct nse_walk *walk, const struct nse_step *step, long long since)
{
    struct nse_report report = {
        .kind = NSE_REPORT_STEP, .step = step->index, .nanoseconds = nse_monotonic() - since};

    send(walk, &report);
}

void nse_walk_steps(struct nse_walk *walk, const nse_step_function functions[NSE_STEP_COUNT])
{
    uint32_t i;

    for (i = 0; i < walk->block->count; i++) {
        const struct nse_step *step = &walk->block->steps[i];
        long long since = walk->trace ? nse_monotonic() : 0;
        int rc = step->kind < NSE_STEP_COUNT && functions[step->kind]
                     ? functions[step->kind](walk, step)
                     : -ENOSYS;

        if (rc < 0)
            nse_give_up(walk, step->index, walk->call, rc);
        if (walk->trace)
            nse_tell_step(walk, step, since);
    }
}
