"""What each operator becomes: one emitter an operator, as data. No torch, no text layout.

The emitters stand in the `builders_*` files by family; importing them registers them.
"""

from archspec.compiler import (
    builders_each,
    builders_merge,
    builders_pool,
    builders_shape,
    builders_weighted,
)
from archspec.compiler.builders_merge import expression
from archspec.compiler.modules import DEFAULTS, Module, Place, build, cannot

FAMILIES = (builders_weighted, builders_pool, builders_each, builders_shape, builders_merge)

__all__ = ["DEFAULTS", "FAMILIES", "Module", "Place", "build", "cannot", "expression"]
