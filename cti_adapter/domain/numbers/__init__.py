"""Numbers: what is dialled for what was typed, what was meant by what is shown, and why. Pure, no I/O."""
