"""Events as msgspec Structs, one module a source. Nothing of them is imported before it is asked for."""
