"""Wire protocols of phone systems as bytes to messages and back (sans-I/O). They know nothing of this product."""
