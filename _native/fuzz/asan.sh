#!/usr/bin/env bash
# The test suite under AddressSanitizer and UBSan, and the threads under ThreadSanitizer.
#
# Builds from a copy of the tree into build/asan, so that the normal build is left alone. PYTHON names an
# interpreter; the repository's .venv is taken if it is there, and what either lacks is installed into a
# venv of this script's own. ARGS go to pytest; HYPOTHESIS_PROFILE is `few` unless given.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$root/build/asan
tree=$folder/tree
site=$folder/site
mkdir -p "$folder"

skip() { echo "skipped: $1 under the sanitizers: $2"; }

needs='import boto3, cramjam, Cython, deflate, google.protobuf, hypothesis, pyarrow, pytest, setuptools
assert int(setuptools.__version__.split(".")[0]) >= 77'
python=
for candidate in "${VENV:-$root/.venv}/bin/python" "${PYTHON:-python3}" "$folder/venv/bin/python"; do
    if command -v "$candidate" >/dev/null && "$candidate" -c "$needs" 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    "${PYTHON:-python3}" -m venv --clear "$folder/venv"
    python=$folder/venv/bin/python
    "$python" -m pip install -q 'setuptools>=77' 'Cython>=3.3,<4' "$root[test]"
    "$python" -m pip uninstall -q -y lambdarrow # its dependencies were wanted, not its own build
fi

asan=$(gcc -print-file-name=libasan.so)
stdcxx=$(gcc -print-file-name=libstdc++.so)
case "$asan$stdcxx" in
    /*/*) ;;
    *) skip "everything" "this gcc has no libasan"; exit 0 ;;
esac

rm -rf "$tree" "$site"
mkdir -p "$tree" "$site"
tar -C "$root" --exclude=./build --exclude=./.git --exclude='./.venv*' --exclude='*.so' --exclude=__pycache__ \
    --exclude=./demo -cf - . | tar -C "$tree" -xf -
(cd "$tree" && LAMBDARROW_SANITIZE=1 LAMBDARROW_PROBE=1 "$python" setup.py -q build --build-lib "$site" \
    >"$folder/build.log" 2>&1) || { cat "$folder/build.log" >&2; exit 1; }
ls "$site"/lambdarrow/_core*.so "$site"/lambdarrow/_probe_*.so >/dev/null

# PYTHONMALLOC: pymalloc's arenas hide reads beyond a bytes object. libstdc++ beside libasan: C++
# extensions (pyarrow) throw through __cxa_throw, which libasan must find when it starts.
# detect_leaks=0: CPython and pyarrow keep much until the process ends, and their leaks would be all one
# sees. Ours are counted instead: the tests ask the pool for its live blocks, and the fuzz targets and
# the thread test, which are plain C, run with leaks detected or the counter at zero.
export PYTHONMALLOC=malloc PYTHONPATH=$site
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:malloc_context_size=12:quarantine_size_mb=64
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export HYPOTHESIS_PROFILE=${HYPOTHESIS_PROFILE:-few}

deselected=()
without() { # NODE REASON
    [ -e "$tree/${1%%::*}" ] || return 0
    deselected+=(--deselect "$1")
    skip "$1" "$2"
}
without tests/engine/test_fuzz_smoke.py "compiles and runs sanitized binaries of its own"
without tests/isolated/test_package.py "measures what is shipped, which a sanitized build is not"
for node in tests/structs tests/typing tests/oracle tests/doors/test_{archive,cli,docs,handlers,infer,readme,synth,testing}.py; do
    without $node "looks at what Python does with what other tests run here"
done
without tests/isolated/test_memory.py "measures resident memory, of which the runtime's own share is most"
without tests/sources/test_hostile.py::test_a_read_past_the_guarded_input_is_fatal \
    "expects a signal, which the runtime turns into a report"
without tests/engine/test_pool.py::test_the_pool_keeps_no_more_than_its_limit \
    "the pool keeps nothing here, so that every block has its own red zones"
without tests/kernels/test_freestanding.py "runs compilers, which the preloaded runtime slows down for nothing"

status=0
(cd "$tree" && LD_PRELOAD=$asan:$stdcxx "$python" -m pytest -q -p no:cacheprovider "${deselected[@]}" \
    ${ARGS:-} tests) || status=1

# The caller's buffer may be written to while it is read.
env -u LD_PRELOAD PYTHON="$python" "$here/build.sh" "$folder/fuzz" race
ASAN_OPTIONS=malloc_context_size=12 "$folder/fuzz/race/race_writer" 20 "$folder"/fuzz/corpus/plan/seed-*-[0-9] \
    2>"$folder/race.log" || { tail -40 "$folder/race.log" >&2; status=1; }

echo 'int main(void) { return 0; }' >"$folder/empty.c"
if cc -fsanitize=thread "$folder/empty.c" -o "$folder/empty" 2>/dev/null && "$folder/empty"; then
    PYTHON=$python "$here/build.sh" "$folder/fuzz" threads
    "$folder/fuzz/threads/tsan_threads" "$folder"/fuzz/corpus/plan/seed-*-[0-9] || status=1
else
    skip "tsan_threads" "no ThreadSanitizer runtime"
fi
exit $status
