"""Analytics: what happened, counted per day, provider and city, and shown as it happens."""
