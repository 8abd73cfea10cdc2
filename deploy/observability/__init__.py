"""What is watched: the list of all metrics, the rules and alerts over them, and the checks that hold them together."""
