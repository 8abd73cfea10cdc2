"""Side-by-side measurements on a stack of their own: what is compared is measured in one run."""
