#!/usr/bin/env bash
# Fuzzes the engine and the kernels: run.sh [SECONDS=60]. Says what ran, and fails with the path of the
# input that broke something. From a clean clone; needs a C compiler and python3.
#
# With clang and its libFuzzer a fast build explores, sanitized ones check, and all share a corpus;
# without, or with FUZZ_DRIVER=1, the stand-alone driver mutates the seeds under the sanitizers. SEED
# names a run of the driver; FUZZ_FOLDER is where all of it lies (build/fuzz).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=${FUZZ_FOLDER:-$here/../../build/fuzz}
seconds=${1:-60}
mkdir -p "$folder/crashes" "$folder/logs"
folder=$(cd "$folder" && pwd)
# Deep stacks of allocation cost half the speed; whoever looks into a crash runs it again with them.
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=16:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

has_libfuzzer() {
    command -v clang >/dev/null &&
        echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p && n > 9; }' |
        clang -x c - -fsanitize=fuzzer -o "$folder/probe" 2>/dev/null
}

found() {
    echo "$1: FAILED" >&2
    grep -m1 -E 'ERROR|runtime error|fuzz[a-z_]*\.c:[0-9]+:|[a-z]+\.h:[0-9]+:' "$folder/logs/$1" >&2 || tail -5 "$folder/logs/$1" >&2
    echo "input: $2" >&2
    echo "log: $folder/logs/$1" >&2
}

# TARGET SECONDS of libFuzzer: the plans in three builds, the kernels, fast enough as they are, in one.
# What is wide in them is 16, 32 or 64 bytes, so their inputs are kept short.
explore() {
    local target=$1 share=$2 builds=(checked) longest=512 kind crash
    [ "$target" != plan ] || builds=(fast checked written) share=$(($2 / 3 + 1)) longest=4096
    for kind in "${builds[@]}"; do
        rm -f "$folder/crashes/$target"-*
        "$folder/$kind/$target" -max_len=$longest -entropic=0 -timeout=20 -rss_limit_mb=4096 -max_total_time="$share" \
            -artifact_prefix="$folder/crashes/$target-" "$folder/corpus/$target" >"$folder/logs/$target" 2>&1 || {
            crash=$(ls "$folder/crashes/$target"-* 2>/dev/null | head -1)
            found "$target" "${crash:-none kept}"
            return 1
        }
        echo "$target ($kind): $(grep -oE '^Done [0-9]+ runs' "$folder/logs/$target"), $(grep -oE 'cov: [0-9]+' "$folder/logs/$target" | tail -1)"
    done
}

# TARGET SECONDS of the driver. Its crash file holds the input in front of its size.
mutate() {
    local target=$1 crash=$folder/crashes/$1-input
    rm -f "$crash"
    "$folder/driver/$target" -seconds="$2" -seed="${SEED:-$(date +%s)}" -crash="$crash" "$folder/corpus/$target" \
        >"$folder/logs/$target" 2>&1 || {
        [ ! -e "$crash" ] || truncate -s "$(tail -c 16 "$crash" | tr -d '\0')" "$crash"
        found "$target" "$crash"
        return 1
    }
    echo "$target: $(tail -1 "$folder/logs/$target")"
}

if [ -z "${FUZZ_DRIVER:-}" ] && has_libfuzzer; then
    echo "libFuzzer ($(clang --version | head -1))"
    how=explore
    builds=("fast plan" "written plan" checked)
else
    echo "no libFuzzer here: the seeded mutator, ${CC:-cc}"
    how=mutate
    builds=(driver)
fi
for build in "${builds[@]}"; do
    # shellcheck disable=SC2086 # a kind, and maybe a target
    "$here/build.sh" "$folder" $build >"$folder/logs/build" 2>&1 || { cat "$folder/logs/build" >&2; exit 1; }
done
mapfile -t targets < <(sed 's#.*/##' "$folder/logs/build")
[ ${#targets[@]} -gt 1 ] || { echo "no targets were built" >&2; exit 1; }

# The plans take one core for all the time, the kernels share another.
status=0
"$how" plan "$seconds" &
for target in "${targets[@]}"; do
    [ "$target" = plan ] || "$how" "$target" $((seconds / (${#targets[@]} - 1) + 1)) || status=1
done
wait $! || status=1
exit $status
