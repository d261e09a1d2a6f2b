/* A search tree over ranges of system calls. Numbers beside each other are mostly answered alike, so a
 * profile of 400 calls is some 90 ranges, and its program is a sixth of the one with a leaf for each number
 * that libseccomp writes: the kernel checks, translates and runs (seccomp_cache_prepare()) a program when
 * it is installed, which is at each launch. It is written from its end, for jumps only lead forward: so
 * each one knows where to. */
#include "ranges.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#define X32_BIT    0x40000000U
#define JUMP_MAX   255U /* of a comparison: struct sock_filter has 8 bits for each way */
#define RANGES_MAX (NSE_CALLS_MAX + 3)

/* From `first` on to the next range, but for the number `except`, if it is not 0: that takes a comparison
 * less than three ranges do. */
struct range {
    uint32_t first, action;
    uint32_t except, except_action;
};

struct ranges {
    struct range list[RANGES_MAX];
    size_t count;
};

/* Whether the last range is one number, in between the one before it and what has the same action. */
static int is_exception(const struct ranges *ranges, uint32_t next, uint32_t action)
{
    const struct range *last;

    if (ranges->count < 2)
        return 0;
    last = ranges->list + ranges->count - 1;
    return last[-1].action == action && !last[-1].except && !last->except &&
           last->first == next - 1;
}

static void add_range(struct ranges *ranges, uint32_t first, uint32_t action)
{
    struct range *last;

    if (ranges->count > 0 && ranges->list[ranges->count - 1].action == action)
        return;
    if (!is_exception(ranges, first, action)) {
        ranges->list[ranges->count++] = (struct range){.first = first, .action = action};
        return;
    }
    last = ranges->list + --ranges->count;
    last[-1].except = last->first;
    last[-1].except_action = last->action;
}

/* All numbers, in order. x32 shares the machine's AUDIT_ARCH and has a bit in its numbers; -1 is what a
 * tracer puts there for a call that is not to be made, and is no call of x32. */
static void find_ranges(const struct nse_answers *answers, struct ranges *ret_ranges)
{
    uint32_t number;

    ret_ranges->count = 0;
    for (number = 0; number < NSE_CALLS_MAX; number++)
        add_range(ret_ranges, number, answers->numbers[number]);
    add_range(ret_ranges, NSE_CALLS_MAX, answers->others);
    if (answers->arch == AUDIT_ARCH_X86_64) {
        add_range(ret_ranges, X32_BIT, answers->foreign);
        add_range(ret_ranges, UINT32_MAX, answers->others);
    }
}

/* Puts an instruction before all others, and returns its place. */
static size_t emit(struct nse_program *program, uint16_t code, uint32_t k)
{
    program->code[--program->start] = (struct sock_filter)BPF_STMT(code, k);
    return program->start;
}

/* `place`, or a jump to it: what a comparison reaches, even with one instruction more in between. */
static size_t near(struct nse_program *program, size_t place)
{
    size_t distance = place - program->start;

    return distance < JUMP_MAX ? place : emit(program, BPF_JMP | BPF_JA, (uint32_t)distance);
}

/* Compares what is loaded, and goes on at one of two places. */
static size_t branch(struct nse_program *program, uint16_t test, uint32_t k, size_t yes, size_t no)
{
    size_t end;

    yes = near(program, yes);
    no = near(program, no);
    end = program->start;
    program->code[emit(program, BPF_JMP | BPF_K | test, k)].jt = (uint8_t)(yes - end);
    program->code[program->start].jf = (uint8_t)(no - end);
    return program->start;
}

/* A place that returns the action: one that is within reach, or a new one. */
static size_t answer(struct nse_program *program, uint32_t action)
{
    size_t at;

    for (at = program->start; at < NSE_PROGRAM_END && at - program->start < JUMP_MAX - 1; at++)
        if (program->code[at].code == (BPF_RET | BPF_K) && program->code[at].k == action)
            return at;
    return emit(program, BPF_RET | BPF_K, action);
}

/* What a range says, but for its exception. */
static size_t leaf(struct nse_program *program, const struct range *range)
{
    size_t rule = answer(program, range->action);

    return range->except ? branch(program, BPF_JEQ, range->except,
                                  answer(program, range->except_action), rule)
                         : rule;
}

/* The search in some ranges; as deep as the logarithm of their count. */
static size_t search(struct nse_program *program, const struct range *ranges, size_t count)
{
    size_t half = count / 2, upper, lower;

    if (count == 1)
        return leaf(program, ranges);
    upper = search(program, ranges + half, count - half);
    lower = search(program, ranges, half);
    return branch(program, BPF_JGE, ranges[half].first, upper, lower);
}

static size_t load(struct nse_program *program, size_t offset)
{
    return emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

void nse_ranges_compile(const struct nse_answers *answers, struct nse_program *ret_program)
{
    struct ranges ranges;
    size_t native;

    find_ranges(answers, &ranges);
    ret_program->start = NSE_PROGRAM_END;
    (void)search(ret_program, ranges.list, ranges.count);
    native = load(ret_program, offsetof(struct seccomp_data, nr));
    (void)branch(ret_program, BPF_JEQ, answers->arch, native,
                 answer(ret_program, answers->foreign));
    (void)load(ret_program, offsetof(struct seccomp_data, arch));
}
