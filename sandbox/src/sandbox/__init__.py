"""The outside world, simulated: MercadoPago, the WhatsApp Cloud API and a mail server, in one process."""
