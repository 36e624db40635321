"""The kernels stand alone: no libc but four functions, no Python, no order of inclusion."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NATIVE = Path(__file__).resolve().parents[2] / "_native"
HEADERS = sorted(path.name for path in (NATIVE / "kernels").glob("*.h"))
COMPILERS = [name for name in ("gcc", "clang", "aarch64-linux-gnu-gcc") if shutil.which(name)]
# What a compiler may call by itself, so nothing can do without.
ALLOWED = {"memcpy", "memset", "memmove", "memcmp"}
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wshadow", "-Werror"]


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Where the headers lie that are made at build time."""
    folder = tmp_path_factory.mktemp("generated")
    subprocess.run([sys.executable, NATIVE / "powers.py", folder / "la_powers_of_five.h"], check=True)
    return folder


def run(*command, source=None):
    done = subprocess.run([str(part) for part in command], check=False, input=source, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def undefined(compiler, source, folder, *flags):
    """What the object file needs from others, once every la_ function in `source` is really in it."""
    options = ["-ffreestanding", "-O2", "-fno-pic", "-fno-stack-protector", "-I", NATIVE, "-I", folder,
               *flags]
    expanded = run(compiler, *options, "-E", "-P", "-x", "c", "-", source=source)
    # An unused static function leaves no trace in an object file: taking its address keeps it.
    defined = set(re.findall(r"^static [^;={]*?\b(la_\w+)\([^;{]*\)\s*\{", expanded, re.MULTILINE))
    assert defined
    kept = ", ".join(f"(void *){name}" for name in sorted(defined))
    target = folder / "kept.o"
    run(compiler, *options, "-c", "-x", "c", "-", "-o", target,
        source=f"{source}\nvoid *const kept[] = {{{kept}}};\n")
    names = {line.split()[-1] for line in run("nm", target).splitlines()}
    assert defined <= names
    return {line.split()[-1] for line in run("nm", "-u", target).splitlines()}


def including(headers):
    return "".join(f'#include "kernels/{name}"\n' for name in headers)


def test_there_are_headers_and_a_compiler():
    assert {"scan.h", "base64.h", "utf8.h", "unescape.h", "dispatch.h", "simd.h"} <= set(HEADERS)
    assert COMPILERS


@pytest.mark.parametrize("flag", ["-DLA_SIMD_AS_FOUND", "-DLA_NO_SIMD"])
@pytest.mark.parametrize("compiler", COMPILERS)
def test_kernels_need_only_four_functions(compiler, flag, generated):
    assert HEADERS
    assert undefined(compiler, including(HEADERS), generated, flag) <= ALLOWED


@pytest.mark.parametrize("compiler", COMPILERS)
def test_the_check_sees_what_a_kernel_must_not_do(compiler, generated):
    greedy = "void *malloc(size_t);\nstatic inline void *la_greedy(void)\n{\n    return malloc(1);\n}\n"
    assert undefined(compiler, including(HEADERS) + greedy, generated) - ALLOWED == {"malloc"}


@pytest.mark.parametrize("flag", ["-DLA_SIMD_AS_FOUND", "-DLA_NO_SIMD"])
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("compiler", COMPILERS)
def test_each_header_compiles_alone_and_without_a_warning(compiler, header, flag, generated):
    run(compiler, *STRICT, flag, "-O2", "-I", NATIVE, "-I", generated, "-c", "-x", "c", "-",
        "-o", "/dev/null", source=including([header]))


@pytest.mark.parametrize("header", HEADERS)
def test_kernels_include_only_kernels_and_what_a_freestanding_compiler_has(header):
    named = re.findall(r'#\s*include\s*([<"])([^>"]+)[>"]', (NATIVE / "kernels" / header).read_text())
    own = {name for quote, name in named if quote == '"'}
    foreign = {name for quote, name in named if quote == "<"}
    assert own <= {*HEADERS, "la_powers_of_five.h"}
    # string.h only declares the four; it is the one header of these that a libc brings.
    assert foreign <= {"stddef.h", "stdint.h", "string.h", "float.h", "limits.h", "cpuid.h", "emmintrin.h",
                       "immintrin.h", "arm_neon.h"}
