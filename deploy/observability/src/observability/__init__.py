"""What the programs count, watched: objectives, rules, dashboards, and the table of a running stack."""
