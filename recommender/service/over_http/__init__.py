"""The service as it is seen and asked over HTTP: health, metrics, and orders of people with a token."""
