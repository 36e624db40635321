/* The plans that plan_file.py wrote, made ready as the door does it. */
#ifndef LA_FUZZ_PLAN_TABLE_H
#define LA_FUZZ_PLAN_TABLE_H

#include "guard.h"

/* Coverage is to follow what is decoded, not where its memory came from. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("coverage"))), apply_to = function)
#endif
#include "engine/pool.h"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#include "engine/check.h"

/* PACKED: as a message of the Kinesis Producer Library, whose digest is right; USERS: as the data of two users of one. */
enum { WRAP_NONE, WRAP_BASE64, WRAP_STRING, WRAP_PACKED, WRAP_USERS };

typedef struct {
    const char *name;
    la_plan plan, twin;     /* twin: the same with a column for corrupt records */
    int wrap;               /* how a payload becomes an event: encoded between the four texts */
    const char *head, *before, *after, *tail;
} fuzz_plan;

#include "la_fuzz_plans.h"

enum { FUZZ_PLANS = sizeof fuzz_plans / sizeof *fuzz_plans };

static void *plan_memory(size_t count, size_t size)
{
    void *made = calloc(count + 1, size);
    CHECK(made);
    return made;
}

static void plan_ready(la_plan *plan, const char *name)
{
    size_t buckets = 0;
    for (int32_t k = 0; k < plan->n_fields; k++) {
        la_field *f = &plan->fields[k];
        if (!f->key)
            continue;
        uint8_t *wire = plan_memory(la_wire_size(f->key_length), 1);
        f->wire_length = la_wire_write(f->key, f->key_length, wire);
        f->wire = wire;
    }
    for (int32_t k = 0; k < plan->n_objects; k++)
        buckets += la_bucket_count(plan->objects[k].keyed);
    plan->buckets = plan_memory(buckets, sizeof *plan->buckets);
    plan->domain_first = plan_memory((size_t)plan->n_domains + 1, sizeof *plan->domain_first);
    plan->domain_columns = plan_memory((size_t)plan->n_columns, sizeof *plan->domain_columns);
    plan->text_columns = plan_memory((size_t)plan->n_columns, sizeof *plan->text_columns);
    const char *wrong = la_plan_check(plan);
    if (wrong) {
        fprintf(stderr, "plan %s: %s\n", name, wrong);
        abort();
    }
    la_plan_seal(plan);
}

/* Which instruction set decodes from now on. The engine chooses once; this changes its mind. */
static void kernels_choose(bool baseline)
{
    static la_op_function *chosen;
    if (!chosen)
        chosen = la_op_functions[LA_OP_UTF8];
    CHECK(!la_dispatch_init(baseline ? "avx2" : NULL));
    la_op_functions[LA_OP_UTF8] = baseline ? la_op_utf8 : chosen;
}

static void plans_ready(void)
{
    static bool ready;
    if (ready)
        return;
    ready = true;
    CHECK(!la_engine_init(NULL));
    for (int k = 0; k < FUZZ_PLANS; k++) {
        plan_ready(&fuzz_plans[k].plan, fuzz_plans[k].name);
        plan_ready(&fuzz_plans[k].twin, fuzz_plans[k].name);
    }
}

#endif
