/* The threading claim, for ThreadSanitizer: decoders are shared, and what they hand out is released
 * on whatever thread, in whatever order, children apart from their parents.
 *
 *     tsan_threads INPUT...      inputs of fuzz_plan; each is decoded by all threads at once
 */
#include <pthread.h>

#include "decode.h"

enum { THREADS = 4, ROUNDS = 25, SHELVES = 32 };

typedef struct {
    const fuzz_plan *plan;
    la_run_cell cell;           /* one idle run for all threads, as a Decoder has */
    fuzz_event events[FUZZ_EVENTS];
    int n;
} job;

/* Arrays left for another thread to release. */
static _Atomic(struct ArrowArray *) shelves[SHELVES];

static void array_end(struct ArrowArray *array)
{
    if (array) {
        array->release(array);
        free(array);
    }
}

static struct ArrowArray *array_moved(struct ArrowArray *from)
{
    struct ArrowArray *moved = malloc(sizeof *moved);
    CHECK(moved);
    *moved = *from;
    from->release = NULL;
    return moved;
}

static void hand_over(struct ArrowArray *array, unsigned place)
{
    array_end(atomic_exchange_explicit(&shelves[place % SHELVES], array, memory_order_acq_rel));
}

static void decode_and_share(job *j, unsigned round)
{
    const la_plan *plan = &j->plan->plan;
    inflated held = { .n = 0 };
    struct ArrowArray array;
    size_t n_rows;
    la_run *r = la_run_take(&j->cell, plan, 0x5eed);
    CHECK(r);
    r->on_error = LA_COLLECT;
    r->call_outs = (la_call_outs){ &held, codec_stub };
    CHECK(!la_run_begin(r, j->events[0].length));
    for (int k = 0; k < j->n; k++) {
        la_run_event(r, j->events[k].start, j->events[k].length);
        while (held.n)
            free(held.blocks[--held.n]);
    }
    la_columns *all = la_run_finish(r, &n_rows);
    CHECK(all);
    la_run_return(&j->cell, r);
    CHECK(!la_export_batch(plan, all, n_rows, &array));
    for (int64_t k = 0; k < array.n_children; k++)
        if ((round + k) % 3 == 0)
            hand_over(array_moved(array.children[k]), round * 7u + (unsigned)k);
    batch_release(plan, all);
    hand_over(array_moved(&array), round);
}

static void *work(void *argument)
{
    for (unsigned round = 0; round < ROUNDS; round++)
        decode_and_share(argument, round);
    return NULL;
}

static void run_input(const char *path)
{
    static uint8_t data[FUZZ_MAX];
    FILE *file = fopen(path, "rb");
    CHECK(file);
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    if (size < FUZZ_HEAD)
        return;
    job j = { .plan = &fuzz_plans[data[0] % FUZZ_PLANS] };
    j.n = events_make(j.plan, data + FUZZ_HEAD, size - FUZZ_HEAD, data[1] & 1, j.events);
    pthread_t threads[THREADS];
    for (int k = 0; k < THREADS; k++)
        CHECK(!pthread_create(&threads[k], NULL, work, &j));
    for (int k = 0; k < THREADS; k++)
        CHECK(!pthread_join(threads[k], NULL));
    for (int k = 0; k < SHELVES; k++)
        hand_over(NULL, (unsigned)k);
    la_run_free(la_run_take(&j.cell, &j.plan->plan, 0));
    CHECK(la_pool_live_blocks() == 0);
    for (int k = 0; k < j.n; k++)
        free((void *)(uintptr_t)j.events[k].start);
}

int main(int argc, char **argv)
{
    plans_ready();
    for (int k = 1; k < argc; k++)
        run_input(argv[k]);
    printf("%d threads, %d inputs: nothing found\n", THREADS, argc - 1);
    return argc < 2;
}
