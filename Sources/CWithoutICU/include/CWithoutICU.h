// Nothing is called: the target is linked for what it defines.
