/* Runs a target without libFuzzer: over files that are named, or for a time or a number of runs over
 * inputs that the seeded mutator makes of a corpus. There is no coverage to follow, so what the
 * mutator knows of JSON has to make up for it.
 *
 *     target FILE...
 *     target -seconds=60 -seed=1 CORPUS -crash=PATH
 *     target -runs=2000 -seed=1 CORPUS -crash=PATH
 *
 * The input that runs is always in the crash file, which is removed when all is well: whatever ends
 * the process, the input is there. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

enum { INPUT_MAX = 16 * 1024, INPUTS_MAX = 20000 };

typedef struct {
    uint8_t *data;
    size_t size;
} input;

static input inputs[INPUTS_MAX];
static size_t n_inputs;

static void input_read(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &about)) {
        perror(path);
        exit(2);
    }
    if (S_ISREG(about.st_mode) && about.st_size <= INPUT_MAX && n_inputs < INPUTS_MAX) {
        input *in = &inputs[n_inputs++];
        in->data = malloc((size_t)about.st_size + 1);
        CHECK(in->data);
        in->size = fread(in->data, 1, (size_t)about.st_size, file);
    }
    fclose(file);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* In the order of names, so that a seed means the same run everywhere. */
static void folder_read(const char *path)
{
    static char *names[INPUTS_MAX];
    size_t n = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        perror(path);
        exit(2);
    }
    for (struct dirent *entry; (entry = readdir(folder)) && n < INPUTS_MAX;)
        if (entry->d_name[0] != '.')
            CHECK(asprintf(&names[n++], "%s/%s", path, entry->d_name) > 0);
    closedir(folder);
    qsort(names, n, sizeof *names, by_name);
    for (size_t k = 0; k < n; k++) {
        input_read(names[k]);
        free(names[k]);
    }
}

/* A mapped file holds the input: what is written there survives an abort without a system call a run. */
static uint8_t *crash_map(const char *path)
{
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(file >= 0 && !ftruncate(file, INPUT_MAX + 16));
    uint8_t *map = mmap(NULL, INPUT_MAX + 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(map != MAP_FAILED);
    close(file);
    return map;
}

static void run_one(uint8_t *crash, const uint8_t *data, size_t size)
{
    if (crash) { /* the size last, in decimal, for whoever cuts the file to it */
        memcpy(crash, data, size);
        snprintf((char *)crash + INPUT_MAX, 16, "%zu", size);
    }
    LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    double seconds = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    unsigned long runs = 0, seed = 1, done = 0;
    const char *folder = NULL, *crash_path = NULL;
    for (int k = 1; k < argc; k++) {
        struct stat about;
        if (!strncmp(argv[k], "-seconds=", 9))
            seconds = atof(argv[k] + 9);
        else if (!strncmp(argv[k], "-runs=", 6))
            runs = strtoul(argv[k] + 6, NULL, 10);
        else if (!strncmp(argv[k], "-seed=", 6))
            seed = strtoul(argv[k] + 6, NULL, 10);
        else if (!strncmp(argv[k], "-crash=", 7))
            crash_path = argv[k] + 7;
        else if (!stat(argv[k], &about) && S_ISDIR(about.st_mode))
            folder_read(folder = argv[k]);
        else
            input_read(argv[k]);
    }
    if (!n_inputs) {
        fprintf(stderr, "no input to start from\n");
        return 2;
    }
    uint8_t *crash = crash_path ? crash_map(crash_path) : NULL;
    for (size_t k = 0; k < n_inputs; k++)
        run_one(crash, inputs[k].data, inputs[k].size);
    static uint8_t data[INPUT_MAX];
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (now = begin; done < runs || (seconds > 0 && (double)(now.tv_sec - begin.tv_sec) < seconds); done++) {
        state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
        const input *from = &inputs[(state >> 33) % n_inputs];
        memcpy(data, from->data, from->size);
        size_t size = LLVMFuzzerCustomMutator(data, from->size, INPUT_MAX, (unsigned)(state >> 24));
        run_one(crash, data, size);
        if (done % 64 == 0)
            clock_gettime(CLOCK_MONOTONIC, &now);
    }
    if (crash)
        unlink(crash_path);
    printf("%zu inputs, %lu mutations of them, seed %lu: nothing found\n", n_inputs, done, seed);
    return 0;
}
