/* Another thread writes to the caller's buffer while it is decoded (a bytearray is anyone's): what is
 * decoded is anybody's guess, but memory stays safe, and what is handed out is valid. For ASan.
 *
 *     race_writer SECONDS INPUT...      inputs of fuzz_plan
 */
#include <pthread.h>
#include <time.h>

#define FUZZ_RACES 1
#include "decode.h"
#include "mutate.h"

enum { SWAPS = 8 };

typedef struct {
    uint8_t *start;
    size_t length;
    _Atomic bool stop;
} target;

/* Turns bytes into others that mean something and back, so that the text is right half of the time. */
static void *work(void *argument)
{
    static const char bytes[] = "\"\"\"\"\\\\{}[]:,0019.-eu\x80\xff ";
    target *t = argument;
    mutate_rng rng = { 0x5eed };
    while (!atomic_load_explicit(&t->stop, memory_order_relaxed)) {
        size_t places[SWAPS];
        uint8_t before[SWAPS];
        for (int k = 0; k < SWAPS; k++) {
            places[k] = mutate_below(&rng, t->length);
            volatile uint8_t *place = t->start + places[k];
            before[k] = *place;
            *place = (uint8_t)bytes[mutate_below(&rng, sizeof bytes - 1)];
        }
        for (int k = SWAPS; k-- > 0;)
            *(volatile uint8_t *)(t->start + places[k]) = before[k];
    }
    return NULL;
}

static void race(const char *path, double seconds)
{
    static uint8_t data[FUZZ_MAX];
    static guard place;
    fuzz_event events[FUZZ_EVENTS];
    pthread_t writer;
    struct timespec begin, now;
    FILE *file = fopen(path, "rb");
    CHECK(file);
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    if (size <= FUZZ_HEAD)
        return;
    const fuzz_plan *f = &fuzz_plans[data[0] % FUZZ_PLANS];
    int n = events_make(f, data + FUZZ_HEAD, size - FUZZ_HEAD, data[1] & 1, events);
    target t = { guard_place(&place, events[0].start, events[0].length, 0), events[0].length, false };
    for (int k = 0; k < n; k++)
        free((void *)(uintptr_t)events[k].start);
    if (!t.length)
        return;
    CHECK(!pthread_create(&writer, NULL, work, &t));
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        fuzz_event event = { t.start, t.length };
        for (int round = 0; round < 8; round++) {
            outcome o = round & 1 ? decode(&f->twin, LA_NULL, &event, 1, 0) : decode(&f->plan, LA_COLLECT, &event, 1, 0);
            outcome_free(&o);
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) * 1e-9 < seconds);
    atomic_store(&t.stop, true);
    CHECK(!pthread_join(writer, NULL));
}

int main(int argc, char **argv)
{
    plans_ready();
    for (int k = 2; k < argc; k++) {
        fprintf(stderr, "%s\n", argv[k]);
        race(argv[k], atof(argv[1]) / (argc - 2));
    }
    printf("%d inputs written to while they were read: nothing found\n", argc - 2);
    return argc < 3;
}
