"""MercadoPago as it is seen from outside: Checkout Pro, payments, refunds and signed notifications."""
