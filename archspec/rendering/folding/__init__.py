"""Which boxes a picture has: units of the source, cuts through them, templates. Draws nothing.

Folds come from blocks, repeats, heads and labels of the source; never from similar names.
"""
