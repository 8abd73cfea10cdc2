"""A bank as its customer's programs see it: batches of transfers, movements, accounts."""
