/* Read before the generated code when it is compiled for the limited API (setup.py: -include).
 *
 * There, Cython 3.3 imports `inspect` and `collections.abc` while the module starts: the first for
 * the numbers of seven code flags, the second to guess two type flags that only pattern matching
 * against our classes would use. That is 15 ms of a cold start whose whole budget is 3. With the
 * numbers given here (Include/cpython/code.h; they have not changed since Python 3.6), neither
 * module is needed. tests/isolated/test_imports.py fails if they are imported again. */
#ifndef LA_LIMITED_API_H
#define LA_LIMITED_API_H

#ifdef Py_LIMITED_API
#include <Python.h>
#include <string.h>

#define CO_OPTIMIZED 0x1
#define CO_NEWLOCALS 0x2
#define CO_VARARGS 0x4
#define CO_VARKEYWORDS 0x8
#define CO_GENERATOR 0x20
#define CO_COROUTINE 0x80
#define CO_ASYNC_GENERATOR 0x200

/* None has none of the attributes that are looked for, which the generated code allows. */
static PyObject *la_import_module(const char *name)
{
    if (!strcmp(name, "inspect") || !strcmp(name, "collections.abc"))
        return Py_NewRef(Py_None);
    return PyImport_ImportModule(name);
}
#define PyImport_ImportModule la_import_module
#endif

#endif
