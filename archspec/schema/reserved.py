"""Names a label may not take, because the compiled module already has them.

The list is frozen here so that checking a spec needs no torch; a test compares it with
`dir(torch.nn.Sequential())`.
"""

import keyword

# What every nn.Module or nn.Sequential has: add_module() refuses these names.
_MODULE = frozenset(
    """
    T_destination add_module append apply bfloat16 buffers call_super_init children compile
    cpu cuda double dump_patches eval extend extra_repr float forward get_buffer
    get_extra_state get_parameter get_submodule half insert ipu load_state_dict modules mtia
    named_buffers named_children named_modules named_parameters parameters pop
    register_backward_hook register_buffer register_forward_hook register_forward_pre_hook
    register_full_backward_hook register_full_backward_pre_hook
    register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module
    register_parameter register_state_dict_post_hook register_state_dict_pre_hook
    requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train
    training type xpu zero_grad
    """.split()
)
# What a generated class adds.
_GENERATED = frozenset({"heads", "input_shape", "predict", "reset_parameters"})


def why_reserved(name: str) -> str | None:
    """Why `name` cannot be a label, None if it can.

    >>> why_reserved("train")
    'every PyTorch module has an attribute of this name'
    """
    if name in _MODULE:
        return "every PyTorch module has an attribute of this name"
    if name in _GENERATED:
        return "every compiled network has an attribute of this name"
    if keyword.iskeyword(name):
        return "it is a word of Python, and the module's attribute could not be written"
    if name.startswith("_"):
        return "names that start with `_` belong to PyTorch"
    return None
