#!/usr/bin/env bash
# Builds fuzz targets: build.sh FOLDER KIND [TARGET...]; all of them where none is named.
#
# KIND: fast      libFuzzer, no sanitizer: explores
#       checked   libFuzzer, ASan and UBSan: checks
#       written   libFuzzer, MSan: nothing is handed out that was never written
#       driver    the stand-alone driver (driver.c), ASan and UBSan; any C compiler
#       plain     the same without SIMD
#       arm       the driver for aarch64, without sanitizers, to be run by qemu-aarch64
#       threads   tsan_threads under ThreadSanitizer
#       race      race_writer under ASan and UBSan
#
# FUZZ_CFLAGS come last. FOLDER/generated gets the headers that are made, FOLDER/corpus the seeds, FOLDER/KIND the binaries,
# whose names are printed.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$1 kind=$2
shift 2
python=${PYTHON:-python3}
read -ra last <<<"${FUZZ_CFLAGS:-}"
common=(-std=c11 -D_GNU_SOURCE -g -fno-omit-frame-pointer -Wall -Wextra -Wshadow -Wno-unused-function
    -I "$here/.." -I "$folder/generated")
checks=(-fsanitize=address,undefined -fno-sanitize-recover=all)

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for source in "$here"/fuzz_*.c; do
        [ -e "$source" ] || { echo "no target in $here" >&2; exit 1; }
        target=${source##*/fuzz_}
        targets+=("${target%.c}")
    done
fi

mkdir -p "$folder/generated" "$folder/$kind"
# Made aside and moved only if they changed: another build may be reading the old ones.
made=$(mktemp -d "$folder/made.XXXXXX")
trap 'rm -rf "$made"' EXIT
"$python" "$here/../powers.py" "$made/la_powers_of_five.h"
"$python" "$here/plan_file.py" "$made/la_fuzz_plans.h"
for header in "$made"/*.h; do
    cmp -s "$header" "$folder/generated/${header##*/}" || mv "$header" "$folder/generated/"
done
"$python" "$here/seeds.py" "$folder/corpus" >/dev/null

[ "$kind" != threads ] || targets=(tsan_threads)
[ "$kind" != race ] || targets=(race_writer)
for target in "${targets[@]}"; do
    source=$here/fuzz_$target.c out=$folder/$kind/$target
    case $kind in
        fast) clang "${common[@]}" -O2 -DLA_LIBFUZZER -fsanitize=fuzzer "$source" "${last[@]}" -o "$out" ;;
        checked) clang "${common[@]}" -O1 -DLA_LIBFUZZER -fsanitize=fuzzer "${checks[@]}" "$source" "${last[@]}" -o "$out" ;;
        written) clang "${common[@]}" -O1 -DLA_LIBFUZZER -fsanitize=fuzzer,memory -fsanitize-memory-track-origins \
            "$source" "${last[@]}" -o "$out" ;;
        driver) "${CC:-cc}" "${common[@]}" -O1 "${checks[@]}" "$source" "$here/driver.c" "${last[@]}" -o "$out" ;;
        plain) "${CC:-cc}" "${common[@]}" -O1 -DLA_NO_SIMD "${checks[@]}" "$source" "$here/driver.c" "${last[@]}" -o "$out" ;;
        arm) aarch64-linux-gnu-gcc "${common[@]}" -O1 -static "$source" "$here/driver.c" "${last[@]}" -o "$out" ;;
        race) "${CC:-cc}" "${common[@]}" -O2 "${checks[@]}" "$here/$target.c" -lpthread "${last[@]}" -o "$out" ;;
        threads) "${CC:-cc}" "${common[@]}" -O1 -fsanitize=thread "$here/$target.c" -lpthread "${last[@]}" -o "$out" ;;
        *) echo "no such kind: $kind" >&2; exit 2 ;;
    esac
    echo "$out"
done
