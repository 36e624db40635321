"""Builds the native core: one Cython door over the C headers in ``_native``.

``LAMBDARROW_PROBE=1`` also builds the test-only modules that open the kernels to Python, and
``LAMBDARROW_SANITIZE=1`` builds everything under ASan and UBSan. Neither is shipped.
"""

import importlib.util
import os
import sys
import sysconfig
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.bdist_wheel import bdist_wheel

ROOT = Path(__file__).parent
NATIVE = ROOT / "_native"
GENERATED = ROOT / "build" / "generated"

# A free-threaded interpreter has no stable ABI yet; everywhere else one wheel serves 3.11 and later.
LIMITED = not sysconfig.get_config_var("Py_GIL_DISABLED")
SANITIZE = os.environ.get("LAMBDARROW_SANITIZE") == "1"
PROBE = os.environ.get("LAMBDARROW_PROBE") == "1"


def write_powers():
    """The table of powers of five that correctly rounded doubles need."""
    spec = importlib.util.spec_from_file_location("powers", NATIVE / "powers.py")
    powers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(powers)
    GENERATED.mkdir(parents=True, exist_ok=True)
    powers.write(GENERATED / "la_powers_of_five.h")


def extension(name, source):
    flags = ["-std=c11", "-D_GNU_SOURCE", "-fvisibility=hidden", "-Wno-unused-function"]
    macros = []
    if LIMITED and not name.startswith("lambdarrow._probe"):
        macros += [("Py_LIMITED_API", "0x030B0000")]
        flags += ["-include", str(NATIVE / "limited_api.h")]
    if SANITIZE:
        flags += ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    else:
        flags += ["-O3", "-g0"]
    return Extension(
        name,
        [f"_native/{source}"],
        include_dirs=["_native", "build/generated"],
        define_macros=macros,
        extra_compile_args=flags,
        extra_link_args=["-fsanitize=address,undefined"] if SANITIZE else ["-Wl,-s"] if sys.platform == "linux" else [],
        depends=[*[str(p.relative_to(ROOT)) for p in sorted(NATIVE.rglob("*.h"))],
                 *[f"_native/{name}" for name in ("_engine.pxd", "columns.pxi", "objects.pxi", "peek.pxi")]],
        py_limited_api=bool(macros),
    )


class abi3_wheel(bdist_wheel):
    def get_tag(self):
        python, abi, platform = super().get_tag()
        return ("cp311", "abi3", platform) if LIMITED and not PROBE else (python, abi, platform)


write_powers()
os.chdir(ROOT)
extensions = [extension("lambdarrow._core", "_core.pyx")]
if PROBE:
    extensions += [extension(f"lambdarrow.{p.stem}", p.name) for p in sorted(NATIVE.glob("_probe_*.pyx"))]

setup(
    ext_modules=cythonize(extensions, include_path=["_native"], build_dir="build/cython"),
    cmdclass={"bdist_wheel": abi3_wheel},
)
